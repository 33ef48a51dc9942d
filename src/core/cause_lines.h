// SPDX-License-Identifier: MIT
// A command's output among a message: of many lines, those that say why.
#pragma once

#include <stddef.h>

#include "base/buf.h"

// Appends the lines of text that matter, joined by "; ": of those marked as errors when there are
// any, else of those without a level, else of all: the first and the last few, after the message's
// own first line. Mere effects and lines that differ in numbers only are left out; levels, bullets
// and log times are cut off.
void cause_lines_pick(struct buf *out, const char *text, size_t len);
