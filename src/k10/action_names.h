// SPDX-License-Identifier: MIT
// What the names in an action's object mean: which of them is the application, the policy, the run
// (docs.kasten.io, API "Actions"). One place, so that all readers of objects agree.
#pragma once

#include "core/action.h"

// Texts as the object has them, one clean line each, "" when absent.
struct action_names {
    const char *name; // metadata.name
    const char *namespace_name;
    const char *label_app; // k10.kasten.io/appName
    const char *label_policy;
    const char *label_policy_namespace;
    const char *label_run;
    const char *label_run_namespace;
    const char *subject_name; // spec.subject.name
    const char *subject_namespace;
};

#define ACTION_LABEL_APP "k10.kasten.io/appName"
#define ACTION_LABEL_POLICY "k10.kasten.io/policyName"
#define ACTION_LABEL_POLICY_NAMESPACE "k10.kasten.io/policyNamespace"
#define ACTION_LABEL_RUN "k10.kasten.io/runActionName"
#define ACTION_LABEL_RUN_NAMESPACE "k10.kasten.io/runActionNamespace"

// Sets name, namespace, application, policy and run of an action of a known kind. The texts are
// borrowed.
void action_names_apply(const struct action_names *names, struct action *action);
