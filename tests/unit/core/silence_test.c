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
#include "core/ledger.h"
#include "core/silence.h"

static void subjects_cover_what_they_name(void **state)
{
    (void)state;
    static const struct {
        const char *subject;
        const char *cluster;
        const char *policy;
        const char *id;
        bool covered;
    } cases[] = {
        {"cluster:k3s", "k3s", "kasten-io/daily", "k3s:run-a:2026-04-02", true},
        {"cluster:k3s", "k3s", "", "", true},
        {"cluster:k3s", "k3s-2", "kasten-io/daily", "", false},
        {"cluster:k3s", "rke2", "kasten-io/k3s", "k3s", false},
        {"policy:daily", "k3s", "kasten-io/daily", "", true},
        {"policy:daily", "rke2", "daily", "", true},
        {"policy:daily", "k3s", "kasten-io/daily-2", "", false},
        {"policy:daily", "daily", "", "", false},
        {"policy:", "k3s", "", "", false},
        {"policy:k3s/daily", "k3s", "kasten-io/daily", "", true},
        {"policy:k3s/daily", "rke2", "kasten-io/daily", "", false},
        {"id:k3s:run-a", "k3s", "", "k3s:run-a:2026-04-02", true},
        {"id:k3s:run-a", "k3s", "", "k3s:run-a:2026-05-09", true},
        {"id:k3s:run-a", "k3s", "", "k3s:run-ab:2026-04-02", false},
        {"id:k3s:run-a", "rke2", "", "rke2:run-a:2026-04-02", false},
        {"id:k3s:run-a", "k3s", "", "", false},
        {"id:", "k3s", "", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct ledger ledger;
        ledger_init(&ledger, arena);
        ledger_silence(&ledger, cases[i].subject, 1000);
        bool before = silence_covers(&ledger, cases[i].cluster, cases[i].policy, cases[i].id, 999);
        bool after = silence_covers(&ledger, cases[i].cluster, cases[i].policy, cases[i].id, 1000);
        if (before != cases[i].covered || after) {
            fail_msg("case %zu: %s", i, cases[i].subject);
        }
    }
}

static void an_id_is_stored_without_its_day(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"k3s:run-a:2026-04-02", "id:k3s:run-a"},
        {"k3s:backup/shop/x:2026-04-02", "id:k3s:backup/shop/x"},
    };
    AUTO_PTR(arena) arena = arena_create();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(silence_id_subject(arena, cases[i][0]), cases[i][1]);
    }
}

static void nothing_is_silent_without_a_silence(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    ledger_init(&ledger, arena);
    assert_false(silence_covers(&ledger, "k3s", "kasten-io/daily", "k3s:run-a:2026-04-02", 0));
    ledger_silence(&ledger, "cluster:k3s", 1000);
    ledger_silence(&ledger, "cluster:k3s", INT64_MIN);
    assert_false(silence_covers(&ledger, "k3s", "kasten-io/daily", "k3s:run-a:2026-04-02", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subjects_cover_what_they_name),
        cmocka_unit_test(an_id_is_stored_without_its_day),
        cmocka_unit_test(nothing_is_silent_without_a_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
