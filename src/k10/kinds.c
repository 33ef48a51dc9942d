// SPDX-License-Identifier: MIT
#include "k10/kinds.h"

#include <string.h>

#include "base/banned.h"

#define ACTIONS_PATH "/apis/" K10_ACTIONS_GROUP "/" K10_ACTIONS_VERSION "/"

static const struct {
    struct kind_resource resource;
    const char *list_path;
} kinds[ACTION_KIND_COUNT] = {
#define KIND(kind, resource, namespaced)                    \
    {                                                       \
        {kind, resource, namespaced}, ACTIONS_PATH resource \
    }
    [ACTION_BACKUP] = KIND("BackupAction", "backupactions", true),
    [ACTION_EXPORT] = KIND("ExportAction", "exportactions", true),
    [ACTION_RUN] = KIND("RunAction", "runactions", true),
    [ACTION_BACKUP_CLUSTER] = KIND("BackupClusterAction", "backupclusteractions", false),
    [ACTION_IMPORT] = KIND("ImportAction", "importactions", true),
    [ACTION_VALIDATE] = KIND("ValidateAction", "validateactions", true),
    [ACTION_RESTORE] = KIND("RestoreAction", "restoreactions", true),
    [ACTION_RESTORE_CLUSTER] = KIND("RestoreClusterAction", "restoreclusteractions", false),
    [ACTION_REPORT] = KIND("ReportAction", "reportactions", true),
    [ACTION_RETIRE] = KIND("RetireAction", "retireactions", false),
#undef KIND
};

const struct kind_resource *kinds_resource(enum action_kind kind)
{
    return &kinds[kind].resource;
}

const char *kinds_list_path(enum action_kind kind)
{
    return kinds[kind].list_path;
}

bool kinds_from_word(const char *word, enum action_kind *ret)
{
    for (int kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        if (strcmp(action_kind_word((enum action_kind)kind), word) == 0) {
            *ret = (enum action_kind)kind;
            return true;
        }
    }
    return false;
}
