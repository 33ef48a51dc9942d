// SPDX-License-Identifier: MIT
// All policies of a cluster at once: what is told, what ends and why, what is remembered.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/overdue_cluster.h"
#include "sample.h"
#include "schedule_text.h"

enum { POLICIES = 4, HOUR = 3600, DAY = 86400 };

static const int64_t now = 1775125200; // 2026-04-02T10:20:00Z

// A cluster with up to four policies, made long ago, that run daily at midnight.
struct world {
    struct arena *arena;
    struct policy policies[POLICIES];
    const struct policy *list[POLICIES];
    struct policy_runs runs;
    struct ledger ledger;
    struct overdue_cluster_input input;
    struct overdue_cluster_result result;
};

static int begin(void **state)
{
    struct arena *arena = arena_create();
    struct world *world = arena_alloc(arena, sizeof *world);
    *world = (struct world){.arena = arena};
    policy_runs_init(&world->runs, arena);
    ledger_init(&world->ledger, arena);
    world->input = (struct overdue_cluster_input){
        .cluster = 1,
        .cluster_name = "k3s",
        .policies = world->list,
        .runs = &world->runs,
        .runs_known = true,
        .exports_known = true,
        .ledger = &world->ledger,
        .patience_s = DAY,
        .now = now,
    };
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    arena_destroy(world->arena);
    return 0;
}

static struct policy *add_policy(struct world *world, const char *name, const char *schedule)
{
    assert_true(world->input.policy_count < POLICIES);
    struct policy *policy = &world->policies[world->input.policy_count];
    *policy = (struct policy){
        .object = {.name = name,
                   .namespace_name = "kasten-io",
                   .created = at("2020-01-01T00:00:00Z"),
                   .validation = POLICY_VALIDATION_SUCCESS},
        .actions = POLICY_BACKS_UP,
        .schedule = schedule_of(schedule),
        .preset = {"", ""},
    };
    world->list[world->input.policy_count++] = policy;
    return policy;
}

static void add_action(struct world *world, enum action_kind kind, const char *policy,
                       const char *ended, enum action_state state)
{
    AUTO_PTR(arena) scratch = arena_create();
    struct action action = {
        .kind = kind,
        .state = state,
        .name = arena_format(world->arena, "run-%s-%s", policy, ended),
        .namespace_name = "kasten-io",
        .policy = policy,
        .policy_namespace = "kasten-io",
        .run = arena_format(world->arena, "run-%s-%s", policy, ended),
        .app = "",
        .skip_reason = state == ACTION_SKIPPED ? "noapplicationselected" : "",
        .created = TIMESTAMP_NONE,
        .started = at(ended) - 600,
        .ended = at(ended),
    };
    policy_runs_note(&world->runs, scratch, &action, world->input.now);
}

static void judge(struct world *world)
{
    overdue_cluster_judge(world->arena, &world->input, &world->result);
}

static const struct plan_condition *only(const struct world *world)
{
    assert_int_equal(world->result.condition_count, 1);
    assert_int_equal(world->result.conditions[0].class, ALERT_OVERDUE);
    assert_int_equal(world->result.conditions[0].cluster, 1);
    return &world->result.conditions[0];
}

// As a mail told it.
static void open_incident(struct world *world, enum action_kind kind, const char *policy)
{
    ledger_put_incident(&world->ledger, &(struct incident){.class = ALERT_OVERDUE,
                                                           .cluster = "k3s",
                                                           .policy = policy,
                                                           .kind = kind,
                                                           .app = "",
                                                           .run = "",
                                                           .cause = "",
                                                           .since = now - 2 * DAY,
                                                           .told = now - DAY});
}

static void remember(struct world *world)
{
    ledger_set_watches(&world->ledger, "k3s", world->result.memories, world->result.memory_count);
}

static void a_late_policy_is_told_with_its_facts(void **state)
{
    struct world *world = *state;
    add_policy(world, "daily", "@daily");
    add_policy(world, "weekly", "@weekly");
    add_action(world, ACTION_RUN, "daily", "2026-03-31T00:05:00Z", ACTION_COMPLETE);
    add_action(world, ACTION_RUN, "weekly", "2026-04-01T00:05:00Z", ACTION_COMPLETE);
    judge(world);
    const struct plan_condition *condition = only(world);
    assert_string_equal(condition->name, "daily");
    assert_int_equal(condition->kind, ACTION_RUN);
    assert_int_equal(condition->overdue->answer.verdict, OVERDUE_LATE);
    assert_string_equal(condition->overdue->frequency, "daily");
    assert_int_equal(condition->overdue->last_success, at("2026-03-31T00:05:00Z"));
    assert_int_equal(condition->since, at("2026-04-01T00:00:00Z"));
    assert_null(condition->ending);
    assert_int_equal(world->result.memory_count, 2);
}

static void one_that_never_ran_and_one_only_skipped_are_told_apart(void **state)
{
    struct world *world = *state;
    add_policy(world, "never", "@daily");
    add_policy(world, "empty", "@daily");
    for (int day = 30; day >= 1; day--) {
        int64_t ended = now - (int64_t)day * DAY;
        char text[TIMESTAMP_TEXT_BYTES];
        timestamp_format(ended, text);
        add_action(world, ACTION_RUN, "empty", text, ACTION_SKIPPED);
    }
    judge(world);
    assert_int_equal(world->result.condition_count, 2);
    assert_int_equal(world->result.conditions[0].overdue->answer.verdict, OVERDUE_NEVER);
    assert_int_equal(world->result.conditions[1].overdue->answer.verdict, OVERDUE_ONLY_SKIPPED);
    assert_string_equal(world->result.conditions[1].overdue->answer.skip_reason,
                        "noapplicationselected");
}

static void unread_runs_say_nothing_and_end_nothing(void **state)
{
    struct world *world = *state;
    add_policy(world, "daily", "@daily");
    world->input.runs_known = false;
    open_incident(world, ACTION_RUN, "kasten-io/daily");
    judge(world);
    assert_int_equal(world->result.condition_count, 0);
}

// Not remembered at first: what is seen for the first time counts from when it was made.
static void an_edit_counts_from_when_it_is_seen(void **state)
{
    struct world *world = *state;
    struct policy *policy = add_policy(world, "daily", "@weekly");
    add_action(world, ACTION_RUN, "daily", "2026-03-29T00:05:00Z", ACTION_COMPLETE);
    judge(world);
    remember(world);
    assert_int_equal(world->result.condition_count, 0);
    policy->schedule = schedule_of("@daily");
    judge(world);
    remember(world);
    assert_int_equal(world->result.condition_count, 0);
    assert_int_equal(ledger_watch(&world->ledger, "k3s", "kasten-io/daily")->since, now);
    world->input.now = now + 3 * DAY;
    judge(world);
    assert_int_equal(only(world)->overdue->answer.verdict, OVERDUE_LATE);
    // A run since then: the edit need not be remembered any more.
    add_action(world, ACTION_RUN, "daily", "2026-04-05T00:05:00Z", ACTION_COMPLETE);
    judge(world);
    remember(world);
    assert_int_equal(world->result.condition_count, 0);
    assert_int_equal(ledger_watch(&world->ledger, "k3s", "kasten-io/daily")->since, TIMESTAMP_NONE);
}

static void a_pause_ends_what_was_told_and_unpausing_counts_anew(void **state)
{
    struct world *world = *state;
    struct policy *policy = add_policy(world, "daily", "@daily");
    add_action(world, ACTION_RUN, "daily", "2026-03-29T00:05:00Z", ACTION_COMPLETE);
    judge(world);
    remember(world);
    open_incident(world, ACTION_RUN, "kasten-io/daily");
    policy->paused = true;
    judge(world);
    remember(world);
    const struct plan_condition *condition = only(world);
    assert_non_null(condition->ending);
    assert_false(condition->ending->recovered || condition->ending->quiet);
    assert_string_equal(condition->ending->why, "it was paused");
    (void)ledger_close_incident(&world->ledger, "overdue:k3s/kasten-io/daily/run/-");
    policy->paused = false;
    judge(world);
    assert_int_equal(world->result.condition_count, 0);
}

static void a_run_ends_it(void **state)
{
    struct world *world = *state;
    add_policy(world, "daily", "@daily");
    open_incident(world, ACTION_RUN, "kasten-io/daily");
    add_action(world, ACTION_RUN, "daily", "2026-04-02T09:05:00Z", ACTION_COMPLETE);
    judge(world);
    assert_true(only(world)->ending->recovered);
    assert_int_equal(only(world)->ending->at, at("2026-04-02T09:05:00Z"));
}

static void a_deleted_policy_ends_what_was_told(void **state)
{
    struct world *world = *state;
    open_incident(world, ACTION_RUN, "kasten-io/gone");
    open_incident(world, ACTION_EXPORT, "kasten-io/gone");
    judge(world);
    assert_int_equal(world->result.condition_count, 2);
    assert_string_equal(world->result.conditions[0].ending->why, "the policy no longer exists");
    assert_string_equal(world->result.conditions[0].name, "gone");
    assert_string_equal(world->result.conditions[0].namespace_name, "kasten-io");
}

static void one_that_became_invalid_ends_quietly(void **state)
{
    struct world *world = *state;
    add_policy(world, "daily", "@daily")->object.validation = POLICY_VALIDATION_FAILED;
    open_incident(world, ACTION_RUN, "kasten-io/daily");
    judge(world);
    assert_true(only(world)->ending->quiet);
}

static void exports_of_their_own_are_judged_apart(void **state)
{
    struct world *world = *state;
    struct policy *policy = add_policy(world, "daily", "@daily");
    policy->export_to = (struct policy_export){true, SCHEDULE_WEEKLY};
    add_action(world, ACTION_RUN, "daily", "2026-04-02T00:05:00Z", ACTION_COMPLETE);
    add_action(world, ACTION_EXPORT, "daily", "2026-03-15T00:05:00Z", ACTION_COMPLETE);
    judge(world);
    assert_int_equal(only(world)->kind, ACTION_EXPORT);
    assert_int_equal(only(world)->overdue->subject, OVERDUE_EXPORTS);
    assert_string_equal(only(world)->overdue->frequency, "weekly");
    assert_int_equal(world->result.memory_count, 2);
    world->input.exports_known = false;
    judge(world);
    assert_int_equal(world->result.condition_count, 0);
}

// A policy that was remembered before its exports had a frequency of their own.
static void exports_that_begin_to_be_apart_count_from_now(void **state)
{
    struct world *world = *state;
    struct policy *policy = add_policy(world, "daily", "@daily");
    add_action(world, ACTION_RUN, "daily", "2026-04-02T00:05:00Z", ACTION_COMPLETE);
    judge(world);
    remember(world);
    policy->export_to = (struct policy_export){true, SCHEDULE_WEEKLY};
    judge(world);
    assert_int_equal(world->result.condition_count, 0);
}

static void a_cluster_that_stands_still_is_one_finding(void **state)
{
    struct world *world = *state;
    add_policy(world, "a", "@hourly");
    add_policy(world, "b", "@hourly");
    add_policy(world, "c", "@monthly");
    add_policy(world, "d", "@onDemand");
    add_action(world, ACTION_RUN, "a", "2026-04-02T01:05:00Z", ACTION_COMPLETE);
    add_action(world, ACTION_RUN, "b", "2026-04-02T01:06:00Z", ACTION_COMPLETE);
    add_action(world, ACTION_RUN, "c", "2026-04-01T00:05:00Z", ACTION_COMPLETE);
    open_incident(world, ACTION_RUN, "kasten-io/a"); // told before the second was late
    judge(world);
    const struct plan_condition *condition = only(world);
    assert_int_equal(condition->kind, OBJECT_POLICY);
    assert_string_equal(condition->name, "");
    assert_int_equal(condition->overdue->policies, 2);
    assert_int_equal(condition->overdue->policies_judged, 3);
    assert_int_equal(condition->overdue->last_success, at("2026-04-02T01:06:00Z"));
    assert_int_equal(condition->since, at("2026-04-02T02:00:00Z"));
}

static void a_standstill_ends_with_the_next_run_of_any(void **state)
{
    struct world *world = *state;
    add_policy(world, "a", "@hourly");
    add_policy(world, "b", "@hourly");
    add_action(world, ACTION_RUN, "a", "2026-04-02T10:05:00Z", ACTION_COMPLETE);
    open_incident(world, OBJECT_POLICY, "");
    judge(world);
    assert_int_equal(world->result.condition_count, 2);
    assert_string_equal(world->result.conditions[0].name, "b"); // by itself now
    assert_true(world->result.conditions[1].ending->recovered);
    assert_int_equal(world->result.conditions[1].ending->at, at("2026-04-02T10:05:00Z"));
    world->input.runs_known = false;
    judge(world);
    assert_int_equal(world->result.condition_count, 0);
}

static void reports_are_not_missed(void **state)
{
    struct world *world = *state;
    add_policy(world, "k10-system-reports-policy", "@daily")->actions = POLICY_REPORTS;
    judge(world);
    assert_int_equal(world->result.condition_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_late_policy_is_told_with_its_facts),
        TEST(one_that_never_ran_and_one_only_skipped_are_told_apart),
        TEST(unread_runs_say_nothing_and_end_nothing),
        TEST(an_edit_counts_from_when_it_is_seen),
        TEST(a_pause_ends_what_was_told_and_unpausing_counts_anew),
        TEST(a_run_ends_it),
        TEST(a_deleted_policy_ends_what_was_told),
        TEST(one_that_became_invalid_ends_quietly),
        TEST(exports_of_their_own_are_judged_apart),
        TEST(exports_that_begin_to_be_apart_count_from_now),
        TEST(a_cluster_that_stands_still_is_one_finding),
        TEST(a_standstill_ends_with_the_next_run_of_any),
        TEST(reports_are_not_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
