// SPDX-License-Identifier: MIT
// A line on a terminal that says how far a slow reading is. Nothing is written elsewhere.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct progress {
    size_t lists;
    size_t lists_done;
    size_t items;
    int64_t drawn_at_ms;
    int drawn; // a line stands on the terminal
};

// Draws the line when it has not been drawn for a fifth of a second; the first time after one
// second, so that a fast pass shows nothing.
void progress_draw(struct progress *progress);

// Removes the line.
void progress_clear(struct progress *progress);
