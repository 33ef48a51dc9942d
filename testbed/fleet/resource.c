// SPDX-License-Identifier: MIT
#include "fleet/resource.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

static const struct resource resources[RESOURCE_COUNT] = {
    {ACTIONS_GROUP, "backupactions", "backupaction", "BackupAction", true, true},
    {ACTIONS_GROUP, "exportactions", "exportaction", "ExportAction", true, true},
    {ACTIONS_GROUP, "runactions", "runaction", "RunAction", true, true},
    {ACTIONS_GROUP, "backupclusteractions", "backupclusteraction", "BackupClusterAction", false,
     true},
    {ACTIONS_GROUP, "importactions", "importaction", "ImportAction", true, true},
    {ACTIONS_GROUP, "validateactions", "validateaction", "ValidateAction", true, true},
    {ACTIONS_GROUP, "restoreactions", "restoreaction", "RestoreAction", true, true},
    {ACTIONS_GROUP, "reportactions", "reportaction", "ReportAction", true, true},
    {ACTIONS_GROUP, "retireactions", "retireaction", "RetireAction", false, true},
    {ACTIONS_GROUP, "restoreclusteractions", "restoreclusteraction", "RestoreClusterAction", false,
     true},
    {ACTIONS_GROUP, "batchrestoreactions", "batchrestoreaction", "BatchRestoreAction", true, true},
    {ACTIONS_GROUP, "upgradeactions", "upgradeaction", "UpgradeAction", true, true},
    {ACTIONS_GROUP, "stageactions", "stageaction", "StageAction", true, true},
    {ACTIONS_GROUP, "migratefcdactions", "migratefcdaction", "MigrateFCDAction", true, true},
    {CONFIG_GROUP, "policies", "policy", "Policy", true, false},
    {CONFIG_GROUP, "policypresets", "policypreset", "PolicyPreset", true, false},
    {CONFIG_GROUP, "profiles", "profile", "Profile", true, false},
};

const struct resource *resource_at(size_t index)
{
    return &resources[index];
}

size_t resource_index(const struct resource *resource)
{
    return (size_t)(resource - resources);
}

const struct resource *resource_by_path(const char *group, const char *plural)
{
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        if (strcmp(resources[i].group, group) == 0 && strcmp(resources[i].plural, plural) == 0) {
            return &resources[i];
        }
    }
    return NULL;
}

// "backup" for backupactions: the words of ALERT_KINDS.
static bool is_short_name(const struct resource *resource, const char *name)
{
    size_t len = strlen(name);
    return resource_is_action(resource) && strncasecmp(resource->singular, name, len) == 0 &&
           strcmp(resource->singular + len, "action") == 0;
}

const struct resource *resource_by_name(const char *name)
{
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        const struct resource *resource = &resources[i];
        if (strcasecmp(resource->plural, name) == 0 || strcasecmp(resource->kind, name) == 0 ||
            is_short_name(resource, name)) {
            return resource;
        }
    }
    return NULL;
}

bool resource_is_action(const struct resource *resource)
{
    return strcmp(resource->group, ACTIONS_GROUP) == 0;
}
