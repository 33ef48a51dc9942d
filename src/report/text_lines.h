// SPDX-License-Identifier: MIT
// The text part's lists of clusters that cannot be read and of what is over. Each is bounded: the
// first lines whole, of the others names, always the total.
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "report/digest.h"

// Appends a line of TEXT_COLUMNS hyphens.
void text_rule(struct buf *out);

// Appends a list with its title and total; nothing when it is empty.
void text_unread(struct buf *out, const char *title, const struct digest_unread *lines,
                 size_t count);
void text_endings(struct buf *out, const struct digest_endings *endings);
