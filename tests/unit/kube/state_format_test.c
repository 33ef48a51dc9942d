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

static void the_layout_is_as_documented(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_report report;
    static const char *const held[] = {"k3s:run-c:2026-04-02"};
    static const char *const to[] = {"ops@example.org"};
    static const char *const ids[] = {"k3s:run-a:2026-04-02", "k3s:run-b:2026-04-02"};
    ledger_init(&ledger, arena);
    struct ledger_entry *entry =
        ledger_add(&ledger, "k3s:run-a:2026-04-02", at("2026-04-02T10:00:00Z"));
    entry->run_namespace = "kasten-io";
    entry->run_token = "00000000000000ff";
    ledger_add_child(&ledger, entry, "0000000000000001");
    ledger_add_child(&ledger, entry, "00000000000000ff");
    (void)ledger_add(&ledger, "k3s:run-d:2026-04-02", at("2026-04-02T11:00:00Z"));
    ledger_set_watermark(&ledger, "k3s", ACTION_BACKUP, at("2026-04-02T10:00:00Z"));
    ledger_silence(&ledger, "cluster:rke2", at("2026-04-02T18:00:00Z"));
    ledger_set_over(&ledger, "k3s:run-d:2026-04-02", at("2026-04-02T11:00:00Z"));
    map_set(&ledger.refusals, "x@example.org", (void *)(uintptr_t) "550 no such user");
    ledger_put_cause(&ledger, "0000000000000002", "disk full");
    ledger_put_incident(&ledger, &(struct incident){.class = ALERT_FAILED,
                                                    .cluster = "k3s",
                                                    .policy = "kasten-io/daily",
                                                    .kind = ACTION_BACKUP,
                                                    .app = "shop",
                                                    .run = "run-a",
                                                    .since = 1775124000,
                                                    .last = 1775124000,
                                                    .told = 1775124300,
                                                    .last_good = 1775037600,
                                                    .runs_without_end = TIMESTAMP_NONE,
                                                    .cause = "0000000000000002",
                                                    .runs = 1,
                                                    .policy_seen = true});
    ledger_put_incident(&ledger, &(struct incident){.class = ALERT_UNREACHABLE,
                                                    .cluster = "rke2",
                                                    .policy = "",
                                                    .kind = ACTION_BACKUP,
                                                    .app = "",
                                                    .run = "",
                                                    .since = 1775124000,
                                                    .last = 1775124060,
                                                    .told = TIMESTAMP_NONE,
                                                    .last_good = TIMESTAMP_NONE,
                                                    .runs_without_end = TIMESTAMP_NONE,
                                                    .cause = "0000000000000003",
                                                    .runs = 2,
                                                    .held = held,
                                                    .held_count = 1});
    ledger_add_pending(&ledger, &(struct pending){.message_id = "<a.b@example.org>",
                                                  .date = 1775124000,
                                                  .recipients = to,
                                                  .recipient_count = 1,
                                                  .ids = ids,
                                                  .id_count = 2,
                                                  .accepted = true});
    const struct overdue_memory memories[] = {
        {"kasten-io/daily", {.fingerprint = 255, .since = TIMESTAMP_NONE}},
        {"kasten-io/daily export", {.fingerprint = 256, .since = 1775124000, .exempt = true}},
    };
    ledger_set_watches(&ledger, "k3s", memories, 2);
    AUTO_PTR(json) document = document_with(NULL, NULL);
    state_format_encode(document, &ledger, &report);
    assert_string_equal(data_text(document, "sent"),
                        "{\"k3s:run-a:2026-04-02\":\"2026-04-02T10:00:00Z\","
                        "\"k3s:run-d:2026-04-02\":\"2026-04-02T11:00:00Z\"}");
    assert_string_equal(
        data_text(document, "state"),
        "{\"version\":1,\"pending\":[{\"message_id\":\"<a.b@example.org>\","
        "\"date\":\"2026-04-02T10:00:00Z\",\"to\":[\"ops@example.org\"],\"accepted\":true,"
        "\"ids\":[\"k3s:run-b:2026-04-02\"],\"sent\":\"LpYlH8PVrqj\"}],"
        "\"watermarks\":{\"k3s/backup\":\"2026-04-02T10:00:00Z\"},"
        "\"beginnings\":{},"
        "\"silenced\":{\"cluster:rke2\":\"2026-04-02T18:00:00Z\"},"
        "\"over\":{\"k3s:run-d:2026-04-02\":\"2026-04-02T11:00:00Z\"},"
        "\"refused\":{\"x@example.org\":\"550 no such user\"},"
        "\"causes\":[[\"AAAAAAAAAAC\",\"disk full\"]],"
        "\"incidents\":{\"failed\":{\"k3s\":{\"kasten-io/daily\":{\"backup\":{\"shop\":"
        "[\"run-a\",1775124000,0,300,86400,0]}}}},"
        "\"unreachable\":{\"rke2\":{\"\":{\"backup\":{\"\":"
        "[\"\",1775124000,60,\"\",\"\",\"AAAAAAAAAAD\",2,0,-1,0,\"\","
        "[\"k3s:run-c:2026-04-02\"]]}}}}},"
        "\"told\":{\"kasten-io\":{\"LpYlH8PVrqj\":[\"AAAAAAAAAABAAAAAAAAAD_\",1]},"
        "\"\":{\"PpSwxpkoDmm\":[]}},"
        "\"policies\":{\"k3s\":{\"kasten-io/daily\":[\"AAAAAAAAAD_\"],"
        "\"kasten-io/daily export\":[\"AAAAAAAAAEA\",1775124000,1]}}}");
    assert_int_equal(report.bytes,
                     strlen(data_text(document, "sent")) + strlen(data_text(document, "state")));
    assert_false(report.crowded);
}

static void an_empty_ledger_writes_an_empty_object(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_report report;
    ledger_init(&ledger, arena);
    AUTO_PTR(json) document = document_with(NULL, NULL);
    state_format_encode(document, &ledger, &report);
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
    ledger_prune(&ledger, at("2026-04-02T00:00:00Z"), at("2026-04-02T00:00:00Z"));
    assert_non_null(ledger_find(&ledger, "k3s:run-a:2026-04-02"));
    assert_null(ledger_find(&ledger, "k3s:run-b:2026-04-01"));
}

// What is written over a document without anything changed.
static void rewrite(struct arena *arena, struct json *document, struct state_report *ret_report)
{
    struct ledger ledger;
    struct state_health health;
    ledger_init(&ledger, arena);
    state_format_decode(document, &ledger, &health);
    state_format_encode(document, &ledger, ret_report);
}

#define STATE(members) "{\"version\":1," members "}"
#define MAIL(members)                                                                             \
    STATE("\"pending\":[{\"message_id\":\"<a@b>\",\"date\":\"2026-04-02T10:00:00Z\"," members "}" \
          "]")
#define SENT "{\"k3s:run-a:2026-04-02\":\"2026-04-02T10:00:00Z\"}"

static void a_mail_forgets_ids_that_are_no_longer_in_sent(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    ledger_init(&ledger, arena);
    AUTO_PTR(json)
    document = document_with(
        SENT, MAIL("\"to\":[\"a@b\"],\"ids\":[\"x\"],\"sent\":\"PpSwxpkoDmmLpYlH8PVrqj\""));
    state_format_decode(document, &ledger, &health);
    assert_false(health.unreadable);
    assert_int_equal(ledger.pendings[0].id_count, 2);
    assert_true(pending_names(&ledger.pendings[0], "x"));
    assert_true(pending_names(&ledger.pendings[0], "k3s:run-a:2026-04-02"));
}

static void the_originals_forms_survive_a_rewrite(void **state)
{
    (void)state;
    static const char *const forms[] = {"[\"k3s:run-a:2026-04-02\"]", SENT};
    for (size_t i = 0; i < 2; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct ledger first;
        struct ledger again;
        struct state_health health;
        struct state_report report;
        ledger_init(&first, arena);
        ledger_init(&again, arena);
        AUTO_PTR(json) document = document_with(forms[i], NULL);
        state_format_decode(document, &first, &health);
        assert_true(first.existed);
        assert_false(first.had_state);
        rewrite(arena, document, &report);
        state_format_decode(document, &again, &health);
        assert_true(again.had_state);
        assert_int_equal(ledger_find(&again, "k3s:run-a:2026-04-02")->told_until,
                         ledger_find(&first, "k3s:run-a:2026-04-02")->told_until);
    }
}

// A file may hold the members as objects: what they say is used all the same.
static void members_that_are_no_text_are_used(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    struct state_report report;
    struct json *read;
    struct error error;
    static const char text[] = "{\"data\":{\"sent\":" SENT "}}";
    ledger_init(&ledger, arena);
    assert_true(json_parse(text, strlen(text), &read, &error));
    AUTO_PTR(json) document = read;
    state_format_decode(document, &ledger, &health);
    assert_true(health.unreadable);
    assert_non_null(ledger_find(&ledger, "k3s:run-a:2026-04-02"));
    state_format_encode(document, &ledger, &report);
    assert_non_null(strstr(data_text(document, "unreadable"), SENT));
    assert_string_equal(data_text(document, "sent"), SENT);
}

static void a_newer_state_is_left_untouched(void **state)
{
    (void)state;
    static const char newer[] = "{\"version\":7,\"secret\":\"of the future\"}";
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    struct state_report report;
    ledger_init(&ledger, arena);
    AUTO_PTR(json) document = document_with(SENT, newer);
    state_format_decode(document, &ledger, &health);
    assert_true(health.newer);
    assert_false(health.unreadable);
    assert_non_null(strstr(health.reason, "version 7"));
    assert_true(ledger.had_state);
    assert_non_null(ledger_find(&ledger, "k3s:run-a:2026-04-02"));
    (void)ledger_add(&ledger, "k3s:run-b:2026-04-02", at("2026-04-02T10:00:00Z"));
    state_format_encode(document, &ledger, &report);
    assert_true(report.newer);
    assert_string_equal(data_text(document, "state"), newer);
    assert_non_null(strstr(data_text(document, "sent"), "run-b"));
    assert_null(data_text(document, "unreadable"));
    assert_int_equal(report.bytes, strlen(data_text(document, "sent")) + strlen(newer));
}

static void what_others_put_there_is_kept(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    struct state_report report;
    AUTO_PTR(json) document = document_with(SENT, NULL);
    json_set_text(json_ensure_object(document, "data"), "note", "mine");
    struct json *metadata = json_ensure_object(document, "metadata");
    json_set_text(json_ensure_object(metadata, "annotations"), "owner", "team-b");
    json_set_text(json_ensure_object(metadata, "labels"), "tier", "gold");
    ledger_init(&ledger, arena);
    state_format_decode(document, &ledger, &health);
    (void)ledger_add(&ledger, "ours:run-y:2026-04-02", at("2026-04-02T11:00:00Z"));
    (void)ledger_drop(&ledger, "k3s:run-a:2026-04-02");
    state_format_encode(document, &ledger, &report);
    assert_string_equal(data_text(document, "note"), "mine");
    assert_string_equal(json_text(json_path(document, "metadata", "annotations", "owner", NULL)),
                        "team-b");
    assert_string_equal(json_text(json_path(document, "metadata", "labels", "tier", NULL)), "gold");
    assert_string_equal(data_text(document, "sent"),
                        "{\"ours:run-y:2026-04-02\":\"2026-04-02T11:00:00Z\"}");
}

static void no_labels_are_given_to_an_object_of_others(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct state_report report;
    AUTO_PTR(json) document = json_new_object();
    rewrite(arena, document, &report);
    assert_null(json_get(document, "metadata"));
    assert_string_equal(data_text(document, "sent"), "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layout_is_as_documented),
        cmocka_unit_test(an_empty_ledger_writes_an_empty_object),
        cmocka_unit_test(both_forms_of_the_original_are_read),
        cmocka_unit_test(the_array_form_is_pruned_by_the_ids_date),
        cmocka_unit_test(a_mail_forgets_ids_that_are_no_longer_in_sent),
        cmocka_unit_test(the_originals_forms_survive_a_rewrite),
        cmocka_unit_test(members_that_are_no_text_are_used),
        cmocka_unit_test(a_newer_state_is_left_untouched),
        cmocka_unit_test(what_others_put_there_is_kept),
        cmocka_unit_test(no_labels_are_given_to_an_object_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
