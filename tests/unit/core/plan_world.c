// SPDX-License-Identifier: MIT
#include "plan_world.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/evaluate.h"
#include "sample.h"

const char *const world_cluster_names[WORLD_CLUSTERS] = {"k3s", "rke2"};
static const enum action_kind kinds[WORLD_KINDS] = {ACTION_BACKUP, ACTION_EXPORT, ACTION_RUN,
                                                    OBJECT_POLICY};

void world_see(struct world *world, size_t cluster, enum action_kind kind, enum error_class class)
{
    for (size_t i = 0; i < WORLD_SIGHTS; i++) {
        struct sight *sight = &world->sights[i];
        if (sight->cluster == cluster && sight->kind == kind) {
            sight->state = sight_judge(kind, class);
            sight->class = class;
            sight->reason = class == ERROR_NONE ? "" : error_class_name(class);
            sight->partial = false;
            world->broken[i] = false;
        }
    }
}

void world_see_part(struct world *world, size_t cluster, enum action_kind kind,
                    const char *const *namespaces, size_t count)
{
    world_see(world, cluster, kind, ERROR_FORBIDDEN);
    for (size_t i = 0; i < WORLD_SIGHTS; i++) {
        struct sight *sight = &world->sights[i];
        if (sight->cluster == cluster && sight->kind == kind) {
            sight->partial = true;
            sight->namespaces = namespaces;
            sight->namespace_count = count;
        }
    }
}

void world_init(struct world *world, struct arena *arena)
{
    *world = (struct world){
        .arena = arena,
        .cluster_count = WORLD_CLUSTERS,
        .options = {.every_run = true, .remind_every_s = 86400, .lookback_s = 7200},
    };
    for (size_t i = 0; i < ALERT_CLASS_COUNT; i++) {
        world->options.alert_on[i] = true;
    }
    ledger_init(&world->ledger, arena);
    world->ledger.existed = true;
    world->ledger.had_state = true;
    for (size_t i = 0; i < WORLD_SIGHTS; i++) {
        world->sights[i] = (struct sight){
            .cluster = i / WORLD_KINDS, .kind = kinds[i % WORLD_KINDS], .reason = "", .remedy = ""};
    }
}

int world_set_up(void **state)
{
    struct arena *arena = arena_create();
    struct world *world = arena_alloc(arena, sizeof *world);
    world_init(world, arena);
    *state = world;
    return 0;
}

int world_tear_down(void **state)
{
    struct world *world = *state;
    arena_destroy(world->arena);
    return 0;
}

struct world_action *world_add(struct world *world, const struct action *action)
{
    world->actions = arena_grow(world->arena, world->actions, &world->action_capacity,
                                world->action_count, sizeof *world->actions);
    struct world_action *added = &world->actions[world->action_count++];
    *added = (struct world_action){*action, action_judged_at(action), INT64_MAX};
    return added;
}

struct action world_clean(struct action action)
{
    action.state = ACTION_COMPLETE;
    action.clean = true;
    action.causes = (struct cause_list){0};
    return action;
}

// --- a pass

static const struct sight *sight_of(const struct world *world, const struct action *action,
                                    bool *ret_broken)
{
    for (size_t i = 0; i < WORLD_SIGHTS; i++) {
        if (world->sights[i].cluster == action->cluster && world->sights[i].kind == action->kind) {
            *ret_broken = world->broken[i];
            return &world->sights[i];
        }
    }
    return NULL;
}

static bool is_there(const struct world_action *item, int64_t now)
{
    return item->from <= now && now < item->until;
}

// The applications of a run's actions that are still there.
static struct plan_run run_of(const struct world *world, const struct action *run, int64_t now)
{
    const char **apps = arena_alloc_array(world->arena, world->action_count, sizeof *apps);
    size_t count = 0;
    for (size_t i = 0; i < world->action_count; i++) {
        const struct action *action = &world->actions[i].action;
        if (is_there(&world->actions[i], now) && action->cluster == run->cluster &&
            action->kind != ACTION_RUN && strcmp(action->run, run->name) == 0) {
            apps[count++] = action->app;
        }
    }
    return (struct plan_run){run->cluster,
                             incident_policy(world->arena, run->policy_namespace, run->policy),
                             run->ended, apps, count};
}

static int by_cluster_then_end(const void *left, const void *right)
{
    const struct plan_run *a = left;
    const struct plan_run *b = right;
    if (a->cluster != b->cluster) {
        return a->cluster < b->cluster ? -1 : 1;
    }
    return a->ended < b->ended ? -1 : a->ended > b->ended;
}

struct lists {
    const struct action **found;
    size_t found_count;
    struct plan_run *runs;
    size_t run_count;
};

static enum evaluate_verdict evaluate(const struct world *world, struct action *action,
                                      int64_t start, int64_t now)
{
    struct evaluate_rules rules = {.window_start = start,
                                   .wanted = world->options.alert_on,
                                   .stuck_after_s = 86400,
                                   .now = now};
    return evaluate_action(&rules, action);
}

static void read_action(struct world *world, const struct ledger *ledger, int64_t now,
                        const struct action *action, struct lists *lists)
{
    bool is_broken = false;
    const struct sight *sight = sight_of(world, action, &is_broken);
    const char *namespace_name = action->kind == ACTION_RUN ? "kasten-io" : action->app;
    if (sight == NULL || (!sight_reaches(sight, namespace_name) && !is_broken)) {
        return;
    }
    int64_t start = plan_window_start(ledger, world_cluster_names[action->cluster], action->kind,
                                      now, world->options.lookback_s);
    struct action *copy = arena_alloc(world->arena, sizeof *copy);
    *copy = *action;
    if (evaluate(world, copy, start, now) == EVALUATE_FOUND) {
        lists->found[lists->found_count++] = copy;
    }
    history_note_action(&world->history, action);
    if (action->kind == ACTION_RUN && action->state == ACTION_COMPLETE && action->ended >= start) {
        lists->runs[lists->run_count++] = run_of(world, action, now);
    }
}

static void count_older(struct world *world, const struct ledger *ledger, int64_t now)
{
    for (size_t i = 0; i < WORLD_SIGHTS; i++) {
        struct sight *sight = &world->sights[i];
        int64_t start = plan_window_start(ledger, world_cluster_names[sight->cluster], sight->kind,
                                          now, world->options.lookback_s);
        sight->older_failures = i == 0 ? world->older_failures : 0;
        for (size_t j = 0; j < world->action_count && sight->state == SIGHT_READ; j++) {
            struct action action = world->actions[j].action;
            bool older = action.cluster == sight->cluster && action.kind == sight->kind &&
                         is_there(&world->actions[j], now) &&
                         evaluate(world, &action, start, now) == EVALUATE_OLDER;
            sight->older_failures += older ? 1 : 0;
        }
    }
}

void world_plan_with(struct world *world, const struct ledger *ledger, int64_t now)
{
    struct arena *arena = world->arena;
    struct lists lists = {
        .found = arena_alloc_array(arena, world->action_count, sizeof *lists.found),
        .runs = arena_alloc_array(arena, world->action_count, sizeof *lists.runs),
    };
    struct finding *findings;
    size_t finding_count;
    history_init(&world->history, arena);
    for (size_t i = 0; i < world->action_count; i++) {
        if (is_there(&world->actions[i], now)) {
            read_action(world, ledger, now, &world->actions[i].action, &lists);
        }
    }
    if (lists.run_count > 1) {
        qsort(lists.runs, lists.run_count, sizeof *lists.runs, by_cluster_then_end);
    }
    evaluate_group(arena, lists.found, lists.found_count, &findings, &finding_count);
    for (size_t i = 0; i < WORLD_SIGHTS; i++) {
        struct sight *sight = &world->sights[i];
        sight->state = sight->partial ? SIGHT_READ : sight_judge(sight->kind, sight->class);
    }
    (void)sight_settle(world->sights, WORLD_SIGHTS);
    count_older(world, ledger, now);
    world->input = (struct plan_input){
        .findings = findings,
        .finding_count = finding_count,
        .sights = world->sights,
        .sight_count = world->cluster_count * WORLD_KINDS,
        .history = &world->history,
        .runs = lists.runs,
        .run_count = lists.run_count,
        .policies = world->policies,
        .conditions = world->conditions,
        .condition_count = world->condition_count,
        .cluster_names = world_cluster_names,
        .cluster_count = world->cluster_count,
        .ledger = ledger,
        .options = world->options,
        .now = now,
    };
    plan_make(arena, &world->input, &world->plan);
}

void world_plan(struct world *world, int64_t now)
{
    world_plan_with(world, &world->ledger, now);
}

// What the next process reads: texts of this pass are gone then.
void world_accept(struct world *world)
{
    struct ledger *after = &world->ledger;
    if (world->plan.send) {
        plan_record(&world->plan, &world->input, world->input.now + 5, after);
    }
    plan_settle(&world->plan, &world->input, world->input.now, after);
    after->existed = true;
    after->had_state = true;
}

void world_pass(struct world *world, const char *now)
{
    world_plan(world, at(now));
    world_accept(world);
}

// --- a copy

static struct ledger_entry *copy_entry(struct ledger *ledger, const struct ledger_entry *entry)
{
    struct ledger_entry *copy = arena_alloc(ledger->arena, sizeof *copy);
    *copy = *entry;
    copy->run_namespace = arena_strdup(ledger->arena, entry->run_namespace);
    copy->run_token = arena_strdup(ledger->arena, entry->run_token);
    copy->children = NULL;
    copy->child_count = copy->child_capacity = 0;
    for (size_t i = 0; i < entry->child_count; i++) {
        ledger_add_child(ledger, copy, entry->children[i]);
    }
    return copy;
}

static void *copy_watch(struct ledger *ledger, const void *watch)
{
    struct overdue_watch *copy = arena_alloc(ledger->arena, sizeof *copy);
    memcpy(copy, watch, sizeof *copy);
    return copy;
}

static void *copy_time(struct ledger *ledger, const void *time)
{
    int64_t *copy = arena_alloc(ledger->arena, sizeof *copy);
    memcpy(copy, time, sizeof *copy);
    return copy;
}

struct ledger world_copy_ledger(struct arena *arena, const struct ledger *ledger)
{
    struct ledger copy;
    ledger_init(&copy, arena);
    copy.existed = ledger->existed;
    copy.had_state = ledger->had_state;
    copy.revision = ledger->revision;
#define EACH(map_name, set)                                \
    for (size_t i = 0; i < ledger->map_name.count; i++) {  \
        const char *key = ledger->map_name.entries[i].key; \
        void *value = ledger->map_name.entries[i].value;   \
        if (value != NULL) {                               \
            set;                                           \
        }                                                  \
    }
    EACH(sent, map_set(&copy.sent, key, copy_entry(&copy, value)))
    EACH(watermarks, map_set(&copy.watermarks, key, copy_time(&copy, value)))
    EACH(beginnings, map_set(&copy.beginnings, key, copy_time(&copy, value)))
    EACH(incidents, map_set(&copy.incidents, key, incident_copy(arena, value)))
    EACH(causes, map_set(&copy.causes, key, arena_strdup(arena, value)))
    EACH(watches, map_set(&copy.watches, key, copy_watch(&copy, value)))
    EACH(silences, map_set(&copy.silences, key, copy_time(&copy, value)))
#undef EACH
    for (size_t i = 0; i < ledger->pending_count; i++) {
        ledger_add_pending(&copy, &ledger->pendings[i]);
    }
    return copy;
}
