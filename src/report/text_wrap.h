// SPDX-License-Identifier: MIT
// Paragraphs and labelled values in lines of at most TEXT_COLUMNS terminal columns.
#pragma once

#include <stddef.h>

#include "base/buf.h"

// Appends lead, then value wrapped at blanks; every line but the first is indented by indent
// blanks. Words wider than a line are cut at character borders. Ends with '\n'.
void text_wrap(struct buf *out, const char *lead, size_t indent, const char *value);

// Appends "LABEL   value" with the values of all labels aligned, behind indent blanks.
void text_field(struct buf *out, size_t indent, const char *label, const char *value);
