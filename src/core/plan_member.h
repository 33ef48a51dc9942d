// SPDX-License-Identifier: MIT
// One failed action of a finding and its incident, before and after it. Only plan_failures.c, which
// decides what becomes of the finding, includes this.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/plan_parts.h"

// One failed action nobody was told of, and its incident before and after.
struct member {
    const struct action *action;
    const char *key;
    const struct incident *before; // NULL: none was open
    bool goes_on;                  // no good run between the incident's last failure and this one
    int64_t followed_at;           // end of a good run after it; TIMESTAMP_NONE: none
    bool waits;                    // the incident holds its id already
    struct plan_step step;
};

// A finding being judged.
struct judging {
    struct planning *planning;
    const struct finding *finding;
    const char *cluster;
    const char *id;
    bool more; // of a run that was told
    struct member *members;
    size_t count;
};

// Judges those of the actions that count, into judging->members: a RunAction beside its failed
// children, or after they were told, only repeats them.
void plan_judge_members(struct judging *judging, const struct action *const *untold, size_t count);

// True when its incident is one that a mail spoke of, or will: in this pass, or when its silence
// ends. Not when it is the very failure that the incident ends with so far: then its id was
// forgotten, so that it is told again.
bool plan_member_was_open(const struct judging *judging, const struct member *member);

// True when the incident's causes so far were others.
bool plan_member_cause_differs(const struct member *member);

// True when its incident counts it already. More of a run that was told bears an id that is no
// longer held once it is counted.
bool plan_member_is_counted(const struct judging *judging, const struct member *member);
