// SPDX-License-Identifier: MIT
// Reads every watched kind on every cluster at once and keeps what failed inside the window, what
// went well and when, for open incidents which runs followed, and which policies, presets and
// profiles are invalid, which tokens and certificates expire soon. Memory grows with that, not with
// the lists of actions, and has a bound.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/fleet.h"
#include "app/progress.h"
#include "core/action.h"
#include "core/history.h"
#include "core/plan.h"
#include "core/sight.h"

struct arena;
struct http;
struct ledger;
struct log;

enum {
    // All clusters together have this long: what is not read by then is unread, and the mail about
    // the rest still goes out well before a CronJob's activeDeadlineSeconds (600).
    COLLECT_SECONDS = 240,
    // What a pass may learn. Past the first bound failures are kept without their causes, past the
    // second they are only counted.
    COLLECT_DETAIL_BYTES = 48 * 1024 * 1024,
    COLLECT_MOST_BYTES = 64 * 1024 * 1024,
    // A run that took longer than this is no evidence that an application left its policy.
    COLLECT_RUN_SECONDS = 3 * 86400,
    // So many namespaces of a cluster are looked into one by one where its lists are forbidden.
    COLLECT_NAMESPACES = 256,
    COLLECT_OBJECT_KINDS = WATCHED_KIND_COUNT - OBJECT_POLICY,
};

struct collect_input {
    struct http *http;
    const struct fleet *fleet;
    const enum action_kind *kinds; // of actions
    size_t kind_count;
    const int64_t *window_starts; // of cluster c and kinds[k] at [c * kind_count + k]
    bool objects;                 // read the clusters' policies, presets and profiles too
    const bool *alert_on;         // by class: what is wanted beside failed; NULL: nothing
    int64_t stuck_after_s;        // STUCK_AFTER
    const struct ledger *ledger;  // whose open incidents ask for runs, and of objects that are
                                  // not valid again yet; NULL: none do
    int64_t (*clock)(void);       // to compare with a server's Date when it answers
    size_t detail_bytes;          // 0: COLLECT_DETAIL_BYTES
    size_t most_bytes;            // 0: COLLECT_MOST_BYTES
    struct log *log;
    struct progress *progress; // NULL: none is shown
};

struct collection {
    // Of the classes that are wanted, inside the window; an action can be here twice.
    const struct action **actions;
    size_t action_count;
    struct history history; // of clean actions, those before the window too
    // Complete runs inside the window of policies (by name, in any namespace) with an open incident
    // of class failed; none of a cluster whose runs, backups or any other kind could not be read
    // whole, or that ended after this reading began. apps are those of the policy's incidents and,
    // when the run worked for others, one of these; none when its actions are gone. By cluster,
    // earliest end first.
    struct plan_run *runs;
    size_t run_count;
    // By cluster; NULL when objects were not asked for. The names hold "policypreset
    // NAMESPACE/NAME" and "profile NAMESPACE/NAME" too.
    struct plan_policies *policies;
    // Invalid objects, and those that were and have not been validated since, by cluster and kind;
    // overdue policies; how what was stuck or overdue ended; then tokens and certificates that
    // expire soon, or no longer do, by cluster.
    struct plan_condition *conditions;
    size_t condition_count;
    struct sight *sights; // by cluster, then in the order of kinds, then the objects when asked
                          // for; settled
    size_t sight_count;
    enum sight_extent extent;
    size_t items;             // elements of all lists of actions
    size_t without_detail;    // of actions: without their causes (action.without_detail)
    size_t conditions_beyond; // invalid objects for which there was no room
    size_t beyond;            // failures that were only counted; their sights are `overflowed`. One
                              // that was read twice counts twice
};

void collect(struct arena *arena, const struct collect_input *input, struct collection *ret);
