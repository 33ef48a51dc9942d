// SPDX-License-Identifier: MIT
#include "core/action.h"

#include "base/timestamp.h"

#include "base/banned.h"

const char *action_kind_word(enum action_kind kind)
{
    static const char *const words[ACTION_KIND_COUNT] = {
        [ACTION_BACKUP] = "backup",   [ACTION_EXPORT] = "export",
        [ACTION_RUN] = "run",         [ACTION_BACKUP_CLUSTER] = "backupcluster",
        [ACTION_IMPORT] = "import",   [ACTION_VALIDATE] = "validate",
        [ACTION_RESTORE] = "restore", [ACTION_RESTORE_CLUSTER] = "restorecluster",
        [ACTION_REPORT] = "report",   [ACTION_RETIRE] = "retire",
    };
    return words[kind];
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
