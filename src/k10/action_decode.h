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
    int64_t window_start;
    struct arena *scratch; // for the texts of what is no failure of the window; NULL: not read
    const struct cause_list *causes; // stand for those of a failure; NULL: they are looked for
};

// Decodes one element of a list. A failure inside the window (*ret_verdict) is decoded whole, its
// texts and causes in arena; any other has its names in source->scratch and no causes. State and
// times are set always. ERROR_PROTOCOL when the bytes are no JSON object even after repair.
bool action_decode(struct arena *arena, const struct action_source *source, const char *bytes,
                   size_t len, struct action *ret, enum evaluate_verdict *ret_verdict,
                   struct error *error) MUST_USE;
