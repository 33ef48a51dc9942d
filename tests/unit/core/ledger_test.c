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
#include "core/ledger.h"
#include "plan_world.h"

static struct ledger *ledger_of(void **state)
{
    struct world *world = *state;
    return &world->ledger;
}

static void entries_are_added_updated_and_dropped(void **state)
{
    struct ledger *ledger = ledger_of(state);
    assert_null(ledger_find(ledger, "a"));
    assert_false(ledger_drop(ledger, "a"));
    struct ledger_entry *entry = ledger_add(ledger, "a", 100);
    assert_int_equal(entry->told_until, TIMESTAMP_NONE);
    assert_ptr_equal(ledger_add(ledger, "a", 50), entry);
    assert_int_equal(ledger_find(ledger, "a")->sent_at, 100); // the later one
    (void)ledger_add(ledger, "a", 200);
    assert_int_equal(ledger_find(ledger, "a")->sent_at, 200);
    assert_true(ledger_drop(ledger, "a"));
    assert_null(ledger_find(ledger, "a"));
    assert_false(ledger_drop(ledger, "a"));
    assert_int_equal(ledger_add(ledger, "a", 10)->sent_at, 10);
}

static void children_are_tokens_once(void **state)
{
    struct ledger *ledger = ledger_of(state);
    struct ledger_entry *entry = ledger_add(ledger, "a", 100);
    char token[LEDGER_TOKEN_BYTES];
    ledger_token("uid-1", token);
    assert_int_equal(strlen(token), LEDGER_TOKEN_BYTES - 1);
    assert_int_equal(strspn(token, "0123456789abcdef"), LEDGER_TOKEN_BYTES - 1);
    ledger_add_child(ledger, entry, token);
    ledger_add_child(ledger, entry, token);
    assert_int_equal(entry->child_count, 1);
    assert_true(ledger_entry_has(entry, "uid-1"));
    assert_false(ledger_entry_has(entry, "uid-2"));
    for (int i = 0; i < 100; i++) {
        ledger_token(arena_format(ledger->arena, "uid-%d", i), token);
        ledger_add_child(ledger, entry, token);
    }
    assert_int_equal(entry->child_count, 100);
}

static void watermarks_are_by_cluster_and_kind(void **state)
{
    struct ledger *ledger = ledger_of(state);
    ledger_set_watermark(ledger, "k3s", ACTION_BACKUP, 100);
    ledger_set_watermark(ledger, "k3s", ACTION_BACKUP, 90); // a clock was set back
    assert_int_equal(ledger_watermark(ledger, "k3s", ACTION_BACKUP), 90);
    assert_int_equal(ledger_watermark(ledger, "k3s", ACTION_EXPORT), TIMESTAMP_NONE);
    assert_int_equal(ledger_watermark(ledger, "rke2", ACTION_BACKUP), TIMESTAMP_NONE);
}

static void a_watermark_ends_the_beginning(void **state)
{
    struct ledger *ledger = ledger_of(state);
    assert_int_equal(ledger_beginning(ledger, "k3s", ACTION_BACKUP), TIMESTAMP_NONE);
    ledger_set_beginning(ledger, "k3s", ACTION_BACKUP, 50);
    ledger_set_beginning(ledger, "k3s", ACTION_EXPORT, 60);
    assert_int_equal(ledger_beginning(ledger, "k3s", ACTION_BACKUP), 50);
    ledger_set_watermark(ledger, "k3s", ACTION_BACKUP, 100);
    assert_int_equal(ledger_beginning(ledger, "k3s", ACTION_BACKUP), TIMESTAMP_NONE);
    assert_int_equal(ledger_beginning(ledger, "k3s", ACTION_EXPORT), 60);
}

static struct incident sample_incident(const char *app, const char *cause)
{
    return (struct incident){.class = ALERT_FAILED,
                             .cluster = "k3s",
                             .policy = "kasten-io/daily",
                             .kind = ACTION_BACKUP,
                             .app = app,
                             .run = "run-a",
                             .cause = cause};
}

static void incidents_are_put_replaced_and_closed(void **state)
{
    struct ledger *ledger = ledger_of(state);
    struct incident incident = sample_incident("blog", "");
    char app[] = "blog";
    incident.app = app;
    const char *key = incident_key(ledger->arena, &incident);
    ledger_put_incident(ledger, &incident);
    app[0] = 'x'; // the ledger has a copy
    assert_string_equal(ledger_incident(ledger, key)->app, "blog");
    incident = sample_incident("blog", "");
    incident.runs = 7;
    ledger_put_incident(ledger, &incident);
    assert_int_equal(ledger_incident(ledger, key)->runs, 7);
    assert_true(ledger_close_incident(ledger, key));
    assert_false(ledger_close_incident(ledger, key));
    assert_null(ledger_incident(ledger, key));
}

static void pendings_are_found_and_removed_by_message_id(void **state)
{
    struct ledger *ledger = ledger_of(state);
    static const char *const ids[] = {"<1@x>", "<2@x>", "<3@x>"};
    for (size_t i = 0; i < 3; i++) {
        struct pending pending = {.message_id = ids[i], .date = (int64_t)i};
        ledger_add_pending(ledger, &pending);
    }
    assert_true(ledger_remove_pending(ledger, "<2@x>"));
    assert_false(ledger_remove_pending(ledger, "<2@x>"));
    assert_int_equal(ledger->pending_count, 2);
    assert_int_equal(ledger_find_pending(ledger, "<1@x>")->date, 0);
    assert_int_equal(ledger_find_pending(ledger, "<3@x>")->date, 2);
    assert_null(ledger_find_pending(ledger, "<4@x>"));
}

static void silences_are_set_prolonged_and_lifted(void **state)
{
    struct ledger *ledger = ledger_of(state);
    assert_int_equal(ledger_silenced_until(ledger, "cluster:k3s"), TIMESTAMP_NONE);
    ledger_silence(ledger, "cluster:k3s", 100);
    ledger_silence(ledger, "cluster:k3s", 200);
    assert_int_equal(ledger_silenced_until(ledger, "cluster:k3s"), 200);
    ledger_silence(ledger, "cluster:k3s", TIMESTAMP_NONE);
    assert_int_equal(ledger_silenced_until(ledger, "cluster:k3s"), TIMESTAMP_NONE);
}

static void pruning_keeps_what_may_be_needed(void **state)
{
    struct ledger *ledger = ledger_of(state);
    struct incident incident = sample_incident("blog", "used");
    (void)ledger_add(ledger, "older", 99);
    (void)ledger_add(ledger, "just", 100);
    ledger_silence(ledger, "cluster:over", 1000);
    ledger_silence(ledger, "cluster:on", 1001);
    ledger_put_incident(ledger, &incident);
    ledger_put_cause(ledger, "used", "AccessDenied");
    ledger_put_cause(ledger, "unused", "NotFound");
    ledger_put_cause(ledger, "", "nothing");
    ledger_put_cause(ledger, "empty", "");
    ledger_prune(ledger, 100, 1000);
    assert_null(ledger_find(ledger, "older"));
    assert_non_null(ledger_find(ledger, "just"));
    assert_int_equal(ledger_silenced_until(ledger, "cluster:over"), TIMESTAMP_NONE);
    assert_int_equal(ledger_silenced_until(ledger, "cluster:on"), 1001);
    assert_string_equal(ledger_cause(ledger, "used"), "AccessDenied");
    assert_null(ledger_cause(ledger, "unused"));
    assert_null(ledger_cause(ledger, ""));
    assert_null(ledger_cause(ledger, "empty"));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(entries_are_added_updated_and_dropped),
        TEST(children_are_tokens_once),
        TEST(watermarks_are_by_cluster_and_kind),
        TEST(a_watermark_ends_the_beginning),
        TEST(incidents_are_put_replaced_and_closed),
        TEST(pendings_are_found_and_removed_by_message_id),
        TEST(silences_are_set_prolonged_and_lifted),
        TEST(pruning_keeps_what_may_be_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
