// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "core/plan_parts.h"

#include "base/banned.h"

// An invalid profile in the mail, and the policies that use it.
struct profile {
    const char *name;
    size_t cluster;
    struct map users;
};

static const struct plan_condition *condition_of(const struct plan_input *input,
                                                 const struct finding *finding)
{
    for (size_t i = 0; i < input->condition_count; i++) {
        const struct plan_condition *condition = &input->conditions[i];
        if (condition->class == ALERT_INVALID && condition->kind == OBJECT_PROFILE &&
            condition->cluster == finding->cluster && strcmp(condition->name, finding->name) == 0 &&
            strcmp(condition->namespace_name, finding->namespace_name) == 0) {
            return condition;
        }
    }
    return NULL;
}

// Snapshots need no profile; a failed one has another cause.
static bool works_with_profile(enum action_kind kind)
{
    return kind == ACTION_EXPORT || kind == ACTION_IMPORT || kind == ACTION_VALIDATE ||
           kind == ACTION_RESTORE || kind == ACTION_RESTORE_CLUSTER;
}

static bool has_children(const struct finding *finding)
{
    for (size_t i = 0; i < finding->action_count; i++) {
        if (finding->actions[i]->kind != ACTION_RUN) {
            return true;
        }
    }
    return false;
}

// True when all that failed of the run is what K10 cannot do without the profile: exports and the
// like that name it, or that name none, of a policy that uses it; a run that failed before it had
// anything to do (K10 checks the profile first).
static bool is_explained(struct arena *arena, const struct profile *profile,
                         const struct finding *finding)
{
    const char *policy = incident_policy(arena, finding->policy_namespace, finding->policy);
    bool is_user = map_get(&profile->users, policy) != NULL;
    bool children = has_children(finding);
    if (finding->class != ALERT_FAILED || finding->cluster != profile->cluster ||
        finding->action_count == 0) {
        return false;
    }
    for (size_t i = 0; i < finding->action_count; i++) {
        const struct action *action = finding->actions[i];
        bool names = *action->profile != '\0' && strcmp(action->profile, profile->name) == 0;
        bool is_of_it = names || (*action->profile == '\0' && is_user);
        if (action->kind == ACTION_RUN ? !children && !is_user
                                       : !works_with_profile(action->kind) || !is_of_it) {
            return false;
        }
    }
    return true;
}

static void group_with(struct planning *planning, struct plan_row *profile_row)
{
    struct plan *plan = planning->plan;
    const struct finding *found = profile_row->finding;
    const struct plan_condition *condition = condition_of(planning->input, found);
    struct profile profile = {.name = found->name, .cluster = found->cluster};
    map_init(&profile.users, planning->arena);
    for (size_t i = 0; condition != NULL && i < condition->user_count; i++) {
        map_set(&profile.users, condition->users[i], planning);
    }
    for (size_t i = 0; condition != NULL && i < plan->row_count; i++) {
        struct plan_row *row = &plan->rows[i];
        if (row->group == NULL && is_explained(planning->arena, &profile, row->finding)) {
            row->group = profile_row->id;
            profile_row->group = profile_row->id;
        }
    }
}

void plan_group(struct planning *planning)
{
    struct plan *plan = planning->plan;
    for (size_t i = 0; i < plan->row_count; i++) {
        const struct finding *finding = plan->rows[i].finding;
        if (finding->class == ALERT_INVALID && finding->kind == OBJECT_PROFILE) {
            group_with(planning, &plan->rows[i]);
        }
    }
}
