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
#include "base/timestamp.h"
#include "core/incident.h"

static struct incident sample(int64_t since, int64_t last, uint32_t runs)
{
    return (struct incident){.class = ALERT_FAILED,
                             .cluster = "k3s",
                             .policy = "kasten-io/daily",
                             .kind = ACTION_BACKUP,
                             .app = "blog",
                             .run = "run-a",
                             .since = since,
                             .last = last,
                             .last_good = TIMESTAMP_NONE,
                             .told = TIMESTAMP_NONE,
                             .runs = runs,
                             .cause = "",
                             .runs_without_end = TIMESTAMP_NONE};
}

static void keys_name_every_part(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct incident incident = sample(1, 1, 1);
    assert_string_equal(incident_key(arena, &incident), "k3s/kasten-io/daily/backup/blog");
    incident.policy = "";
    assert_string_equal(incident_key(arena, &incident), "k3s/-/backup/blog");
    incident.app = "";
    incident.kind = ACTION_RUN;
    assert_string_equal(incident_key(arena, &incident), "k3s/-/run/-");
    incident.class = ALERT_UNREACHABLE;
    incident.kind = ACTION_BACKUP;
    assert_string_equal(incident_key(arena, &incident), "unreachable:k3s/-/backup/-");
}

static void policies_have_a_namespace_where_one_is_known(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    assert_string_equal(incident_policy(arena, "kasten-io", "daily"), "kasten-io/daily");
    assert_string_equal(incident_policy(arena, "", "daily"), "daily");
    assert_string_equal(incident_policy(arena, "kasten-io", ""), "");
}

static void cause_tokens_are_of_the_set(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct cause a[] = {{.text = "one", .fingerprint = 1}, {.text = "two", .fingerprint = 2}};
    struct cause b[] = {{.text = "zwei", .fingerprint = 2}, {.text = "eins", .fingerprint = 1}};
    struct cause c[] = {{.text = "three", .fingerprint = 3}, {.text = "none", .fingerprint = 0}};
    struct cause_list both = {.items = a, .count = 2};
    struct cause_list turned = {.items = b, .count = 2};
    struct cause_list other = {.items = c, .count = 2}; // of the same sum
    struct cause_list first = {.items = a, .count = 1};
    struct cause_list none = {0};
    const char *token = incident_cause_token(arena, &both);
    assert_int_equal(strlen(token), INCIDENT_TOKEN_BYTES - 1);
    assert_string_equal(incident_cause_token(arena, &turned), token);
    assert_string_not_equal(incident_cause_token(arena, &other), token);
    assert_string_not_equal(incident_cause_token(arena, &first), token);
    assert_string_equal(incident_cause_token(arena, &none), "");
}

static void held_ids_are_bounded_and_unique(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct incident incident = sample(1, 1, 1);
    for (int i = 0; i < INCIDENT_HELD_MAX + 5; i++) {
        incident_hold(arena, &incident, arena_format(arena, "id-%d", i));
        incident_hold(arena, &incident, arena_format(arena, "id-%d", i));
    }
    assert_int_equal(incident.held_count, INCIDENT_HELD_MAX);
    assert_false(incident_holds(&incident, "id-4")); // the oldest gave way
    assert_true(incident_holds(&incident, "id-5"));
    assert_true(incident_holds(&incident, "id-204"));
}

static void merging_keeps_the_later_failure_and_the_later_mail(void **state)
{
    (void)state;
    static const struct {
        int64_t since, last, told;
        uint32_t runs;
        int64_t other_since, other_last, other_told;
        uint32_t other_runs;
        int64_t expected_since, expected_last, expected_told;
        uint32_t expected_runs;
    } cases[] = {
        // the same, told by the other
        {10, 20, 15, 2, 10, 20, 30, 2, 10, 20, 30, 2},
        // the other counted one more
        {10, 20, 25, 2, 10, 40, 45, 3, 10, 40, 45, 3},
        {10, 40, 45, 3, 10, 20, 50, 2, 10, 40, 50, 3},
        // one began earlier
        {20, 40, TIMESTAMP_NONE, 1, 10, 40, 5, 4, 10, 40, 5, 4},
        // a good run lay between: the later one is new
        {50, 60, TIMESTAMP_NONE, 1, 10, 20, 30, 5, 50, 60, TIMESTAMP_NONE, 1},
        {10, 20, 30, 5, 50, 60, TIMESTAMP_NONE, 1, 50, 60, TIMESTAMP_NONE, 1},
    };
    AUTO_PTR(arena) arena = arena_create();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct incident mine = sample(cases[i].since, cases[i].last, cases[i].runs);
        struct incident other =
            sample(cases[i].other_since, cases[i].other_last, cases[i].other_runs);
        mine.told = cases[i].told;
        other.told = cases[i].other_told;
        incident_merge(arena, &mine, &other);
        if (mine.since != cases[i].expected_since || mine.last != cases[i].expected_last ||
            mine.told != cases[i].expected_told || mine.runs != cases[i].expected_runs) {
            fail_msg("case %zu", i);
        }
    }
}

static void merging_joins_what_waits(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct incident mine = sample(10, 20, 2);
    struct incident other = sample(10, 30, 3);
    incident_hold(arena, &mine, "a");
    incident_hold(arena, &mine, "b");
    incident_hold(arena, &other, "b");
    incident_hold(arena, &other, "c");
    other.policy_seen = true;
    incident_merge(arena, &mine, &other);
    assert_int_equal(mine.held_count, 3);
    assert_true(incident_holds(&mine, "a") && incident_holds(&mine, "c"));
    assert_true(mine.policy_seen);
}

static void a_copy_lives_in_its_own_arena(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct arena *other = arena_create();
    struct incident incident = sample(10, 20, 2);
    incident.app = arena_strdup(other, "blog");
    incident_hold(other, &incident, "a");
    struct incident *copy = incident_copy(arena, &incident);
    arena_destroy(other);
    assert_string_equal(copy->app, "blog");
    assert_true(incident_holds(copy, "a"));
    assert_int_equal(copy->runs, 2);
}

static void some_are_never_reminded_of(void **state)
{
    enum { HOUR = 3600, TOLD = 5000 };
    (void)state;
    struct incident incident = sample(1000, 1000, 1);
    assert_int_equal(incident_reminder_at(&incident, HOUR), TIMESTAMP_NONE);
    incident.told = TOLD;
    assert_int_equal(incident_reminder_at(&incident, HOUR), TOLD + HOUR);
    assert_int_equal(incident_reminder_at(&incident, 0), TIMESTAMP_NONE);
    incident.class = ALERT_EXPIRING;
    assert_int_equal(incident_reminder_at(&incident, HOUR), TIMESTAMP_NONE);
    incident.class = ALERT_UNREACHABLE;
    assert_int_equal(incident_reminder_at(&incident, HOUR), TOLD + HOUR);
    incident.app = INCIDENT_IN_PART;
    assert_int_equal(incident_reminder_at(&incident, HOUR), TIMESTAMP_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_name_every_part),
        cmocka_unit_test(some_are_never_reminded_of),
        cmocka_unit_test(policies_have_a_namespace_where_one_is_known),
        cmocka_unit_test(cause_tokens_are_of_the_set),
        cmocka_unit_test(held_ids_are_bounded_and_unique),
        cmocka_unit_test(merging_keeps_the_later_failure_and_the_later_mail),
        cmocka_unit_test(merging_joins_what_waits),
        cmocka_unit_test(a_copy_lives_in_its_own_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
