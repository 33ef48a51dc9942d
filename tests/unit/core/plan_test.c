// SPDX-License-Identifier: MIT
// Rows and their alert ids (BEHAVIOUR section 5). Incidents, windows, silences and what is unread
// have stories of their own (plan_*_test.c).
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "plan_world.h"
#include "sample.h"

// What a pass over exactly these actions says.
static void plan_at(struct world *world, const char *now, const struct action *actions,
                    size_t count)
{
    world->action_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct world_action *added = world_add(world, &actions[i]);
        added->from = INT64_MIN;
    }
    world_plan(world, at(now));
}

// A pass whose mail is accepted.
static void pass_at(struct world *world, const char *now, const struct action *actions,
                    size_t count)
{
    plan_at(world, now, actions, count);
    world_accept(world);
}

static void a_failure_is_told_once(void **state)
{
    struct world *world = *state;
    struct action actions[] = {failed_backup("u1", "blog", "2026-04-02T10:10:00Z")};
    pass_at(world, "2026-04-02T10:30:00Z", actions, 1);
    assert_int_equal(world->plan.row_count, 1);
    assert_true(world->plan.send);
    assert_int_equal(world->plan.rows[0].reason, PLAN_NEW);
    assert_string_equal(world->plan.rows[0].id, "k3s:run-a:2026-04-02");
    pass_at(world, "2026-04-02T11:30:00Z", actions, 1);
    assert_int_equal(world->plan.row_count, 0);
    assert_int_equal(world->plan.already_told, 1);
    assert_false(world->plan.send);
}

static void nothing_is_recorded_without_a_mail(void **state)
{
    struct world *world = *state;
    struct action actions[] = {failed_backup("u1", "blog", "2026-04-02T10:10:00Z")};
    plan_at(world, "2026-04-02T10:30:00Z", actions, 1);
    plan_at(world, "2026-04-02T11:30:00Z", actions, 1);
    assert_int_equal(world->plan.row_count, 1);
}

static void a_failure_before_midnight_is_not_told_after_it(void **state)
{
    struct world *world = *state;
    struct action actions[] = {failed_backup("u1", "blog", "2026-04-02T23:50:00Z")};
    pass_at(world, "2026-04-02T23:55:00Z", actions, 1);
    pass_at(world, "2026-04-03T00:05:00Z", actions, 1);
    assert_int_equal(world->plan.row_count, 0);
}

static void a_child_after_midnight_is_more_of_the_run_under_its_id(void **state)
{
    struct world *world = *state;
    struct action actions[] = {
        failed_backup("u1", "blog", "2026-04-02T23:50:00Z"),
        failed_backup("u2", "shop", "2026-04-03T00:10:00Z"),
    };
    pass_at(world, "2026-04-02T23:55:00Z", actions, 1);
    pass_at(world, "2026-04-03T00:30:00Z", actions, 2);
    assert_int_equal(world->plan.row_count, 1);
    assert_int_equal(world->plan.rows[0].reason, PLAN_MORE_OF_RUN);
    assert_string_equal(world->plan.rows[0].id, "k3s:run-a:2026-04-02");
    assert_int_equal(world->plan.rows[0].finding->action_count, 1);
    assert_string_equal(world->plan.rows[0].finding->namespaces[0], "shop");
    pass_at(world, "2026-04-03T01:30:00Z", actions, 2);
    assert_int_equal(world->plan.row_count, 0);
    // The first child has left the window, the second alone is still known.
    pass_at(world, "2026-04-03T02:05:00Z", actions + 1, 1);
    assert_int_equal(world->plan.row_count, 0);
}

static void a_run_that_fails_after_its_children_is_no_row(void **state)
{
    struct world *world = *state;
    struct action child = failed_backup("u1", "blog", "2026-04-02T10:10:00Z");
    struct action run = failed_run("u9", "run-a", "2026-04-02T15:00:00Z");
    run.started = at("2026-04-02T10:00:00Z");
    pass_at(world, "2026-04-02T10:30:00Z", &child, 1);
    pass_at(world, "2026-04-02T15:30:00Z", &run, 1);
    assert_int_equal(world->plan.row_count, 0);
}

static void a_run_that_fails_alone_is_a_row_once(void **state)
{
    struct world *world = *state;
    struct action run = failed_run("u9", "run-a", "2026-04-02T15:00:00Z");
    pass_at(world, "2026-04-02T15:30:00Z", &run, 1);
    assert_int_equal(world->plan.row_count, 1);
    pass_at(world, "2026-04-02T16:30:00Z", &run, 1);
    assert_int_equal(world->plan.row_count, 0);
}

static void a_run_name_used_again_is_a_new_row(void **state)
{
    struct world *world = *state;
    struct action monday = failed_run("u1", "nightly", "2026-04-02T10:00:00Z");
    struct action tuesday = failed_run("u2", "nightly", "2026-04-03T10:00:00Z");
    struct action later = failed_run("u3", "nightly", "2026-04-03T18:00:00Z");
    pass_at(world, "2026-04-02T10:05:00Z", &monday, 1);
    pass_at(world, "2026-04-03T10:05:00Z", &tuesday, 1);
    assert_int_equal(world->plan.row_count, 1);
    assert_int_equal(world->plan.rows[0].reason, PLAN_AGAIN);
    pass_at(world, "2026-04-03T18:05:00Z", &later, 1); // the same name on the same day
    assert_int_equal(world->plan.row_count, 1);
    assert_int_equal(world->plan.rows[0].reason, PLAN_AGAIN);
}

static void a_run_made_again_under_its_name_is_a_new_row(void **state)
{
    struct world *world = *state;
    struct action first = failed_run("u1", "manual", "2026-04-02T10:00:00Z");
    struct action again = failed_run("u2", "manual", "2026-04-02T10:06:00Z");
    again.started = at("2026-04-02T10:05:10Z");
    pass_at(world, "2026-04-02T10:05:00Z", &first, 1);
    pass_at(world, "2026-04-02T10:10:00Z", &again, 1);
    assert_int_equal(world->plan.row_count, 1);
    assert_int_equal(world->plan.rows[0].reason, PLAN_AGAIN);
    pass_at(world, "2026-04-02T10:15:00Z", &again, 1);
    assert_int_equal(world->plan.row_count, 0);
    pass_at(world, "2026-04-02T10:20:00Z", &first, 1);
    assert_int_equal(world->plan.row_count, 0);
}

static void a_lone_action_made_again_under_its_name_is_a_new_row(void **state)
{
    struct world *world = *state;
    struct action actions[] = {failed_backup("u1", "blog", "2026-04-02T10:10:00Z"),
                               failed_backup("u2", "blog", "2026-04-02T12:10:00Z")};
    for (size_t i = 0; i < 2; i++) {
        actions[i].run = "";
        actions[i].name = "manual-1";
    }
    pass_at(world, "2026-04-02T10:30:00Z", &actions[0], 1);
    pass_at(world, "2026-04-02T12:30:00Z", &actions[1], 1);
    assert_int_equal(world->plan.row_count, 1);
    pass_at(world, "2026-04-02T13:30:00Z", actions, 2);
    assert_int_equal(world->plan.row_count, 0);
}

static void a_run_of_the_same_name_in_another_namespace_is_a_new_row(void **state)
{
    struct world *world = *state;
    struct action first = failed_backup("u1", "blog", "2026-04-02T10:10:00Z");
    struct action other = failed_backup("u2", "blog", "2026-04-02T10:12:00Z");
    other.run_namespace = "team-b";
    pass_at(world, "2026-04-02T10:11:00Z", &first, 1);
    pass_at(world, "2026-04-02T10:30:00Z", &other, 1);
    assert_int_equal(world->plan.row_count, 1);
    assert_int_equal(world->plan.rows[0].reason, PLAN_AGAIN);
    pass_at(world, "2026-04-02T10:40:00Z", &other, 1);
    assert_int_equal(world->plan.row_count, 0);
}

static void an_id_of_the_original_counts_for_children_that_had_ended(void **state)
{
    struct world *world = *state;
    struct ledger_entry *entry =
        ledger_add(&world->ledger, "k3s:run-a:2026-04-02", at("2026-04-02T10:15:00Z"));
    entry->told_until = entry->sent_at;
    struct action actions[] = {
        failed_backup("u1", "blog", "2026-04-02T10:10:00Z"),
        failed_backup("u2", "shop", "2026-04-02T10:20:00Z"),
    };
    pass_at(world, "2026-04-02T10:30:00Z", actions, 2);
    assert_int_equal(world->plan.row_count, 1);
    assert_string_equal(world->plan.rows[0].finding->namespaces[0], "shop");
    pass_at(world, "2026-04-02T10:40:00Z", actions, 2);
    assert_int_equal(world->plan.row_count, 0);
}

static void a_lone_action_has_its_own_id(void **state)
{
    struct world *world = *state;
    struct action action = failed_backup("u1", "blog", "2026-04-02T10:10:00Z");
    action.run = "";
    action.name = "manual-1";
    pass_at(world, "2026-04-02T10:30:00Z", &action, 1);
    assert_string_equal(world->plan.rows[0].id, "k3s:backup/blog/manual-1:2026-04-02");
    pass_at(world, "2026-04-02T11:30:00Z", &action, 1);
    assert_int_equal(world->plan.row_count, 0);
}

static void an_action_without_times_is_told_once(void **state)
{
    struct world *world = *state;
    struct action action = failed_backup("u1", "blog", "2026-04-02T10:10:00Z");
    action.created = action.started = action.ended = TIMESTAMP_NONE;
    pass_at(world, "2026-04-02T10:30:00Z", &action, 1);
    assert_int_equal(world->plan.row_count, 1);
    pass_at(world, "2026-04-02T11:30:00Z", &action, 1);
    assert_int_equal(world->plan.row_count, 0);
}

static void a_class_that_is_off_is_neither_told_nor_recorded(void **state)
{
    struct world *world = *state;
    struct action action = failed_backup("u1", "blog", "2026-04-02T10:10:00Z");
    world->options.alert_on[ALERT_FAILED] = false;
    pass_at(world, "2026-04-02T10:30:00Z", &action, 1);
    assert_int_equal(world->plan.row_count, 0);
    assert_null(ledger_find(&world->ledger, "k3s:run-a:2026-04-02"));
}

static void copies_of_an_action_count_once(void **state)
{
    struct world *world = *state;
    struct action action = failed_backup("u1", "blog", "2026-04-02T10:10:00Z");
    struct action actions[] = {action, action};
    plan_at(world, "2026-04-02T10:30:00Z", actions, 2);
    assert_int_equal(world->plan.row_count, 1);
    assert_int_equal(world->plan.failed_actions, 1);
}

static void rows_are_by_cluster_then_latest_and_reminders_after_news(void **state)
{
    struct world *world = *state;
    struct action old = failed_backup("u0", "old", "2026-04-01T11:00:00Z");
    old.run = "run-0";
    pass_at(world, "2026-04-01T11:10:00Z", &old, 1);
    struct action actions[] = {
        failed_backup("u1", "blog", "2026-04-02T10:40:00Z"),
        failed_backup("u2", "shop", "2026-04-02T10:50:00Z"),
        failed_backup("u3", "crm", "2026-04-02T10:45:00Z"),
    };
    actions[1].run = "run-b";
    actions[2].cluster = 1;
    plan_at(world, "2026-04-02T11:10:00Z", actions, 3);
    assert_string_equal(world_text(world, &world->plan),
                        "new run-b:02 [shop] 1x | new run-a:02 [blog] 1x | reminder run-0:02 [old] "
                        "1x | new rke2:run-a:02 [crm] 1x | late k3s 01 11:10 | late rke2 01 11:10");
}

static void a_reminder_knows_run_policy_and_cause_without_the_object(void **state)
{
    struct world *world = *state;
    struct action lone = failed_backup("u1", "blog", "2026-04-02T10:10:00Z");
    lone.run = "";
    lone.name = "manual-1";
    pass_at(world, "2026-04-02T10:30:00Z", &lone, 1);
    plan_at(world, "2026-04-03T10:30:00Z", NULL, 0);
    assert_int_equal(world->plan.row_count, 1);
    const struct plan_row *row = &world->plan.rows[0];
    assert_string_equal(row->id, "k3s:backup/blog/manual-1:2026-04-03");
    assert_int_equal(row->reason, PLAN_REMINDER);
    assert_int_equal(row->finding->kind, ACTION_BACKUP);
    assert_string_equal(row->finding->name, "manual-1");
    assert_string_equal(row->finding->namespace_name, "blog");
    assert_string_equal(row->finding->policy, "daily");
    assert_string_equal(row->finding->policy_namespace, "kasten-io");
    assert_int_equal(row->finding->causes.count, 1);
    assert_string_equal(row->finding->causes.items[0].text, "AccessDenied");
    assert_int_equal(row->finding->action_count, 0);
}

static void the_next_reminder_is_known(void **state)
{
    struct world *world = *state;
    struct action action = failed_backup("u1", "blog", "2026-04-02T10:10:00Z");
    plan_at(world, "2026-04-02T10:30:00Z", NULL, 0);
    assert_int_equal(world->plan.next_reminder, TIMESTAMP_NONE);
    pass_at(world, "2026-04-02T10:30:00Z", &action, 1);
    assert_int_equal(world->plan.next_reminder, at("2026-04-03T10:30:00Z"));
    plan_at(world, "2026-04-02T12:30:00Z", &action, 1);
    assert_int_equal(world->plan.next_reminder, at("2026-04-03T10:30:05Z"));
    world->options.remind_every_s = 0;
    plan_at(world, "2026-04-02T12:30:00Z", &action, 1);
    assert_int_equal(world->plan.next_reminder, TIMESTAMP_NONE);
}

static void a_reminder_that_is_held_up_is_not_the_next(void **state)
{
    struct world *world = *state;
    struct action actions[] = {failed_backup("u1", "blog", "2026-04-02T10:10:00Z"),
                               failed_backup("u2", "shop", "2026-04-02T10:10:00Z")};
    actions[1].cluster = 1;
    pass_at(world, "2026-04-02T10:30:00Z", actions, 2);
    world_see(world, 0, ACTION_BACKUP, ERROR_NETWORK);
    plan_at(world, "2026-04-03T10:31:00Z", &actions[1], 1);
    assert_int_equal(world->plan.row_count, 1);
    assert_int_equal(world->plan.next_reminder, at("2026-04-04T10:31:00Z"));
}

static void every_reason_has_a_word_and_a_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < PLAN_REASON_COUNT; i++) {
        const char *sentence = plan_reason_sentence((enum plan_reason)i);
        assert_true(*plan_reason_word((enum plan_reason)i) != '\0');
        assert_int_equal(sentence[strlen(sentence) - 1], '.');
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(plan_reason_word((enum plan_reason)i),
                                    plan_reason_word((enum plan_reason)j));
        }
    }
}

// An incident holds INCIDENT_HELD_MAX ids at most; a row may be of several incidents.
static void a_row_tells_all_that_waited_in_its_incidents(void **state)
{
    enum { RUNS = 150, SHOPS_OWN = RUNS + 10 };
    struct world *world = *state;
    struct action actions[RUNS + SHOPS_OWN + 2];
    size_t count = sizeof actions / sizeof actions[0];
    ledger_silence(&world->ledger, "cluster:k3s", at("2026-04-02T12:00:00Z"));
    for (size_t i = 0; i < count; i++) {
        bool is_last = i + 2 >= count;
        const char *uid = arena_format(world->arena, "u%zu", i);
        bool is_blog = i < RUNS || i + 2 == count;
        actions[i] = failed_backup(uid, is_blog ? "blog" : "shop", "2026-04-02T10:10:00Z");
        actions[i].run = is_last ? "run-last" : arena_format(world->arena, "run-%zu", i);
        actions[i].ended += (int64_t)i;
    }
    pass_at(world, "2026-04-02T10:30:00Z", actions, count);
    assert_int_equal(world->plan.row_count, 0);
    world->action_count = 0; // K10 has removed them meanwhile
    world_plan(world, at("2026-04-02T12:00:00Z"));
    assert_int_equal(world->plan.row_count, 1);
    assert_string_equal(world->plan.rows[0].id, "k3s:run-last:2026-04-02");
    assert_int_equal(world->plan.rows[0].held_count, count - 1); // run-last twice
    world_accept(world);
    for (size_t i = 0; i < count; i++) {
        const char *id = arena_format(world->arena, "k3s:%s:2026-04-02", actions[i].run);
        assert_non_null(ledger_find(&world->ledger, id));
    }
}

// Hourly passes for three days after the mail.
static void three_days_of_hourly_passes_remind_three_times(void **state)
{
    struct world *world = *state;
    struct action action = failed_backup("u1", "blog", "2026-04-02T10:10:00Z");
    int reminders = 0;
    pass_at(world, "2026-04-02T10:30:00Z", &action, 1);
    for (int hour = 1; hour <= 72; hour++) {
        // The schedule jitters by seconds, as CronJobs do.
        world_plan(world, at("2026-04-02T10:30:00Z") + hour * 3600 + (hour * 7) % 11);
        reminders += world->plan.send ? 1 : 0;
        world_accept(world);
    }
    assert_int_equal(reminders, 3);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_failure_is_told_once),
        TEST(nothing_is_recorded_without_a_mail),
        TEST(a_failure_before_midnight_is_not_told_after_it),
        TEST(a_child_after_midnight_is_more_of_the_run_under_its_id),
        TEST(a_run_that_fails_after_its_children_is_no_row),
        TEST(a_run_that_fails_alone_is_a_row_once),
        TEST(a_run_name_used_again_is_a_new_row),
        TEST(a_run_made_again_under_its_name_is_a_new_row),
        TEST(a_lone_action_made_again_under_its_name_is_a_new_row),
        TEST(a_run_of_the_same_name_in_another_namespace_is_a_new_row),
        TEST(an_id_of_the_original_counts_for_children_that_had_ended),
        TEST(a_lone_action_has_its_own_id),
        TEST(an_action_without_times_is_told_once),
        TEST(a_class_that_is_off_is_neither_told_nor_recorded),
        TEST(copies_of_an_action_count_once),
        TEST(rows_are_by_cluster_then_latest_and_reminders_after_news),
        TEST(a_reminder_knows_run_policy_and_cause_without_the_object),
        TEST(the_next_reminder_is_known),
        TEST(a_reminder_that_is_held_up_is_not_the_next),
        TEST(every_reason_has_a_word_and_a_sentence),
        TEST(a_row_tells_all_that_waited_in_its_incidents),
        TEST(three_days_of_hourly_passes_remind_three_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
