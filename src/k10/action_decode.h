// SPDX-License-Identifier: MIT
// One element of an action list, as bytes, to a core action. Whatever a tenant put into the object
// gives an action: missing, null or odd fields are taken as absent, text is cleaned and bounded.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/action.h"
#include "core/evaluate.h"

struct arena;

// Where an element was read, what counts as news there and how much of it is wanted.
struct action_source {
    size_t cluster;
    enum action_kind kind;
    const struct evaluate_rules *rules;
    struct arena *scratch;           // for the texts of what is not EVALUATE_FOUND; NULL: not read
    const struct cause_list *causes; // stand for those of what is found; NULL: they are looked for
};

// Decodes one element of a list. What is EVALUATE_FOUND is decoded whole, its texts and causes in
// arena; any other has its names in source->scratch and no causes. State, times and the number of
// exceptions are set always. ERROR_PROTOCOL when the bytes are no JSON object even after repair.
bool action_decode(struct arena *arena, const struct action_source *source, const char *bytes,
                   size_t len, struct action *ret, enum evaluate_verdict *ret_verdict,
                   struct error *error) MUST_USE;
