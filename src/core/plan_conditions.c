// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/plan_parts.h"
#include "core/silence.h"

#include "base/banned.h"

static const char *named(struct arena *arena, const struct plan_condition *condition)
{
    return incident_policy(arena, condition->namespace_name, condition->name);
}

static struct incident begun(struct planning *planning, const struct plan_condition *condition)
{
    struct arena *arena = planning->arena;
    const struct plan_input *input = planning->input;
    bool is_policy = condition->kind == OBJECT_POLICY;
    return (struct incident){
        .class = condition->class,
        .cluster = input->cluster_names[condition->cluster],
        .policy = is_policy ? named(arena, condition) : "",
        .kind = condition->kind,
        .app = is_policy ? "" : named(arena, condition),
        .run = "",
        .since = input->now,
        .last = input->now,
        .last_good = TIMESTAMP_NONE,
        .told = TIMESTAMP_NONE,
        .runs = 1,
        .cause = incident_cause_token(arena, &condition->causes),
        .runs_without_end = TIMESTAMP_NONE,
    };
}

static const struct finding *finding_of(struct planning *planning,
                                        const struct plan_condition *condition)
{
    bool is_policy = condition->kind == OBJECT_POLICY;
    struct finding *finding = arena_alloc(planning->arena, sizeof *finding);
    *finding = (struct finding){
        .class = condition->class,
        .cluster = condition->cluster,
        .kind = condition->kind,
        .name = condition->name,
        .namespace_name = condition->namespace_name,
        .policy = is_policy ? condition->name : "",
        .policy_namespace = is_policy ? condition->namespace_name : "",
        .note = condition->note,
        .causes = condition->causes,
        .first_ended = TIMESTAMP_NONE,
        .last_ended = TIMESTAMP_NONE,
    };
    return finding;
}

static enum plan_reason reason_of(const struct plan_input *input, const struct incident *before)
{
    if (before == NULL) {
        return PLAN_NEW;
    }
    if (before->told == TIMESTAMP_NONE) {
        return PLAN_SILENCE_ENDED;
    }
    return planning_is_due(input, before) ? PLAN_REMINDER : PLAN_REASON_COUNT;
}

static void tell(struct planning *planning, const struct plan_condition *condition,
                 enum plan_reason reason, const struct plan_step *step, const char *key)
{
    struct plan_step told = *step;
    told.tell = true;
    told.incident.reminders += reason == PLAN_REMINDER ? 1 : 0;
    struct plan_row row = plan_row_of(finding_of(planning, condition), reason,
                                      arena_format(planning->arena, "!%s", key));
    row.since = step->incident.since;
    planning_add_step(planning, &row.steps, &told);
    planning_add_row(planning, &row);
}

static void judge(struct planning *planning, const struct plan_condition *condition,
                  struct map *present)
{
    const struct plan_input *input = planning->input;
    struct plan_step step = {
        .incident = begun(planning, condition),
        .cause_text = condition->causes.count > 0 ? condition->causes.items[0].text : "",
    };
    const char *key = incident_key(planning->arena, &step.incident);
    const struct incident *before = ledger_incident(input->ledger, key);
    map_set(present, key, planning);
    if (before != NULL) {
        step.incident.since = before->since;
        step.incident.told = before->told;
        step.incident.reminders = before->reminders;
    }
    enum plan_reason reason = reason_of(input, before);
    if (silence_covers(input->ledger, step.incident.cluster, step.incident.policy, key,
                       input->now)) {
        planning->plan->silenced++;
        planning_add_step(planning, &planning->plan->quiet, &step);
    } else if (reason != PLAN_REASON_COUNT) {
        tell(planning, condition, reason, &step, key);
    } else {
        planning->plan->already_told++;
    }
}

// Not valid again, but deleted: as far as the names of what exists are known.
static bool is_deleted(struct planning *planning, const struct incident *incident, size_t cluster)
{
    const struct plan_policies *policies = planning->input->policies;
    if (policies == NULL) {
        return false;
    }
    const char *name = incident->kind == OBJECT_POLICY
                           ? incident->policy
                           : arena_format(planning->arena, "%s %s",
                                          action_kind_word(incident->kind), incident->app);
    return map_get(&policies[cluster].names, name) == NULL;
}

static const char *deleted_text(enum action_kind kind)
{
    switch (kind) {
    case OBJECT_POLICY:
        return "the policy no longer exists";
    case OBJECT_POLICY_PRESET:
        return "the policy preset no longer exists";
    default:
        return "the profile no longer exists";
    }
}

static void end(struct planning *planning, const struct incident *incident, const char *key,
                size_t cluster)
{
    const struct plan_input *input = planning->input;
    struct plan *plan = planning->plan;
    struct plan_step step = {.incident = *incident, .close = true, .cause_text = ""};
    step.incident.last = input->now;
    bool silenced =
        silence_covers(input->ledger, incident->cluster, incident->policy, key, input->now);
    if (incident->told == TIMESTAMP_NONE || silenced || cluster == input->cluster_count ||
        !input->options.alert_on[ALERT_RECOVERED]) {
        planning_add_step(planning, &plan->quiet, &step);
        return;
    }
    bool deleted = is_deleted(planning, incident, cluster);
    struct plan_closing closing = {
        .cluster = cluster,
        .reason = deleted ? PLAN_VANISHED : PLAN_RECOVERED,
        .class = incident->class,
        .policy = incident->policy,
        .kind = incident->kind,
        .run = "",
        .since = incident->since,
        .closed_at = input->now,
        .why = deleted ? deleted_text(incident->kind) : "",
        .id = arena_format(planning->arena, "!recovered/%s", key),
    };
    if (*incident->app != '\0') {
        const char **apps = arena_alloc_array(planning->arena, 1, sizeof *apps);
        apps[0] = incident->app;
        closing.apps = apps;
        closing.app_count = 1;
    }
    planning_add_step(planning, &closing.steps, &step);
    plan->closings[plan->closing_count++] = closing;
}

static bool is_condition(enum alert_class class)
{
    return class == ALERT_INVALID;
}

// An object that is not invalid in a list of its namespace is not, wherever else was not looked.
static bool proves_end(struct planning *planning, const struct incident *incident,
                       const struct sight *sight)
{
    const char *object = *incident->policy != '\0' ? incident->policy : incident->app;
    return sight_is_whole(sight) ||
           (sight_is_current(sight) &&
            sight_reaches(sight, incident_policy_namespace(planning->arena, object)));
}

void plan_conditions(struct planning *planning)
{
    const struct plan_input *input = planning->input;
    const struct map *incidents = &input->ledger->incidents;
    struct map present;
    map_init(&present, planning->arena);
    for (size_t i = 0; i < input->condition_count; i++) {
        if (input->options.alert_on[input->conditions[i].class]) {
            judge(planning, &input->conditions[i], &present);
        }
    }
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->entries[i].value;
        const char *key = incidents->entries[i].key;
        if (incident == NULL || !is_condition(incident->class) ||
            !input->options.alert_on[incident->class] || map_get(&present, key) != NULL) {
            continue; // a class that is switched off proves nothing
        }
        size_t cluster = planning_cluster(input, incident->cluster);
        const struct sight *sight = planning_sight(input, cluster, incident->kind);
        if (cluster == input->cluster_count ||
            (sight != NULL && proves_end(planning, incident, sight))) {
            end(planning, incident, key, cluster);
        }
    }
}
