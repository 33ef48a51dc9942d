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
#include "codec/json.h"
#include "world.h"

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world_init(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    free(*state);
    return 0;
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
    assert_int_equal(world->deliveries, 1);
    assert_non_null(strstr(world->subject, "K3s: daily failed"));
    assert_non_null(strstr(world->text, "no space left on device"));
    assert_string_equal(world_sent(world), "{\"k3s:run-a:2026-04-02\":\"2026-04-02T12:00:00Z\"}");
    assert_int_equal(world->events[0], EVENT_LOAD);
    assert_int_equal(world->events[world->event_count - 2], EVENT_DELIVER);
    assert_int_equal(world->events[world->event_count - 1], EVENT_SAVE);
    world_pass(world, one, PASS_SEND);
    assert_int_equal(world->deliveries, 1);
    assert_int_equal(world->saves, 1); // nothing changed: no write
}

static void nothing_is_recorded_unless_accepted(void **state)
{
    struct world *world = *state;
    static const enum delivery_outcome outcomes[] = {DELIVERY_REFUSED, DELIVERY_AMBIGUOUS};
    answer_one_failure(world);
    for (size_t i = 0; i < 2; i++) {
        world->outcome = outcomes[i];
        world_pass(world, noon, PASS_SEND);
        assert_int_equal(world->result.status, EXIT_STATUS_MAIL);
        assert_int_equal(world->saves, 0);
    }
    world->outcome = DELIVERY_ACCEPTED;
    world_pass(world, one, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_DONE);
    assert_int_equal(world->deliveries, 3);
    assert_non_null(strstr(world_sent(world), "run-a"));
}

static void a_first_pass_without_failures_leaves_an_empty_state(void **state)
{
    struct world *world = *state;
    answer_backups(world, "");
    world_pass(world, noon, PASS_SEND);
    assert_string_equal(world_sent(world), "{}");
    assert_int_equal(world->deliveries, 0);
}

static void a_dry_run_changes_nothing(void **state)
{
    struct world *world = *state;
    answer_one_failure(world);
    world_pass(world, noon, PASS_DRY_RUN);
    assert_int_equal(world->deliveries, 1);
    assert_int_equal(world->saves, 0);
    assert_null(world->document);
}

static void an_unreadable_state_fails_open(void **state)
{
    struct world *world = *state;
    answer_one_failure(world);
    world->load_fails = true;
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_STATE);
    assert_int_equal(world->deliveries, 1);
    assert_non_null(strstr(world->text, "repeat"));
    assert_null(strstr(world->text, "First pass"));
    assert_int_equal(world->saves, 1); // what was told is recorded if it can be
}

static void a_failed_write_is_status_6_and_repeats(void **state)
{
    struct world *world = *state;
    answer_one_failure(world);
    world->save_fails = true;
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_STATE);
    world_pass(world, one, PASS_SEND);
    assert_int_equal(world->deliveries, 2);
    assert_string_not_equal(world->message_ids[0], world->message_ids[1]);
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

static void pages_are_followed_and_a_repeated_token_is_broken_off(void **state)
{
    struct world *world = *state;
    const char *body = "{\"metadata\":{\"continue\":\"same\"},\"items\":[]}";
    world_answer(world,
                 (struct scripted_answer){.url = "/backupactions", .status = 200, .body = body});
    world_answer(world, (struct scripted_answer){
                            .url = "/runactions", .status = 200, .body = list_of(world, "")});
    world_pass(world, noon, PASS_DRY_RUN);
    assert_int_equal(world->result.status, EXIT_STATUS_PARTIAL);
    assert_int_equal(world->requests, 3);
}

static void gone_without_token_starts_over_once(void **state)
{
    struct world *world = *state;
    const char *item = failed_item(world, "u1", "run-a", "shop", "2026-04-02T11:50:00Z");
    const char *first =
        arena_format(world->arena, "{\"metadata\":{\"continue\":\"t1\"},\"items\":[%s]}", item);
    world_answer(world, (struct scripted_answer){
                            .url = "continue=t1", .status = 410, .body = "{}", .times = 1});
    world_answer(world, (struct scripted_answer){
                            .url = "continue=t1", .status = 200, .body = list_of(world, "")});
    world_answer(world,
                 (struct scripted_answer){.url = "/backupactions", .status = 200, .body = first});
    world_answer(world, (struct scripted_answer){
                            .url = "/runactions", .status = 200, .body = list_of(world, "")});
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_DONE);
    assert_int_equal(world->result.rows, 1); // read twice, told once
    assert_int_equal(world->requests, 5);
}

static void gone_again_and_again_is_unread(void **state)
{
    struct world *world = *state;
    world_answer(world,
                 (struct scripted_answer){.url = "/backupactions", .status = 410, .body = "{}"});
    world_answer(world, (struct scripted_answer){
                            .url = "/runactions", .status = 200, .body = list_of(world, "")});
    world_pass(world, noon, PASS_DRY_RUN);
    assert_int_equal(world->result.status, EXIT_STATUS_PARTIAL);
}

static void gone_with_ever_new_tokens_is_broken_off(void **state)
{
    struct world *world = *state;
    for (int i = 5; i > 0; i--) {
        world_answer(world, (struct scripted_answer){
                                .url = arena_format(world->arena, "continue=t%d", i),
                                .status = 410,
                                .body = arena_format(
                                    world->arena, "{\"metadata\":{\"continue\":\"t%d\"}}", i + 1)});
    }
    world_answer(world, (struct scripted_answer){
                            .url = "/backupactions",
                            .status = 200,
                            .body = "{\"metadata\":{\"continue\":\"t1\"},\"items\":[]}"});
    world_answer(world, (struct scripted_answer){
                            .url = "/runactions", .status = 200, .body = list_of(world, "")});
    world_pass(world, noon, PASS_DRY_RUN);
    assert_int_equal(world->result.status, EXIT_STATUS_PARTIAL);
    assert_int_equal(world->requests, 6); // the first page, four times Gone, the runs
}

static void gone_with_a_token_goes_on(void **state)
{
    struct world *world = *state;
    world_answer(world, (struct scripted_answer){
                            .url = "continue=t1",
                            .status = 410,
                            .body = "{\"metadata\":{\"continue\":\"t2\"},\"code\":410}"});
    world_answer(world, (struct scripted_answer){
                            .url = "continue=t2",
                            .status = 200,
                            .body = list_of(world, failed_item(world, "u1", "run-a", "shop",
                                                               "2026-04-02T11:50:00Z"))});
    world_answer(world, (struct scripted_answer){
                            .url = "/backupactions",
                            .status = 200,
                            .body = "{\"metadata\":{\"continue\":\"t1\"},\"items\":null}"});
    world_answer(world, (struct scripted_answer){
                            .url = "/runactions", .status = 200, .body = list_of(world, "")});
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_DONE);
    assert_int_equal(world->result.rows, 1);
}

static void a_blind_pass_is_status_4_and_told_once(void **state)
{
    struct world *world = *state;
    world_answer(world, (struct scripted_answer){.url = "/apis/", .class = ERROR_TLS});
    world_pass(world, noon, PASS_SEND);
    assert_int_equal(world->result.status, EXIT_STATUS_BLIND);
    assert_int_equal(world->deliveries, 1);
    world_pass(world, one, PASS_SEND);
    assert_int_equal(world->deliveries, 1);
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
    world->document = state_format_new(STATE_CONFIGMAP_NAME);
    json_set_text(json_ensure_object(world->document, "data"), "sent",
                  "{\"k3s:run-old:2026-03-20\":\"2026-03-20T10:00:00Z\","
                  "\"k3s:run-new:2026-03-30\":\"2026-03-30T10:00:00Z\"}");
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
    world_pass(world, "2026-03-20T10:00:00Z", PASS_SEND);
    assert_int_equal(world->deliveries, 1);
    world_pass(world, "2026-04-10T10:00:00Z", PASS_SEND);
    assert_int_equal(world->deliveries, 1);
    assert_non_null(strstr(world_sent(world), "run-a"));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(told_then_recorded_then_silent),
        TEST(nothing_is_recorded_unless_accepted),
        TEST(a_first_pass_without_failures_leaves_an_empty_state),
        TEST(a_dry_run_changes_nothing),
        TEST(an_unreadable_state_fails_open),
        TEST(a_failed_write_is_status_6_and_repeats),
        TEST(a_list_is_all_or_nothing_as_evidence),
        TEST(failures_before_the_cut_are_told),
        TEST(pages_are_followed_and_a_repeated_token_is_broken_off),
        TEST(gone_without_token_starts_over_once),
        TEST(gone_again_and_again_is_unread),
        TEST(gone_with_ever_new_tokens_is_broken_off),
        TEST(gone_with_a_token_goes_on),
        TEST(a_blind_pass_is_status_4_and_told_once),
        TEST(the_worst_status_is_reported),
        TEST(old_entries_are_pruned_and_the_rest_kept),
        TEST(a_long_lookback_keeps_what_it_can_still_see),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
