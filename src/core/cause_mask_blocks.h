// SPDX-License-Identifier: MIT
// Rule 7 for secrets that span lines: to be called before a text's lines are parted or joined.
// core/cause_mask does the rest.
#pragma once

#include <stddef.h>

#include "base/buf.h"

// Appends text with PEM blocks and values in the lines below their key ("password:" and then the
// value, as YAML writes it) replaced by "***".
void cause_mask_blocks(struct buf *out, const char *text, size_t len);
