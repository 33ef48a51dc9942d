// SPDX-License-Identifier: MIT
// What the state object says, for people and for programs (`state show`).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/ledger.h"

struct arena;
struct buf;

struct state_report_input {
    const struct ledger *ledger;
    const char *description; // where it is kept
    int64_t remind_every_s;  // 0: never
    int64_t now;
};

// Tables of open incidents, silences, mails whose outcome is open, and of what was sent last.
void state_report_write_text(struct arena *arena, const struct state_report_input *input,
                             struct buf *out);

// One JSON object: state, incidents, silenced, pending, watermarks, sent.
void state_report_write_json(struct arena *arena, const struct state_report_input *input,
                             struct buf *out);
