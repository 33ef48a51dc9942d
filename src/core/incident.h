// SPDX-License-Identifier: MIT
// Something that is wrong until it is seen to be right again (BEHAVIOUR section 5): opened by its
// first bad run, closed only by evidence. One per (class, cluster, policy, kind, application).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/action.h"
#include "core/alert_class.h"

struct arena;

struct incident {
    enum alert_class class;
    const char *cluster;   // NAME
    const char *policy;    // "NAMESPACE/NAME", "NAME" when no namespace is known, "" for none
    enum action_kind kind; // ALERT_UNREACHABLE: the unread kind, ACTION_BACKUP for the cluster
    const char *app;       // "" for a run as such; ALERT_UNREACHABLE: "" or INCIDENT_IN_PART

    const char *run;          // latest bad run, or action without one; "" for ALERT_UNREACHABLE
    int64_t since;            // when its first bad run ended, or it was first unread
    int64_t last;             // when the latest bad run counted ended
    int64_t last_good;        // clean Complete before it; TIMESTAMP_NONE: not known
    int64_t told;             // when a mail last named it; TIMESTAMP_NONE: none did yet
    uint32_t runs;            // bad runs in a row
    uint32_t reminders;       // mails that named it without a new bad run
    const char *cause;        // token of its causes (incident_cause_token), "" for none; the
                              // ledger has the text
    const char *const *held;  // alert ids counted here that no mail has named: silenced, or
    size_t held_count;        // waiting for the reminder (ALERT_EVERY_RUN=false)
    bool silent;              // it failed while silenced, and no mail has named it since
    bool policy_seen;         // its policy was in a complete list
    uint8_t policy_absent;    // complete lists in a row without it since
    uint8_t runs_without;     // later Complete runs with actions for others only
    int64_t runs_without_end; // end of the latest of them; TIMESTAMP_NONE
};

enum {
    INCIDENT_TOKEN_BYTES = 17,
    INCIDENT_HELD_MAX = 200, // the oldest give way
    INCIDENT_GONE_AFTER = 2, // complete lists without the policy, or runs without the application
};

// The application of an incident of class ALERT_UNREACHABLE when the kind was read, but in part
// only: not the one of the cluster that cannot be read. It is never reminded of.
#define INCIDENT_IN_PART "part"
bool incident_is_in_part(const struct incident *incident);

// When it is to be named again, as long as it can be seen: so long after it was last told.
// TIMESTAMP_NONE when it never was, when remind_every_s is 0, and for what is in part or expiring,
// which has days of its own.
int64_t incident_reminder_at(const struct incident *incident, int64_t remind_every_s);

// The key of an incident: unique, stable, one line, for people too ("forget"):
// "CLUSTER/POLICY/KIND/APP", for other classes than failed "CLASS:CLUSTER/POLICY/KIND/APP".
// Empty parts stay as "-".
const char *incident_key(struct arena *arena, const struct incident *incident);

// "NAMESPACE/NAME" as incidents name a policy; "" without one.
const char *incident_policy(struct arena *arena, const char *policy_namespace, const char *policy);

// NAME and NAMESPACE of such a text, "" for what it lacks.
const char *incident_policy_name(const char *policy);
const char *incident_policy_namespace(struct arena *arena, const char *policy);

// Equal for equal sets of causes, whatever their order; "" for none. 16 hexadecimal digits.
const char *incident_cause_token(struct arena *arena, const struct cause_list *causes);

bool incident_holds(const struct incident *incident, const char *id);

// The incident with one more held id; the arrays are copied into arena.
void incident_hold(struct arena *arena, struct incident *incident, const char *id);

// What two passes know of one incident, in one: the later failure, the later mail.
void incident_merge(struct arena *arena, struct incident *incident, const struct incident *other);

// A copy whose texts live in arena.
struct incident *incident_copy(struct arena *arena, const struct incident *incident);
