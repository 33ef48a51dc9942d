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

// False when the bytes cannot hold an action that failed: a look for the word, without parsing.
// Never false for one that did, however its server escapes JSON.
bool action_may_have_failed(const char *bytes, size_t len);

// Where an element was read and what counts as news there.
struct action_source {
    size_t cluster;
    enum action_kind kind;
    int64_t window_start;
};

// Decodes one element of a list. Only a failure inside the window (*ret_verdict) is decoded whole,
// its texts and causes in arena; of all others state and times are set and nothing is kept.
// ERROR_PROTOCOL when the bytes are no JSON object even after repair.
bool action_decode(struct arena *arena, const struct action_source *source, const char *bytes,
                   size_t len, struct action *ret, enum evaluate_verdict *ret_verdict,
                   struct error *error) MUST_USE;
