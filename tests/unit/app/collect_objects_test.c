// SPDX-License-Identifier: MIT
// What a pass learns from policies, presets and profiles: which are invalid, why, and who uses
// them. On a scripted API server that answers at once.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/collect.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "core/ledger.h"
#include "net/http.h"

enum { NOW = 1775125200 }; // 2026-04-02T10:20:00Z

struct answer {
    const char *resource;
    int status;
    const char *body;
};

struct fixture {
    struct http http; // first: a request leads back here
    struct answer answers[3];
    struct arena *arena;
    struct cluster_settings settings;
    struct fleet_cluster cluster;
    struct fleet fleet;
    struct ledger ledger;
    int64_t window_start;
    struct collect_input input;
    struct collection result;
};

static int64_t fixed_clock(void)
{
    return NOW;
}

static void drop_line(struct log *log, enum log_level level, const char *message,
                      const struct log_field *fields)
{
    (void)log;
    (void)level;
    (void)message;
    (void)fields;
}

static void submit(struct http *http, const struct http_request *request)
{
    const struct fixture *fixture = (const struct fixture *)(const void *)http;
    struct http_response response = {
        .status = 200, .content_type = "application/json", .body = "", .date = NOW, .attempts = 1};
    const char *body = "{\"kind\":\"AnyList\",\"items\":[]}";
    for (size_t i = 0; i < 3; i++) {
        const char *resource = fixture->answers[i].resource;
        if (resource != NULL && strstr(request->url, resource) != NULL) {
            response.status = fixture->answers[i].status;
            body = fixture->answers[i].body;
        }
    }
    struct error error;
    if (response.status != 200 || request->handler->body == NULL) {
        response.body = body;
        response.body_len = strlen(body);
    } else if (!request->handler->body(request->context, body, strlen(body), &error)) {
        request->handler->done(request->context, &response, &error);
        return;
    }
    request->handler->done(request->context, &response, NULL);
}

static void run(struct http *http)
{
    (void)http;
}

static const enum action_kind kinds[] = {ACTION_BACKUP};

static int begin(void **state)
{
    static struct log silent = {drop_line, LOG_DEBUG};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    *fixture = (struct fixture){.http = {submit, run}, .arena = arena_create()};
    fixture->settings = (struct cluster_settings){
        .number = 1, .name = "one", .label = "One", .token = "t", .k10_namespace = "kasten-io"};
    fixture->cluster.settings = &fixture->settings;
    fixture->cluster.kube.base_url = "https://one.test";
    fixture->cluster.kube.timeout_ms = 1000;
    fixture->window_start = NOW - 7200;
    fixture->fleet = (struct fleet){.clusters = &fixture->cluster, .count = 1};
    ledger_init(&fixture->ledger, fixture->arena);
    fixture->input = (struct collect_input){.http = &fixture->http,
                                            .fleet = &fixture->fleet,
                                            .kinds = kinds,
                                            .kind_count = 1,
                                            .window_starts = &fixture->window_start,
                                            .objects = true,
                                            .ledger = &fixture->ledger,
                                            .clock = fixed_clock,
                                            .log = &silent};
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

enum place { POLICIES, PRESETS, PROFILES };

static void serve(struct fixture *fixture, enum place place, int status, const char *items)
{
    static const char *const resources[] = {"/policies", "/policypresets", "/profiles"};
    fixture->answers[place] = (struct answer){
        resources[place], status,
        arena_format(fixture->arena, "{\"kind\":\"AnyList\",\"items\":[%s]}", items)};
}

static const struct collection *look(struct fixture *fixture)
{
    collect(fixture->arena, &fixture->input, &fixture->result);
    return &fixture->result;
}

#define METADATA(name) "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"kasten-io\"}"
// The cause is below a wrapper that is true of every failure.
#define FAILED(text)                                                                               \
    ",\"status\":{\"validation\":\"Failed\",\"error\":{\"message\":\"Job failed to be executed\"," \
    "\"cause\":{\"message\":\"" text "\"}}}}"
#define VALID ",\"status\":{\"validation\":\"Success\"}}"
#define EXPORT_TO(profile)                                                    \
    ",\"spec\":{\"actions\":[{\"action\":\"backup\"},{\"action\":\"export\"," \
    "\"exportParameters\":{\"profile\":{\"name\":\"" profile "\",\"namespace\":\"kasten-io\"}}}]}"
#define WITH_PRESET ",\"spec\":{\"presetRef\":{\"name\":\"gold\",\"namespace\":\"kasten-io\"}}"

static void expect(const struct plan_condition *condition, enum action_kind kind, const char *name,
                   const char *note, const char *cause)
{
    assert_int_equal(condition->class, ALERT_INVALID);
    assert_int_equal(condition->kind, kind);
    assert_int_equal(condition->cluster, 0);
    assert_string_equal(condition->name, name);
    assert_string_equal(condition->namespace_name, "kasten-io");
    assert_string_equal(condition->note, note);
    assert_int_equal(condition->causes.count, 1);
    assert_string_equal(condition->causes.items[0].text, cause);
}

static void what_is_invalid_has_its_own_cause(void **state)
{
    struct fixture *fixture = *state;
    serve(fixture, POLICIES, 200,
          METADATA("daily") FAILED("profile s3 not found") "," METADATA("weekly") VALID);
    serve(fixture, PRESETS, 200, METADATA("gold") FAILED("retention is missing"));
    serve(fixture, PROFILES, 200, METADATA("s3") FAILED("AccessDenied"));
    const struct collection *result = look(fixture);
    assert_int_equal(result->condition_count, 3);
    expect(&result->conditions[0], OBJECT_POLICY, "daily", "K10 will not run it",
           "profile s3 not found");
    expect(&result->conditions[1], OBJECT_POLICY_PRESET, "gold", "no policy uses it",
           "retention is missing");
    expect(&result->conditions[2], OBJECT_PROFILE, "s3", "no policy uses it", "AccessDenied");
    assert_int_equal(result->items, 0); // of actions
    assert_int_equal(result->action_count, 0);
    assert_non_null(map_get(&result->policies[0].names, "kasten-io/daily"));
    assert_non_null(map_get(&result->policies[0].names, "policypreset kasten-io/gold"));
    assert_non_null(map_get(&result->policies[0].names, "profile kasten-io/s3"));
    assert_null(map_get(&result->policies[0].names, "kasten-io/s3"));
}

static void nothing_is_said_of_the_others(void **state)
{
    struct fixture *fixture = *state;
    serve(
        fixture, POLICIES, 200,
        METADATA("a") VALID "," METADATA("b") "}," METADATA(
            "c") ",\"status\":{\"validation\":"
                 "\"Pending\"}}," METADATA("d") ",\"status\":{\"validation\":\"Later\"}}," METADATA(
                     "e") ",\"status\":null}");
    assert_int_equal(look(fixture)->condition_count, 0);
    assert_int_equal(fixture->result.sights[1].items, 5);
    fixture->input.objects = false;
    assert_int_equal(look(fixture)->sight_count, 1);
    assert_null(fixture->result.policies);
}

// K10 does not run it anyway; that it could not is told all the same.
static void a_paused_policy_is_told(void **state)
{
    struct fixture *fixture = *state;
    serve(fixture, POLICIES, 200, METADATA("daily") ",\"spec\":{\"paused\":true}" FAILED("no"));
    assert_int_equal(look(fixture)->condition_count, 1);
    assert_string_equal(fixture->result.conditions[0].note,
                        "K10 will not run it; it is paused, too");
}

static void a_profile_names_who_uses_it(void **state)
{
    struct fixture *fixture = *state;
    serve(fixture, PROFILES, 200, METADATA("s3") FAILED("AccessDenied"));
    serve(fixture, PRESETS, 200,
          METADATA("gold") ",\"spec\":{\"export\":{\"profile\":{\"name\":\"s3\"}}}" VALID);
    serve(fixture, POLICIES, 200, METADATA("daily") EXPORT_TO("s3") VALID);
    assert_string_equal(look(fixture)->conditions[0].note, "used by policy daily");
    // Through a preset, and once however often it is named.
    serve(fixture, PRESETS, 200,
          METADATA("gold") ",\"spec\":{\"export\":{\"profile\":{\"name\":\"s3\","
                           "\"namespace\":\"kasten-io\"}},\"backup\":{\"profile\":{\"name\":\"s3\"}"
                           "}}" VALID);
    serve(fixture, POLICIES, 200,
          METADATA("daily") EXPORT_TO("s3") VALID "," METADATA("weekly") WITH_PRESET VALID
          "," METADATA("other") EXPORT_TO("nfs") VALID "," METADATA("none") VALID);
    assert_string_equal(look(fixture)->conditions[0].note, "used by policies daily and weekly");
    assert_int_equal(fixture->result.condition_count, 1);
    serve(fixture, POLICIES, 200,
          METADATA("a") EXPORT_TO("s3") VALID "," METADATA("b") EXPORT_TO("s3") VALID
          "," METADATA("c") EXPORT_TO("s3") VALID "," METADATA("d") EXPORT_TO("s3") VALID
          "," METADATA("e") EXPORT_TO("s3") VALID "," METADATA("f") EXPORT_TO("s3") VALID
          "," METADATA("g") EXPORT_TO("s3") VALID);
    assert_string_equal(look(fixture)->conditions[0].note,
                        "used by policies a, b, c, d, e and 2 more");
}

static void a_preset_names_who_uses_it(void **state)
{
    struct fixture *fixture = *state;
    serve(fixture, PRESETS, 200, METADATA("gold") FAILED("retention is missing"));
    serve(fixture, POLICIES, 200, METADATA("weekly") WITH_PRESET VALID "," METADATA("x") VALID);
    assert_string_equal(look(fixture)->conditions[0].note, "used by policy weekly");
}

static void what_is_not_known_is_not_said(void **state)
{
    struct fixture *fixture = *state;
    serve(fixture, PROFILES, 200, METADATA("s3") FAILED("AccessDenied"));
    serve(fixture, POLICIES, 403, "");
    assert_string_equal(look(fixture)->conditions[0].note,
                        "which policies use it is not known: not all of them could be read");
    serve(fixture, POLICIES, 200, METADATA("daily") EXPORT_TO("s3") VALID);
    serve(fixture, PRESETS, 503, "");
    assert_string_equal(look(fixture)->conditions[0].note,
                        "used by policy daily, perhaps by others too: not all of them could be "
                        "read");
    serve(fixture, PRESETS, 200, "");
    assert_string_equal(look(fixture)->conditions[0].note, "used by policy daily");
}

static void lists_that_are_not_read(void **state)
{
    static const struct {
        enum place place;
        int status;
        enum sight_state state;
        enum sight_extent extent;
    } cases[] = {
        {PRESETS, 403, SIGHT_LIMITED, SIGHT_ALL},  {PRESETS, 404, SIGHT_LIMITED, SIGHT_ALL},
        {PRESETS, 503, SIGHT_UNREAD, SIGHT_SOME},  {PROFILES, 403, SIGHT_LIMITED, SIGHT_ALL},
        {PROFILES, 404, SIGHT_LIMITED, SIGHT_ALL}, {PROFILES, 401, SIGHT_UNREAD, SIGHT_SOME},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        serve(fixture, PRESETS, 200, "");
        serve(fixture, PROFILES, 200, "");
        serve(fixture, cases[i].place, cases[i].status, "");
        const struct collection *result = look(fixture);
        assert_int_equal(result->sight_count, 4);
        assert_int_equal(result->sights[1 + cases[i].place].state, cases[i].state);
        assert_int_equal(result->extent, cases[i].extent);
    }
    serve(fixture, PROFILES, 200, METADATA("s3") FAILED("AccessDenied") ",{\"a\":}");
    const struct collection *result = look(fixture);
    assert_int_equal(result->sights[3].state, SIGHT_UNREAD);
    assert_int_equal(result->condition_count, 1); // what was read is true all the same
}

static void an_object_twice_in_a_list_is_one(void **state)
{
    struct fixture *fixture = *state;
    serve(fixture, POLICIES, 200,
          METADATA("daily") FAILED("first") "," METADATA("daily") FAILED("second"));
    assert_int_equal(look(fixture)->condition_count, 1);
    assert_string_equal(fixture->result.conditions[0].causes.items[0].text, "second");
}

// After each change K10 validates anew: until then the incident stays as it is.
static void pending_is_no_evidence_of_being_valid(void **state)
{
    struct fixture *fixture = *state;
    struct incident incident = {.class = ALERT_INVALID,
                                .cluster = "one",
                                .policy = "kasten-io/daily",
                                .kind = OBJECT_POLICY,
                                .app = "",
                                .run = "",
                                .cause = ""};
    ledger_put_incident(&fixture->ledger, &incident);
    static const char pending[] = ",\"status\":{\"validation\":\"Pending\"}}";
    serve(fixture, POLICIES, 200,
          arena_format(fixture->arena, "%s%s,%s%s", METADATA("daily"), pending, METADATA("weekly"),
                       pending));
    assert_int_equal(look(fixture)->condition_count, 1);
    expect(&fixture->result.conditions[0], OBJECT_POLICY, "daily", "K10 will not run it",
           "it was invalid, and K10 has not validated it again yet");
    serve(fixture, POLICIES, 200, METADATA("daily") VALID);
    assert_int_equal(look(fixture)->condition_count, 0);
}

static void a_pass_learns_only_so_much(void **state)
{
    enum { OBJECTS = 3000, BLOCK = 64 * 1024 };
    struct fixture *fixture = *state;
    AUTO_PTR(arena) arena = arena_create();
    AUTO(buf) all;
    buf_init(&all, (size_t)16 * 1024 * 1024);
    for (size_t i = 0; i < OBJECTS; i++) {
        buf_add_format(&all,
                       "%s{\"metadata\":{\"name\":\"p%zu\",\"namespace\":\"kasten-io\"},\"status\":"
                       "{\"validation\":\"Failed\",\"error\":{\"message\":\"disk full\"}}}",
                       i > 0 ? "," : "", i);
    }
    fixture->input.detail_bytes = (size_t)3 * BLOCK;
    fixture->input.most_bytes = (size_t)6 * BLOCK;
    serve(fixture, PROFILES, 200, all.data);
    collect(arena, &fixture->input, &fixture->result);
    const struct collection *result = &fixture->result;
    assert_true(result->conditions_beyond > 0 && result->condition_count > 0);
    assert_int_equal(result->condition_count + result->conditions_beyond, OBJECTS);
    assert_true(result->sights[3].overflowed);
    size_t full = 0;
    for (size_t i = 0; i < result->condition_count; i++) {
        full += strcmp(result->conditions[i].causes.items[0].text, "disk full") == 0 ? 1 : 0;
    }
    assert_true(full > 0 && full < result->condition_count);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_invalid_has_its_own_cause),
        TEST(nothing_is_said_of_the_others),
        TEST(a_paused_policy_is_told),
        TEST(a_profile_names_who_uses_it),
        TEST(a_preset_names_who_uses_it),
        TEST(what_is_not_known_is_not_said),
        TEST(lists_that_are_not_read),
        TEST(an_object_twice_in_a_list_is_one),
        TEST(pending_is_no_evidence_of_being_valid),
        TEST(a_pass_learns_only_so_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
