// SPDX-License-Identifier: MIT
// Rule 6: one clean line out of what a program wrote: escapes resolved, ANSI colours, Go dumps,
// leftover braces and noise lines removed. Linear in the input.
#pragma once

#include <stddef.h>

struct arena;

// A message as one clean line, "" when nothing is left. PEM blocks are masked, other secrets are
// not yet: cause_mask_line comes before anything is shown.
const char *cause_clean(struct arena *arena, const char *message);
