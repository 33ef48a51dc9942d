// SPDX-License-Identifier: MIT
// A small world for tests of the plan: K10's actions as a pass at some instant would read them, a
// ledger, and what is said about them. Passes read through plan_window_start, as real ones do.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/history.h"
#include "core/ledger.h"
#include "core/plan.h"

enum { WORLD_CLUSTERS = 2, WORLD_KINDS = 4, WORLD_SIGHTS = WORLD_CLUSTERS * WORLD_KINDS };

extern const char *const world_cluster_names[WORLD_CLUSTERS];

struct world_action {
    struct action action;
    int64_t from;  // to be read from this instant on
    int64_t until; // and no longer then
};

struct world {
    struct arena *arena;
    struct ledger ledger; // as it is stored
    struct plan_options options;
    size_t cluster_count;
    struct world_action *actions;
    size_t action_count;
    size_t action_capacity;
    struct sight sights[WORLD_SIGHTS]; // of "k3s", then of "rke2": backup, export, run, policy
    bool broken[WORLD_SIGHTS];         // failures are read although the list is unread
    size_t older_failures;             // beyond those of actions
    struct plan_policies *policies;    // NULL: not asked for
    struct plan_condition *conditions; // beside what actions say
    size_t condition_count;
    // The latest pass:
    struct history history;
    struct plan_input input;
    struct plan plan;
};

// Everything is watched and can be read; the default settings; the ledger as found on later passes.
void world_init(struct world *world, struct arena *arena);

// For cmocka: *state becomes a struct world in an arena of its own.
int world_set_up(void **state);
int world_tear_down(void **state);

// Adds an action that can be read from its end on, for ever.
struct world_action *world_add(struct world *world, const struct action *action);

// How a kind is seen from now on. error_class ERROR_NONE: it is read.
void world_see(struct world *world, size_t cluster, enum action_kind kind, enum error_class class);

// It is read in these namespaces only.
void world_see_part(struct world *world, size_t cluster, enum action_kind kind,
                    const char *const *namespaces, size_t count);

// The action as it looks when it ended well.
struct action world_clean(struct action action);

// A pass up to its plan, made with ledger: reads, groups, decides.
void world_plan_with(struct world *world, const struct ledger *ledger, int64_t now);
void world_plan(struct world *world, int64_t now);

// Its mail was accepted, or it had nothing to say.
void world_accept(struct world *world);

// A whole pass that goes well.
void world_pass(struct world *world, const char *now);

// A deep copy into arena: what another process, or a later read, has of it.
struct ledger world_copy_ledger(struct arena *arena, const struct ledger *ledger);

// What the latest plan says, in one line: "-" for nothing, else parts joined by " | ". "k3s:" and
// "2026-04-" are left out of ids:
//   new run-a:02 [blog] 1x
//   again run-b:02 [blog,shop] 3x since 02 10:10 good 01 10:00 +run-x:02
//   recovered kasten-io/daily backup [blog] 2x
//   unread k3s [backup,run] network; in parentheses when it is worth no mail of its own;
//   "in part" before the kinds that are
//   readable k3s caught 1; late k3s 01 10:00; silenced 1; held 1; covered 1; older 900; first
const char *world_text(const struct world *world, const struct plan *plan);

// The ledger's open incidents: "kasten-io/daily/backup/blog 2x; unreachable:k3s/-/backup/-".
const char *world_incidents(const struct world *world);
