// SPDX-License-Identifier: MIT
// An action of K10 as the domain sees it: what ran, for whom, when, how it ended and why. Texts are
// one clean line each (utf8_clean), "" when absent, and live in the pass's arena.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "core/alert_class.h"
#include "core/root_cause.h"

// The order is that of ALERT_KINDS' documentation; ACTION_BACKUP is the main kind.
enum action_kind {
    ACTION_BACKUP,
    ACTION_EXPORT,
    ACTION_RUN,
    ACTION_BACKUP_CLUSTER,
    ACTION_IMPORT,
    ACTION_VALIDATE,
    ACTION_RESTORE,
    ACTION_RESTORE_CLUSTER,
    ACTION_REPORT,
    ACTION_RETIRE,
    ACTION_BATCH_RESTORE,
    ACTION_UPGRADE,
    ACTION_STAGE,
    ACTION_MIGRATE_FCD,
    ACTION_KIND_COUNT,
    // K10's configuration (group config.kio.kasten.io), listed beside the actions; no words of
    // ALERT_KINDS.
    OBJECT_POLICY = ACTION_KIND_COUNT,
    OBJECT_POLICY_PRESET,
    OBJECT_PROFILE,
    WATCHED_KIND_COUNT,
};

// status.state (docs.kasten.io, API "Actions"); a word that K10 adds later is ACTION_UNKNOWN.
enum action_state {
    ACTION_UNKNOWN,
    ACTION_PENDING,
    ACTION_RUNNING,
    ACTION_ATTEMPT_FAILED,
    ACTION_FAILED,
    ACTION_COMPLETE,
    ACTION_SKIPPED,
    ACTION_CANCELLED,
    ACTION_DELETING,
};

struct action {
    size_t cluster; // index into the pass's clusters
    enum action_kind kind;
    enum action_state state;
    enum alert_class class; // what it is told as (evaluate_action)
    bool clean;             // Complete without exceptions
    uint32_t exceptions;    // of a Complete one: what it left out (status.exceptions[])
    int progress;           // status.progress, 0 to 100; -1 where the object gives none
    int64_t stuck_at;    // of one that has not ended: since when it counts as stuck, 0: it does not
    bool without_detail; // its causes were left out: the pass had learned too much already
    const char *uid;     // metadata.uid; "kind/namespace/name" where the server gives none
    const char *name;
    const char *namespace_name; // metadata.namespace; "" for cluster-scoped kinds
    const char *app;            // the application (usually a namespace) it worked on
    const char *policy;
    const char *policy_namespace;
    const char *run; // the RunAction it belongs to, "" for none; a RunAction's own name
    const char *run_namespace;
    const char *profile;     // location profile, where the object names one
    const char *skip_reason; // of a Skipped one: K10's word for why, "" where it gives none
    int64_t created;         // TIMESTAMP_NONE where absent
    int64_t started;
    int64_t ended;
    struct cause_list causes; // of one that failed or left something out at least one, of others
                              // what it says
};

// The word of ALERT_KINDS: "backup", "export", "run", "backupcluster", ...; "policy",
// "policypreset", "profile" for the objects.
const char *action_kind_word(enum action_kind kind);

// The kind of a word of ALERT_KINDS; false for an unknown one and for those of the objects.
bool action_kind_from_word(const char *word, enum action_kind *ret) MUST_USE;

// The same for all that is watched, the objects too.
bool watched_kind_from_word(const char *word, enum action_kind *ret) MUST_USE;

// K10's resource, the plural in URLs, commands and RBAC rules: "backupactions". Actions are of the
// API group actions.kio.kasten.io, the objects of config.kio.kasten.io.
const char *action_kind_resource(enum action_kind kind);

// False for the kinds whose objects have no namespace.
bool action_kind_is_namespaced(enum action_kind kind);

// The state of a word of status.state; ACTION_UNKNOWN for NULL and for words not known.
enum action_state action_state_from_word(const char *word);

// The instant an action is judged by: its end, else its start, else its creation
// (BEHAVIOUR section 4); TIMESTAMP_NONE when the object has none.
int64_t action_judged_at(const struct action *action);

// The instant it began: its start, else its creation; TIMESTAMP_NONE when the object has neither.
int64_t action_began_at(const struct action *action);

// Pending, Running or AttemptFailed: it has yet to end.
bool action_is_under_way(const struct action *action);
