// SPDX-License-Identifier: MIT
#include "app/details.h"
#include "app/pass_parts.h"
#include "base/arena.h"
#include "base/log.h"
#include "core/evaluate.h"

#include "base/banned.h"

static void group_and_plan(struct pass *pass)
{
    struct finding *findings;
    size_t count;
    evaluate_group(pass->arena, pass->collection.actions, pass->collection.action_count, &findings,
                   &count);
    pass->plan_input.findings = findings;
    pass->plan_input.finding_count = count;
    pass->plan_input.history = &pass->collection.history;
    pass->plan_input.runs = pass->collection.runs;
    pass->plan_input.run_count = pass->collection.run_count;
    pass->plan_input.policies = pass->collection.policies;
    pass->plan_input.conditions = pass->collection.conditions;
    pass->plan_input.condition_count = pass->collection.condition_count;
    pass->plan_input.sights = pass->collection.sights;
    pass->plan_input.sight_count = pass->collection.sight_count;
    plan_make(pass->arena, &pass->plan_input, &pass->plan);
}

// The actions of this plan's rows for which K10 may say more on request.
static size_t wanting_details(const struct pass *pass, const struct action **ret)
{
    size_t count = 0;
    for (size_t i = 0; i < pass->plan.row_count; i++) {
        const struct finding *finding = pass->plan.rows[i].finding;
        for (size_t j = 0; j < finding->action_count && count < DETAILS_PER_PASS; j++) {
            const struct action *action = finding->actions[j];
            // A RunAction beside its children is not asked: they give the cause.
            bool stands_alone = action->kind != ACTION_RUN || finding->action_count == 1;
            if (stands_alone && details_are_wanted(action)) {
                ret[count++] = action;
            }
        }
    }
    return count;
}

// Puts a copy with better causes in the action's place.
static void replace_causes(struct pass *pass, const struct action *action,
                           const struct cause_list *causes)
{
    for (size_t i = 0; i < pass->collection.action_count; i++) {
        if (pass->collection.actions[i] == action) {
            struct action *better = arena_alloc(pass->arena, sizeof *better);
            *better = *action;
            better->causes = *causes;
            pass->collection.actions[i] = better;
        }
    }
}

static bool ask_for_details(struct pass *pass)
{
    const struct action *wanted[DETAILS_PER_PASS];
    struct details found[DETAILS_PER_PASS];
    size_t count = wanting_details(pass, wanted);
    bool improved = false;
    if (count == 0) {
        return false;
    }
    AUTO_PTR(arena) trees = arena_create();
    struct details_input input = {pass->input->http, pass->input->fleet, pass->input->log, trees};
    details_fetch(pass->arena, &input, wanted, count, found);
    for (size_t i = 0; i < count; i++) {
        if (found[i].causes.count > 0) {
            replace_causes(pass, wanted[i], &found[i].causes);
            improved = true;
        }
    }
    return improved;
}

void pass_decide_again(struct pass *pass)
{
    plan_make(pass->arena, &pass->plan_input, &pass->plan);
    pass->result.rows = pass->plan.row_count;
}

void pass_decide(struct pass *pass)
{
    group_and_plan(pass);
    if (ask_for_details(pass)) {
        group_and_plan(pass);
    }
    pass->result.failures = pass->plan_input.finding_count;
    pass->result.rows = pass->plan.row_count;
}
