// SPDX-License-Identifier: MIT
// Keeps data.sent and data.state under STATE_MAX_BYTES together. What is lost first hurts least:
// texts of causes, then incidents (those reminded of most often, of these the oldest), then which
// actions were told under the ids told longest ago. Entries of sent and pending mails stay.
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "core/ledger.h"
#include "kube/state_format.h"

struct json;

// Appends data.state's text for its place beside sent_bytes of data.sent; counts in report what
// was left out.
void state_room_write(const struct ledger *ledger, size_t sent_bytes, struct buf *out,
                      struct state_report *report);

// The sizes of a document's data as it stands, in report->bytes and crowded.
void state_room_measure(const struct json *document, struct state_report *report);
