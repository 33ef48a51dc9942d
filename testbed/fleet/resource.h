// SPDX-License-Identifier: MIT
// The kinds the fleet serves: K10's actions (actions.kio.kasten.io) and its configuration
// (config.kio.kasten.io), with the names that Kubernetes discovery gives them.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ACTIONS_GROUP "actions.kio.kasten.io"
#define CONFIG_GROUP "config.kio.kasten.io"
#define PROJECT_GROUP "project.openshift.io"
#define KASTEN_VERSION "v1alpha1"

enum { RESOURCE_COUNT = 17 };

struct resource {
    const char *group;
    const char *plural;
    const char *singular;
    const char *kind;
    bool namespaced;
    bool details; // has the subresource /details
};

// The resource number index, 0 to RESOURCE_COUNT - 1.
const struct resource *resource_at(size_t index);
size_t resource_index(const struct resource *resource);

// The resource of an API path; NULL when the group has no such plural.
const struct resource *resource_by_path(const char *group, const char *plural);

// The resource a scenario names: "BackupAction", "backupactions" or "backup", any case; else NULL.
const struct resource *resource_by_name(const char *name);

bool resource_is_action(const struct resource *resource);
