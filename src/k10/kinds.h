// SPDX-License-Identifier: MIT
// How K10 serves its actions: one resource of actions.kio.kasten.io/v1alpha1 per kind
// (docs.kasten.io, API "Actions").
#pragma once

#include <stdbool.h>

#include "core/action.h"

struct kind_resource {
    const char *kind;     // "BackupAction"
    const char *resource; // "backupactions", the plural in URLs and RBAC rules
    bool namespaced;
};

#define K10_ACTIONS_GROUP "actions.kio.kasten.io"
#define K10_ACTIONS_VERSION "v1alpha1"

const struct kind_resource *kinds_resource(enum action_kind kind);

// The path of the cluster-wide list: "/apis/actions.kio.kasten.io/v1alpha1/backupactions".
const char *kinds_list_path(enum action_kind kind);

// The kind of a word of ALERT_KINDS; false for an unknown one.
bool kinds_from_word(const char *word, enum action_kind *ret) __attribute__((warn_unused_result));
