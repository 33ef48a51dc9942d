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
#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "k10/action_decode.h"
#include "k10/action_glance.h"
#include "k10/field.h"

// Both readers on one element, held in exactly its bytes so that an over-read is seen.
struct readings {
    bool known; // the glance says something
    struct action glance;
    struct action decoded;
};

static struct readings read_both(struct arena *arena, enum action_kind kind, const char *text,
                                 size_t len)
{
    struct readings readings = {0};
    enum evaluate_verdict verdict;
    struct error error;
    struct evaluate_rules rules = {.window_start = INT64_MAX};
    struct action_source source = {.cluster = 2, .kind = kind, .rules = &rules, .scratch = arena};
    char *exact = malloc(len > 0 ? len : 1);
    memcpy(exact, text, len);
    readings.known = action_glance(arena, 2, kind, exact, len, &readings.glance);
    bool decoded = action_decode(arena, &source, exact, len, &readings.decoded, &verdict, &error);
    free(exact);
    if (!decoded && readings.known) {
        fail_msg("no action, but the glance knows it: %s", text);
    }
    return readings;
}

static void assert_same(const struct readings *readings, const char *text)
{
    const struct action *a = &readings->glance;
    const struct action *b = &readings->decoded;
    bool same = a->cluster == b->cluster && a->kind == b->kind && a->state == b->state &&
                a->clean == b->clean && a->started == b->started && a->ended == b->ended &&
                strcmp(a->name, b->name) == 0 && strcmp(a->app, b->app) == 0 &&
                strcmp(a->namespace_name, b->namespace_name) == 0 &&
                strcmp(a->policy, b->policy) == 0 &&
                strcmp(a->policy_namespace, b->policy_namespace) == 0 &&
                strcmp(a->run, b->run) == 0 && strcmp(a->run_namespace, b->run_namespace) == 0;
    if (!same) {
        fail_msg("the glance differs: %s", text);
    }
}

#define STATUS "\"status\":{\"state\":\"Complete\",\"endTime\":\"2026-04-02T10:00:00Z\""

static void a_complete_action_is_known(void **state)
{
    (void)state;
    static const char text[] =
        "{\"metadata\":{\"name\":\"b-1\",\"namespace\":\"shop\",\"annotations\":{\"a\":\"\\\"}{\"},"
        "\"labels\":{\"k10.kasten.io/appName\":\"shop\",\"k10.kasten.io/policyName\":\"daily\","
        "\"k10.kasten.io/policyNamespace\":\"k10\",\"k10.kasten.io/runActionName\":\"run-a\"}},"
        "\"spec\":{\"subject\":{\"name\":\"other\"}}," STATUS
        ",\"startTime\":\"2026-04-02T09:00:00+01:00\",\"exceptions\":[]}}";
    AUTO_PTR(arena) arena = arena_create();
    struct readings readings = read_both(arena, ACTION_BACKUP, text, strlen(text));
    int64_t ended = 0;
    assert_true(timestamp_parse("2026-04-02T10:00:00Z", &ended));
    assert_true(readings.known);
    assert_same(&readings, text);
    assert_true(readings.glance.clean);
    assert_int_equal(readings.glance.cluster, 2);
    assert_int_equal(readings.glance.ended, ended);
    assert_int_equal(readings.glance.started, ended - 7200);
    assert_string_equal(readings.glance.app, "shop");
    assert_string_equal(readings.glance.policy, "daily");
    assert_string_equal(readings.glance.policy_namespace, "k10");
    assert_string_equal(readings.glance.run, "run-a");
    assert_string_equal(readings.glance.uid, "");
}

// What is unusual is left to action_decode; what is known is the same in both.
static void odd_elements_are_unknown_or_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool known;
    } cases[] = {
        {"{" STATUS "}}", true},
        {"{ \"status\" : { \"state\" : \"Complete\" ,\n\t\"endTime\":\"2026-04-02T10:00:00Z\" } }",
         true},
        {"{" STATUS ",\"exceptions\":null}}", true},
        {"{" STATUS ",\"exceptions\":{ }}}", true},
        {"{" STATUS ",\"exceptions\":\"\"}}", true},
        {"{" STATUS ",\"exceptions\":\"x\"}}", true},
        {"{" STATUS ",\"exceptions\":[ {\"message\":\"]\"}]}}", true},
        {"{" STATUS ",\"exceptions\":[null]}}", true},
        {"{" STATUS ",\"exceptions\":7}}", false},
        {"{" STATUS ",\"exceptions\":[],\"exceptions\":[1]}}", false},
        {"{" STATUS ",\"excep\\u0074ions\":[1]}}", false},
        {"{" STATUS ",\"actionDetails\":{\"endTime\":\"2020-01-01T00:00:00Z\"}}}", true},
        {"{" STATUS ",\"endTime\":\"2020-01-01T00:00:00Z\"}}", false},
        {"{" STATUS "},\"status\":{}}", false},
        {"{" STATUS "},\"metadata\":null}", false},
        {"{" STATUS "},\"metadata\":{\"labels\":[]}}", false},
        {"{" STATUS "},\"metadata\":{\"labels\":{},\"labels\":{}}}", false},
        {"{" STATUS "},\"metadata\":{\"name\":7}}", false},
        {"{" STATUS "},\"metadata\":{\"name\":\"a b\"}}", false},
        {"{" STATUS "},\"metadata\":{\"name\":\"a\\u0062\"}}", false},
        {"{" STATUS "},\"metadata\":{\"name\":\"b\xC3\xBC\"}}", false},
        {"{" STATUS "},\"metadata\":{\"name\":\"\"}}", true},
        {"{" STATUS "},\"metadata\":{\"deep\":[[{\"a\":[\"\\\\\"]}]],\"name\":\"x\"}}", true},
        {"{" STATUS ",\"startTime\":null}}", false},
        {"{" STATUS ",\"startTime\":\"2027-01-01T00:00:00Z\"}}", false},
        {"{\"status\":{\"state\":\"Complete\",\"endTime\":null}}", false},
        {"{\"status\":{\"state\":\"Complete\",\"endTime\":\"0001-01-01T00:00:00Z\"}}", false},
        {"{\"status\":{\"state\":\"Complete\",\"endTime\":\"yesterday\"}}", false},
        {"{\"status\":{\"state\":\"Complete\"},\"x\":{\"endTime\":\"2026-04-02T10:00:00Z\"}}",
         false},
        {"{\"status\":{\"endTime\":\"2026-04-02T10:00:00Z\"}}", false},
        {"{\"status\":{\"state\":\"\\u0046ailed\",\"endTime\":\"2026-04-02T10:00:00Z\"}}", false},
        {"{\"status\":{\"state\":\"Failed\",\"endTime\":\"2026-04-02T10:00:00Z\"}}", true},
        {"{\"status\":{\"state\":\"Exploded\",\"endTime\":\"2026-04-02T10:00:00Z\"}}", true},
        {"{\"status\":{\"state\":\"Deleting\",\"endTime\":\"2026-04-02T10:00:00Z\"}}", true},
        {"{\"spec\":{\"policySpec\":{\"state\":\"Failed\"}}," STATUS "}}", true},
        {"{\"\\\"status\":{\"state\":\"Failed\"}," STATUS "}}", false},
        {"{}", false},
        {"{" STATUS "},}", false},
        {"{,\"a\":1," STATUS "}}", false},
        {"{" STATUS "}", false},
        {"{" STATUS, false},
        {"{\"status\":\"\\", false},
        {"", false},
        {"[]", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        size_t len = strlen(cases[i].text);
        struct readings readings = read_both(arena, ACTION_BACKUP, cases[i].text, len);
        if (readings.known != cases[i].known) {
            fail_msg("%s: %s", readings.known ? "known" : "unknown", cases[i].text);
        }
        if (readings.known) {
            assert_same(&readings, cases[i].text);
        }
    }
}

static void a_field_of_the_longest_size_is_known(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        AUTO_PTR(arena) arena = arena_create();
        char *name = arena_alloc(arena, FIELD_BYTES + 2);
        memset(name, 'a', FIELD_BYTES + more);
        char *text = arena_format(arena, "{\"metadata\":{\"name\":\"%s\"}," STATUS "}}", name);
        struct readings readings = read_both(arena, ACTION_BACKUP, text, strlen(text));
        assert_int_equal(readings.known, more == 0);
    }
}

static void no_prefix_is_an_action(void **state)
{
    (void)state;
    static const char text[] = "{\"metadata\":{\"name\":\"b\",\"labels\":{}}," STATUS
                               ",\"exceptions\":[{\"message\":\"\\\"\"}]}}";
    for (size_t len = 0; len < strlen(text); len++) {
        AUTO_PTR(arena) arena = arena_create();
        assert_false(read_both(arena, ACTION_BACKUP, text, len).known);
    }
}

// Random objects, as K10 would write them and as nobody would.
struct maker {
    uint64_t state;
    bool odd;
};

static uint64_t next(struct maker *maker, uint64_t below)
{
    maker->state = maker->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (maker->state >> 33) % below;
}

static const char *pick(struct maker *maker, const char *const *texts, size_t count)
{
    return texts[next(maker, count)];
}

static struct json *text_value(struct maker *maker)
{
    static const char *const usual[] = {"shop", "crm-2", "kasten-io", "daily", ""};
    static const char *const odd[] = {"a b", "\xC3\xBC", "x\"y", "tab\there", "end\\"};
    if (maker->odd && next(maker, 12) == 0) {
        uint64_t way = next(maker, 3);
        return way == 0 ? json_new_integer(7) : way == 1 ? json_new_array() : json_new_bool(true);
    }
    bool is_odd = maker->odd && next(maker, 12) == 0;
    return json_new_text(is_odd ? pick(maker, odd, 5) : pick(maker, usual, 5));
}

static void maybe(struct maker *maker, struct json *object, const char *key)
{
    if (next(maker, 3) != 0) {
        json_set(object, key, text_value(maker));
    }
}

static struct json *make_metadata(struct maker *maker)
{
    struct json *metadata = json_new_object();
    struct json *labels = json_new_object();
    maybe(maker, metadata, "name");
    maybe(maker, metadata, "namespace");
    maybe(maker, labels, "k10.kasten.io/appName");
    maybe(maker, labels, "k10.kasten.io/policyName");
    maybe(maker, labels, "k10.kasten.io/policyNamespace");
    maybe(maker, labels, "k10.kasten.io/runActionName");
    maybe(maker, labels, "k10.kasten.io/runActionNamespace");
    maybe(maker, labels, "endTime");
    if (next(maker, 4) == 0) {
        json_free(labels);
    } else {
        json_set(metadata, "labels", labels);
    }
    maybe(maker, metadata, "state");
    return metadata;
}

static struct json *make_status(struct maker *maker)
{
    static const char *const states[] = {"Complete", "Failed",  "Skipped",
                                         "Deleting", "Running", "Odd"};
    static const char *const times[] = {"2026-04-02T10:00:00Z", "2026-04-02T10:00:00.123+02:00",
                                        "2020-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "never"};
    struct json *status = json_new_object();
    json_set_text(status, "state", pick(maker, states, maker->odd ? 6 : 2));
    if (next(maker, 4) != 0) {
        json_set_text(status, "startTime", pick(maker, times, maker->odd ? 5 : 2));
    }
    if (!maker->odd || next(maker, 8) != 0) {
        json_set_text(status, "endTime", pick(maker, times, maker->odd ? 5 : 2));
    }
    if (next(maker, 2) == 0) {
        struct json *exceptions = json_new_array();
        if (next(maker, 2) == 0) {
            json_append(exceptions, make_metadata(maker));
        }
        json_set(status, "exceptions", exceptions);
    }
    return status;
}

static struct json *make_action(struct maker *maker)
{
    struct json *object = json_new_object();
    json_set(object, "metadata", make_metadata(maker));
    if (next(maker, 3) != 0) {
        struct json *spec = json_new_object();
        struct json *subject = json_new_object();
        maybe(maker, subject, "name");
        maybe(maker, subject, "namespace");
        json_set(spec, "subject", subject);
        json_set(object, "spec", spec);
    }
    json_set(object, "status", make_status(maker));
    return object;
}

// Escapes a letter of the text: equal JSON, other bytes.
static void escape_a_letter(struct maker *maker, struct buf *text)
{
    size_t at = next(maker, text->len);
    char c = text->data[at];
    AUTO(buf) changed;
    buf_init(&changed, text->max);
    if ((c >= 'a' && c <= 'z') && text->data[at - 1] != '\\') {
        buf_add(&changed, text->data, at);
        buf_add_format(&changed, "\\u%04x", (unsigned)c);
        buf_add(&changed, text->data + at + 1, text->len - at - 1);
        buf_reset(text);
        buf_add(text, changed.data, changed.len);
    }
}

// kind, oddness, style: how many of how many the glance knew.
static size_t count_known(bool odd, enum json_style style, size_t rounds)
{
    struct maker maker = {.state = UINT64_C(20260402) + (odd ? 1U : 0U) + (uint64_t)style,
                          .odd = odd};
    size_t known = 0;
    for (size_t i = 0; i < rounds; i++) {
        AUTO_PTR(arena) arena = arena_create();
        AUTO_PTR(json) object = make_action(&maker);
        AUTO(buf) text;
        buf_init(&text, 65536);
        json_write(object, style, &text);
        if (odd && next(&maker, 3) == 0) {
            escape_a_letter(&maker, &text);
        }
        enum action_kind kind = (enum action_kind)next(&maker, ACTION_KIND_COUNT);
        struct readings readings = read_both(arena, kind, text.data, text.len);
        if (readings.known) {
            known++;
            assert_same(&readings, text.data);
        }
    }
    return known;
}

static void the_glance_never_differs(void **state)
{
    (void)state;
    enum { ROUNDS = 20000 };
    // Usual ones are all known but those that end before they begin.
    assert_true(count_known(false, JSON_COMPACT, ROUNDS) > ROUNDS * 6 / 10);
    assert_true(count_known(false, JSON_PRETTY, ROUNDS) > ROUNDS * 6 / 10);
    size_t odd = count_known(true, JSON_COMPACT, ROUNDS);
    assert_true(odd > ROUNDS / 20 && odd < ROUNDS * 9 / 10);
    odd = count_known(true, JSON_PRETTY, ROUNDS);
    assert_true(odd > ROUNDS / 20 && odd < ROUNDS * 9 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_action_is_known),
        cmocka_unit_test(odd_elements_are_unknown_or_the_same),
        cmocka_unit_test(a_field_of_the_longest_size_is_known),
        cmocka_unit_test(no_prefix_is_an_action),
        cmocka_unit_test(the_glance_never_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
