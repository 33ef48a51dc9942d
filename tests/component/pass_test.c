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
#include "world.h"

static const struct world_mail *last_mail(const struct world *world)
{
    assert_true(world->outside->mail_count > 0);
    return &world->outside->mails[world->outside->mail_count - 1];
}

static const char noon[] = "2026-04-02T12:00:00Z";
static const char one[] = "2026-04-02T13:00:00Z";

// The cluster answers: these failed backups, no runs.
static void answer_backups(struct world *world, const char *elements)
{
    world_answer(world, (struct scripted_answer){.url = "/backupactions",
                                                 .status = 200,
                                                 .body = list_of(world, elements)});
    world_answer(world, (struct scripted_answer){
                            .url = "/runactions", .status = 200, .body = list_of(world, "")});
}

static void answer_one_failure(struct world *world)
{
    answer_backups(world, failed_item(world, "u1", "run-a", "shop", "2026-04-02T11:50:00Z"));
}

static void told_then_recorded_then_silent(void **state)
{
    struct world *world = *state;
    answer_one_failure(world);
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_DONE);
    assert_int_equal(world->outside->mail_count, 1);
    assert_non_null(strstr(last_mail(world)->subject, "K3s: daily failed"));
    assert_non_null(strstr(world->text, "no space left on device"));
    assert_string_equal(world_sent(world), "{\"k3s:run-a:2026-04-02\":\"2026-04-02T12:00:00Z\"}");
    static const enum world_event last[] = {EVENT_LIST, EVENT_SAVE, EVENT_DELIVER, EVENT_SAVE};
    assert_int_equal(world->events[0], EVENT_LOAD);
    assert_true(world->event_count > 4);
    assert_memory_equal(&world->events[world->event_count - 4], last, sizeof last);
    world_pass(world, one, PASS_SEND);
    assert_int_equal(world->outside->mail_count, 1);
    assert_int_equal(world->outside->writes, 3); // a quiet pass writes its watermarks
    assert_non_null(strstr(world_state(world), "2026-04-02T13:00:00Z"));
}

static void a_refused_mail_is_made_anew(void **state)
{
    struct world *world = *state;
    answer_one_failure(world);
    world->outcome = DELIVERY_REFUSED;
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_MAIL);
    assert_string_equal(world_sent(world), "{}");
    assert_null(strstr(world_state(world), last_mail(world)->message_id));
    world->outcome = DELIVERY_ACCEPTED;
    world_pass(world, one, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_DONE);
    assert_int_equal(world->outside->mail_count, 2);
    assert_string_not_equal(world->outside->mails[0].message_id,
                            world->outside->mails[1].message_id);
    assert_non_null(strstr(world_sent(world), "run-a"));
}

static void a_mail_without_an_answer_is_sent_again_as_the_same(void **state)
{
    struct world *world = *state;
    answer_one_failure(world);
    world->outcome = DELIVERY_AMBIGUOUS;
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_MAIL);
    assert_string_equal(world_sent(world), "{}");
    assert_non_null(strstr(world_state(world), last_mail(world)->message_id));
    world->outcome = DELIVERY_ACCEPTED;
    world_pass(world, "2026-04-02T12:05:00Z", PASS_SEND); // its pass may still run
    assert_int_equal(world->outside->mail_count, 1);
    assert_int_equal(world->result.status, EXIT_STATUS_DONE);
    world_pass(world, one, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_DONE);
    assert_int_equal(world->outside->mail_count, 2);
    assert_string_equal(world->outside->mails[0].message_id, world->outside->mails[1].message_id);
    assert_int_equal(world->outside->mails[0].date, world->outside->mails[1].date);
    assert_non_null(strstr(world_sent(world), "run-a"));
    assert_null(strstr(world_state(world), last_mail(world)->message_id));
}

static void a_first_pass_without_failures_leaves_an_empty_state(void **state)
{
    struct world *world = *state;
    answer_backups(world, "");
    world_pass(world, noon, PASS_SEND);
    assert_string_equal(world_sent(world), "{}");
    assert_int_equal(world->outside->mail_count, 0);
}

static void a_dry_run_changes_nothing(void **state)
{
    struct world *world = *state;
    answer_one_failure(world);
    world_pass(world, noon, PASS_DRY_RUN);
    assert_int_equal(world->outside->mail_count, 1);
    assert_int_equal(world->outside->writes, 0);
    assert_string_equal(world->outside->state, "");
}

// What was told is recorded if it can be.
static void an_unreadable_state_fails_open(void **state)
{
    struct world *world = *state;
    static const struct world_state_fault fault = {STATE_NO_LOAD, 0, WORLD_FOREVER};
    answer_one_failure(world);
    world->state_faults = &fault;
    world->state_fault_count = 1;
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_STATE);
    assert_int_equal(world->outside->mail_count, 1);
    assert_non_null(strstr(world->text, "repeat"));
    assert_null(strstr(world->text, "First pass"));
    assert_int_equal(world->outside->writes, 1);
    assert_non_null(strstr(world_sent(world), "run-a"));
}

static void a_failed_write_is_status_6_and_repeats(void **state)
{
    struct world *world = *state;
    static const struct world_state_fault fault = {STATE_NO_WRITE, 0, WORLD_FOREVER};
    answer_one_failure(world);
    world->state_faults = &fault;
    world->state_fault_count = 1;
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_STATE);
    assert_non_null(strstr(world->text, "repeat"));
    world_pass(world, one, PASS_SEND);
    assert_int_equal(world->outside->mail_count, 2);
    assert_string_not_equal(world->outside->mails[0].message_id,
                            world->outside->mails[1].message_id);
    assert_string_equal(world->outside->state, "");
}

static void a_newer_state_is_left_untouched_and_sent_is_kept(void **state)
{
    struct world *world = *state;
    static const char newer[] = "{\"version\":99,\"what\":\"ever\"}";
    answer_one_failure(world);
    world_put_state(world, "{\"k3s:run-old:2026-04-02\":\"2026-04-02T11:00:00Z\"}", newer);
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_STATE);
    assert_string_equal(world_state(world), newer);
    assert_non_null(strstr(world_sent(world), "run-old"));
    assert_non_null(strstr(world_sent(world), "run-a"));
    world_pass(world, one, PASS_SEND);
    assert_int_equal(world->outside->mail_count, 1);
}

static void garbage_is_set_aside_and_replaced(void **state)
{
    struct world *world = *state;
    answer_one_failure(world);
    world_put_state(world, "{\"k3s:run-old:2026-04-02\":", "[]");
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_STATE);
    assert_int_equal(world->outside->mail_count, 1);
    assert_non_null(strstr(world->outside->state, "\"unreadable\""));
    world_pass(world, one, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_DONE);
    assert_int_equal(world->outside->mail_count, 1);
}

static void a_list_is_all_or_nothing_as_evidence(void **state)
{
    struct world *world = *state;
    static const char *const bodies[] = {
        "",                                             // empty
        "{\"items\":[",                                 // cut
        "{\"kind\":\"Status\",\"status\":\"Failure\"}", // no list
        "<!DOCTYPE html><html>login</html>",            // a login page
        "{\"items\":[1]}",                              // no object
        "{\"items\":[null]}",
        "{\"items\":{}}",
        "{\"items\":[]} trailing",
        "[]",
        "\"text\"",
        "{\"kind\":\"Status\",\"items\":null}",
        "{\"metadata\":{\"continue\":5},\"items\":[]}",
        "{\"metadata\":{\"remainingItemCount\":400},\"items\":[]}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        world->answer_count = 0;
        world_answer(world, (struct scripted_answer){
                                .url = "/backupactions", .status = 200, .body = bodies[i]});
        world_answer(world, (struct scripted_answer){
                                .url = "/runactions", .status = 200, .body = list_of(world, "")});
        world_pass(world, noon, PASS_DRY_RUN);
        if (world->result.status != EXIT_STATUS_PARTIAL) {
            fail_msg("body %zu: status %d", i, (int)world->result.status);
        }
    }
}

static void failures_before_the_cut_are_told(void **state)
{
    struct world *world = *state;
    const char *item = failed_item(world, "u1", "run-a", "shop", "2026-04-02T11:50:00Z");
    world_answer(world, (struct scripted_answer){
                            .url = "/backupactions",
                            .status = 200,
                            .body = arena_format(world->arena, "{\"items\":[%s,{\"meta", item)});
    world_answer(world, (struct scripted_answer){
                            .url = "/runactions", .status = 200, .body = list_of(world, "")});
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_PARTIAL);
    assert_int_equal(world->result.rows, 1);
    assert_non_null(strstr(world_sent(world), "run-a"));
}

static void a_blind_pass_is_status_4_and_told_once(void **state)
{
    struct world *world = *state;
    world_answer(world, (struct scripted_answer){.url = "/apis/", .class = ERROR_TLS});
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_BLIND);
    assert_int_equal(world->outside->mail_count, 1);
    world_pass(world, one, PASS_SEND);
    assert_int_equal(world->outside->mail_count, 1);
    assert_int_equal(world->result.status, EXIT_STATUS_BLIND);
}

static void the_worst_status_is_reported(void **state)
{
    (void)state;
    static const struct {
        enum exit_status a;
        enum exit_status b;
        enum exit_status worse;
    } cases[] = {
        {EXIT_STATUS_DONE, EXIT_STATUS_DONE, EXIT_STATUS_DONE},
        {EXIT_STATUS_DONE, EXIT_STATUS_ALERTS, EXIT_STATUS_ALERTS},
        {EXIT_STATUS_ALERTS, EXIT_STATUS_PARTIAL, EXIT_STATUS_PARTIAL},
        {EXIT_STATUS_PARTIAL, EXIT_STATUS_BLIND, EXIT_STATUS_BLIND},
        {EXIT_STATUS_BLIND, EXIT_STATUS_STATE, EXIT_STATUS_STATE},
        {EXIT_STATUS_STATE, EXIT_STATUS_MAIL, EXIT_STATUS_MAIL},
        {EXIT_STATUS_MAIL, EXIT_STATUS_INTERNAL, EXIT_STATUS_INTERNAL},
        {EXIT_STATUS_INTERNAL, EXIT_STATUS_USAGE, EXIT_STATUS_USAGE},
        {EXIT_STATUS_USAGE, EXIT_STATUS_SETTINGS, EXIT_STATUS_SETTINGS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(exit_status_worse(cases[i].a, cases[i].b), cases[i].worse);
        assert_int_equal(exit_status_worse(cases[i].b, cases[i].a), cases[i].worse);
    }
}

static void old_entries_are_pruned_and_the_rest_kept(void **state)
{
    struct world *world = *state;
    answer_one_failure(world);
    world_put_state(world,
                    "{\"k3s:run-old:2026-03-20\":\"2026-03-20T10:00:00Z\","
                    "\"k3s:run-new:2026-03-30\":\"2026-03-30T10:00:00Z\"}",
                    NULL);
    world_pass(world, noon, PASS_SEND);
    assert_null(strstr(world_sent(world), "run-old"));
    assert_non_null(strstr(world_sent(world), "run-new"));
    assert_non_null(strstr(world_sent(world), "run-a"));
}

static void a_long_lookback_keeps_what_it_can_still_see(void **state)
{
    struct world *world = *state;
    answer_backups(world, failed_item(world, "u1", "run-a", "shop", "2026-03-20T09:50:00Z"));
    world->settings.lookback_s = 30 * 86400;
    world->settings.remind_every_s = 0;
    world_pass(world, "2026-03-20T10:00:00Z", PASS_SEND);
    assert_int_equal(world->outside->mail_count, 1);
    world_pass(world, "2026-04-10T10:00:00Z", PASS_SEND);
    assert_int_equal(world->outside->mail_count, 1);
    assert_non_null(strstr(world_sent(world), "run-a"));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(told_then_recorded_then_silent),
        TEST(a_refused_mail_is_made_anew),
        TEST(a_mail_without_an_answer_is_sent_again_as_the_same),
        TEST(a_first_pass_without_failures_leaves_an_empty_state),
        TEST(a_dry_run_changes_nothing),
        TEST(an_unreadable_state_fails_open),
        TEST(a_failed_write_is_status_6_and_repeats),
        TEST(a_newer_state_is_left_untouched_and_sent_is_kept),
        TEST(garbage_is_set_aside_and_replaced),
        TEST(a_list_is_all_or_nothing_as_evidence),
        TEST(failures_before_the_cut_are_told),
        TEST(a_blind_pass_is_status_4_and_told_once),
        TEST(the_worst_status_is_reported),
        TEST(old_entries_are_pruned_and_the_rest_kept),
        TEST(a_long_lookback_keeps_what_it_can_still_see),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
