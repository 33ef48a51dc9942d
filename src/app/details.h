// SPDX-License-Identifier: MIT
// Asks K10 for the details of failed actions whose own error names no cause (ROOT_CAUSE "nothing at
// all until /details is fetched"). A details answer is 400 to 700 KB, so only for what is about to
// be mailed, a few per pass, each bounded in bytes and time.
#pragma once

#include <stddef.h>

#include "app/fleet.h"
#include "core/action.h"

struct arena;
struct http;
struct log;

enum {
    DETAILS_PER_PASS = 8,
    DETAILS_MAX_BYTES = 2 * 1024 * 1024,
    DETAILS_TIMEOUT_MS = 15 * 1000,
};

struct details_input {
    struct http *http;
    const struct fleet *fleet;
    struct log *log;
    struct arena *trees; // where details.tree lives: megabytes a pass need not keep
};

// True when the action's causes say nothing that a person would call one.
bool details_are_wanted(const struct action *action);

// What the details of one action say.
struct details {
    const struct statement *tree; // NULL: they did not come, or say nothing
    struct cause_list causes;     // empty unless they name a cause
};

// Fetches the details of count actions (at most DETAILS_PER_PASS) at once; ret_details[i] becomes
// what those of actions[i] say, its causes copied into arena.
void details_fetch(struct arena *arena, const struct details_input *input,
                   const struct action *const *actions, size_t count, struct details *ret_details);
