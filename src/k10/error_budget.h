// SPDX-License-Identifier: MIT
// The bounds of one error while it is read: every text and value taken from it is counted here.
#pragma once

#include <stddef.h>

struct arena;

// What may still be used of the bounds for one error.
struct error_budget {
    struct arena *arena;
    size_t values;
    size_t bytes;
};
