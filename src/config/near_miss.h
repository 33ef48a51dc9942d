// SPDX-License-Identifier: MIT
// How far two names are apart, for "did you mean": single-character insertions, deletions,
// substitutions and swaps of neighbours (Damerau-Levenshtein, no part edited twice).
#pragma once

#include <stddef.h>

enum { NEAR_MISS_EDITS = 2, NEAR_MISS_BYTES = 64 };

// The number of edits between two names, ASCII letters of either case being equal;
// NEAR_MISS_EDITS + 1 when there are more than NEAR_MISS_EDITS or a name is longer than
// NEAR_MISS_BYTES.
size_t near_miss_edits(const char *a, const char *b);
