// SPDX-License-Identifier: MIT
// Reads every watched kind on every cluster at once and keeps what failed inside the window. Memory
// grows with the failures, not with the lists.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "app/fleet.h"
#include "app/progress.h"
#include "core/action.h"
#include "core/sight.h"

struct arena;
struct http;
struct log;

// All clusters together have this long: what is not read by then is unread, and the mail about the
// rest still goes out well before a CronJob's activeDeadlineSeconds (600).
enum { COLLECT_SECONDS = 240 };

struct collect_input {
    struct http *http;
    const struct fleet *fleet;
    const enum action_kind *kinds;
    size_t kind_count;
    int64_t window_start;
    int64_t (*clock)(void); // to compare with a server's Date when it answers
    struct log *log;
    struct progress *progress; // NULL: none is shown
};

struct collection {
    const struct action **actions; // failed inside the window; an action can be here twice
    size_t action_count;
    struct sight *sights; // by cluster, then in the order of kinds; settled
    size_t sight_count;
    enum sight_extent extent;
    size_t items; // elements of all lists
};

void collect(struct arena *arena, const struct collect_input *input, struct collection *ret);
