// SPDX-License-Identifier: MIT
// What programs write before their words in a line of a log: times, levels, klog's and logfmt's
// heads.
#pragma once

#include <stddef.h>

enum cause_level { CAUSE_LEVEL_NOISE, CAUSE_LEVEL_PLAIN, CAUSE_LEVEL_ERROR };

struct cause_line {
    const char *text;
    size_t len;
    enum cause_level level;
};

// Cuts the head and trailing white space off; sets the level when the head says one.
void cause_head_skip(struct cause_line *line);
