// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "codec/json.h"
#include "kube/state_store.h"
#include "state_api.h"

enum { BEGIN = 1795367403 };

static int set_up(void **state)
{
    static struct api api;
    api_finish(&api);
    api_init(&api);
    *state = &api;
    return 0;
}

static int tear_down(void **state)
{
    api_finish(*state);
    return 0;
}

static struct state_store *open_store(struct api *api)
{
    return state_configmap_create(&api->http, &api->cluster, "kasten-io", "a ConfigMap");
}

// Adds an id unless it is there.
struct addition {
    const char *id;
    int calls;
    bool existed; // at the last call
    bool found;
};

static bool add_id(void *context, struct ledger *ledger)
{
    struct addition *addition = context;
    addition->calls++;
    addition->existed = ledger->existed;
    addition->found = ledger_find(ledger, addition->id) != NULL;
    if (addition->found) {
        return false;
    }
    struct ledger_entry *entry = ledger_add(ledger, addition->id, BEGIN);
    ledger_add_child(ledger, entry, "00000000000000ff");
    return true;
}

struct outcome {
    struct addition addition;
    struct state_report report;
    struct error error;
    bool ok;
};

static struct outcome add(struct api *api, struct state_store *store, const char *id)
{
    struct outcome outcome = {.addition = {.id = id}};
    struct state_change change = {add_id, &outcome.addition};
    outcome.ok = store->update(store, api->arena, &change, &outcome.report, &outcome.error);
    return outcome;
}

static void load(struct api *api, struct state_store *store)
{
    struct ledger ledger;
    struct state_health health;
    struct error error;
    ledger_init(&ledger, api->arena);
    assert_true(store->load(store, &ledger, &health, &error));
    assert_int_equal(ledger.existed, api->object != NULL);
}

static void a_first_write_creates(void **state)
{
    struct api *api = *state;
    AUTO_PTR(state_store) store = open_store(api);
    load(api, store);
    struct outcome outcome = add(api, store, "k3s:run-a:2026-11-22");
    assert_true(outcome.ok);
    assert_false(outcome.addition.existed);
    assert_int_equal(api->reads, 1); // load's; there is nothing to read again
    assert_int_equal(api->writes, 1);
    assert_string_equal(
        json_text(json_path(api->object, "metadata", "labels", "app.kubernetes.io/name", NULL)),
        "kasten-alerter");
    assert_true(outcome.report.bytes > 0);
    assert_false(outcome.report.crowded);
}

static void writes_follow_each_other_without_reading(void **state)
{
    struct api *api = *state;
    AUTO_PTR(state_store) store = open_store(api);
    load(api, store);
    for (int i = 0; i < 4; i++) {
        char id[64];
        (void)snprintf(id, sizeof id, "k3s:run-%d:2026-11-22", i);
        assert_true(add(api, store, id).ok);
        assert_true(api_has_id(api, id));
    }
    assert_int_equal(api->reads, 1);
    assert_int_equal(api->writes, 4);
    assert_string_equal(api->last_put, "v3 uid-1"); // what the third write was answered with
}

static void nothing_to_write_is_success(void **state)
{
    struct api *api = *state;
    AUTO_PTR(state_store) store = open_store(api);
    load(api, store);
    assert_true(add(api, store, "k3s:run-a:2026-11-22").ok);
    struct outcome outcome = add(api, store, "k3s:run-a:2026-11-22");
    assert_true(outcome.ok);
    assert_true(outcome.addition.found);
    assert_int_equal(api->writes, 1);
    assert_true(outcome.report.bytes > 0);
}

// Sequences of trouble, each ended by a write that is done; nothing of anybody may be lost.
static void trouble_is_overcome(void **state)
{
    static const struct {
        enum api_event events[6];
        int calls;  // of the change
        int others; // ids of others that must have survived
    } cases[] = {
        {{API_OTHER_WRITES}, 2, 1},
        {{API_OTHER_WRITES, API_OTHER_WRITES}, 3, 2},
        {{API_OTHER_WRITES, API_OTHER_WRITES, API_OTHER_WRITES, API_OTHER_WRITES, API_OTHER_WRITES},
         6,
         5},
        {{API_DELETED}, 2, 0},
        {{API_DELETED, API_OTHER_WRITES}, 3, 1}, // the other one creates it first
        {{API_RECREATED}, 2, 1},
        {{API_OTHER_WRITES, API_DELETED}, 3, 0},
        {{API_LOST_ANSWER}, 2, 0},
        {{API_ERROR_BUT_DONE}, 2, 0},
        {{API_LOST_REQUEST}, 2, 0},
        {{API_SERVER_ERROR}, 2, 0},
        {{API_OTHER_WRITES, API_LOST_ANSWER}, 3, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)set_up(state);
        struct api *api = *state;
        AUTO_PTR(state_store) store = open_store(api);
        load(api, store);
        assert_true(add(api, store, "k3s:run-a:2026-11-22").ok);
        memcpy(api->events + api->writes, cases[i].events, sizeof cases[i].events);
        struct outcome outcome = add(api, store, "k3s:run-b:2026-11-22");
        if (!outcome.ok || outcome.addition.calls != cases[i].calls) {
            fail_msg("case %zu: %d calls: %s", i, outcome.addition.calls, outcome.error.text);
        }
        assert_true(api_has_id(api, "k3s:run-b:2026-11-22"));
        for (int k = 1; k <= cases[i].others; k++) {
            char id[64];
            (void)snprintf(id, sizeof id, "other:run-%d:2026-11-22", k);
            assert_true(api_has_id(api, id));
        }
        const char *note = json_text(json_path(api->object, "data", "note", NULL));
        assert_int_equal(note != NULL, cases[i].others > 0);
    }
}

static void a_conflict_every_time_ends(void **state)
{
    struct api *api = *state;
    AUTO_PTR(state_store) store = open_store(api);
    api_write_as_other(api);
    load(api, store);
    for (size_t i = 0; i < API_EVENTS_MAX; i++) {
        api->events[i] = API_OTHER_WRITES;
    }
    struct outcome outcome = add(api, store, "k3s:run-a:2026-11-22");
    assert_false(outcome.ok);
    assert_int_equal(outcome.error.class, ERROR_CONFLICT);
    assert_non_null(strstr(outcome.error.text, "given up after 6 tries"));
    assert_int_equal(outcome.addition.calls, 6);
    assert_false(api_has_id(api, "k3s:run-a:2026-11-22"));
    // The next update begins by reading.
    memset(api->events, 0, sizeof api->events);
    assert_true(add(api, store, "k3s:run-a:2026-11-22").ok);
    assert_true(api_has_id(api, "k3s:run-a:2026-11-22"));
}

static void what_cannot_be_mended_ends_at_once(void **state)
{
    struct api *api = *state;
    AUTO_PTR(state_store) store = open_store(api);
    api_write_as_other(api);
    load(api, store);
    api->events[0] = API_FORBIDDEN;
    struct outcome outcome = add(api, store, "k3s:run-a:2026-11-22");
    assert_false(outcome.ok);
    assert_int_equal(outcome.error.class, ERROR_FORBIDDEN);
    assert_int_equal(api->writes, 1);
}

static void a_missing_namespace_ends_at_once(void **state)
{
    struct api *api = *state;
    AUTO_PTR(state_store) store = open_store(api);
    api->no_namespace = true;
    load(api, store);
    struct outcome outcome = add(api, store, "k3s:run-a:2026-11-22");
    assert_false(outcome.ok);
    assert_int_equal(outcome.error.class, ERROR_NOT_FOUND);
    assert_int_equal(api->writes, 1);
}

static void after_a_failed_load_the_write_reads(void **state)
{
    struct api *api = *state;
    struct ledger ledger;
    struct state_health health;
    struct error error;
    AUTO_PTR(state_store) store = open_store(api);
    api_write_as_other(api);
    api->read_status = 403;
    ledger_init(&ledger, api->arena);
    assert_false(store->load(store, &ledger, &health, &error));
    assert_int_equal(error.class, ERROR_FORBIDDEN);
    assert_false(ledger.existed);
    // Without having read nothing is written: it would be somebody else's state that is lost.
    struct outcome outcome = add(api, store, "k3s:run-a:2026-11-22");
    assert_false(outcome.ok);
    assert_int_equal(api->writes, 0);
    api->read_status = 0;
    assert_true(add(api, store, "k3s:run-a:2026-11-22").ok);
    assert_true(api_has_id(api, "other:run-1:2026-11-22"));
}

static void an_answer_that_is_no_object_is_read_again(void **state)
{
    struct api *api = *state;
    AUTO_PTR(state_store) store = open_store(api);
    load(api, store);
    api->events[0] = API_MUTE;
    assert_true(add(api, store, "k3s:run-a:2026-11-22").ok);
    assert_true(add(api, store, "k3s:run-b:2026-11-22").ok);
    assert_int_equal(api->reads, 2);
    assert_true(api_has_id(api, "k3s:run-a:2026-11-22"));
    assert_true(api_has_id(api, "k3s:run-b:2026-11-22"));
}

// Without a version the write would overrun whatever others wrote.
static void an_object_without_a_version_is_not_written(void **state)
{
    struct api *api = *state;
    AUTO_PTR(state_store) store = open_store(api);
    api_write_as_other(api);
    json_set_text(json_ensure_object(api->object, "metadata"), "resourceVersion", "");
    load(api, store);
    struct outcome outcome = add(api, store, "k3s:run-a:2026-11-22");
    assert_false(outcome.ok);
    assert_int_equal(outcome.error.class, ERROR_PROTOCOL);
    assert_int_equal(api->writes, 0);
}

static void what_others_put_there_is_kept(void **state)
{
    struct api *api = *state;
    AUTO_PTR(state_store) store = open_store(api);
    struct json *object = json_new_object();
    struct json *metadata = json_ensure_object(object, "metadata");
    json_set_text(json_ensure_object(metadata, "labels"), "tier", "gold");
    json_set_text(json_ensure_object(metadata, "annotations"), "owner", "team-b");
    json_set_text(json_ensure_object(object, "data"), "theirs", "1");
    json_set(object, "immutable", json_new_bool(false));
    api_put(api, object);
    load(api, store);
    assert_true(add(api, store, "k3s:run-a:2026-11-22").ok);
    assert_int_equal(json_count(json_path(api->object, "metadata", "labels", NULL)), 1);
    assert_string_equal(json_text(json_path(api->object, "metadata", "annotations", "owner", NULL)),
                        "team-b");
    assert_string_equal(json_text(json_path(api->object, "data", "theirs", NULL)), "1");
    assert_non_null(json_get(api->object, "immutable"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_first_write_creates),
        TEST(writes_follow_each_other_without_reading),
        TEST(nothing_to_write_is_success),
        TEST(trouble_is_overcome),
        TEST(a_conflict_every_time_ends),
        TEST(what_cannot_be_mended_ends_at_once),
        TEST(a_missing_namespace_ends_at_once),
        TEST(after_a_failed_load_the_write_reads),
        TEST(an_answer_that_is_no_object_is_read_again),
        TEST(an_object_without_a_version_is_not_written),
        TEST(what_others_put_there_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
