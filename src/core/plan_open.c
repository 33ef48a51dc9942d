// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/alert_id.h"
#include "core/plan_parts.h"
#include "core/silence.h"

#include "base/banned.h"

// An open incident of an earlier pass, looked at in this one.
struct open {
    struct planning *planning;
    const char *key;
    const struct incident *incident; // as the plan's failures leave it
    size_t cluster;
    bool silenced;
};

// Reminders of one run, and closings of one policy, while they are collected.
struct gathered {
    struct plan_row row;
    struct finding finding;
    struct plan_closing closing;
    struct map apps;
    struct map held;   // alert ids that the row tells beside its own
    struct map causes; // tokens that the row has
    size_t cause_capacity;
};

struct gathering {
    struct planning *planning;
    struct map rows;     // alert id -> struct gathered *
    struct map closings; // id -> struct gathered *
};

static struct gathered *gathered_of(struct arena *arena, struct map *map, const char *id)
{
    struct map_entry *entry = map_entry(map, id);
    if (entry->value == NULL) {
        struct gathered *gathered = arena_alloc(arena, sizeof *gathered);
        map_init(&gathered->apps, arena);
        map_init(&gathered->held, arena);
        map_init(&gathered->causes, arena);
        entry->value = gathered;
    }
    return entry->value;
}

static void add_cause(struct arena *arena, struct gathered *gathered, const char *token,
                      const char *text)
{
    struct cause_list *causes = &gathered->finding.causes;
    if (text == NULL || map_get(&gathered->causes, token) != NULL) {
        return;
    }
    map_set(&gathered->causes, token, gathered);
    causes->items = arena_grow(arena, causes->items, &gathered->cause_capacity, causes->count,
                               sizeof *causes->items);
    causes->items[causes->count++] = (struct cause){
        .text = text,
        .where = "",
        .informative = true,
        .fingerprint = map_hash(token, strlen(token)),
    };
}

// Of a run, which knows only its name, the namespace is its policy's.
static void begin_finding(const struct open *open, struct finding *finding)
{
    struct arena *arena = open->planning->arena;
    const struct incident *incident = open->incident;
    *finding = (struct finding){
        .class = incident->class,
        .cluster = open->cluster,
        .policy = incident_policy_name(incident->policy),
        .policy_namespace = incident_policy_namespace(arena, incident->policy),
        .first_ended = incident->last,
        .last_ended = incident->last,
    };
    alert_id_read_subject(arena, incident->run, finding);
    if (finding->kind == ACTION_RUN) {
        finding->namespace_name = finding->policy_namespace;
    }
}

// The id under which its latest run stands in the ledger: of the day on which the run's first
// failure ended, mostly that of the incident's latest one.
static const char *told_id(const struct open *open)
{
    const struct incident *incident = open->incident;
    for (int64_t days = 0; days <= 1; days++) {
        const char *id =
            alert_id_make(open->planning->arena, incident->cluster, incident->run,
                          incident->last - days * TIMESTAMP_DAY_SECONDS, incident->class);
        if (ledger_find(open->planning->input->ledger, id) != NULL) {
            return id;
        }
    }
    return NULL;
}

static void remind(struct gathering *gathering, const struct open *open, enum plan_reason reason)
{
    struct arena *arena = open->planning->arena;
    const struct incident *incident = open->incident;
    // A reminder bears the day it is given on, what was silenced the day it failed.
    int64_t day = reason == PLAN_REMINDER ? open->planning->input->now : incident->last;
    const char *id = alert_id_make(arena, incident->cluster, incident->run, day, incident->class);
    struct gathered *gathered = gathered_of(arena, &gathering->rows, id);
    struct plan_row *row = &gathered->row;
    if (row->id == NULL) {
        begin_finding(open, &gathered->finding);
        *row = plan_row_of(&gathered->finding, reason, id);
        row->stored_id = reason == PLAN_REMINDER ? told_id(open) : NULL;
    }
    if (*incident->app != '\0') {
        map_set(&gathered->apps, incident->app, gathered);
    }
    add_cause(arena, gathered, incident->cause,
              ledger_cause(open->planning->input->ledger, incident->cause));
    struct plan_step step = {.incident = *incident, .cause_text = ""};
    step.incident.reminders++;
    planning_tell(open->planning, row, &gathered->held, &step);
}

static void end(struct gathering *gathering, const struct open *open, enum plan_reason reason,
                int64_t at, const char *why)
{
    struct planning *planning = open->planning;
    const struct incident *incident = open->incident;
    struct plan_step step = {.incident = *incident, .close = true, .cause_text = ""};
    bool is_told = incident->told != TIMESTAMP_NONE && !open->silenced &&
                   planning->input->options.alert_on[ALERT_RECOVERED];
    if (!is_told) {
        planning_add_step(planning, &planning->plan->quiet, &step);
        return;
    }
    const char *policy = *incident->policy != '\0' ? incident->policy : incident->app;
    const char *id = arena_format(planning->arena, "!%s/%s/%s/%s", plan_reason_word(reason),
                                  incident->cluster, policy, action_kind_word(incident->kind));
    struct gathered *gathered = gathered_of(planning->arena, &gathering->closings, id);
    struct plan_closing *closing = &gathered->closing;
    if (closing->id == NULL) {
        *closing = (struct plan_closing){
            .cluster = open->cluster,
            .reason = reason,
            .class = incident->class,
            .policy = incident->policy,
            .kind = incident->kind,
            .run = incident->run,
            .since = incident->since,
            .closed_at = at,
            .why = why,
            .id = id,
        };
    }
    if (*incident->app != '\0') {
        map_set(&gathered->apps, incident->app, gathered);
    }
    closing->class = incident->class < closing->class ? incident->class : closing->class;
    closing->since = incident->since < closing->since ? incident->since : closing->since;
    closing->closed_at = at > closing->closed_at ? at : closing->closed_at;
    closing->runs = incident->runs > closing->runs ? incident->runs : closing->runs;
    planning_add_step(planning, &closing->steps, &step);
}

static bool run_holds(const struct plan_run *run, const char *app)
{
    for (size_t i = 0; i < run->app_count; i++) {
        if (strcmp(run->apps[i], app) == 0) {
            return true;
        }
    }
    return false;
}

// Counts later Complete runs that worked for others and not for this application. One that did
// work for it, however it ended, begins the count anew; one whose actions are all gone proves
// nothing. True when enough are counted.
static bool left_out_by_runs(const struct open *open, struct incident *after)
{
    const struct plan_input *input = open->planning->input;
    if (*after->app == '\0' || *after->policy == '\0') {
        return false;
    }
    for (size_t i = 0; i < input->run_count; i++) {
        const struct plan_run *run = &input->runs[i];
        bool is_later = run->ended > after->last && run->ended > after->runs_without_end &&
                        run->ended < input->now;
        if (run->cluster != open->cluster || !is_later || run->app_count == 0 ||
            strcmp(run->policy, after->policy) != 0) {
            continue;
        }
        after->runs_without = run_holds(run, after->app) ? 0 : (uint8_t)(after->runs_without + 1);
        after->runs_without_end = run->ended;
        if (after->runs_without >= INCIDENT_GONE_AFTER) {
            return true;
        }
    }
    return false;
}

static bool policy_is_gone(const struct open *open, struct incident *after)
{
    const struct plan_policies *policies = open->planning->input->policies;
    if (policies == NULL || !policies[open->cluster].read || *after->policy == '\0') {
        return false;
    }
    if (map_get(&policies[open->cluster].names, after->policy) != NULL) {
        after->policy_seen = true;
        after->policy_absent = 0;
        return false;
    }
    if (after->policy_seen) {
        after->policy_absent++;
    }
    return after->policy_absent >= INCIDENT_GONE_AFTER;
}

bool planning_is_due(const struct plan_input *input, const struct incident *incident)
{
    int64_t every = input->options.remind_every_s;
    // One told in the future is of a clock that was set back since: not now, and not again.
    return every > 0 && incident->told != TIMESTAMP_NONE && incident->told <= input->now &&
           input->now - incident->told >= every - PLAN_EARLY_SECONDS;
}

// Failed before, and Complete with exceptions since: of both only the latter stands.
static bool runs_only_lack_something(const struct open *open)
{
    struct incident incident = *open->incident;
    if (incident.class != ALERT_FAILED ||
        !open->planning->input->options.alert_on[ALERT_EXCEPTIONS]) {
        return false;
    }
    incident.class = ALERT_EXCEPTIONS;
    const struct incident *other =
        planning_incident(open->planning, incident_key(open->planning->arena, &incident));
    return other != NULL && other->last > open->incident->last;
}

// Its kind was read, and where its actions are. A run, and what has no namespace, is in its
// policy's.
static bool is_in_sight(const struct open *open)
{
    const struct plan_input *input = open->planning->input;
    const struct incident *incident = open->incident;
    const struct sight *sight = planning_sight(input, open->cluster, incident->kind);
    const char *namespace_name =
        *incident->app != '\0' ? incident->app
                               : incident_policy_namespace(open->planning->arena, incident->policy);
    return sight != NULL && sight_reaches(sight, namespace_name);
}

static void speak_of(struct gathering *gathering, const struct open *open)
{
    const struct plan_input *input = open->planning->input;
    bool is_read = is_in_sight(open);
    bool waits = open->incident->told == TIMESTAMP_NONE || open->incident->silent ||
                 (open->incident->held_count > 0 && input->options.every_run);
    if (open->silenced) {
        open->planning->plan->silenced += is_read && planning_is_due(input, open->incident) ? 1 : 0;
    } else if (!is_read || map_get(&open->planning->named, open->key) != NULL ||
               runs_only_lack_something(open)) {
        return; // nothing is known of it now, it is told already, or its runs no longer fail
    } else if (waits) {
        remind(gathering, open, PLAN_SILENCE_ENDED);
    } else if (planning_is_due(input, open->incident)) {
        remind(gathering, open, PLAN_REMINDER);
    }
}

static bool same_watch(const struct incident *a, const struct incident *b)
{
    return a->policy_seen == b->policy_seen && a->policy_absent == b->policy_absent &&
           a->runs_without == b->runs_without && a->runs_without_end == b->runs_without_end;
}

static void judge(struct gathering *gathering, struct open *open)
{
    struct planning *planning = open->planning;
    int64_t good = planning_latest_good(planning->input, open->cluster, open->incident);
    if (good > open->incident->last) {
        end(gathering, open, PLAN_RECOVERED, good, "");
        return;
    }
    struct incident after = *open->incident;
    if (policy_is_gone(open, &after)) {
        end(gathering, open, PLAN_VANISHED, planning->input->now, "the policy no longer exists");
        return;
    }
    if (left_out_by_runs(open, &after)) {
        end(gathering, open, PLAN_VANISHED, planning->input->now,
            "two later runs of the policy worked for other applications only");
        return;
    }
    if (!same_watch(&after, open->incident)) {
        struct plan_step step = {.incident = after, .cause_text = ""};
        planning_add_step(planning, &planning->plan->quiet, &step);
        open->incident = map_get(&planning->after, open->key);
    }
    speak_of(gathering, open);
}

// Of a cluster that is no longer configured nothing will ever be known.
static void drop(struct planning *planning, const struct incident *incident)
{
    struct plan_step step = {.incident = *incident, .close = true, .cause_text = ""};
    planning_add_step(planning, &planning->plan->quiet, &step);
}

static void finish(struct gathering *gathering)
{
    struct planning *planning = gathering->planning;
    struct plan *plan = planning->plan;
    struct arena *arena = planning->arena;
    for (size_t i = 0; i < gathering->rows.count; i++) {
        struct gathered *gathered = gathering->rows.entries[i].value;
        gathered->finding.namespaces = map_keys(&gathered->apps);
        gathered->finding.namespace_count = gathered->apps.count;
        gathered->row.held = map_keys(&gathered->held);
        gathered->row.held_count = gathered->held.count;
        planning_add_row(planning, &gathered->row);
    }
    // plan_conditions adds those of its incidents.
    plan->closings = arena_alloc_array(
        arena, gathering->closings.count + planning->input->ledger->incidents.count,
        sizeof *plan->closings);
    for (size_t i = 0; i < gathering->closings.count; i++) {
        struct gathered *gathered = gathering->closings.entries[i].value;
        gathered->closing.apps = map_keys(&gathered->apps);
        gathered->closing.app_count = gathered->apps.count;
        plan->closings[plan->closing_count++] = gathered->closing;
    }
}

void plan_open(struct planning *planning)
{
    const struct plan_input *input = planning->input;
    const struct map *incidents = &input->ledger->incidents;
    struct gathering gathering = {.planning = planning};
    map_init(&gathering.rows, planning->arena);
    map_init(&gathering.closings, planning->arena);
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->entries[i].value;
        if (incident == NULL || !alert_class_is_of_runs(incident->class) ||
            !input->options.alert_on[incident->class]) {
            continue; // a class that is switched off proves nothing
        }
        struct open open = {
            .planning = planning,
            .key = incidents->entries[i].key,
            .incident = planning_incident(planning, incidents->entries[i].key),
            .cluster = planning_cluster(input, incident->cluster),
        };
        if (open.cluster == input->cluster_count) {
            drop(planning, incident);
            continue;
        }
        const char *id = alert_id_make(planning->arena, incident->cluster, open.incident->run,
                                       open.incident->last, incident->class);
        open.silenced =
            silence_covers(input->ledger, incident->cluster, incident->policy, id, input->now);
        judge(&gathering, &open);
    }
    finish(&gathering);
}
