// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "app/collect_parts.h"
#include "base/arena.h"
#include "base/timestamp.h"
#include "core/incident.h"
#include "core/ledger.h"

#include "base/banned.h"

// Lists are read one beside the other: a run that ended while they were read may have actions that
// a list read earlier does not hold. The next pass judges it.
enum { SETTLE_SECONDS = 60 };

// An application a run worked for. Without a namespace (K10 4) it is of every run of that name.
struct noted_app {
    struct noted_app *next;
    const char *app;
    const char *run_namespace;
    bool asked_for; // an incident of the policy is about it
};

struct noted_complete {
    struct noted_complete *next;
    const char *namespace_name;
    const char *policy;
    int64_t ended;
};

struct noted_run {
    struct noted_app *apps;
    struct noted_complete *completes; // of that name, in different namespaces
};

static void ask_for(struct collecting *collecting, const struct incident *incident)
{
    const struct collect_input *input = collecting->input;
    for (size_t i = 0; i < input->fleet->count; i++) {
        if (collecting->runs[i].since != TIMESTAMP_NONE &&
            strcmp(input->fleet->clusters[i].settings->name, incident->cluster) == 0) {
            struct map_entry *entry =
                map_entry(&collecting->runs[i].policies, incident_policy_name(incident->policy));
            if (entry->value == NULL) {
                entry->value = arena_alloc(collecting->arena, sizeof(struct map));
                map_init(entry->value, collecting->arena);
            }
            map_set(entry->value, incident->app, collecting);
        }
    }
}

// TIMESTAMP_NONE when runs are not watched.
static int64_t run_window_start(const struct collect_input *input, size_t cluster)
{
    for (size_t i = 0; i < input->kind_count; i++) {
        if (input->kinds[i] == ACTION_RUN) {
            return input->window_starts[cluster * input->kind_count + i];
        }
    }
    return TIMESTAMP_NONE;
}

void collect_runs_begin(struct collecting *collecting)
{
    const struct collect_input *input = collecting->input;
    collecting->runs =
        arena_alloc_array(collecting->arena, input->fleet->count, sizeof *collecting->runs);
    for (size_t i = 0; i < input->fleet->count; i++) {
        struct collect_runs *runs = &collecting->runs[i];
        int64_t window_start = run_window_start(input, i);
        map_init(&runs->policies, collecting->arena);
        map_init(&runs->runs, collecting->arena);
        runs->since =
            window_start > COLLECT_RUN_SECONDS ? window_start - COLLECT_RUN_SECONDS : window_start;
    }
    for (size_t i = 0; input->ledger != NULL && i < input->ledger->incidents.count; i++) {
        const struct incident *incident = input->ledger->incidents.entries[i].value;
        if (incident != NULL && incident->class == ALERT_FAILED && *incident->policy != '\0') {
            ask_for(collecting, incident);
        }
    }
}

static struct noted_run *find_run(struct collecting *collecting, size_t cluster, const char *name)
{
    struct map_entry *entry = map_entry(&collecting->runs[cluster].runs, name);
    if (entry->value == NULL) {
        entry->value = arena_alloc(collecting->arena, sizeof(struct noted_run));
    }
    return entry->value;
}

// Of the applications that no incident asks for, one is enough: the run worked for others.
static void note_app(struct collecting *collecting, const struct action *action, bool asked_for)
{
    struct arena *arena = collecting->arena;
    struct noted_run *run = find_run(collecting, action->cluster, action->run);
    for (const struct noted_app *known = run->apps; known != NULL; known = known->next) {
        if (known->asked_for == asked_for &&
            strcmp(known->run_namespace, action->run_namespace) == 0 &&
            (!asked_for || strcmp(known->app, action->app) == 0)) {
            return;
        }
    }
    struct noted_app *app = arena_alloc(arena, sizeof *app);
    *app = (struct noted_app){run->apps, arena_strdup(arena, action->app),
                              arena_strdup(arena, action->run_namespace), asked_for};
    run->apps = app;
}

static void note_complete(struct collecting *collecting, const struct action *action)
{
    struct arena *arena = collecting->arena;
    struct noted_run *run = find_run(collecting, action->cluster, action->name);
    for (const struct noted_complete *known = run->completes; known != NULL; known = known->next) {
        if (strcmp(known->namespace_name, action->namespace_name) == 0) {
            return;
        }
    }
    struct noted_complete *complete = arena_alloc(arena, sizeof *complete);
    *complete = (struct noted_complete){
        run->completes, arena_strdup(arena, action->namespace_name),
        arena_strdup(arena, incident_policy(arena, action->policy_namespace, action->policy)),
        action->ended};
    run->completes = complete;
}

static bool is_evidence(const struct reading *reading, const struct collect_runs *runs,
                        const struct action *action)
{
    int64_t began = action_began_at(action);
    return action->state == ACTION_COMPLETE && action->ended != TIMESTAMP_NONE &&
           action->ended >= reading->sight->window_start && began != TIMESTAMP_NONE &&
           began >= runs->since;
}

void collect_runs_note(struct reading *reading, const struct action *action)
{
    struct collecting *collecting = reading->collecting;
    const struct collect_runs *runs = &collecting->runs[action->cluster];
    const struct map *apps = map_get(&runs->policies, action->policy);
    bool ended_before = action->ended != TIMESTAMP_NONE && action->ended < runs->since;
    if (apps == NULL || ended_before) {
        return;
    }
    if (!collecting_has_room(collecting)) {
        collecting->runs_overflowed = true;
    } else if (action->kind == ACTION_RUN) {
        if (is_evidence(reading, runs, action)) {
            note_complete(collecting, action);
        }
    } else if (*action->run != '\0' && *action->app != '\0') {
        note_app(collecting, action, map_get(apps, action->app) != NULL);
    }
}

// Runs and backups read whole, nothing else unread: what is not there is not anywhere.
static bool all_was_read(const struct collection *result, size_t cluster, int64_t *ret_skew)
{
    bool runs = false;
    bool backups = false;
    for (size_t i = 0; i < result->sight_count; i++) {
        const struct sight *sight = &result->sights[i];
        if (sight->cluster != cluster || sight->kind >= ACTION_KIND_COUNT) {
            continue;
        }
        if (sight->state == SIGHT_UNREAD) {
            return false;
        }
        if (sight->kind == ACTION_RUN) {
            runs = sight->state == SIGHT_READ && !sight->partial;
            *ret_skew = sight->clock_skew;
        }
        backups = backups ||
                  (sight->kind == ACTION_BACKUP && sight->state == SIGHT_READ && !sight->partial);
    }
    return runs && backups;
}

static bool joins(const char *a, const char *b)
{
    return *a == '\0' || *b == '\0' || strcmp(a, b) == 0;
}

static void add_run(struct collecting *collecting, size_t cluster, const struct noted_run *run,
                    const struct noted_complete *complete)
{
    struct collection *result = collecting->result;
    const char **apps = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (const struct noted_app *app = run->apps; app != NULL; app = app->next) {
        if (joins(app->run_namespace, complete->namespace_name)) {
            apps = arena_grow(collecting->arena, apps, &capacity, count, sizeof *apps);
            apps[count++] = app->app;
        }
    }
    result->runs = arena_grow(collecting->arena, result->runs, &collecting->run_capacity,
                              result->run_count, sizeof *result->runs);
    result->runs[result->run_count++] =
        (struct plan_run){cluster, complete->policy, complete->ended, apps, count};
}

static int by_cluster_then_end(const void *left, const void *right)
{
    const struct plan_run *a = left;
    const struct plan_run *b = right;
    if (a->cluster != b->cluster) {
        return a->cluster < b->cluster ? -1 : 1;
    }
    if (a->ended != b->ended) {
        return a->ended < b->ended ? -1 : 1;
    }
    return strcmp(a->policy, b->policy);
}

void collect_runs_finish(struct collecting *collecting)
{
    struct collection *result = collecting->result;
    for (size_t i = 0; i < collecting->input->fleet->count; i++) {
        const struct collect_runs *runs = &collecting->runs[i];
        int64_t skew = 0;
        if (collecting->runs_overflowed || !all_was_read(result, i, &skew)) {
            continue;
        }
        for (size_t j = 0; j < runs->runs.count; j++) {
            const struct noted_run *run = runs->runs.entries[j].value;
            const struct noted_complete *complete = run->completes;
            for (; complete != NULL; complete = complete->next) {
                if (complete->ended <= collecting->began + skew - SETTLE_SECONDS) {
                    add_run(collecting, i, run, complete);
                }
            }
        }
    }
    if (result->run_count > 0) {
        qsort(result->runs, result->run_count, sizeof *result->runs, by_cluster_then_end);
    }
}
