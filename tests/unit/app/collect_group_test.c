// SPDX-License-Identifier: MIT
// Lists that are not found: what the server says it has.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collect_world.h"

#define RESOURCES(names) \
    "{\"kind\":\"APIResourceList\",\"groupVersion\":\"x\",\"resources\":[" names "]}"
#define RESOURCE(name) "{\"name\":\"" name "\",\"verbs\":[\"list\"]}"

static void a_kind_that_k10_lacks_is_named_so(void **state)
{
    struct fixture *fixture = *state;
    answer(fixture, ACTIONS "/importactions", 404, "404 page not found");
    answer(fixture, ACTIONS, 200, RESOURCES(RESOURCE("backupactions") ",7,{}"));
    const struct sight *sight = look_at(fixture, ACTION_IMPORT);
    assert_int_equal(sight->state, SIGHT_LIMITED);
    assert_string_equal(sight->reason, "this K10 has no importactions");
    assert_string_equal(sight->remedy, "");
    assert_int_equal(fixture->result.extent, SIGHT_ALL);
}

static void a_healthy_cluster_is_not_asked_what_it_has(void **state)
{
    struct fixture *fixture = *state;
    (void)look_at(fixture, ACTION_BACKUP);
    assert_int_equal(times_asked(fixture, ACTIONS), 0);
    answer(fixture, ACTIONS "/importactions", 404, "");
    answer(fixture, ACTIONS "/backupclusteractions", 404, "");
    (void)look_at(fixture, ACTION_IMPORT);
    assert_int_equal(times_asked(fixture, ACTIONS), 1); // once for both
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
    const struct sight *sight = look_at(fixture, ACTION_BACKUP);
    assert_int_equal(sight->state, SIGHT_UNREAD);
    assert_string_equal(sight->reason, "K10 is not installed here, or its API is not registered: "
                                       "404 Not Found for " ACTIONS);
    assert_non_null(strstr(sight->remedy, "kubectl get apiservice v1alpha1.actions.kio.kasten.io"));
    assert_string_equal(look_at(fixture, ACTION_IMPORT)->reason, sight->reason);
    assert_non_null(strstr(look_at(fixture, OBJECT_POLICY)->remedy, "CustomResourceDefinitions"));
    assert_int_equal(fixture->result.extent, SIGHT_NONE);
}

static void a_k10_without_backups_cannot_be_watched(void **state)
{
    struct fixture *fixture = *state;
    answer(fixture, ACTIONS "/backupactions", 404, "");
    answer(fixture, ACTIONS, 200, RESOURCES(RESOURCE("importactions")));
    const struct sight *sight = look_at(fixture, ACTION_BACKUP);
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
    const struct sight *sight = look_at(fixture, ACTION_IMPORT);
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
        answer(fixture, answers[i].url, answers[i].status, answers[i].body);
        const struct sight *sight = look_at(fixture, ACTION_IMPORT);
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
    assert_string_equal(look_at(fixture, ACTION_IMPORT)->reason, "this K10 has no importactions");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up_imports, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
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
