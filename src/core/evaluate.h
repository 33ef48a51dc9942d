// SPDX-License-Identifier: MIT
// From actions to findings: which of them are worth telling, as what, and which belong together.
// Pure; the order of the input does not matter, copies of one action count once.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/finding.h"

struct arena;

enum {
    // Of what is stuck for longer than this before it was first looked for, only the number is told
    // (BEHAVIOUR section 3).
    EVALUATE_OLD_SECONDS = 7 * 86400,
};

struct evaluate_rules {
    int64_t window_start;  // it has no end (BEHAVIOUR section 4)
    const bool *wanted;    // by class: those of actions beside failed; NULL: none
    int64_t stuck_after_s; // STUCK_AFTER
    int64_t now;
};

enum evaluate_verdict {
    EVALUATE_NOTHING, // nothing of a class that is wanted
    EVALUATE_OLDER,   // failed before the window, or stuck since long before it
    EVALUATE_FOUND,   // inside it: an end in the future counts, as does one unknown
};

// Sets the action's class, and stuck_at of one that is stuck, unless it is EVALUATE_NOTHING.
enum evaluate_verdict evaluate_action(const struct evaluate_rules *rules, struct action *action);

// Groups actions to one finding per class and run action: children join by run name and namespace
// (a missing namespace, as in K10 4, joins any), a RunAction joins its children and is its own
// finding without them, an action without a run is its own finding. Findings come by cluster,
// latest first. actions must all be EVALUATE_FOUND.
void evaluate_group(struct arena *arena, const struct action *const *actions, size_t count,
                    struct finding **ret_findings, size_t *ret_count);
