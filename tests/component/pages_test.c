// SPDX-License-Identifier: MIT
// Lists in pages: tokens, 410 Gone, and what is told when they go wrong.
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

static const char noon[] = "2026-04-02T12:00:00Z";

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

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(pages_are_followed_and_a_repeated_token_is_broken_off),
        TEST(gone_without_token_starts_over_once),
        TEST(gone_again_and_again_is_unread),
        TEST(gone_with_ever_new_tokens_is_broken_off),
        TEST(gone_with_a_token_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
