// SPDX-License-Identifier: MIT
// The HTML mail's tables of clusters that cannot be read and of what is over. Each is bounded: the
// first lines whole, of the others names, always the total.
#pragma once

#include "base/buf.h"
#include "report/digest.h"

// Begins a data table; its caption and the rest of it are the caller's.
void html_begin_table(struct buf *out);

// What could not be read, what can be read again or ended, and limits of rights; nothing where a
// list is empty.
void html_unread(struct buf *out, const struct digest *digest);
void html_endings(struct buf *out, const struct digest *digest);
void html_limited(struct buf *out, const struct digest *digest);
