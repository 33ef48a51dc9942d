// SPDX-License-Identifier: MIT
#include "core/overdue_cluster.h"

#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/incident.h"

#include "base/banned.h"

// A policy's runs or exports, judged.
struct judged {
    const struct policy *policy;
    enum overdue_subject subject;
    enum schedule_frequency frequency;
    struct overdue_runs runs;
    struct overdue_answer answer;
};

struct looking {
    struct arena *arena;
    const struct overdue_cluster_input *input;
    struct overdue_cluster_result *result;
    struct judged *judged;
    size_t judged_count;
    struct map names; // incident keys of what was judged
    struct overdue_tally tally;
    size_t condition_capacity;
};

static enum action_kind kind_of(enum overdue_subject subject)
{
    return subject == OVERDUE_RUNS ? ACTION_RUN : ACTION_EXPORT;
}

static const struct incident *open_incident(struct looking *looking, enum action_kind kind,
                                            const char *policy, const char **ret_key)
{
    struct incident incident = {.class = ALERT_OVERDUE,
                                .cluster = looking->input->cluster_name,
                                .policy = policy,
                                .kind = kind,
                                .app = ""};
    *ret_key = incident_key(looking->arena, &incident);
    return ledger_incident(looking->input->ledger, *ret_key);
}

static void add_condition(struct looking *looking, const struct plan_condition *condition)
{
    struct overdue_cluster_result *result = looking->result;
    result->conditions =
        arena_grow(looking->arena, result->conditions, &looking->condition_capacity,
                   result->condition_count, sizeof *result->conditions);
    result->conditions[result->condition_count++] = *condition;
}

static void add_ending(struct looking *looking, const struct plan_condition *condition,
                       const struct plan_ending *ending)
{
    struct plan_ending *copy = arena_alloc(looking->arena, sizeof *copy);
    struct plan_condition ended = *condition;
    *copy = *ending;
    ended.ending = copy;
    add_condition(looking, &ended);
}

// What a policy's schedule is now and was when it was last seen. Exports that follow their runs are
// not remembered; those that no longer do count from now.
static struct overdue_watch remember(struct looking *looking, const struct judged *judged,
                                     const struct policy_preset *preset)
{
    const struct overdue_cluster_input *input = looking->input;
    const struct policy_object *object = &judged->policy->object;
    const char *name = incident_policy(looking->arena, object->namespace_name, object->name);
    bool begins = false;
    if (judged->subject == OVERDUE_EXPORTS) {
        begins = ledger_watch(input->ledger, input->cluster_name, name) != NULL;
        name = arena_format(looking->arena, "%s export", name);
    }
    const struct overdue_watch *known = ledger_watch(input->ledger, input->cluster_name, name);
    struct overdue_watch watch = known != NULL ? *known : (struct overdue_watch){0};
    (void)overdue_watch_update(&watch, known != NULL, judged->subject, judged->policy, preset,
                               input->now);
    if (known == NULL && begins) {
        watch.since = input->now;
    }
    if (judged->runs.last_success >= watch.since) {
        watch.since = TIMESTAMP_NONE; // a run has come since: it counts from that
    }
    looking->result->memories[looking->result->memory_count++] =
        (struct overdue_memory){.name = name, .watch = watch};
    return watch;
}

static void judge(struct looking *looking, const struct policy *policy,
                  const struct policy_preset *preset, enum overdue_subject subject)
{
    const struct overdue_cluster_input *input = looking->input;
    struct judged *judged = &looking->judged[looking->judged_count];
    const struct policy_object *object = &policy->object;
    bool known = input->runs_known && (subject == OVERDUE_RUNS || input->exports_known);
    *judged = (struct judged){
        .policy = policy,
        .subject = subject,
        .runs = policy_runs_of(input->runs, object->namespace_name, object->name, subject),
    };
    struct overdue_question question = {
        .subject = subject,
        .policy = policy,
        .preset = preset,
        .runs = known ? &judged->runs : NULL,
        .since = TIMESTAMP_NONE,
        .patience_seconds = input->patience_s,
    };
    bool is_apart = subject == OVERDUE_RUNS || overdue_exports_are_apart(policy, preset);
    if (is_apart) {
        question.since = remember(looking, judged, preset).since;
    }
    judged->answer = overdue_judge(&question, input->now);
    const struct schedule *schedule = policy_schedule(policy, preset);
    judged->frequency = subject == OVERDUE_EXPORTS ? policy_export(policy, preset).frequency
                        : schedule != NULL         ? schedule->frequency
                                                   : SCHEDULE_NONE;
    if (is_apart) {
        overdue_tally_add(&looking->tally, &judged->answer, known ? &judged->runs : NULL);
    }
    looking->judged_count++;
}

static struct plan_condition condition_of(const struct looking *looking,
                                          const struct judged *judged)
{
    const struct policy_object *object = &judged->policy->object;
    return (struct plan_condition){
        .class = ALERT_OVERDUE,
        .cluster = looking->input->cluster,
        .kind = kind_of(judged->subject),
        .name = object->name,
        .namespace_name = object->namespace_name,
        .since = judged->answer.due,
    };
}

static void tell(struct looking *looking, const struct judged *judged)
{
    struct plan_condition condition = condition_of(looking, judged);
    struct finding_overdue *overdue = arena_alloc(looking->arena, sizeof *overdue);
    *overdue = (struct finding_overdue){
        .subject = judged->subject,
        .answer = judged->answer,
        .frequency = schedule_frequency_name(judged->frequency),
        .last_success = judged->runs.last_success,
    };
    condition.overdue = overdue;
    add_condition(looking, &condition);
}

// Why it is not overdue any more although no run came; NULL: nothing is known, or it may be.
static const char *why_exempt(enum overdue_exemption exemption)
{
    switch (exemption) {
    case OVERDUE_ON_DEMAND:
        return "it runs on demand only now";
    case OVERDUE_PAUSED:
        return "it was paused";
    case OVERDUE_INVALID:
        return "it is invalid, or its preset is";
    case OVERDUE_UNREADABLE_SCHEDULE:
        return "its schedule can no longer be read";
    case OVERDUE_REPORTS:
        return "it makes reports only now";
    case OVERDUE_NOT_APART:
        return "its exports follow its runs now";
    case OVERDUE_NEW:
        return "its schedule was changed";
    default:
        return NULL;
    }
}

static void end(struct looking *looking, const struct judged *judged)
{
    struct plan_condition condition = condition_of(looking, judged);
    const struct overdue_answer *answer = &judged->answer;
    const char *why = answer->verdict == OVERDUE_NOT_DUE ? why_exempt(answer->exemption) : NULL;
    struct plan_ending ending = {.at = looking->input->now, .why = ""};
    if (answer->verdict == OVERDUE_ON_TIME) {
        ending.recovered = true;
        ending.at = judged->runs.last_success;
    } else if (why != NULL) {
        ending.why = why;
        ending.quiet = answer->exemption == OVERDUE_INVALID; // told as that
    } else {
        return;
    }
    add_ending(looking, &condition, &ending);
}

// As long as K10 stands still the one finding says so of all.
static void conclude(struct looking *looking, bool stands_still)
{
    for (size_t i = 0; i < looking->judged_count; i++) {
        const struct judged *judged = &looking->judged[i];
        const struct policy_object *object = &judged->policy->object;
        const char *key;
        const struct incident *open = open_incident(
            looking, kind_of(judged->subject),
            incident_policy(looking->arena, object->namespace_name, object->name), &key);
        map_set(&looking->names, key, looking);
        if (!overdue_is_told(judged->answer.verdict)) {
            if (open != NULL) {
                end(looking, judged);
            }
        } else if (!stands_still) {
            tell(looking, judged);
        }
    }
}

static void tell_standstill(struct looking *looking, struct plan_condition *condition)
{
    const struct overdue_tally *tally = &looking->tally;
    struct finding_overdue *overdue = arena_alloc(looking->arena, sizeof *overdue);
    *overdue = (struct finding_overdue){
        .subject = OVERDUE_RUNS,
        .answer = {.verdict = OVERDUE_LATE, .due = tally->first_due, .skip_reason = ""},
        .frequency = "",
        .policies = tally->told,
        .last_success = tally->any_activity ? tally->last_activity : TIMESTAMP_NONE,
    };
    for (size_t i = 0; i < looking->judged_count; i++) {
        bool is_judged = looking->judged[i].answer.verdict != OVERDUE_NOT_DUE;
        overdue->policies_judged += is_judged ? 1 : 0;
    }
    condition->since = tally->first_due;
    condition->overdue = overdue;
    add_condition(looking, condition);
}

static void conclude_standstill(struct looking *looking, bool stands_still)
{
    const char *key;
    const struct incident *open = open_incident(looking, OBJECT_POLICY, "", &key);
    struct plan_condition condition = {
        .class = ALERT_OVERDUE,
        .cluster = looking->input->cluster,
        .kind = OBJECT_POLICY,
        .name = "",
        .namespace_name = "",
    };
    map_set(&looking->names, key, looking);
    if (stands_still) {
        tell_standstill(looking, &condition);
    } else if (open != NULL && looking->input->runs_known) {
        const struct overdue_tally *tally = &looking->tally;
        bool moves = tally->any_activity && tally->last_activity > open->since;
        struct plan_ending ending = {
            .at = moves ? tally->last_activity : looking->input->now,
            .recovered = moves,
            .why = moves ? "" : "fewer policies are overdue now",
        };
        add_ending(looking, &condition, &ending);
    }
}

// Incidents of policies that are no more.
static void conclude_deleted(struct looking *looking)
{
    const struct map *incidents = &looking->input->ledger->incidents;
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->entries[i].value;
        if (incident == NULL || incident->class != ALERT_OVERDUE ||
            strcmp(incident->cluster, looking->input->cluster_name) != 0 ||
            map_get(&looking->names, incidents->entries[i].key) != NULL) {
            continue;
        }
        struct plan_condition condition = {
            .class = ALERT_OVERDUE,
            .cluster = looking->input->cluster,
            .kind = incident->kind,
            .name = incident_policy_name(incident->policy),
            .namespace_name = incident_policy_namespace(looking->arena, incident->policy),
        };
        struct plan_ending ending = {.at = looking->input->now,
                                     .why = "the policy no longer exists"};
        add_ending(looking, &condition, &ending);
    }
}

void overdue_cluster_judge(struct arena *arena, const struct overdue_cluster_input *input,
                           struct overdue_cluster_result *ret)
{
    struct looking looking = {.arena = arena, .input = input, .result = ret};
    *ret = (struct overdue_cluster_result){0};
    looking.judged = arena_alloc_array(arena, 2 * input->policy_count, sizeof *looking.judged);
    ret->memories = arena_alloc_array(arena, 2 * input->policy_count, sizeof *ret->memories);
    map_init(&looking.names, arena);
    for (size_t i = 0; i < input->policy_count; i++) {
        const struct policy *policy = input->policies[i];
        const struct policy_preset *preset =
            policy_find_preset(policy, input->presets, input->preset_count);
        judge(&looking, policy, preset, OVERDUE_RUNS);
        judge(&looking, policy, preset, OVERDUE_EXPORTS);
    }
    bool stands_still = overdue_tally_is_standstill(&looking.tally);
    conclude(&looking, stands_still);
    conclude_standstill(&looking, stands_still);
    conclude_deleted(&looking);
}
