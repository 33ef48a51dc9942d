// SPDX-License-Identifier: MIT
// What a pass found: one finding per run action on one cluster (BEHAVIOUR section 5).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/action.h"
#include "core/alert_class.h"
#include "core/overdue.h"

// Of class overdue: a policy's runs or exports, or that a whole cluster stands still.
struct finding_overdue {
    enum overdue_subject subject;
    struct overdue_answer answer; // of a standstill: due is the first run missed
    const char *frequency;        // "daily"; "" for a standstill
    size_t policies;              // overdue at a standstill, of policies_judged; else 0
    size_t policies_judged;
    int64_t last_success; // TIMESTAMP_NONE: none is known. Of a standstill: the last sign of life
};

// A row of the mail: a run with its failed actions, or one action that belongs to no run. Other
// classes than failed: with those that ended or stand so.
struct finding {
    enum alert_class class;
    size_t cluster;
    enum action_kind kind;      // ACTION_RUN for a run, whatever its failed actions are
    const char *name;           // of the run, or of the lone action
    const char *namespace_name; // of the run or action object itself; "" when unknown or none
    const char *policy;         // "" without one
    const char *policy_namespace;
    const char *const *namespaces; // every application affected, distinct, in order of failure
    size_t namespace_count;
    const struct action *const *actions; // failed members, earliest end first; none of
                                         // what is no run (plan_condition, reminders)
    size_t action_count;
    const char *note;         // what else a reader must know, one sentence; NULL for nothing
    struct cause_list causes; // distinct causes of all members
    int64_t first_ended;      // when the first of its failures ended: the day of its alert id
    int64_t last_ended;
    const struct finding_overdue *overdue; // class overdue; else NULL
    int64_t expires;                       // class expiring: when; 0 for the others
};
