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
#include "core/told.h"
#include "plan_world.h"
#include "sample.h"

static const struct finding *finding_of(struct world *world, const struct action *actions,
                                        size_t count)
{
    const struct action **list = arena_alloc_array(world->arena, count, sizeof *list);
    struct finding *findings;
    size_t finding_count;
    for (size_t i = 0; i < count; i++) {
        list[i] = &actions[i];
    }
    evaluate_group(world->arena, list, count, &findings, &finding_count);
    assert_int_equal(finding_count, 1);
    return findings;
}

static size_t missing(struct world *world, const struct finding *finding, const char *now,
                      struct told *ret)
{
    const struct action **untold =
        arena_alloc_array(world->arena, finding->action_count, sizeof *untold);
    *ret = told_find(world->arena, &world->ledger, "k3s", finding, at(now));
    return told_missing(ret, finding, untold);
}

// An entry of one day, a finding that first failed another day, looked for on a third.
static void a_run_is_looked_for_under_the_days_it_can_have_been_told_on(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *entry;
        const char *ended;
        const char *now;
        bool found;
    } cases[] = {
        {"k3s:run-a:2026-04-02", "2026-04-02T10:00:00Z", "2026-04-02T10:30:00Z", true},
        // more of it after midnight; the first has left the window
        {"k3s:run-a:2026-04-02", "2026-04-03T00:10:00Z", "2026-04-03T01:00:00Z", true},
        {"k3s:run-a:2026-03-27", "2026-04-03T00:10:00Z", "2026-04-03T01:00:00Z", true},
        {"k3s:run-a:2026-03-26", "2026-04-03T00:10:00Z", "2026-04-03T01:00:00Z", false},
        // told later than it failed: a reminder's id
        {"k3s:run-a:2026-04-05", "2026-04-02T10:00:00Z", "2026-04-06T10:00:00Z", true},
        // leap days and years' ends are days like others
        {"k3s:run-a:2028-02-29", "2028-03-01T00:01:00Z", "2028-03-01T00:30:00Z", true},
        {"k3s:run-a:2026-12-31", "2027-01-01T00:01:00Z", "2027-01-01T00:30:00Z", true},
        {"rke2:run-a:2026-04-02", "2026-04-02T10:00:00Z", "2026-04-02T10:30:00Z", false},
        {"k3s:run-ab:2026-04-02", "2026-04-02T10:00:00Z", "2026-04-02T10:30:00Z", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct action action = failed_backup("u1", "blog", cases[i].ended);
        const struct finding *finding = finding_of(world, &action, 1);
        char token[LEDGER_TOKEN_BYTES];
        ledger_token("u1", token);
        ledger_init(&world->ledger, world->arena);
        ledger_add_child(&world->ledger,
                         ledger_add(&world->ledger, cases[i].entry, at(cases[i].now)), token);
        struct told told;
        size_t count = missing(world, finding, cases[i].now, &told);
        if ((told.id != NULL) != cases[i].found || (count == 0) != cases[i].found ||
            (told.id != NULL && strcmp(told.id, cases[i].entry) != 0)) {
            fail_msg("case %zu", i);
        }
    }
}

static void children_by_name_and_by_time(void **state)
{
    struct world *world = *state;
    struct action actions[] = {
        failed_backup("u1", "blog", "2026-04-02T10:10:00Z"),
        failed_backup("u2", "shop", "2026-04-02T10:20:00Z"),
        failed_backup("u3", "crm", "2026-04-02T10:30:00Z"),
    };
    const struct finding *finding = finding_of(world, actions, 3);
    struct ledger_entry *entry =
        ledger_add(&world->ledger, "k3s:run-a:2026-04-02", at("2026-04-02T10:15:00Z"));
    entry->told_until = entry->sent_at; // the original's
    struct told told;
    assert_int_equal(missing(world, finding, "2026-04-02T10:40:00Z", &told), 2);
    char token[LEDGER_TOKEN_BYTES];
    ledger_token("u3", token);
    ledger_add_child(&world->ledger, entry, token);
    assert_int_equal(missing(world, finding, "2026-04-02T10:40:00Z", &told), 1);
    entry->told_until = INT64_MAX; // of the array form
    assert_int_equal(missing(world, finding, "2026-04-02T10:40:00Z", &told), 0);
}

static void a_record_without_children_tells_only_itself(void **state)
{
    struct world *world = *state;
    struct action action = failed_backup("u1", "blog", "2026-04-02T10:10:00Z");
    const struct finding *finding = finding_of(world, &action, 1);
    struct finding bare = *finding;
    bare.actions = NULL;
    bare.action_count = 0;
    told_record(&world->ledger, "k3s:run-a:2026-04-02", &bare, at("2026-04-02T12:00:00Z"));
    struct told told;
    assert_int_equal(missing(world, finding, "2026-04-02T12:30:00Z", &told), 1);
    assert_true(told.same_run);
}

static void a_record_names_run_and_actions(void **state)
{
    struct world *world = *state;
    struct action actions[] = {failed_backup("u1", "blog", "2026-04-02T10:10:00Z"),
                               failed_run("u9", "run-a", "2026-04-02T10:12:00Z")};
    const struct finding *finding = finding_of(world, actions, 2);
    told_record(&world->ledger, "k3s:run-a:2026-04-02", finding, at("2026-04-02T10:30:00Z"));
    const struct ledger_entry *entry = ledger_find(&world->ledger, "k3s:run-a:2026-04-02");
    char token[LEDGER_TOKEN_BYTES];
    ledger_token("u9", token);
    assert_string_equal(entry->run_token, token);
    assert_string_equal(entry->run_namespace, "kasten-io");
    assert_int_equal(entry->child_count, 2);
    assert_int_equal(entry->sent_at, at("2026-04-02T10:30:00Z"));
    struct told told;
    assert_int_equal(missing(world, finding, "2026-04-02T10:40:00Z", &told), 0);
}

static void a_run_action_is_news_only_when_nothing_of_its_run_was_told(void **state)
{
    struct world *world = *state;
    struct action child = failed_backup("u1", "blog", "2026-04-02T10:10:00Z");
    struct action run = failed_run("u9", "run-a", "2026-04-02T10:40:00Z");
    run.started = at("2026-04-02T10:00:00Z");
    const struct finding *alone = finding_of(world, &run, 1);
    struct told told;
    assert_int_equal(missing(world, alone, "2026-04-02T10:50:00Z", &told), 1);
    told_record(&world->ledger, "k3s:run-a:2026-04-02", finding_of(world, &child, 1),
                at("2026-04-02T10:30:00Z"));
    assert_int_equal(missing(world, alone, "2026-04-02T10:50:00Z", &told), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_run_is_looked_for_under_the_days_it_can_have_been_told_on),
        TEST(children_by_name_and_by_time),
        TEST(a_record_without_children_tells_only_itself),
        TEST(a_record_names_run_and_actions),
        TEST(a_run_action_is_news_only_when_nothing_of_its_run_was_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
