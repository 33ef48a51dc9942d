// SPDX-License-Identifier: MIT
#include "core/action.h"

#include <string.h>

#include "base/timestamp.h"

#include "base/banned.h"

// docs.kasten.io, API "Actions".
static const struct {
    const char *word;
    const char *resource;
    bool namespaced;
} kinds[ACTION_KIND_COUNT] = {
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

bool action_kind_from_word(const char *word, enum action_kind *ret)
{
    for (int kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        if (strcmp(kinds[kind].word, word) == 0) {
            *ret = (enum action_kind)kind;
            return true;
        }
    }
    return false;
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
