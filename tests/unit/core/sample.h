// SPDX-License-Identifier: MIT
// Actions as the core's tests need them, changed field by field.
#pragma once

#include <stdlib.h>

#include "base/timestamp.h"
#include "core/action.h"

static inline int64_t at(const char *text)
{
    int64_t instant = TIMESTAMP_NONE;
    if (!timestamp_parse(text, &instant)) {
        abort();
    }
    return instant;
}

static inline struct action failed_backup(const char *uid, const char *app, const char *ended)
{
    static struct cause denied = {
        .text = "AccessDenied", .where = "", .informative = true, .fingerprint = 1};
    return (struct action){
        .kind = ACTION_BACKUP,
        .state = ACTION_FAILED,
        .uid = uid,
        .name = uid,
        .namespace_name = app,
        .app = app,
        .policy = "daily",
        .policy_namespace = "kasten-io",
        .run = "run-a",
        .run_namespace = "kasten-io",
        .profile = "",
        .created = TIMESTAMP_NONE,
        .started = at(ended) - 600,
        .ended = at(ended),
        .causes = {.items = &denied, .count = 1},
    };
}

static inline struct action failed_run(const char *uid, const char *name, const char *ended)
{
    struct action action = failed_backup(uid, "", ended);
    action.kind = ACTION_RUN;
    action.name = name;
    action.run = name;
    action.namespace_name = "kasten-io";
    return action;
}
