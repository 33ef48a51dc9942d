// SPDX-License-Identifier: MIT
// What the lists of a cluster say of each policy's runs and exports: when one last went well, was
// skipped, is at work. It grows with the policies, not with their history.
//
// A run went well when its RunAction is Complete, or when a child of it is and the RunAction is not
// there any more (K10 removes the oldest of each kind). Of the latest runs of a policy the names
// are kept for that.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "core/action.h"
#include "core/overdue.h"

struct arena;

struct policy_runs {
    struct arena *arena;
    struct map policies; // "NAMESPACE/NAME", or "NAME" where an action does not say -> its runs
};

void policy_runs_init(struct policy_runs *runs, struct arena *arena);

// Takes note of an action of any kind and state; the order does not matter. scratch is for the
// moment.
void policy_runs_note(struct policy_runs *runs, struct arena *scratch, const struct action *action,
                      int64_t now);

// What is known of a policy (none: overdue_runs_none). Its skip_reason lives as long as runs.
struct overdue_runs policy_runs_of(const struct policy_runs *runs, const char *namespace_name,
                                   const char *name, enum overdue_subject subject);
