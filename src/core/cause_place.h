// SPDX-License-Identifier: MIT
// Where a cause happened: parts "KIND NAME" ("namespace shop", "volume data-0") gathered along a
// branch, and the places of one cause told in one phrase.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct cause;

enum { CAUSE_PLACE_MAX_PARTS = 8, CAUSE_PLACE_MAX_PLACES = 64 };

struct cause_place_part {
    const char *text; // "namespace shop"
    size_t kind_len;  // of "namespace"
};

struct cause_place {
    struct cause_place_part parts[CAUSE_PLACE_MAX_PARTS];
    size_t count;
};

// Adds the parts of where (joined by ", ", NULL allowed); one of a kind already there replaces it.
void cause_place_add(struct arena *arena, struct cause_place *place, const char *where);

// The place as one text; "" for none. An address it read from ("source ...") is told only when
// nothing better is known.
const char *cause_place_text(struct arena *arena, const struct cause_place *place);

// Adds what from has to cause's places and writes cause's where anew; more than
// CAUSE_PLACE_MAX_PLACES are dropped.
void cause_place_merge(struct arena *arena, struct cause *cause, const char *const *from,
                       size_t count);
