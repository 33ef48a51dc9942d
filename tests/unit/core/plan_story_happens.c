// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "plan_story_parts.h"
#include "sample.h"

size_t telling_cluster(const char *name)
{
    return strcmp(name, "k3s") == 0 ? 0 : 1;
}

enum action_kind telling_kind(const struct telling *telling, const char *name)
{
    enum action_kind kind = OBJECT_POLICY;
    if (strcmp(name, "policy") != 0 && !action_kind_from_word(name, &kind)) {
        telling_fail(telling, "no kind", name);
    }
    return kind;
}

static void set_cause(struct telling *telling, struct action *action, const char *value)
{
    struct arena *arena = telling->world->arena;
    struct cause *cause = arena_alloc(arena, sizeof *cause);
    *cause = (struct cause){.text = arena_format(arena, "cause %s", value),
                            .where = "",
                            .informative = true,
                            .fingerprint = strtoul(value, NULL, 10)};
    action->causes = (struct cause_list){.items = cause, .count = 1};
}

static void set_key(struct telling *telling, struct action *action, const char *pair)
{
    const char *equals = strchr(pair, '=');
    if (equals == NULL) {
        telling_fail(telling, "no KEY=VALUE", pair);
        return;
    }
    const char *key = arena_strndup(telling->world->arena, pair, (size_t)(equals - pair));
    const char *value = equals + 1;
    if (strcmp(key, "kind") == 0) {
        action->kind = telling_kind(telling, value);
    } else if (strcmp(key, "cause") == 0) {
        set_cause(telling, action, value);
    } else if (strcmp(key, "policy") == 0) {
        action->policy = strcmp(value, "-") == 0 ? "" : value;
        action->policy_namespace = strcmp(value, "-") == 0 ? "" : "kasten-io";
    } else if (strcmp(key, "uid") == 0) {
        action->uid = value;
    } else if (strcmp(key, "name") == 0) {
        action->name = value;
    } else if (strcmp(key, "ns") == 0) {
        action->run_namespace = value;
    } else if (strcmp(key, "cluster") == 0) {
        action->cluster = telling_cluster(value);
    } else if (strcmp(key, "began") == 0) {
        action->started = action->ended - strtol(value, NULL, 10);
    } else {
        telling_fail(telling, "no key", key);
    }
}

// An action that began earlier ends where it stands.
static void end_running(struct telling *telling, const struct action *action)
{
    for (size_t i = 0; i < telling->world->action_count; i++) {
        struct world_action *item = &telling->world->actions[i];
        if (action_is_under_way(&item->action) && item->action.kind == action->kind &&
            strcmp(item->action.run, action->run) == 0 &&
            strcmp(item->action.app, action->app) == 0) {
            item->until = telling->now;
        }
    }
}

static void set_state(struct action *action, enum action_state state)
{
    action->state = state;
    if (action_is_under_way(action)) {
        action->started = action->ended;
        action->ended = TIMESTAMP_NONE;
    }
    if (state != ACTION_FAILED && state != ACTION_COMPLETE) {
        action->causes = (struct cause_list){0};
    }
    action->exceptions = state == ACTION_COMPLETE ? 2 : 0;
}

static void add_action(struct telling *telling, enum action_state state, bool is_run)
{
    struct world *world = telling->world;
    char ended[TIMESTAMP_TEXT_BYTES];
    timestamp_format(telling->now, ended);
    const char *run = telling_word(telling, 1);
    const char *uid = arena_format(world->arena, "uid-%zu", world->action_count);
    struct action action =
        is_run ? failed_run(uid, run, ended) : failed_backup(uid, telling_word(telling, 2), ended);
    if (!is_run) {
        action.run = strcmp(run, "-") == 0 ? "" : run;
        action.name = arena_format(world->arena, "action-%zu", world->action_count);
    }
    for (size_t i = is_run ? 2 : 3; i < telling->count; i++) {
        set_key(telling, &action, telling->words[i]);
    }
    set_state(&action, state);
    end_running(telling, &action);
    world_add(world, &action)->from = telling->now;
}

static void add_good(struct telling *telling, bool is_run)
{
    size_t before = telling->world->action_count;
    add_action(telling, ACTION_COMPLETE, is_run);
    struct action *action = &telling->world->actions[before].action;
    *action = world_clean(*action);
    action->exceptions = 0;
}

static void remove_run(struct telling *telling)
{
    for (size_t i = 0; i < telling->world->action_count; i++) {
        struct world_action *item = &telling->world->actions[i];
        if (strcmp(item->action.run, telling_word(telling, 1)) == 0) {
            item->until = telling->now;
        }
    }
}

static struct plan_condition *add_condition(struct telling *telling, enum alert_class class,
                                            enum action_kind kind, const char *name)
{
    struct world *world = telling->world;
    enum { MOST = 8 };
    if (world->conditions == NULL) {
        world->conditions = arena_alloc_array(world->arena, MOST, sizeof *world->conditions);
    }
    size_t place = 0;
    while (place < world->condition_count && (world->conditions[place].class != class ||
                                              strcmp(world->conditions[place].name, name) != 0)) {
        place++;
    }
    assert_true(place < MOST);
    world->condition_count += place == world->condition_count ? 1 : 0;
    world->conditions[place] =
        (struct plan_condition){.class = class, .kind = kind, .name = name, .namespace_name = ""};
    return &world->conditions[place];
}

static const struct plan_ending *ending_of(struct telling *telling, const char *how)
{
    struct plan_ending *ending = arena_alloc(telling->world->arena, sizeof *ending);
    bool recovered = strcmp(how, "well") == 0;
    *ending = (struct plan_ending){.at = telling->now,
                                   .recovered = recovered,
                                   .quiet = strcmp(how, "quietly") == 0,
                                   .why = recovered ? "" : how};
    return ending;
}

// overdue POLICY; overdue POLICY over HOW
static void overdue(struct telling *telling)
{
    static const struct finding_overdue facts = {.frequency = "daily"};
    struct plan_condition *condition =
        add_condition(telling, ALERT_OVERDUE, ACTION_RUN, telling_word(telling, 1));
    condition->namespace_name = "kasten-io";
    condition->since = telling->now - 3600;
    condition->overdue = &facts;
    if (telling->count > 3) {
        condition->ending = ending_of(telling, telling_word(telling, 3));
    }
}

// stuck RUN over HOW: what the lists said of a run that was told
static void stuck(struct telling *telling)
{
    struct plan_condition *condition =
        add_condition(telling, ALERT_STUCK, ACTION_RUN, telling_word(telling, 1));
    condition->run = condition->name;
    condition->policy = "kasten-io/daily";
    condition->ending = ending_of(telling, telling_word(telling, 3));
}

// expires THING DAYS; expires THING over
static void expires(struct telling *telling)
{
    struct plan_condition *condition =
        add_condition(telling, ALERT_EXPIRING, ACTION_BACKUP, telling_word(telling, 1));
    if (strcmp(telling_word(telling, 2), "over") == 0) {
        condition->ending = ending_of(telling, "well");
    } else {
        condition->expires = telling->now + telling_number(telling, 2) * TIMESTAMP_DAY_SECONDS;
    }
}

bool telling_happens(struct telling *telling)
{
    static const struct {
        const char *word;
        enum action_state state;
    } states[] = {{"fail", ACTION_FAILED},
                  {"left", ACTION_COMPLETE},
                  {"cancel", ACTION_CANCELLED},
                  {"skip", ACTION_SKIPPED},
                  {"begin", ACTION_RUNNING}};
    static const struct {
        const char *word;
        void (*tell)(struct telling *telling);
    } others[] = {
        {"gone", remove_run}, {"overdue", overdue}, {"stuck", stuck}, {"expires", expires}};
    const char *verb = telling_word(telling, 0);
    size_t len = strlen(verb);
    bool is_run = len > 3 && strcmp(verb + len - 3, "run") == 0;
    const char *what = arena_strndup(telling->world->arena, verb, is_run ? len - 3 : len);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(states[i].word, what) == 0) {
            add_action(telling, states[i].state, is_run);
            return true;
        }
    }
    if (strcmp(what, "good") == 0) {
        add_good(telling, is_run);
        return true;
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(others[i].word, verb) == 0) {
            others[i].tell(telling);
            return true;
        }
    }
    return false;
}
