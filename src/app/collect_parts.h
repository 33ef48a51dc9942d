// SPDX-License-Identifier: MIT
// The parts of collect: elements of lists of actions (collect_item.c), the runs that open incidents
// ask for (collect_runs.c), policies, presets and profiles (collect_objects.c), what expires
// (collect_expiry.c). Nobody else includes this.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/collect.h"
#include "base/error.h"
#include "base/map.h"
#include "core/evaluate.h"
#include "core/policy_runs.h"
#include "kube/cluster.h"

// What is noted of one cluster's runs. Nothing when no open incident asks.
struct collect_runs {
    struct map policies; // name without namespace -> struct map * of applications with incidents
    struct map runs;     // name of a run -> struct noted_run *
    int64_t since;       // runs that began earlier are not judged, their actions not noted
};

// Of a policy, preset or profile only what others or its own condition need. Presets and profiles
// fill of the policy what they have of it.
struct noted_object {
    struct policy policy;
    const struct noted_object **users; // policies that use it
    size_t user_count;
    size_t user_capacity;
};

// What became of a run that was told as stuck.
struct noted_stuck {
    const struct incident *incident;
    size_t cluster;
    bool is_stuck; // still
    bool is_under_way;
    enum action_state how; // the worst end of its actions; its own, when its RunAction was seen
    bool is_own;
    int64_t ended; // TIMESTAMP_NONE: no end was seen
};

struct collecting {
    struct arena *arena;
    struct arena *scratch; // for one element; made anew when it has grown
    const struct collect_input *input;
    struct collection *result;
    size_t action_capacity;
    size_t run_capacity;
    size_t condition_capacity;
    size_t used_before; // of the arena
    size_t detail_bytes;
    size_t most_bytes;
    struct cause_list no_detail;     // of failures kept without their causes
    struct collect_runs *runs;       // by cluster
    struct map *objects;             // by cluster and kind: "NAMESPACE/NAME" -> what is noted of it
    struct map *stuck;               // by cluster: subject of an alert id -> struct noted_stuck *
    struct policy_runs *policy_runs; // by cluster; NULL when nobody asks for what is overdue
    bool runs_overflowed;            // something was not noted: no run proves anything
    struct evaluate_rules rules;     // without the window
    int64_t began;
};

// One list being read.
struct reading {
    struct collecting *collecting;
    const struct fleet_cluster *cluster;
    struct kube_cluster kube; // the cluster's, with the deadline of this pass
    struct sight *sight;
    // Of the page being read, which may have to be read again.
    size_t page_older_failures;
    size_t page_older_stuck;
};

// True while there is room for what is learned beside the failures.
bool collecting_has_room(const struct collecting *collecting);

// True while causes are still kept.
bool collecting_has_room_for_detail(const struct collecting *collecting);

// collect_item.c: one element of a list of actions.
bool collect_item(struct reading *reading, const char *bytes, size_t len, struct error *error);

// collect_runs.c: which runs are asked for; what an action says of them; the runs once all lists
// have ended (and before sights are settled).
void collect_runs_begin(struct collecting *collecting);
void collect_runs_note(struct reading *reading, const struct action *action);
void collect_runs_finish(struct collecting *collecting);

// collect_stuck.c: what became of runs that were told as stuck. True from collect_stuck_is_known
// when the action is of one.
void collect_stuck_begin(struct collecting *collecting);
bool collect_stuck_is_known(const struct collecting *collecting, const struct action *action);
void collect_stuck_note(struct collecting *collecting, const struct action *action,
                        enum evaluate_verdict verdict);
void collect_stuck_finish(struct collecting *collecting);

// collect_overdue.c: the runs of each policy; which policies are overdue once all lists have ended,
// and collect_objects_finish has.
void collect_overdue_begin(struct collecting *collecting);
void collect_overdue_note(struct collecting *collecting, const struct action *action);
void collect_overdue_finish(struct collecting *collecting);

// Adds one to the collection's conditions.
void collecting_add_condition(struct collecting *collecting,
                              const struct plan_condition *condition);

// collect_objects.c: one policy, preset or profile; what of them is invalid once all lists have
// ended.
void collect_objects_begin(struct collecting *collecting);
bool collect_object(struct reading *reading, const char *bytes, size_t len, struct error *error);
void collect_objects_finish(struct collecting *collecting);

// What is noted of a kind of a cluster's objects: "NAMESPACE/NAME" -> struct noted_object *.
struct map *collect_objects_of(const struct collecting *collecting, size_t cluster,
                               enum action_kind kind);

// collect_expiry.c: tokens and certificates that expire soon, once sights are settled.
void collect_expiry(struct collecting *collecting);
