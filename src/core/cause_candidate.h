// SPDX-License-Identifier: MIT
// What the branches of a tree said, before equal causes are merged, and which of it is worth a
// line.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/cause.h"

enum { CAUSE_CANDIDATE_MAX = 1024 };

struct cause_candidate {
    const char *text;
    const char *place;          // "" when unknown
    enum statement_class class; // of the statement it was taken from
    bool informative;
    bool truncated;
    uint64_t fingerprint; // of the normalised text
    uint64_t hash;        // of the text as it is
};

// Drops what says nothing beside the others, the rest keeps its order; returns how many are left.
// count is at most CAUSE_CANDIDATE_MAX.
size_t cause_candidate_drop_noise(struct cause_candidate *candidates, size_t count);

// How many texts the candidates have that differ from that of index and share its fingerprint:
// "volume data-0" and "volume data-1" are one cause of two volumes.
size_t cause_candidate_count_like(const struct cause_candidate *candidates, size_t count,
                                  size_t index);
