// SPDX-License-Identifier: MIT
#include "core/action.h"

#include <string.h>

#include "base/timestamp.h"

#include "base/banned.h"

// docs.kasten.io, API "Actions"; stage and migratefcd are served without being documented there. A
// CancelAction is only ever created: it cannot be listed.
static const struct {
    const char *word;
    const char *resource;
    bool namespaced;
} kinds[WATCHED_KIND_COUNT] = {
    [ACTION_BACKUP] = {"backup", "backupactions", true},
    [ACTION_EXPORT] = {"export", "exportactions", true},
    [ACTION_RUN] = {"run", "runactions", true},
    [ACTION_BACKUP_CLUSTER] = {"backupcluster", "backupclusteractions", false},
    [ACTION_IMPORT] = {"import", "importactions", true},
    [ACTION_VALIDATE] = {"validate", "validateactions", true},
    [ACTION_RESTORE] = {"restore", "restoreactions", true},
    [ACTION_RESTORE_CLUSTER] = {"restorecluster", "restoreclusteractions", false},
    [ACTION_REPORT] = {"report", "reportactions", true},
    [ACTION_RETIRE] = {"retire", "retireactions", false},
    [ACTION_BATCH_RESTORE] = {"batchrestore", "batchrestoreactions", true},
    [ACTION_UPGRADE] = {"upgrade", "upgradeactions", true},
    [ACTION_STAGE] = {"stage", "stageactions", true},
    [ACTION_MIGRATE_FCD] = {"migratefcd", "migratefcdactions", true},
    [OBJECT_POLICY] = {"policy", "policies", true},
    [OBJECT_POLICY_PRESET] = {"policypreset", "policypresets", true},
    [OBJECT_PROFILE] = {"profile", "profiles", true},
};

const char *action_kind_word(enum action_kind kind)
{
    return kinds[kind].word;
}

const char *action_kind_resource(enum action_kind kind)
{
    return kinds[kind].resource;
}

bool action_kind_is_namespaced(enum action_kind kind)
{
    return kinds[kind].namespaced;
}

static bool kind_from_word(const char *word, int count, enum action_kind *ret)
{
    for (int kind = 0; kind < count; kind++) {
        if (strcmp(kinds[kind].word, word) == 0) {
            *ret = (enum action_kind)kind;
            return true;
        }
    }
    return false;
}

bool action_kind_from_word(const char *word, enum action_kind *ret)
{
    return kind_from_word(word, ACTION_KIND_COUNT, ret);
}

bool watched_kind_from_word(const char *word, enum action_kind *ret)
{
    return kind_from_word(word, WATCHED_KIND_COUNT, ret);
}

enum action_state action_state_from_word(const char *word)
{
    static const struct {
        const char *word;
        enum action_state state;
    } states[] = {
        {"Pending", ACTION_PENDING},
        {"Running", ACTION_RUNNING},
        {"AttemptFailed", ACTION_ATTEMPT_FAILED},
        {"Failed", ACTION_FAILED},
        {"Complete", ACTION_COMPLETE},
        {"Skipped", ACTION_SKIPPED},
        {"Cancelled", ACTION_CANCELLED},
        {"Deleting", ACTION_DELETING},
    };
    for (size_t i = 0; word != NULL && i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(states[i].word, word) == 0) {
            return states[i].state;
        }
    }
    return ACTION_UNKNOWN;
}

int64_t action_judged_at(const struct action *action)
{
    if (action->ended != TIMESTAMP_NONE) {
        return action->ended;
    }
    return action->started != TIMESTAMP_NONE ? action->started : action->created;
}

int64_t action_began_at(const struct action *action)
{
    return action->started != TIMESTAMP_NONE ? action->started : action->created;
}

bool action_is_under_way(const struct action *action)
{
    return action->state == ACTION_PENDING || action->state == ACTION_RUNNING ||
           action->state == ACTION_ATTEMPT_FAILED;
}
