// SPDX-License-Identifier: MIT
#include "k10/action_names.h"

#include <stdbool.h>

#include "base/banned.h"

static const char *first_text(const char *a, const char *b)
{
    return *a != '\0' ? a : b;
}

// Their subject is no application, and their namespace is K10's or the policy's.
static bool has_app_by_label_only(enum action_kind kind)
{
    return kind == ACTION_RUN || kind == ACTION_VALIDATE || kind == ACTION_IMPORT ||
           kind == ACTION_REPORT || kind == ACTION_BATCH_RESTORE || kind == ACTION_UPGRADE;
}

// The application by label, else by the action's subject, else by its namespace. A RunAction's
// subject is its policy, a cluster-scoped action has no application.
static const char *app_of(enum action_kind kind, const struct action_names *names)
{
    if (has_app_by_label_only(kind)) {
        return names->label_app;
    }
    const char *subject = kind == ACTION_EXPORT ? "" : names->subject_name;
    return first_text(names->label_app, first_text(subject, names->namespace_name));
}

void action_names_apply(const struct action_names *names, struct action *action)
{
    bool is_run = action->kind == ACTION_RUN;
    bool by_subject = is_run && *names->label_policy == '\0';
    action->name = first_text(names->name, "(unnamed)");
    action->namespace_name = names->namespace_name;
    action->app = app_of(action->kind, names);
    action->policy = by_subject ? names->subject_name : names->label_policy;
    action->policy_namespace =
        by_subject ? names->subject_namespace : names->label_policy_namespace;
    action->run = is_run ? action->name : names->label_run;
    action->run_namespace = is_run ? names->namespace_name : names->label_run_namespace;
}
