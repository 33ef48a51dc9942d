// SPDX-License-Identifier: MIT
// From actions to findings: which of them are failures inside the window, and which belong
// together. Pure; the order of the input does not matter, copies of one action count once.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/finding.h"

struct arena;

enum evaluate_verdict {
    EVALUATE_NO_FAILURE, // any state but Failed
    EVALUATE_OLDER,      // failed before the window
    EVALUATE_FAILURE,    // failed inside it: an end in the future counts, as does one unknown
};

// The window begins at window_start and has no end (BEHAVIOUR section 4).
enum evaluate_verdict evaluate_action(const struct action *action, int64_t window_start);

// Groups failed actions to one finding per run action: children join by run name and namespace
// (a missing namespace, as in K10 4, joins any), a failed RunAction joins its children and is
// its own finding without them, an action without a run is its own finding. Findings come by
// cluster, latest failure first. actions must all be EVALUATE_FAILURE.
void evaluate_group(struct arena *arena, const struct action *const *actions, size_t count,
                    struct finding **ret_findings, size_t *ret_count);
