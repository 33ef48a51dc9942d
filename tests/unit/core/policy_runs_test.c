// SPDX-License-Identifier: MIT
// What is known of a policy's runs, whatever order the lists come in.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/policy_runs.h"

enum { HOUR = 3600, DAY = 86400, NOW = 1775125200 };

struct world {
    struct arena *arena;
    struct policy_runs runs;
};

static int begin(void **state)
{
    struct arena *arena = arena_create();
    struct world *world = arena_alloc(arena, sizeof *world);
    world->arena = arena;
    policy_runs_init(&world->runs, arena);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    arena_destroy(world->arena);
    return 0;
}

// An action of kasten-io/daily that began so many hours ago and took one.
static struct action action_of(enum action_kind kind, const char *run, int hours_ago,
                               enum action_state state)
{
    return (struct action){
        .kind = kind,
        .state = state,
        .name = kind == ACTION_RUN ? run : "scheduled-x",
        .namespace_name = "kasten-io",
        .policy = "daily",
        .policy_namespace = "kasten-io",
        .run = run,
        .app = "",
        .skip_reason = "",
        .created = TIMESTAMP_NONE,
        .started = NOW - (int64_t)hours_ago * HOUR,
        .ended = NOW - (int64_t)(hours_ago - 1) * HOUR,
    };
}

static void note(struct world *world, const struct action *action)
{
    AUTO_PTR(arena) scratch = arena_create();
    policy_runs_note(&world->runs, scratch, action, NOW);
}

static void add(struct world *world, enum action_kind kind, const char *run, int hours_ago,
                enum action_state state)
{
    struct action action = action_of(kind, run, hours_ago, state);
    note(world, &action);
}

static struct overdue_runs look(struct world *world, enum overdue_subject subject)
{
    return policy_runs_of(&world->runs, "kasten-io", "daily", subject);
}

static int64_t hours_ago(int hours)
{
    return NOW - (int64_t)hours * HOUR;
}

static void nothing_is_known_of_a_policy_without_actions(void **state)
{
    struct world *world = *state;
    struct overdue_runs runs = look(world, OVERDUE_RUNS);
    assert_int_equal(runs.last_success, TIMESTAMP_NONE);
    assert_int_equal(runs.under_way_since, TIMESTAMP_NONE);
    assert_string_equal(runs.skip_reason, "");
}

static void the_latest_run_of_each_outcome_counts(void **state)
{
    struct world *world = *state;
    struct action skipped = action_of(ACTION_RUN, "run-3", 3, ACTION_SKIPPED);
    char reason[] = "noapplicationselected";
    skipped.skip_reason = reason;
    add(world, ACTION_RUN, "run-1", 30, ACTION_COMPLETE);
    note(world, &skipped);
    memset(reason, 'x', sizeof reason - 1); // the object is gone
    add(world, ACTION_RUN, "run-2", 50, ACTION_COMPLETE);
    add(world, ACTION_RUN, "run-4", 4, ACTION_FAILED);
    add(world, ACTION_RUN, "run-5", 2, ACTION_RUNNING);
    struct overdue_runs runs = look(world, OVERDUE_RUNS);
    assert_int_equal(runs.last_success, hours_ago(29));
    assert_int_equal(runs.last_skipped, hours_ago(2));
    assert_string_equal(runs.skip_reason, "noapplicationselected");
    assert_int_equal(runs.last_other, hours_ago(3));
    assert_int_equal(runs.under_way_since, hours_ago(1));
}

static void a_child_speaks_for_a_run_that_is_not_there(void **state)
{
    struct world *world = *state;
    add(world, ACTION_BACKUP, "run-gone", 5, ACTION_COMPLETE);
    assert_int_equal(look(world, OVERDUE_RUNS).last_success, hours_ago(4));
}

// Cancelled at the end of its window every night, after some applications were done.
static void a_child_does_not_speak_for_a_run_that_did_not_complete(void **state)
{
    struct world *world = *state;
    add(world, ACTION_BACKUP, "run-1", 5, ACTION_COMPLETE);
    add(world, ACTION_RUN, "run-1", 6, ACTION_CANCELLED);
    assert_int_equal(look(world, OVERDUE_RUNS).last_success, TIMESTAMP_NONE);
    add(world, ACTION_EXPORT, "run-gone", 5, ACTION_COMPLETE); // exports are judged apart
    assert_int_equal(look(world, OVERDUE_RUNS).last_success, TIMESTAMP_NONE);
    assert_int_equal(look(world, OVERDUE_EXPORTS).last_success, hours_ago(4));
}

// Of runs longer ago than the latest the names are not kept: their children prove nothing.
static void many_runs_keep_the_latest_names(void **state)
{
    struct world *world = *state;
    enum { RUNS = 400 };
    for (int i = RUNS; i > 0; i--) {
        const char *name = arena_format(world->arena, "run-%d", i);
        add(world, ACTION_RUN, name, 2 * i, ACTION_CANCELLED);
        add(world, ACTION_BACKUP, name, 2 * i, ACTION_COMPLETE);
    }
    assert_int_equal(look(world, OVERDUE_RUNS).last_success, TIMESTAMP_NONE);
    add(world, ACTION_BACKUP, "run-other", 3, ACTION_COMPLETE);
    assert_int_equal(look(world, OVERDUE_RUNS).last_success, hours_ago(2));
}

static void memory_does_not_grow_with_history(void **state)
{
    struct world *world = *state;
    size_t used = 0;
    for (int i = 0; i < 5000; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "run-%d", i);
        add(world, ACTION_RUN, name, 5000 - i, ACTION_COMPLETE);
        used = i == 0 ? arena_used(world->arena) : used;
    }
    assert_int_equal(arena_used(world->arena), used);
}

static void k10_of_old_names_no_namespace(void **state)
{
    struct world *world = *state;
    struct action run = action_of(ACTION_RUN, "run-1", 9, ACTION_COMPLETE);
    run.policy_namespace = "";
    note(world, &run);
    add(world, ACTION_RUN, "run-2", 30, ACTION_COMPLETE);
    assert_int_equal(look(world, OVERDUE_RUNS).last_success, hours_ago(8));
    struct overdue_runs other = policy_runs_of(&world->runs, "elsewhere", "weekly", OVERDUE_RUNS);
    assert_int_equal(other.last_success, TIMESTAMP_NONE);
}

static void an_end_far_ahead_proves_nothing(void **state)
{
    struct world *world = *state;
    struct action child = action_of(ACTION_BACKUP, "run-1", 1, ACTION_COMPLETE);
    child.ended = NOW + 3 * DAY;
    note(world, &child);
    assert_int_equal(look(world, OVERDUE_RUNS).last_success, TIMESTAMP_NONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_known_of_a_policy_without_actions),
        TEST(the_latest_run_of_each_outcome_counts),
        TEST(a_child_speaks_for_a_run_that_is_not_there),
        TEST(a_child_does_not_speak_for_a_run_that_did_not_complete),
        TEST(many_runs_keep_the_latest_names),
        TEST(memory_does_not_grow_with_history),
        TEST(k10_of_old_names_no_namespace),
        TEST(an_end_far_ahead_proves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
