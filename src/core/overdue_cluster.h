// SPDX-License-Identifier: MIT
// All policies of one cluster judged at once (core/overdue): which are overdue, how it ended for
// those of which a mail said so, and whether K10 stands still altogether. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ledger.h"
#include "core/plan.h"
#include "core/policy.h"
#include "core/policy_runs.h"

struct arena;

struct overdue_cluster_input {
    size_t cluster;
    const char *cluster_name;             // NAME
    const struct policy *const *policies; // all of a complete list
    size_t policy_count;
    const struct policy_preset *presets;
    size_t preset_count;
    const struct policy_runs *runs;
    bool runs_known;             // runs, and what they did, were read completely
    bool exports_known;          // exports were, too
    const struct ledger *ledger; // open incidents and memories
    int64_t patience_s;          // STUCK_AFTER
    int64_t now;
};

struct overdue_cluster_result {
    struct plan_condition *conditions; // class overdue: what is, and how what was told ended
    size_t condition_count;
    struct overdue_memory *memories; // to be remembered from now on
    size_t memory_count;
};

void overdue_cluster_judge(struct arena *arena, const struct overdue_cluster_input *input,
                           struct overdue_cluster_result *ret);
