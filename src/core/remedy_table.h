// SPDX-License-Identifier: MIT
// The rows behind core/remedy. Data only.
#pragma once

#include <stdbool.h>

enum { REMEDY_MAX_ALTERNATIVES = 5, REMEDY_MAX_FRAGMENTS = 2, REMEDY_MAX_EXCLUSIONS = 2 };

// Matches when all fragments of one alternative are in the text and no exclusion is. Fragments are
// lower case with single blanks.
struct remedy_row {
    const char *id;
    bool yields; // to any row that does not
    const char *any[REMEDY_MAX_ALTERNATIVES][REMEDY_MAX_FRAGMENTS];
    const char *none[REMEDY_MAX_EXCLUSIONS];
    const char *means;
    const char *next_step; // {k10} {namespace} {policy} {profile} {pod} are filled, others stay
    const char *link;
};

// All rows in order of expected frequency; ends with a NULL id.
extern const struct remedy_row remedy_rows[];
