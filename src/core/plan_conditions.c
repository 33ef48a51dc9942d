// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/alert_id.h"
#include "core/plan_parts.h"
#include "core/silence.h"

#include "base/banned.h"

// What is being said of the conditions of one plan.
struct looking {
    struct planning *planning;
    struct map present;  // incident keys of what holds
    struct map troubled; // "CLUSTER/POLICY" with an open incident of failed or stuck runs
};

static const char *named(struct arena *arena, const struct plan_condition *condition)
{
    return incident_policy(arena, condition->namespace_name, condition->name);
}

static struct incident begun(struct planning *planning, const struct plan_condition *condition)
{
    struct arena *arena = planning->arena;
    const struct plan_input *input = planning->input;
    struct incident incident = {
        .class = condition->class,
        .cluster = input->cluster_names[condition->cluster],
        .policy = "",
        .kind = condition->kind,
        .app = "",
        .run = "",
        .since = condition->since != 0 ? condition->since : input->now,
        .last = input->now,
        .last_good = TIMESTAMP_NONE,
        .told = TIMESTAMP_NONE,
        .runs = 1,
        .cause = incident_cause_token(arena, &condition->causes),
        .runs_without_end = TIMESTAMP_NONE,
    };
    if (condition->class == ALERT_STUCK) {
        incident.policy = condition->policy;
        incident.app = incident.run = condition->run;
    } else if (condition->class == ALERT_EXPIRING) {
        incident.app = condition->name;
    } else if (condition->class == ALERT_OVERDUE || condition->kind == OBJECT_POLICY) {
        incident.policy = named(arena, condition);
    } else {
        incident.app = named(arena, condition);
    }
    return incident;
}

static const struct finding *finding_of(struct planning *planning,
                                        const struct plan_condition *condition)
{
    if (condition->finding != NULL) {
        return condition->finding;
    }
    bool is_policy = condition->kind == OBJECT_POLICY || condition->class == ALERT_OVERDUE;
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
        .overdue = condition->overdue,
        .expires = condition->expires,
    };
    return finding;
}

// What expires is told when so much time is left: each step once.
static size_t steps_passed(int64_t left)
{
    static const int64_t days[] = {14, 7, 3, 1, 0};
    size_t passed = 0;
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        passed += left <= days[i] * TIMESTAMP_DAY_SECONDS ? 1 : 0;
    }
    return passed;
}

static bool is_due(const struct plan_input *input, const struct plan_condition *condition,
                   const struct incident *before)
{
    if (condition->class != ALERT_EXPIRING) {
        return planning_is_due(input, before);
    }
    return steps_passed(condition->expires - input->now) >
           steps_passed(condition->expires - before->told);
}

static enum plan_reason reason_of(const struct plan_input *input,
                                  const struct plan_condition *condition,
                                  const struct incident *before)
{
    if (before == NULL) {
        return PLAN_NEW;
    }
    if (before->told == TIMESTAMP_NONE) {
        return PLAN_SILENCE_ENDED;
    }
    return is_due(input, condition, before) ? PLAN_REMINDER : PLAN_REASON_COUNT;
}

// A stuck run has an alert id, of the day on which the first of it became stuck; everything else
// goes by its incident.
static const char *id_of(struct planning *planning, const struct plan_condition *condition,
                         const struct incident *incident, const char *key)
{
    if (condition->class != ALERT_STUCK) {
        return arena_format(planning->arena, "!%s", key);
    }
    int64_t stuck_after = condition->finding->first_ended - condition->since;
    return alert_id_make(planning->arena, incident->cluster, incident->run,
                         incident->since + stuck_after, ALERT_STUCK);
}

static void tell(struct planning *planning, const struct plan_condition *condition,
                 enum plan_reason reason, const struct plan_step *step, const char *id)
{
    struct plan_step told = *step;
    told.tell = true;
    told.incident.reminders += reason == PLAN_REMINDER ? 1 : 0;
    struct plan_row row = plan_row_of(finding_of(planning, condition), reason, id);
    row.stored_id = reason == PLAN_REMINDER && alert_id_is(id) ? id : NULL;
    row.since = step->incident.since;
    planning_add_step(planning, &row.steps, &told);
    planning_add_row(planning, &row);
}

// One that has no incident, but was mailed: the state had no room for it.
static void take_over(struct planning *planning, const char *id, struct plan_step *step)
{
    const struct ledger_entry *entry =
        alert_id_is(id) ? ledger_find(planning->input->ledger, id) : NULL;
    if (entry != NULL) {
        step->incident.told = entry->sent_at;
        planning_add_step(planning, &planning->plan->quiet, step);
    }
}

// It holds; began is its incident as if it began now.
static void judge(struct looking *looking, const struct plan_condition *condition,
                  const struct incident *began, const char *key)
{
    struct planning *planning = looking->planning;
    const struct plan_input *input = planning->input;
    struct plan_step step = {
        .incident = *began,
        .cause_text = condition->causes.count > 0 ? condition->causes.items[0].text : "",
    };
    struct incident *incident = &step.incident;
    const struct incident *before = ledger_incident(input->ledger, key);
    if (before != NULL) {
        incident->since = before->since;
        incident->told = before->told;
        incident->reminders = before->reminders;
    }
    const char *id = id_of(planning, condition, incident, key);
    enum plan_reason reason = reason_of(input, condition, before);
    if (before == NULL) {
        take_over(planning, id, &step);
    }
    if (incident->told != TIMESTAMP_NONE && reason != PLAN_REMINDER) {
        planning->plan->already_told++;
    } else if (silence_covers(input->ledger, incident->cluster, incident->policy,
                              alert_id_is(id) ? id : key, input->now)) {
        planning->plan->silenced++;
        planning_add_step(planning, &planning->plan->quiet, &step);
    } else {
        tell(planning, condition, reason, &step, id);
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

static struct plan_ending vanished(struct planning *planning, const struct incident *incident,
                                   size_t cluster)
{
    bool deleted = is_deleted(planning, incident, cluster);
    return (struct plan_ending){
        .at = planning->input->now,
        .recovered = !deleted,
        .why = deleted ? deleted_text(incident->kind) : "",
    };
}

static void end(struct planning *planning, const struct incident *incident, const char *key,
                const struct plan_ending *ending)
{
    const struct plan_input *input = planning->input;
    struct plan *plan = planning->plan;
    struct plan_step step = {.incident = *incident, .close = true, .cause_text = ""};
    step.incident.last = input->now;
    size_t cluster = planning_cluster(input, incident->cluster);
    bool silenced =
        silence_covers(input->ledger, incident->cluster, incident->policy, key, input->now);
    if (ending->quiet || incident->told == TIMESTAMP_NONE || silenced ||
        !input->options.alert_on[ALERT_RECOVERED]) {
        planning_add_step(planning, &plan->quiet, &step);
        return;
    }
    struct plan_closing closing = {
        .cluster = cluster,
        .reason = ending->recovered ? PLAN_RECOVERED : PLAN_VANISHED,
        .class = incident->class,
        .policy = incident->policy,
        .kind = incident->kind,
        .run = incident->run,
        .since = incident->since,
        .closed_at = ending->at != TIMESTAMP_NONE ? ending->at : input->now,
        .why = ending->why,
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

// An object that is not invalid in a list of its namespace is not, wherever else was not looked.
static bool proves_end(struct planning *planning, const struct incident *incident,
                       const struct sight *sight)
{
    const char *object = *incident->policy != '\0' ? incident->policy : incident->app;
    return sight_is_whole(sight) ||
           (sight_is_current(sight) &&
            sight_reaches(sight, incident_policy_namespace(planning->arena, object)));
}

// An incident that is open and that nothing of this pass shows.
static void judge_absent(struct looking *looking, const struct incident *incident, const char *key)
{
    struct planning *planning = looking->planning;
    const struct plan_input *input = planning->input;
    static const struct plan_ending not_configured = {.quiet = true, .why = ""};
    size_t cluster = planning_cluster(input, incident->cluster);
    if (cluster == input->cluster_count) {
        end(planning, incident, key, &not_configured);
        return;
    }
    const struct sight *sight = planning_sight(input, cluster, incident->kind);
    if (incident->class == ALERT_INVALID && sight != NULL &&
        proves_end(planning, incident, sight)) {
        struct plan_ending ending = vanished(planning, incident, cluster);
        end(planning, incident, key, &ending);
    }
}

static const char *policy_key(struct arena *arena, const struct incident *incident)
{
    return arena_format(arena, "%s/%s", incident->cluster, incident->policy);
}

static void note_trouble(struct looking *looking, const char *key, const struct incident *incident)
{
    bool is_trouble = incident != NULL && *incident->policy != '\0' &&
                      (incident->class == ALERT_FAILED || incident->class == ALERT_STUCK);
    if (is_trouble && map_get(&looking->planning->closed, key) == NULL) {
        map_set(&looking->troubled, policy_key(looking->planning->arena, incident), looking);
    }
}

static void find_trouble(struct looking *looking)
{
    const struct map *open = &looking->planning->input->ledger->incidents;
    const struct map *after = &looking->planning->after;
    for (size_t i = 0; i < open->count; i++) {
        note_trouble(looking, open->entries[i].key, open->entries[i].value);
    }
    for (size_t i = 0; i < after->count; i++) {
        note_trouble(looking, after->entries[i].key, after->entries[i].value);
    }
}

// A policy whose runs fail, or are stuck, is told as that: not as overdue, too.
static bool is_told_as_other(struct looking *looking, const struct incident *incident)
{
    return incident->class == ALERT_OVERDUE && *incident->policy != '\0' &&
           map_get(&looking->troubled, policy_key(looking->planning->arena, incident)) != NULL;
}

static void judge_condition(struct looking *looking, const struct plan_condition *condition)
{
    static const struct plan_ending told_as_other = {.quiet = true, .why = ""};
    struct planning *planning = looking->planning;
    struct incident incident = begun(planning, condition);
    const char *key = incident_key(planning->arena, &incident);
    const struct incident *open = ledger_incident(planning->input->ledger, key);
    bool holds = condition->ending == NULL && !is_told_as_other(looking, &incident);
    if (!holds && (open == NULL || map_get(&looking->present, key) != NULL)) {
        return;
    }
    map_set(&looking->present, key, looking);
    if (holds) {
        judge(looking, condition, &incident, key);
    } else {
        end(planning, open, key, condition->ending != NULL ? condition->ending : &told_as_other);
    }
}

static void judge_stuck(struct looking *looking)
{
    const struct plan_input *input = looking->planning->input;
    for (size_t i = 0; i < input->finding_count && input->options.alert_on[ALERT_STUCK]; i++) {
        const struct finding *finding = &input->findings[i];
        if (finding->class != ALERT_STUCK) {
            continue;
        }
        struct arena *arena = looking->planning->arena;
        int64_t began = action_began_at(finding->actions[0]);
        struct plan_condition condition = {
            .class = ALERT_STUCK,
            .cluster = finding->cluster,
            .kind = finding->kind,
            .name = finding->name,
            .namespace_name = finding->namespace_name,
            .causes = finding->causes,
            .finding = finding,
            .run = alert_id_subject(arena, finding),
            .policy = incident_policy(arena, finding->policy_namespace, finding->policy),
            .since = began,
        };
        judge_condition(looking, &condition);
    }
}

void plan_conditions(struct planning *planning)
{
    const struct plan_input *input = planning->input;
    const struct map *incidents = &input->ledger->incidents;
    struct looking looking = {.planning = planning};
    map_init(&looking.present, planning->arena);
    map_init(&looking.troubled, planning->arena);
    judge_stuck(&looking);
    find_trouble(&looking);
    for (size_t i = 0; i < input->condition_count; i++) {
        if (input->options.alert_on[input->conditions[i].class]) {
            judge_condition(&looking, &input->conditions[i]);
        }
    }
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->entries[i].value;
        const char *key = incidents->entries[i].key;
        if (incident != NULL && alert_class_is_condition(incident->class) &&
            input->options.alert_on[incident->class] && map_get(&looking.present, key) == NULL) {
            judge_absent(&looking, incident, key);
        }
    }
}
