// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "core/evaluate.h"
#include "core/plan.h"
#include "sample.h"

// A small world: one ledger, passes over given actions and sights.
struct world {
    struct arena *arena;
    struct ledger ledger;
    struct plan_input input;
    struct plan plan;
};

static const char *const names[] = {"k3s", "rke2"};

static int set_up(void **state)
{
    struct arena *arena = arena_create();
    struct world *world = arena_alloc(arena, sizeof *world);
    world->arena = arena;
    ledger_init(&world->ledger, arena);
    world->ledger.existed = true;
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    arena_destroy(world->arena);
    return 0;
}

static void plan_at(struct world *world, const char *now, const struct action *actions,
                    size_t count, const struct sight *sights, size_t sight_count)
{
    const struct action **list = arena_alloc_array(world->arena, count, sizeof *list);
    struct finding *findings;
    size_t finding_count;
    for (size_t i = 0; i < count; i++) {
        list[i] = &actions[i];
    }
    evaluate_group(world->arena, list, count, &findings, &finding_count);
    world->input = (struct plan_input){
        .findings = findings,
        .finding_count = finding_count,
        .sights = sights,
        .sight_count = sight_count,
        .cluster_names = names,
        .cluster_count = 2,
        .ledger = &world->ledger,
        .now = at(now),
    };
    plan_make(world->arena, &world->input, &world->plan);
}

// A pass whose mail is accepted.
static void pass_at(struct world *world, const char *now, const struct action *actions,
                    size_t count)
{
    plan_at(world, now, actions, count, NULL, 0);
    plan_record(&world->plan, &world->input, at(now), &world->ledger);
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
    plan_at(world, "2026-04-02T10:30:00Z", actions, 1, NULL, 0);
    plan_at(world, "2026-04-02T11:30:00Z", actions, 1, NULL, 0);
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
    assert_int_equal(world->plan.rows[0].reason, PLAN_NEW);
    pass_at(world, "2026-04-03T18:05:00Z", &later, 1); // the same name on the same day
    assert_int_equal(world->plan.row_count, 1);
    assert_int_equal(world->plan.rows[0].reason, PLAN_NEW);
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
    assert_int_equal(world->plan.rows[0].reason, PLAN_NEW);
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
    assert_int_equal(world->plan.rows[0].reason, PLAN_NEW);
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
    pass_at(world, "2026-04-03T10:30:00Z", &action, 1);
    assert_int_equal(world->plan.row_count, 0);
}

static struct sight sight_of(size_t cluster, enum action_kind kind, enum error_class class)
{
    return (struct sight){.cluster = cluster,
                          .kind = kind,
                          .state = sight_judge(kind, class),
                          .class = class,
                          .reason = error_class_name(class),
                          .remedy = ""};
}

static void an_unread_cluster_is_one_line_told_once_a_day(void **state)
{
    struct world *world = *state;
    struct sight sights[] = {
        sight_of(0, ACTION_BACKUP, ERROR_NONE),
        sight_of(0, ACTION_RUN, ERROR_NONE),
        sight_of(1, ACTION_BACKUP, ERROR_NETWORK),
        sight_of(1, ACTION_RUN, ERROR_NETWORK),
    };
    plan_at(world, "2026-04-02T10:00:00Z", NULL, 0, sights, 4);
    assert_int_equal(world->plan.unread_count, 1);
    assert_true(world->plan.unread[0].whole_cluster);
    assert_int_equal(world->plan.clusters_read, 1);
    assert_true(world->plan.send);
    plan_record(&world->plan, &world->input, world->input.now, &world->ledger);
    plan_at(world, "2026-04-02T11:00:00Z", NULL, 0, sights, 4);
    assert_false(world->plan.send);
    assert_int_equal(world->plan.unread_count, 1); // still in a mail that goes anyway
    plan_at(world, "2026-04-03T09:55:00Z", NULL, 0, sights, 4);
    assert_true(world->plan.send);
}

static void read_again_is_told_anew_the_next_time(void **state)
{
    struct world *world = *state;
    struct sight blind[] = {sight_of(1, ACTION_BACKUP, ERROR_TLS)};
    struct sight seeing[] = {sight_of(1, ACTION_BACKUP, ERROR_NONE)};
    plan_at(world, "2026-04-02T10:00:00Z", NULL, 0, blind, 1);
    plan_record(&world->plan, &world->input, world->input.now, &world->ledger);
    plan_at(world, "2026-04-02T11:00:00Z", NULL, 0, seeing, 1);
    plan_forget_read(&world->input, &world->ledger);
    plan_at(world, "2026-04-02T12:00:00Z", NULL, 0, blind, 1);
    assert_true(world->plan.send);
}

static void an_unread_side_kind_does_not_hide_the_loss_of_the_cluster(void **state)
{
    struct world *world = *state;
    struct sight partly[] = {sight_of(0, ACTION_BACKUP, ERROR_NONE),
                             sight_of(0, ACTION_EXPORT, ERROR_UNAVAILABLE)};
    struct sight wholly[] = {sight_of(0, ACTION_BACKUP, ERROR_UNAVAILABLE),
                             sight_of(0, ACTION_EXPORT, ERROR_UNAVAILABLE)};
    plan_at(world, "2026-04-02T10:00:00Z", NULL, 0, partly, 2);
    assert_true(world->plan.send);
    assert_false(world->plan.unread[0].whole_cluster);
    plan_record(&world->plan, &world->input, world->input.now, &world->ledger);
    plan_at(world, "2026-04-02T11:00:00Z", NULL, 0, wholly, 2);
    assert_true(world->plan.send);
}

static void limitations_send_no_mail(void **state)
{
    struct world *world = *state;
    struct sight sights[] = {
        sight_of(0, ACTION_BACKUP, ERROR_NONE),
        sight_of(0, ACTION_EXPORT, ERROR_FORBIDDEN),
        sight_of(0, ACTION_VALIDATE, ERROR_FORBIDDEN),
        sight_of(0, ACTION_IMPORT, ERROR_NOT_FOUND),
    };
    assert_int_equal(sight_settle(sights, 4), SIGHT_ALL);
    plan_at(world, "2026-04-02T10:00:00Z", NULL, 0, sights, 4);
    assert_false(world->plan.send);
    assert_int_equal(world->plan.limited_count, 2);
    assert_int_equal(world->plan.limited[0].kind_count, 2);
}

static void first_pass_counts_older_failures_and_sends_no_mail_of_its_own(void **state)
{
    struct world *world = *state;
    struct sight sights[] = {sight_of(0, ACTION_BACKUP, ERROR_NONE)};
    sights[0].older_failures = 900;
    world->ledger.existed = false;
    plan_at(world, "2026-04-02T10:00:00Z", NULL, 0, sights, 1);
    assert_true(world->plan.first_pass);
    assert_int_equal(world->plan.older_failures, 900);
    assert_false(world->plan.send);
}

static void sights_settle(void **state)
{
    (void)state;
    struct sight limited[] = {sight_of(0, ACTION_EXPORT, ERROR_FORBIDDEN),
                              sight_of(0, ACTION_RUN, ERROR_NOT_FOUND)};
    assert_int_equal(sight_settle(limited, 2), SIGHT_NONE); // no kind at all: unread
    assert_int_equal(limited[0].state, SIGHT_UNREAD);
    struct sight some[] = {sight_of(0, ACTION_BACKUP, ERROR_FORBIDDEN),
                           sight_of(0, ACTION_RUN, ERROR_NONE)};
    assert_int_equal(sight_settle(some, 2), SIGHT_SOME); // the main kind is never a limitation
    assert_int_equal(sight_settle(some, 0), SIGHT_NONE);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
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
        TEST(an_unread_cluster_is_one_line_told_once_a_day),
        TEST(read_again_is_told_anew_the_next_time),
        TEST(an_unread_side_kind_does_not_hide_the_loss_of_the_cluster),
        TEST(limitations_send_no_mail),
        TEST(first_pass_counts_older_failures_and_sends_no_mail_of_its_own),
        TEST(sights_settle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
