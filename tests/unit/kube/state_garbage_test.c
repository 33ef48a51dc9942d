// SPDX-License-Identifier: MIT
// What others may have put into the state object: nothing of it crashes, is trusted, or costs
// `sent`.
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
#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "kube/state_format.h"

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
#define INCIDENTS(array) \
    STATE("\"incidents\":{\"failed\":{\"k3s\":{\"p\":{\"backup\":{\"app\":" array "}}}}}")
#define MAIL(members)                                                                             \
    STATE("\"pending\":[{\"message_id\":\"<a@b>\",\"date\":\"2026-04-02T10:00:00Z\"," members "}" \
          "]")
#define SENT "{\"k3s:run-a:2026-04-02\":\"2026-04-02T10:00:00Z\"}"

static const struct {
    const char *sent;
    const char *state;
    const char *reason; // part of it
} garbage[] = {
    {"not json", NULL, "data.sent is not JSON"},
    {"\"text\"", NULL, "data.sent is neither"},
    {"17", NULL, "data.sent is neither"},
    {"{\"a\":1}", NULL, "data.sent: an entry has no RFC 3339 time"},
    {"[1]", NULL, "data.sent: an element is no alert id"},
    {"{\"a\":\"yesterday\"}", NULL, "data.sent: an entry"},
    {SENT, "{\"no\":\"version\"}", "data.state has no version"},
    {SENT, "{\"version\":\"x\"}", "data.state has no version"},
    {SENT, "{\"version\":0}", "data.state has no version"},
    {SENT, "[]", "data.state has no version"},
    {SENT, "[truncated", "data.state is not JSON"},
    {SENT, STATE("\"watermarks\":[]"), "watermarks is no object"},
    {SENT, STATE("\"watermarks\":{\"k3s/backup\":17}"), "a watermark is not"},
    {SENT, STATE("\"watermarks\":{\"backup\":\"2026-04-02T10:00:00Z\"}"), "a watermark is not"},
    {SENT, STATE("\"watermarks\":{\"k3s/naps\":\"2026-04-02T10:00:00Z\"}"), "a watermark is not"},
    {SENT, STATE("\"silenced\":\"all\""), "silenced is no object"},
    {SENT, STATE("\"over\":[]"), "over is no object"},
    {SENT, STATE("\"over\":{\"k3s:a:2026-04-02\":1}"), "a member of over"},
    {SENT, STATE("\"beginnings\":{\"k3s\":\"2026-04-02T10:00:00Z\"}"), "a watermark"},
    {SENT, STATE("\"silenced\":{\"cluster:a\":\"soon\"}"), "a member of silenced"},
    {SENT, STATE("\"silenced\":{\"a\\nb\":\"2026-04-02T10:00:00Z\"}"), "a member of silenced"},
    {SENT, STATE("\"refused\":{\"a@b\\r\\nBcc: c@d\":\"550\"}"), "a member of refused"},
    {SENT, STATE("\"refused\":{\"a@b\":550}"), "a member of refused"},
    {SENT, STATE("\"causes\":{}"), "causes is no array"},
    {SENT, STATE("\"causes\":[\"AAAAAAAAAAA\"]"), "a member of causes"},
    {SENT, STATE("\"causes\":[[\"AAAAAAAAAAAA\",\"x\"]]"), "a member of causes"},
    {SENT, STATE("\"told\":[]"), "told is no object"},
    {SENT, STATE("\"policies\":[]"), "policies is no object"},
    {SENT, STATE("\"policies\":{\"k3s\":[]}"), "a cluster of policies"},
    {SENT, STATE("\"policies\":{\"k3s\":{\"a/b\":7}}"), "a member of policies"},
    {SENT, STATE("\"policies\":{\"k3s\":{\"a/b\":[\"AAAA\"]}}"), "a member of policies"},
    {SENT, STATE("\"policies\":{\"k3s\":{\"a/b\":[\"AAAAAAAAAAA\",1e40]}}"),
     "a member of policies"},
    {SENT, STATE("\"policies\":{\"k3s\":{\"a/b\":[\"AAAAAAAAAAA\",1,2]}}"), "a member of policies"},
    {SENT, STATE("\"told\":{\"kasten-io\":[]}"), "a namespace of told"},
    {SENT, STATE("\"told\":{\"\":{\"LpYlH8PVrqj\":{}}}"), "a record of told"},
    {SENT, STATE("\"told\":{\"\":{\"LpYlH8PVrqj\":[\"AAAA\"]}}"), "a record of told"},
    {SENT, STATE("\"told\":{\"\":{\"LpYlH8PVrqj\":[\"QAAAAAAAAAA\"]}}"), "a record of told"},
    {SENT, STATE("\"told\":{\"\":{\"LpYlH8PVrqj\":[\"AAAAAAAAAAA\",1]}}"), "a record of told"},
    {SENT, STATE("\"told\":{\"\":{\"LpYlH8PVrqj\":[\"\",\"\",9e99]}}"), "a record of told"},
    {SENT, STATE("\"incidents\":[]"), "a level of incidents"},
    {SENT, STATE("\"incidents\":{\"bored\":{}}"), "a class that is not known"},
    {SENT, STATE("\"incidents\":{\"failed\":{\"\":{}}}"), "a cluster without a name"},
    {SENT, STATE("\"incidents\":{\"failed\":{\"a\":{\"p\":{\"nap\":{}}}}}"),
     "a kind that is not known"},
    {SENT, STATE("\"incidents\":{\"failed\":{\"a\":{\"p\":{\"backup\":3}}}}"), "a level of"},
    {SENT, INCIDENTS("{}"), "values of an incident"},
    {SENT, INCIDENTS("[1]"), "values of an incident"},
    {SENT, INCIDENTS("[\"r\",\"yesterday\"]"), "values of an incident"},
    {SENT, INCIDENTS("[\"r\",9223372036854775807]"), "values of an incident"},
    {SENT, INCIDENTS("[\"r\",253402300799,1]"), "values of an incident"},
    {SENT, INCIDENTS("[\"r\",1,0,0,0,4]"), "values of an incident"},
    {SENT, INCIDENTS("[\"r\",1,0,0,0,-1]"), "values of an incident"},
    {SENT, INCIDENTS("[\"r\",1,0,0,0,\"x\"]"), "values of an incident"},
    {SENT, INCIDENTS("[\"r\",1,0,0,0,\"\",-1]"), "values of an incident"},
    {SENT, INCIDENTS("[\"r\",1,0,0,0,\"\",1,5000000000]"), "values of an incident"},
    {SENT, INCIDENTS("[\"r\",1,0,0,0,\"\",1,0,256]"), "values of an incident"},
    {SENT, INCIDENTS("[\"r\",1,0,0,0,\"\",1,0,0,0,\"\",[\"a\\nb\"]]"), "values of an incident"},
    {SENT, STATE("\"pending\":{}"), "pending is no array"},
    {SENT, STATE("\"pending\":[7]"), "a mail of pending"},
    {SENT,
     STATE("\"pending\":[{\"message_id\":\"<a@b>\\r\\nBcc: x@y\",\"to\":[\"a@b\"],"
           "\"date\":\"2026-04-02T10:00:00Z\"}]"),
     "a mail of pending"},
    {SENT, STATE("\"pending\":[{\"message_id\":\"<a@b>\",\"to\":[\"a@b\"],\"date\":17}]"),
     "a mail of pending"},
    {SENT, MAIL("\"to\":[]"), "no recipient"},
    {SENT, MAIL("\"to\":[\"a@b\\r\\nRCPT TO:<c@d>\"]"), "a recipient of pending"},
    {SENT, MAIL("\"to\":[\"a@b\"],\"ids\":[\"a\\nb\"]"), "an element of pending.ids"},
    {SENT, MAIL("\"to\":[\"a@b\"],\"accepted\":\"yes\""), "pending.accepted"},
};

static void garbage_is_set_aside_once_and_replaced(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct ledger ledger;
        struct state_health health;
        struct state_report report;
        ledger_init(&ledger, arena);
        AUTO_PTR(json) document = document_with(garbage[i].sent, garbage[i].state);
        state_format_decode(document, &ledger, &health);
        if (!health.unreadable || health.newer ||
            strstr(health.reason, garbage[i].reason) == NULL) {
            fail_msg("case %zu: \"%s\"", i, health.reason);
        }
        bool sent_is_whole = strcmp(garbage[i].sent, SENT) == 0;
        if (sent_is_whole != (ledger_find(&ledger, "k3s:run-a:2026-04-02") != NULL)) {
            fail_msg("case %zu: sent was lost", i);
        }
        state_format_encode(document, &ledger, &report);
        assert_non_null(strstr(data_text(document, "unreadable"), garbage[i].sent));
        if (garbage[i].state != NULL) {
            assert_non_null(strstr(data_text(document, "unreadable"), garbage[i].state));
        }
        struct ledger again;
        ledger_init(&again, arena);
        state_format_decode(document, &again, &health);
        if (health.unreadable) {
            fail_msg("case %zu: still unreadable after it was replaced: %s", i, health.reason);
        }
    }
}

// An odd record may tell again, it must not keep silent.
static void an_odd_record_tells_of_no_children(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    ledger_init(&ledger, arena);
    AUTO_PTR(json) document = document_with(SENT, STATE("\"told\":{\"\":{\"LpYlH8PVrqj\":7}}"));
    state_format_decode(document, &ledger, &health);
    assert_int_equal(ledger_find(&ledger, "k3s:run-a:2026-04-02")->told_until, TIMESTAMP_NONE);
}

static void texts_become_one_clean_line(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    ledger_init(&ledger, arena);
    AUTO_PTR(json)
    document = document_with(
        "{}", STATE("\"causes\":[[\"AAAAAAAAAAB\",\" a\\r\\nb\\u202e \"]],"
                    "\"refused\":{\"a@b\":\"550\\tno\\u0007\"},"
                    "\"incidents\":{\"failed\":{\"k\\n3s\":{\"p\\u0000\":{\"backup\":{\"a\\tb\":"
                    "[\"run\\n1\",5]}}}}}"));
    state_format_decode(document, &ledger, &health);
    assert_false(health.unreadable);
    assert_string_equal(ledger_cause(&ledger, "0000000000000001"), "a b\xEF\xBF\xBD");
    assert_string_equal((const char *)map_get(&ledger.refusals, "a@b"), "550 no\xEF\xBF\xBD");
    const struct incident *incident = ledger_incident(&ledger, "k 3s/p\xEF\xBF\xBD/backup/a b");
    assert_non_null(incident);
    assert_string_equal(incident->run, "run 1");
    assert_int_equal(incident->last, 5);
    assert_int_equal(incident->told, TIMESTAMP_NONE);
    assert_int_equal(incident->runs, 1);
    assert_true(incident->policy_seen);
}

// Counts from outside have bounds.
static void what_is_too_much_is_left_out(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    AUTO(buf) text;
    buf_init(&text, 1024 * 1024);
    buf_add_text(&text, "{\"version\":1,\"pending\":[");
    for (int i = 0; i < PENDING_MAX + 3; i++) {
        buf_add_format(&text,
                       "%s{\"message_id\":\"<%d@b>\",\"date\":\"2026-04-02T10:00:00Z\","
                       "\"to\":[\"a@b\"",
                       i > 0 ? "," : "", i);
        for (int k = 0; k < 120; k++) {
            buf_add_format(&text, ",\"%d@b\"", k);
        }
        buf_add_text(&text, "]}");
    }
    buf_add_text(&text, "],\"incidents\":{\"failed\":{\"k3s\":{\"\":{\"backup\":{\"app\":"
                        "[\"r\",1,0,0,0,\"\",1,0,0,0,\"\",[\"first\"");
    for (int i = 0; i < INCIDENT_HELD_MAX; i++) {
        buf_add_format(&text, ",\"id-%d\"", i);
    }
    buf_add_text(&text, "]]}}}}}}");
    ledger_init(&ledger, arena);
    AUTO_PTR(json) document = document_with("{}", text.data);
    state_format_decode(document, &ledger, &health);
    assert_true(health.unreadable);
    assert_int_equal(ledger.pending_count, PENDING_MAX);
    assert_int_equal(ledger.pendings[0].recipient_count, 100);
    const struct incident *incident = ledger_incident(&ledger, "k3s/-/backup/app");
    assert_int_equal(incident->held_count, INCIDENT_HELD_MAX);
    assert_false(incident_holds(incident, "first"));
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

static void garbage_kept_is_bounded(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct state_report report;
    size_t size = 500 * 1024;
    char *text = arena_alloc(arena, size + 1);
    memset(text, 'x', size);
    AUTO_PTR(json) document = document_with(text, text);
    rewrite(arena, document, &report);
    assert_true(strlen(data_text(document, "unreadable")) < 40 * 1024);
    assert_true(strlen(data_text(document, "unreadable")) > 30 * 1024);
    // The first garbage is the one that is kept.
    json_set_text(json_ensure_object(document, "data"), "sent", "more");
    rewrite(arena, document, &report);
    assert_null(strstr(data_text(document, "unreadable"), "more"));
}

static void depth_is_no_trouble(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    AUTO(buf) text;
    buf_init(&text, 1024 * 1024);
    buf_add_text(&text, "{\"version\":1,\"told\":");
    for (int i = 0; i < 100000; i++) {
        buf_add_text(&text, "{\"\":");
    }
    buf_add_text(&text, "1");
    for (int i = 0; i < 100001; i++) {
        buf_add_char(&text, '}');
    }
    ledger_init(&ledger, arena);
    AUTO_PTR(json) document = document_with(SENT, text.data);
    state_format_decode(document, &ledger, &health);
    assert_non_null(ledger_find(&ledger, "k3s:run-a:2026-04-02"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(garbage_is_set_aside_once_and_replaced),
        cmocka_unit_test(an_odd_record_tells_of_no_children),
        cmocka_unit_test(texts_become_one_clean_line),
        cmocka_unit_test(what_is_too_much_is_left_out),
        cmocka_unit_test(an_entry_without_a_time_tells_of_no_children),
        cmocka_unit_test(garbage_kept_is_bounded),
        cmocka_unit_test(depth_is_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
