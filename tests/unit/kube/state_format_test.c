// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "kube/state_format.h"

static int64_t at(const char *text)
{
    int64_t instant = TIMESTAMP_NONE;
    assert_true(timestamp_parse(text, &instant));
    return instant;
}

static struct json *document_with(const char *sent, const char *state)
{
    struct json *document = state_format_new("kasten-alerter-sent");
    struct json *data = json_ensure_object(document, "data");
    if (sent != NULL) {
        json_set_text(data, "sent", sent);
    }
    if (state != NULL) {
        json_set_text(data, "state", state);
    }
    return document;
}

static const char *data_text(const struct json *document, const char *key)
{
    return json_text(json_path(document, "data", key, NULL));
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger written;
    bool crowded;
    ledger_init(&written, arena);
    struct ledger_entry *entry =
        ledger_add(&written, "k3s:run-a:2026-04-02", at("2026-04-02T10:00:00Z"));
    entry->run_namespace = "kasten-io";
    ledger_add_child(&written, entry, "0123456789abcdef");
    ledger_add(&written, "k3s:backup/shop/b:2026-04-02", at("2026-04-02T11:00:00Z"));
    ledger_tell_unread(&written, "rke2", at("2026-04-02T12:00:00Z"));
    AUTO_PTR(json) document = document_with(NULL, NULL);
    state_format_update(document, &written, &crowded);
    assert_false(crowded);
    assert_string_equal(data_text(document, "sent"),
                        "{\"k3s:run-a:2026-04-02\":\"2026-04-02T10:00:00Z\","
                        "\"k3s:backup/shop/b:2026-04-02\":\"2026-04-02T11:00:00Z\"}");

    struct ledger read;
    struct state_health health;
    ledger_init(&read, arena);
    state_format_decode(document, &read, &health);
    assert_false(health.unreadable);
    assert_true(read.existed);
    assert_false(read.changed);
    const struct ledger_entry *found = ledger_find(&read, "k3s:run-a:2026-04-02");
    assert_non_null(found);
    assert_int_equal(found->child_count, 1);
    assert_string_equal(found->run_namespace, "kasten-io");
    assert_int_equal(found->told_until, TIMESTAMP_NONE);
    assert_int_equal(ledger_unread_told(&read, "rke2"), at("2026-04-02T12:00:00Z"));
}

static void an_empty_ledger_writes_an_empty_object(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    bool crowded;
    ledger_init(&ledger, arena);
    AUTO_PTR(json) document = document_with(NULL, NULL);
    state_format_update(document, &ledger, &crowded);
    assert_string_equal(data_text(document, "sent"), "{}");
}

static void both_forms_of_the_original_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *sent;
        const char *until;
    } cases[] = {
        {"{\"k3s:run-a:2026-04-02\":\"2026-04-02T10:00:00Z\"}", "2026-04-02T10:00:00Z"},
        {"{\"k3s:run-a:2026-04-02\":\"2026-04-02T12:00:00.123456+02:00\"}", "2026-04-02T10:00:00Z"},
        {"[\"k3s:run-a:2026-04-02\"]", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct ledger ledger;
        struct state_health health;
        ledger_init(&ledger, arena);
        AUTO_PTR(json) document = document_with(cases[i].sent, NULL);
        state_format_decode(document, &ledger, &health);
        assert_false(health.unreadable);
        const struct ledger_entry *entry = ledger_find(&ledger, "k3s:run-a:2026-04-02");
        assert_non_null(entry);
        assert_int_equal(entry->told_until,
                         cases[i].until != NULL ? at(cases[i].until) : INT64_MAX);
    }
}

static void the_array_form_is_pruned_by_the_ids_date(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    ledger_init(&ledger, arena);
    AUTO_PTR(json)
    document = document_with("[\"k3s:run-a:2026-04-02\",\"k3s:run-b:2026-04-01\"]", NULL);
    state_format_decode(document, &ledger, &health);
    ledger_prune(&ledger, at("2026-04-02T00:00:00Z"));
    assert_non_null(ledger_find(&ledger, "k3s:run-a:2026-04-02"));
    assert_null(ledger_find(&ledger, "k3s:run-b:2026-04-01"));
}

static void garbage_is_set_aside_once_and_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *sent;
        const char *state;
    } cases[] = {
        {"not json", NULL},
        {"\"text\"", NULL},
        {"{\"a\":1}", NULL},
        {"[1]", NULL},
        {"{}", "{\"no\":\"version\"}"},
        {"{}", "{\"version\":\"x\"}"},
        {"{}", "[truncated"},
        {"{\"a\":\"yesterday\"}", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct ledger ledger;
        struct state_health health;
        bool crowded;
        ledger_init(&ledger, arena);
        AUTO_PTR(json) document = document_with(cases[i].sent, cases[i].state);
        state_format_decode(document, &ledger, &health);
        if (!health.unreadable || *health.reason == '\0' || !ledger.changed) {
            fail_msg("case %zu: not told as unreadable", i);
        }
        state_format_update(document, &ledger, &crowded);
        assert_non_null(strstr(data_text(document, "unreadable"), cases[i].sent));
        struct ledger again;
        ledger_init(&again, arena);
        state_format_decode(document, &again, &health);
        if (health.unreadable) {
            fail_msg("case %zu: still unreadable after it was replaced", i);
        }
    }
}

static void an_entry_without_a_time_tells_of_no_children(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    ledger_init(&ledger, arena);
    AUTO_PTR(json) document = document_with("{\"k3s:run-a:2026-04-02\":17}", NULL);
    state_format_decode(document, &ledger, &health);
    assert_true(health.unreadable);
    assert_int_equal(ledger_find(&ledger, "k3s:run-a:2026-04-02")->told_until, TIMESTAMP_NONE);
}

static void the_array_form_survives_a_rewrite(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct ledger again;
    struct state_health health;
    bool crowded;
    ledger_init(&ledger, arena);
    ledger_init(&again, arena);
    AUTO_PTR(json) document = document_with("[\"k3s:run-a:2026-04-02\"]", NULL);
    state_format_update(document, &ledger, &crowded);
    state_format_decode(document, &again, &health);
    assert_true(ledger_find(&again, "k3s:run-a:2026-04-02")->told_until >
                at("9999-01-01T00:00:00Z"));
}

static void garbage_kept_is_bounded(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    bool crowded;
    size_t size = 500 * 1024;
    char *garbage = arena_alloc(arena, size + 1);
    memset(garbage, 'x', size);
    ledger_init(&ledger, arena);
    AUTO_PTR(json) document = document_with(garbage, garbage);
    state_format_update(document, &ledger, &crowded);
    assert_true(strlen(data_text(document, "unreadable")) < 40 * 1024);
    assert_true(strlen(data_text(document, "unreadable")) > 30 * 1024);
}

static void a_newer_state_is_left_untouched(void **state)
{
    (void)state;
    static const char newer[] = "{\"version\":7,\"secret\":\"of the future\"}";
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    bool crowded;
    ledger_init(&ledger, arena);
    AUTO_PTR(json)
    document = document_with("{\"k3s:run-a:2026-04-02\":\"2026-04-02T10:00:00Z\"}", newer);
    state_format_decode(document, &ledger, &health);
    assert_true(health.newer);
    assert_false(health.unreadable);
    assert_non_null(ledger_find(&ledger, "k3s:run-a:2026-04-02"));
    ledger_add(&ledger, "k3s:run-b:2026-04-02", at("2026-04-02T11:00:00Z"));
    state_format_update(document, &ledger, &crowded);
    assert_string_equal(data_text(document, "state"), newer);
    assert_non_null(strstr(data_text(document, "sent"), "run-b"));
    assert_null(data_text(document, "unreadable"));
}

static void what_others_put_there_is_kept(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    bool crowded;
    ledger_init(&ledger, arena);
    AUTO_PTR(json)
    document = document_with("{\"theirs:run-x:2026-04-02\":\"2026-04-02T10:00:00Z\"}", NULL);
    json_set_text(json_ensure_object(document, "data"), "note", "mine");
    json_set_text(json_ensure_object(json_ensure_object(document, "metadata"), "annotations"),
                  "owner", "team-b");
    ledger_add(&ledger, "ours:run-y:2026-04-02", at("2026-04-02T11:00:00Z"));
    state_format_update(document, &ledger, &crowded);
    assert_string_equal(data_text(document, "note"), "mine");
    assert_string_equal(json_text(json_path(document, "metadata", "annotations", "owner", NULL)),
                        "team-b");
    assert_non_null(strstr(data_text(document, "sent"), "theirs:run-x"));
    assert_non_null(strstr(data_text(document, "sent"), "ours:run-y"));
}

static void pruned_entries_do_not_come_back(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    bool crowded;
    ledger_init(&ledger, arena);
    AUTO_PTR(json)
    document = document_with("{\"k3s:run-old:2026-03-01\":\"2026-03-01T10:00:00Z\"}",
                             "{\"version\":1,\"unread\":{\"rke2\":"
                             "\"2026-03-01T10:00:00Z\"},\"told\":{}}");
    state_format_decode(document, &ledger, &health);
    ledger_prune(&ledger, at("2026-03-25T00:00:00Z"));
    ledger_forget_unread(&ledger, "rke2");
    assert_true(ledger.changed);
    state_format_update(document, &ledger, &crowded);
    assert_string_equal(data_text(document, "sent"), "{}");
    assert_null(strstr(data_text(document, "state"), "rke2"));
}

static void five_thousand_failures_fit(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    bool crowded;
    ledger_init(&ledger, arena);
    for (int i = 0; i < 5000; i++) {
        char id[96];
        char token[LEDGER_TOKEN_BYTES];
        (void)snprintf(id, sizeof id, "production-cluster-%02d:run-%010d:2026-04-02", i % 40, i);
        ledger_token(id, token);
        struct ledger_entry *entry = ledger_add(&ledger, id, at("2026-04-02T10:00:00Z") + i);
        entry->run_namespace = "kasten-io";
        ledger_add_child(&ledger, entry, token);
    }
    AUTO_PTR(json) document = document_with(NULL, NULL);
    state_format_update(document, &ledger, &crowded);
    size_t total = strlen(data_text(document, "sent")) + strlen(data_text(document, "state"));
    assert_true(total <= 900 * 1024);
    assert_true(crowded);
    struct ledger read;
    struct state_health health;
    ledger_init(&read, arena);
    state_format_decode(document, &read, &health);
    for (size_t i = 0; i < ledger.sent.count; i++) {
        const struct ledger_entry *entry = ledger_find(&read, ledger.sent.entries[i].key);
        assert_non_null(entry);
        // Whole or empty, none may read as "told with every child": that would lose alerts.
        assert_int_equal(entry->told_until, TIMESTAMP_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(an_empty_ledger_writes_an_empty_object),
        cmocka_unit_test(both_forms_of_the_original_are_read),
        cmocka_unit_test(the_array_form_is_pruned_by_the_ids_date),
        cmocka_unit_test(garbage_is_set_aside_once_and_replaced),
        cmocka_unit_test(an_entry_without_a_time_tells_of_no_children),
        cmocka_unit_test(the_array_form_survives_a_rewrite),
        cmocka_unit_test(garbage_kept_is_bounded),
        cmocka_unit_test(a_newer_state_is_left_untouched),
        cmocka_unit_test(what_others_put_there_is_kept),
        cmocka_unit_test(pruned_entries_do_not_come_back),
        cmocka_unit_test(five_thousand_failures_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
