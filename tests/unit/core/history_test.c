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
#include "core/history.h"
#include "sample.h"

static void an_empty_one_knows_nothing(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct history history;
    history_init(&history, arena);
    assert_int_equal(history_latest(&history, history_key(0, ACTION_BACKUP, "a/b", "shop")),
                     TIMESTAMP_NONE);
    assert_int_equal(arena_used(arena), 0);
}

static void keys_tell_things_apart(void **state)
{
    (void)state;
    const uint64_t keys[] = {
        history_key(0, ACTION_BACKUP, "ns/daily", "shop"),
        history_key(1, ACTION_BACKUP, "ns/daily", "shop"),
        history_key(0, ACTION_EXPORT, "ns/daily", "shop"),
        history_key(0, ACTION_BACKUP, "daily", "shop"),
        history_key(0, ACTION_BACKUP, "ns/dailys", "hop"),
        history_key(0, ACTION_BACKUP, "ns/daily", "shop2"),
        history_key(0, ACTION_BACKUP, "", "shop"),
        history_key(0, ACTION_BACKUP, HISTORY_ANY_POLICY, "shop"),
        history_key(0, ACTION_BACKUP, "", ""),
        history_key(0, ACTION_RUN, "ns/daily", ""),
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_true(keys[i] != 0);
        for (size_t j = 0; j < i; j++) {
            assert_true(keys[i] != keys[j]);
        }
    }
    // A run is the policy's, whatever application its object names.
    assert_true(history_key(0, ACTION_RUN, "ns/daily", "shop") ==
                history_key(0, ACTION_RUN, "ns/daily", ""));
}

static void the_latest_end_wins(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct history history;
    uint64_t key = history_key(0, ACTION_BACKUP, "ns/daily", "shop");
    history_init(&history, arena);
    history_note(&history, key, 200);
    history_note(&history, key, 100);
    assert_int_equal(history_latest(&history, key), 200);
    history_note(&history, key, 300);
    assert_int_equal(history_latest(&history, key), 300);
    assert_int_equal(history.used, 1);
}

static struct action clean_backup(const char *policy_namespace, const char *policy)
{
    struct action action = failed_backup("u", "shop", "2026-04-02T10:00:00Z");
    action.state = ACTION_COMPLETE;
    action.clean = true;
    action.policy = policy;
    action.policy_namespace = policy_namespace;
    return action;
}

static void actions_are_noted_under_their_policy_and_any(void **state)
{
    (void)state;
    static const struct {
        const char *policy_namespace;
        const char *policy;
        const char *noted;
    } cases[] = {{"kasten-io", "daily", "kasten-io/daily"},
                 {"", "daily", "daily"},
                 {"kasten-io", "", ""},
                 {"", "", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct history history;
        struct action action = clean_backup(cases[i].policy_namespace, cases[i].policy);
        uint64_t own = history_key(0, ACTION_BACKUP, cases[i].noted, "shop");
        uint64_t any = history_key(0, ACTION_BACKUP, HISTORY_ANY_POLICY, "shop");
        history_init(&history, arena);
        history_note_older(&history, &action);
        assert_int_equal(history_latest(&history, own), action.ended);
        assert_int_equal(history_latest(&history, any), TIMESTAMP_NONE);
        history_note_action(&history, &action);
        assert_int_equal(history_latest(&history, any), action.ended);
        assert_int_equal(history.used, 2);
    }
}

static void what_is_not_clean_is_not_noted(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct history history;
    struct action excepted = clean_backup("kasten-io", "daily");
    struct action endless = excepted;
    excepted.clean = false;
    endless.ended = TIMESTAMP_NONE;
    history_init(&history, arena);
    history_note_action(&history, &excepted);
    history_note_action(&history, &endless);
    assert_int_equal(history.used, 0);
}

static void many_are_found_again(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    AUTO_PTR(arena) arena = arena_create();
    AUTO_PTR(arena) names = arena_create();
    struct history history;
    history_init(&history, arena);
    for (int i = 0; i < COUNT; i++) {
        const char *app = arena_format(names, "app-%d", i);
        history_note(&history, history_key(0, ACTION_BACKUP, "ns/daily", app), 1000 + i);
    }
    assert_int_equal(history.used, COUNT);
    for (int i = 0; i < COUNT; i++) {
        const char *app = arena_format(names, "app-%d", i);
        assert_int_equal(history_latest(&history, history_key(0, ACTION_BACKUP, "ns/daily", app)),
                         1000 + i);
    }
    // The header's promise: 16 bytes each, at most half full, the old tables beside the last.
    assert_int_equal(sizeof(struct history_slot), 16);
    assert_true(arena_used(arena) < (size_t)COUNT * 16 * 2 * 2 * 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_knows_nothing),
        cmocka_unit_test(keys_tell_things_apart),
        cmocka_unit_test(the_latest_end_wins),
        cmocka_unit_test(actions_are_noted_under_their_policy_and_any),
        cmocka_unit_test(what_is_not_clean_is_not_noted),
        cmocka_unit_test(many_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
