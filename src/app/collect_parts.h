// SPDX-License-Identifier: MIT
// The parts of collect: elements of lists of actions (collect_item.c), the runs that open incidents
// ask for (collect_runs.c), what is stuck or overdue (collect_stuck.c, collect_overdue.c),
// policies, presets and profiles (collect_objects.c), what expires (collect_expiry.c), what a list
// that answered 404 means (collect_group.c), namespaces one by one where a list is forbidden
// (collect_scope.c). Nobody else includes this.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/collect.h"
#include "base/error.h"
#include "base/map.h"
#include "core/evaluate.h"
#include "core/policy_runs.h"
#include "kube/client.h"

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

struct reading;

// Something that the readings of one cluster need to know: it is asked once, when it is needed.
struct collect_question {
    enum { COLLECT_NOT_ASKED, COLLECT_ASKED, COLLECT_ANSWERED } state;
    struct reading *waiting; // while it is asked
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
    struct collect_group *groups;    // by cluster and API group
    struct collect_scope *scopes;    // by cluster
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
    // Of the lists before this one.
    size_t list_older_failures;
    size_t list_older_stuck;
    struct narrowed *narrowed;    // namespaces one by one; NULL: the cluster's list
    struct reading *next_waiting; // for the answer to one question
};

// collect.c: begins a list of the reading's kind; it ends in collect_fail, collect_end or, when the
// reading is narrowed, collect_scope_answer.
void collect_list(struct reading *reading, const char *path);

// The reading failed so. What can be found out about it, or read in spite of it, is tried first.
void collect_fail(struct reading *reading, const struct error *error, enum http_failure failure);

// Nothing more is read of it.
void collect_end(struct reading *reading);

// The reading waits for the answer; true when it is the first one: the caller asks.
bool collect_question_wait(struct collect_question *question, struct reading *reading);

// The question is answered: each reading that waited goes on.
void collect_question_answer(struct collect_question *question,
                             void (*go_on)(struct reading *reading));

// True while there is room for what is learned beside the failures.
bool collecting_has_room(const struct collecting *collecting);

// True while causes are still kept.
bool collecting_has_room_for_detail(const struct collecting *collecting);

// collect_item.c: one element of a list of actions.
bool collect_item(struct reading *reading, const char *bytes, size_t len, struct error *error);

// Names as a reader wants them: "a", "a and b", at most COLLECT_NAMES_SHOWN of count and how many
// more. The names are borrowed.
enum { COLLECT_NAMES_SHOWN = 5 };
const char *collect_names(struct arena *arena, const char *const *names, size_t count);

// collect_group.c: a list answered 404. What the resource list of its group says to that becomes
// the sight's reason and remedy; then the reading ends.
void collect_group_begin(struct collecting *collecting);
void collect_group_ask(struct reading *reading);

// collect_scope.c: the cluster's list is forbidden. It is read in each namespace that the token can
// be asked about; what the sight says so far stands when none may be read.
void collect_scope_begin(struct collecting *collecting);
void collect_scope_enter(struct reading *reading);
void collect_scope_answer(struct reading *reading, const struct kube_list_result *result);

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
