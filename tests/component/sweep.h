// SPDX-License-Identifier: MIT
// Scenarios, and what must be true of them whatever is killed and whoever runs beside
// (docs/decisions/0005-send-then-record.md).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world.h"

enum { SWEEP_LIST = 8, SWEEP_OBJECTS = 24 };

// A list ends with the first element without a name (cluster, text) or a time (until).
struct scenario {
    const char *name;
    size_t clusters;
    size_t recipients;
    struct world_object objects[SWEEP_OBJECTS];
    struct world_outage outages[SWEEP_LIST];
    struct world_mail_fault mail_faults[SWEEP_LIST];
    struct world_state_fault state_faults[SWEEP_LIST];
    const char *sent;           // recorded before the first pass; NULL: no state
    const char *state;          // the same; NULL: as the original left it
    int64_t passes[SWEEP_LIST]; // minutes, ascending; 0 is the first one's only
    size_t pass_count;
    const char *open[SWEEP_LIST]; // keys of the incidents that are open at the end
    const char *told[SWEEP_LIST]; // ids without an alert id that a mail must have told
    const char *lost[SWEEP_LIST]; // uids of failures that nobody can be told of
    unsigned never;               // recipients that refuse for good
    bool every_pair;              // two kills in a row at every pair of points, else at some
    bool repeats_as_new;          // the state is lost or cannot be used: the operator's own doing
    bool may_end_badly;           // the last pass need not have status 0
};

extern const struct scenario sweep_scenarios[];
extern const size_t sweep_scenario_count;

// How one history of a scenario is disturbed, for the checks and the report.
struct sweep_run {
    const struct scenario *scenario;
    const char *what;  // "killed", "interleaved", ...
    const char *where; // the point
    size_t pass;
    size_t point;
    size_t second; // point of the second kill, 0: none
    bool killed;   // a pass did not end, or hung for longer than its intent is young
};

// One scenario being played on one world outside, which is shared with child processes.
struct sweeping {
    const struct scenario *scenario;
    struct outside *outside;
    struct sweep_run run; // for the checks
    size_t target;        // point at which something happens; 0: none
    int64_t hangs;        // minutes that the outer pass stands still when another runs inside
    size_t histories;     // that were played to their end
};

enum { SWEEP_SOON = 5, SWEEP_AFTER = 16 }; // minutes: while an intent is young, and after

// sweep_play.c: a fresh world for the next pass; world_finish ends it.
void sweep_begin(struct sweeping *sweeping, struct world *world);

// The outside as it is before the first pass.
void sweep_reset(struct sweeping *sweeping);

// A pass to its end, the points it has; run.where becomes the name of the target.
size_t sweep_whole_pass(struct sweeping *sweeping, int64_t at);

// A pass in a process of its own that ends at the point, if it has so many: whether it had.
bool sweep_may_be_killed_pass(struct sweeping *sweeping, int64_t at, size_t point);

// The same; one that has not is a violation.
void sweep_killed_pass(struct sweeping *sweeping, int64_t at, size_t point);

// A pass inside which another one runs wholly at the point, hangs minutes later.
void sweep_pass_beside(struct sweeping *sweeping, int64_t at, size_t point);

// The passes after this one that are later than `from`, some more, and all checks.
void sweep_go_on(struct sweeping *sweeping, size_t pass, int64_t from);

// Memory that child processes share; ends the program when there is none.
struct outside *sweep_shared(void);

// Called after each pass, and at the end. A violation is printed and counted.
void sweep_check_pass(const struct sweep_run *run, struct world *world);
void sweep_check_end(const struct sweep_run *run, struct world *world);
void sweep_violate(const struct sweep_run *run, const char *what, const char *detail);
size_t sweep_violations(void);
