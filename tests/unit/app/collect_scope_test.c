// SPDX-License-Identifier: MIT
// Lists that are forbidden or not found: namespaces one by one, and what the server says it has.
// On a scripted API server that answers at once.
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
#include "base/log.h"
#include "base/timestamp.h"
#include "net/http.h"

enum { ANSWERS = 20, NOW = 1775125200 }; // 2026-04-02T10:20:00Z

#define ACTIONS "/apis/actions.kio.kasten.io/v1alpha1"
#define CONFIG "/apis/config.kio.kasten.io/v1alpha1"
#define PROJECTS "/apis/project.openshift.io/v1/projects"
#define IN(namespace) ACTIONS "/namespaces/" namespace "/backupactions"

struct answer {
    const char *path; // the whole of it; of the query only that it goes on: "?continue"
    int status;
    const char *body;
};

struct fixture {
    struct http http; // first: a request leads back here
    struct answer answers[ANSWERS];
    size_t answer_count;
    const char *asked; // paths, one blank behind each
    struct arena *arena;
    struct cluster_settings settings;
    struct fleet_cluster cluster;
    struct fleet fleet;
    int64_t window_starts[3];
    struct collect_input input;
    struct collection result;
};

static const enum action_kind kinds[] = {ACTION_BACKUP, ACTION_BACKUP_CLUSTER, ACTION_IMPORT};

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

static const struct answer *find_answer(const struct fixture *fixture, const char *path)
{
    static const struct answer empty_list = {"", 200, "{\"kind\":\"AnyList\",\"items\":[]}"};
    const struct answer *found = &empty_list;
    for (size_t i = 0; i < fixture->answer_count; i++) {
        if (strcmp(path, fixture->answers[i].path) == 0) {
            found = &fixture->answers[i]; // the latest counts
        }
    }
    return found;
}

static void submit(struct http *http, const struct http_request *request)
{
    struct fixture *fixture = (struct fixture *)(void *)http;
    const char *path = request->url + strlen("https://one.test");
    path = arena_format(fixture->arena, "%.*s%s", (int)strcspn(path, "?"), path,
                        strstr(path, "continue=") != NULL ? "?continue" : "");
    fixture->asked = arena_format(fixture->arena, "%s%s ", fixture->asked, path);
    const struct answer *answer = find_answer(fixture, path);
    struct http_response response = {
        .status = answer->status, .content_type = "", .body = "", .date = NOW, .attempts = 1};
    struct error error;
    if (answer->status != 200 || request->handler->body == NULL) {
        response.body = answer->body;
        response.body_len = strlen(answer->body);
    } else if (!request->handler->body(request->context, answer->body, strlen(answer->body),
                                       &error)) {
        request->handler->done(request->context, &response, &error);
        return;
    }
    request->handler->done(request->context, &response, NULL);
}

static void run(struct http *http)
{
    (void)http;
}

static void answer(struct fixture *fixture, const char *path, int status, const char *body)
{
    assert_true(fixture->answer_count < ANSWERS);
    fixture->answers[fixture->answer_count++] = (struct answer){path, status, body};
}

static void answer_items(struct fixture *fixture, const char *path, const char *items)
{
    answer(fixture, path, 200,
           arena_format(fixture->arena, "{\"kind\":\"AnyList\",\"items\":[%s]}", items));
}

static int begin(void **state)
{
    static struct log silent = {drop_line, LOG_DEBUG};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    *fixture = (struct fixture){.http = {submit, run}, .arena = arena_create(), .asked = ""};
    fixture->settings = (struct cluster_settings){
        .number = 1, .name = "one", .label = "One", .token = "t", .k10_namespace = "kasten-io"};
    fixture->cluster.settings = &fixture->settings;
    fixture->cluster.kube.base_url = "https://one.test";
    fixture->cluster.kube.timeout_ms = 1000;
    fixture->fleet = (struct fleet){.clusters = &fixture->cluster, .count = 1};
    for (size_t i = 0; i < 3; i++) {
        fixture->window_starts[i] = NOW - 7200;
    }
    fixture->input = (struct collect_input){.http = &fixture->http,
                                            .fleet = &fixture->fleet,
                                            .kinds = kinds,
                                            .kind_count = 3,
                                            .window_starts = fixture->window_starts,
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

// The sight of a kind after a pass.
static const struct sight *look(struct fixture *fixture, enum action_kind kind)
{
    fixture->asked = "";
    collect(fixture->arena, &fixture->input, &fixture->result);
    for (size_t i = 0; i < fixture->result.sight_count; i++) {
        if (fixture->result.sights[i].kind == kind) {
            return &fixture->result.sights[i];
        }
    }
    fail_msg("the kind was not watched");
    return NULL;
}

static bool was_asked(const struct fixture *fixture, const char *path)
{
    return strstr(fixture->asked, arena_format(fixture->arena, "%s ", path)) != NULL;
}

#define NAMED(name) "{\"metadata\":{\"name\":\"" name "\"}}"
#define FORBIDDEN "{\"kind\":\"Status\",\"message\":\"is forbidden\"}"

// A backup that failed so many minutes ago.
static const char *failed(struct fixture *fixture, const char *app, int64_t minutes)
{
    char ended[TIMESTAMP_TEXT_BYTES];
    timestamp_format(NOW - minutes * 60, ended);
    return arena_format(fixture->arena,
                        "{\"metadata\":{\"name\":\"b-%s\",\"namespace\":\"%s\"},\"status\":{"
                        "\"state\":\"Failed\",\"endTime\":\"%s\"}}",
                        app, app, ended);
}

// --- namespaces one by one

static void forbid(struct fixture *fixture)
{
    answer(fixture, ACTIONS "/backupactions", 403, FORBIDDEN);
    answer_items(fixture, "/api/v1/namespaces",
                 NAMED("shop") "," NAMED("kasten-io") "," NAMED("crm") "," NAMED("../x"));
}

static void a_forbidden_list_is_read_in_each_namespace(void **state)
{
    struct fixture *fixture = *state;
    forbid(fixture);
    answer_items(fixture, IN("shop"),
                 arena_format(fixture->arena, "%s,%s", failed(fixture, "shop", 10),
                              failed(fixture, "old", 600)));
    answer_items(fixture, IN("kasten-io"), failed(fixture, "older", 700));
    answer(fixture, IN("crm"), 403, FORBIDDEN);
    const struct sight *sight = look(fixture, ACTION_BACKUP);
    assert_int_equal(sight->state, SIGHT_READ);
    assert_true(sight->partial);
    assert_int_equal(sight->class, ERROR_FORBIDDEN);
    assert_string_equal(sight->reason,
                        "lists of the whole cluster are forbidden (403); read in kasten-io and "
                        "shop; not seen: crm");
    assert_non_null(strstr(sight->remedy, "backupactions.actions.kio.kasten.io"));
    assert_int_equal(sight->items, 3);
    assert_int_equal(sight->older_failures, 2);
    assert_int_equal(fixture->result.items, 3);
    assert_int_equal(fixture->result.action_count, 1);
    assert_string_equal(fixture->result.actions[0]->app, "shop");
    assert_true(sight_reaches(sight, "shop") && sight_reaches(sight, "kasten-io"));
    assert_false(sight_reaches(sight, "crm"));
    assert_int_equal(fixture->result.extent, SIGHT_ALL);
    assert_false(was_asked(fixture, PROJECTS));
    assert_false(was_asked(fixture, ACTIONS "/namespaces/..%2Fx/backupactions"));
    assert_null(strstr(fixture->asked, ".."));
}

static void namespaces_are_asked_for_once_and_only_when_needed(void **state)
{
    struct fixture *fixture = *state;
    (void)look(fixture, ACTION_BACKUP);
    assert_false(was_asked(fixture, "/api/v1/namespaces"));
    forbid(fixture);
    answer(fixture, ACTIONS "/importactions", 403, FORBIDDEN);
    assert_true(look(fixture, ACTION_IMPORT)->partial);
    assert_true(was_asked(fixture, ACTIONS "/namespaces/shop/importactions"));
    const char *first = strstr(fixture->asked, "/api/v1/namespaces");
    assert_null(strstr(first + 1, "/api/v1/namespaces"));
}

static void without_namespaces_there_are_projects_and_k10s_own(void **state)
{
    struct fixture *fixture = *state;
    forbid(fixture);
    answer(fixture, "/api/v1/namespaces", 403, FORBIDDEN);
    answer_items(fixture, PROJECTS, NAMED("shop"));
    answer(fixture, IN("kasten-io"), 403, FORBIDDEN);
    assert_string_equal(look(fixture, ACTION_BACKUP)->reason,
                        "lists of the whole cluster are forbidden (403); read in shop; not seen: "
                        "all other namespaces");
    answer(fixture, PROJECTS, 404, "404 page not found");
    answer_items(fixture, IN("kasten-io"), failed(fixture, "shop", 10));
    assert_string_equal(look(fixture, ACTION_BACKUP)->reason,
                        "lists of the whole cluster are forbidden (403); read in kasten-io; not "
                        "seen: all other namespaces");
    assert_int_equal(fixture->result.action_count, 1);
}

static void where_nothing_may_be_read_all_is_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    forbid(fixture);
    answer(fixture, IN("kasten-io"), 403, FORBIDDEN);
    answer(fixture, IN("shop"), 403, FORBIDDEN);
    answer(fixture, IN("crm"), 403, FORBIDDEN);
    answer(fixture, ACTIONS "/importactions", 403, FORBIDDEN);
    answer(fixture, "/api/v1/namespaces", 403, FORBIDDEN);
    answer(fixture, PROJECTS, 403, FORBIDDEN);
    answer(fixture, ACTIONS "/namespaces/kasten-io/importactions", 403, FORBIDDEN);
    const struct sight *sight = look(fixture, ACTION_BACKUP);
    assert_int_equal(sight->state, SIGHT_UNREAD);
    assert_false(sight->partial);
    assert_string_equal(sight->reason, "403 Forbidden: \"is forbidden\"");
    assert_int_equal(look(fixture, ACTION_IMPORT)->state, SIGHT_LIMITED);
}

// What is missing then is not known: nothing may be concluded, no watermark may move.
static void a_namespace_that_breaks_leaves_the_kind_unread(void **state)
{
    struct fixture *fixture = *state;
    forbid(fixture);
    answer_items(fixture, IN("kasten-io"), failed(fixture, "kept", 10));
    answer(fixture, IN("shop"), 503, "");
    const struct sight *sight = look(fixture, ACTION_BACKUP);
    assert_int_equal(sight->state, SIGHT_UNREAD);
    assert_int_equal(sight->class, ERROR_UNAVAILABLE);
    assert_string_equal(sight->reason, "namespace shop: 503 Service Unavailable");
    assert_int_equal(fixture->result.action_count, 1); // what was read is told
    answer(fixture, "/api/v1/namespaces", 503, "");
    sight = look(fixture, ACTION_BACKUP);
    assert_int_equal(sight->state, SIGHT_UNREAD);
    assert_string_equal(sight->reason, "which namespaces there are: 503 Service Unavailable");
}

static void kinds_of_the_cluster_have_no_namespaces(void **state)
{
    struct fixture *fixture = *state;
    answer(fixture, ACTIONS "/backupclusteractions", 403, FORBIDDEN);
    assert_int_equal(look(fixture, ACTION_BACKUP_CLUSTER)->state, SIGHT_LIMITED);
    assert_false(was_asked(fixture, "/api/v1/namespaces"));
}

static void nothing_refused_and_many_refused_are_worded(void **state)
{
    struct fixture *fixture = *state;
    forbid(fixture);
    const char *reason = look(fixture, ACTION_BACKUP)->reason;
    assert_non_null(strstr(reason, "read in kasten-io, shop and crm; not seen: namespaces that no "
                                   "longer exist"));
    answer_items(fixture, "/api/v1/namespaces",
                 NAMED("n1") "," NAMED("n2") "," NAMED("n3") "," NAMED("n4") "," NAMED(
                     "n5") "," NAMED("n6") "," NAMED("n7"));
    static const char *const refused[] = {IN("n1"), IN("n2"), IN("n3"), IN("n4"),
                                          IN("n5"), IN("n6"), IN("n7")};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        answer(fixture, refused[i], 403, FORBIDDEN);
    }
    reason = look(fixture, ACTION_BACKUP)->reason;
    assert_non_null(strstr(reason, "read in kasten-io; not seen: n1, n2, n3, n4, n5 and 2 more"));
}

static void so_many_namespaces_and_no_more(void **state)
{
    struct fixture *fixture = *state;
    forbid(fixture);
    const char *names = NAMED("first");
    for (int i = 0; i < COLLECT_NAMESPACES + 9; i++) {
        names = arena_format(fixture->arena, "%s," NAMED("n%d"), names, i);
    }
    answer_items(fixture, "/api/v1/namespaces", names);
    const struct sight *sight = look(fixture, ACTION_BACKUP);
    assert_int_equal(sight->namespace_count, COLLECT_NAMESPACES);
    assert_string_equal(sight->namespaces[0], "kasten-io");
    assert_string_equal(sight->namespaces[1], "first");
    assert_non_null(strstr(sight->reason, "and 251 more; not seen: 11 other namespaces (no more "
                                          "than 256 are looked into)"));
}

static void a_list_that_starts_over_counts_once(void **state)
{
    struct fixture *fixture = *state;
    forbid(fixture);
    answer_items(fixture, IN("kasten-io"), failed(fixture, "before", 600));
    answer(fixture, IN("shop"), 200,
           arena_format(fixture->arena,
                        "{\"kind\":\"AnyList\",\"metadata\":{\"continue\":\"t\"},\"items\":[%s]}",
                        failed(fixture, "old", 600)));
    answer(fixture, IN("shop") "?continue", 410, FORBIDDEN); // it starts over once
    const struct sight *sight = look(fixture, ACTION_BACKUP);
    assert_int_equal(sight->state, SIGHT_UNREAD);
    assert_int_equal(sight->older_failures, 2);
}

static void objects_are_read_in_k10s_namespace_too(void **state)
{
    struct fixture *fixture = *state;
    fixture->input.objects = true;
    answer(fixture, CONFIG "/profiles", 403, FORBIDDEN);
    answer(fixture, "/api/v1/namespaces", 403, FORBIDDEN);
    answer(fixture, PROJECTS, 404, "");
    answer_items(fixture, CONFIG "/namespaces/kasten-io/profiles",
                 "{\"metadata\":{\"name\":\"s3\",\"namespace\":\"kasten-io\"},\"status\":{"
                 "\"validation\":\"Failed\"}}");
    const struct sight *sight = look(fixture, OBJECT_PROFILE);
    assert_true(sight->partial);
    assert_int_equal(fixture->result.condition_count, 1);
    assert_int_equal(fixture->result.extent, SIGHT_ALL);
    assert_true(look(fixture, OBJECT_POLICY)->state == SIGHT_READ);
    assert_true(fixture->result.policies[0].read);
    answer(fixture, CONFIG "/policies", 403, FORBIDDEN);
    assert_true(look(fixture, OBJECT_POLICY)->partial);
    assert_false(fixture->result.policies[0].read); // absence there proves nothing
}

// --- what a server has

#define RESOURCES(names) \
    "{\"kind\":\"APIResourceList\",\"groupVersion\":\"x\",\"resources\":[" names "]}"
#define RESOURCE(name) "{\"name\":\"" name "\",\"verbs\":[\"list\"]}"

static void a_kind_that_k10_lacks_is_named_so(void **state)
{
    struct fixture *fixture = *state;
    answer(fixture, ACTIONS "/importactions", 404, "404 page not found");
    answer(fixture, ACTIONS, 200, RESOURCES(RESOURCE("backupactions") ",7,{}"));
    const struct sight *sight = look(fixture, ACTION_IMPORT);
    assert_int_equal(sight->state, SIGHT_LIMITED);
    assert_string_equal(sight->reason, "this K10 has no importactions");
    assert_string_equal(sight->remedy, "");
    assert_int_equal(fixture->result.extent, SIGHT_ALL);
}

static void a_healthy_cluster_is_not_asked_what_it_has(void **state)
{
    struct fixture *fixture = *state;
    (void)look(fixture, ACTION_BACKUP);
    assert_false(was_asked(fixture, ACTIONS));
    answer(fixture, ACTIONS "/importactions", 404, "");
    answer(fixture, ACTIONS "/backupclusteractions", 404, "");
    (void)look(fixture, ACTION_IMPORT);
    const char *first = strstr(fixture->asked, ACTIONS " ");
    assert_non_null(first);
    assert_null(strstr(first + 1, ACTIONS " ")); // once for both
}

static void a_group_that_is_not_there_is_no_k10(void **state)
{
    static const char *const lists[] = {ACTIONS "/backupactions",
                                        ACTIONS "/backupclusteractions",
                                        ACTIONS "/importactions",
                                        ACTIONS,
                                        CONFIG,
                                        CONFIG "/policies"};
    struct fixture *fixture = *state;
    fixture->input.objects = true;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        answer(fixture, lists[i], 404, "404 page not found");
    }
    const struct sight *sight = look(fixture, ACTION_BACKUP);
    assert_int_equal(sight->state, SIGHT_UNREAD);
    assert_string_equal(sight->reason, "K10 is not installed here, or its API is not registered: "
                                       "404 Not Found for " ACTIONS);
    assert_non_null(strstr(sight->remedy, "kubectl get apiservice v1alpha1.actions.kio.kasten.io"));
    assert_string_equal(look(fixture, ACTION_IMPORT)->reason, sight->reason);
    assert_non_null(strstr(look(fixture, OBJECT_POLICY)->remedy, "CustomResourceDefinitions"));
    assert_int_equal(fixture->result.extent, SIGHT_NONE);
}

static void a_k10_without_backups_cannot_be_watched(void **state)
{
    struct fixture *fixture = *state;
    answer(fixture, ACTIONS "/backupactions", 404, "");
    answer(fixture, ACTIONS, 200, RESOURCES(RESOURCE("importactions")));
    const struct sight *sight = look(fixture, ACTION_BACKUP);
    assert_int_equal(sight->state, SIGHT_UNREAD);
    assert_string_equal(sight->reason,
                        "the API group actions.kio.kasten.io is there, but it has no "
                        "backupactions: this K10 cannot be watched");
    assert_string_equal(sight->remedy, "see which kinds it has: kubectl get --raw " ACTIONS);
}

static void a_server_that_contradicts_itself_is_quoted(void **state)
{
    struct fixture *fixture = *state;
    answer(fixture, ACTIONS "/importactions", 404, "");
    answer(fixture, ACTIONS, 200, RESOURCES(RESOURCE("importactions")));
    const struct sight *sight = look(fixture, ACTION_IMPORT);
    assert_int_equal(sight->state, SIGHT_LIMITED);
    assert_string_equal(sight->reason, "the list answered 404 although the server's list of "
                                       "resources has importactions");
}

static void without_an_answer_the_words_stay(void **state)
{
    static const struct answer answers[] = {
        {ACTIONS, 403, FORBIDDEN},
        {ACTIONS, 503, ""},
        {ACTIONS, 200, "{\"kind\":\"Status\"}"},
        {ACTIONS, 200, "<html>"},
    };
    struct fixture *fixture = *state;
    answer(fixture, ACTIONS "/importactions", 404, "404 page not found");
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        answer(fixture, answers[i].path, answers[i].status, answers[i].body);
        const struct sight *sight = look(fixture, ACTION_IMPORT);
        assert_int_equal(sight->state, SIGHT_LIMITED);
        assert_string_equal(sight->reason, "404 Not Found: \"404 page not found\"");
        assert_non_null(strstr(sight->remedy, "K10 is not installed there"));
    }
}

// RBAC is asked before the kind: behind a 403 it may still be missing.
static void a_kind_may_be_missing_behind_a_403(void **state)
{
    struct fixture *fixture = *state;
    answer(fixture, ACTIONS "/importactions", 403, FORBIDDEN);
    answer(fixture, "/api/v1/namespaces", 403, FORBIDDEN);
    answer(fixture, PROJECTS, 404, "");
    answer(fixture, ACTIONS "/namespaces/kasten-io/importactions", 404, "");
    answer(fixture, ACTIONS, 200, RESOURCES(RESOURCE("backupactions")));
    assert_string_equal(look(fixture, ACTION_IMPORT)->reason, "this K10 has no importactions");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_forbidden_list_is_read_in_each_namespace),
        TEST(namespaces_are_asked_for_once_and_only_when_needed),
        TEST(without_namespaces_there_are_projects_and_k10s_own),
        TEST(where_nothing_may_be_read_all_is_as_it_was),
        TEST(a_namespace_that_breaks_leaves_the_kind_unread),
        TEST(kinds_of_the_cluster_have_no_namespaces),
        TEST(nothing_refused_and_many_refused_are_worded),
        TEST(so_many_namespaces_and_no_more),
        TEST(a_list_that_starts_over_counts_once),
        TEST(objects_are_read_in_k10s_namespace_too),
        TEST(a_kind_that_k10_lacks_is_named_so),
        TEST(a_healthy_cluster_is_not_asked_what_it_has),
        TEST(a_group_that_is_not_there_is_no_k10),
        TEST(a_k10_without_backups_cannot_be_watched),
        TEST(a_server_that_contradicts_itself_is_quoted),
        TEST(without_an_answer_the_words_stay),
        TEST(a_kind_may_be_missing_behind_a_403),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
