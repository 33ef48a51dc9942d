// SPDX-License-Identifier: MIT
// Lists of the cluster that are forbidden: they are read namespace by namespace.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "collect_world.h"

#define NAMED(name) "{\"metadata\":{\"name\":\"" name "\"}}"

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
    const struct sight *sight = look_at(fixture, ACTION_BACKUP);
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
    assert_int_equal(times_asked(fixture, PROJECTS), 0);
    assert_int_equal(times_asked(fixture, ACTIONS "/namespaces/..%2Fx/backupactions"), 0);
    assert_null(strstr(fixture->asked, ".."));
}

static void namespaces_are_asked_for_once_and_only_when_needed(void **state)
{
    struct fixture *fixture = *state;
    (void)look_at(fixture, ACTION_BACKUP);
    assert_int_equal(times_asked(fixture, "/api/v1/namespaces"), 0);
    forbid(fixture);
    answer(fixture, ACTIONS "/importactions", 403, FORBIDDEN);
    assert_true(look_at(fixture, ACTION_IMPORT)->partial);
    assert_int_equal(times_asked(fixture, ACTIONS "/namespaces/shop/importactions"), 1);
    assert_int_equal(times_asked(fixture, "/api/v1/namespaces"), 1);
}

static void without_namespaces_there_are_projects_and_k10s_own(void **state)
{
    struct fixture *fixture = *state;
    forbid(fixture);
    answer(fixture, "/api/v1/namespaces", 403, FORBIDDEN);
    answer_items(fixture, PROJECTS, NAMED("shop"));
    answer(fixture, IN("kasten-io"), 403, FORBIDDEN);
    assert_string_equal(look_at(fixture, ACTION_BACKUP)->reason,
                        "lists of the whole cluster are forbidden (403); read in shop; not seen: "
                        "all other namespaces");
    answer(fixture, PROJECTS, 404, "404 page not found");
    answer_items(fixture, IN("kasten-io"), failed(fixture, "shop", 10));
    assert_string_equal(look_at(fixture, ACTION_BACKUP)->reason,
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
    const struct sight *sight = look_at(fixture, ACTION_BACKUP);
    assert_int_equal(sight->state, SIGHT_UNREAD);
    assert_false(sight->partial);
    assert_string_equal(sight->reason, "403 Forbidden: \"is forbidden\"");
    assert_int_equal(look_at(fixture, ACTION_IMPORT)->state, SIGHT_LIMITED);
}

// What is missing then is not known: nothing may be concluded, no watermark may move.
static void a_namespace_that_breaks_leaves_the_kind_unread(void **state)
{
    struct fixture *fixture = *state;
    forbid(fixture);
    answer_items(fixture, IN("kasten-io"), failed(fixture, "kept", 10));
    answer(fixture, IN("shop"), 503, "");
    const struct sight *sight = look_at(fixture, ACTION_BACKUP);
    assert_int_equal(sight->state, SIGHT_UNREAD);
    assert_int_equal(sight->class, ERROR_UNAVAILABLE);
    assert_string_equal(sight->reason, "namespace shop: 503 Service Unavailable");
    assert_int_equal(fixture->result.action_count, 1); // what was read is told
    answer(fixture, "/api/v1/namespaces", 503, "");
    sight = look_at(fixture, ACTION_BACKUP);
    assert_int_equal(sight->state, SIGHT_UNREAD);
    assert_string_equal(sight->reason, "which namespaces there are: 503 Service Unavailable");
}

static void kinds_of_the_cluster_have_no_namespaces(void **state)
{
    struct fixture *fixture = *state;
    answer(fixture, ACTIONS "/backupclusteractions", 403, FORBIDDEN);
    assert_int_equal(look_at(fixture, ACTION_BACKUP_CLUSTER)->state, SIGHT_LIMITED);
    assert_int_equal(times_asked(fixture, "/api/v1/namespaces"), 0);
}

static void nothing_refused_and_many_refused_are_worded(void **state)
{
    struct fixture *fixture = *state;
    forbid(fixture);
    const char *reason = look_at(fixture, ACTION_BACKUP)->reason;
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
    reason = look_at(fixture, ACTION_BACKUP)->reason;
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
    const struct sight *sight = look_at(fixture, ACTION_BACKUP);
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
    const struct sight *sight = look_at(fixture, ACTION_BACKUP);
    assert_int_equal(sight->state, SIGHT_UNREAD);
    assert_int_equal(sight->older_failures, 2);
}

// Rights can go while a list is read: its first page does not count beside the namespaces.
static void a_list_that_is_forbidden_on_the_way_counts_once(void **state)
{
    struct fixture *fixture = *state;
    forbid(fixture);
    answer(fixture, ACTIONS "/backupactions", 200,
           arena_format(fixture->arena,
                        "{\"kind\":\"AnyList\",\"metadata\":{\"continue\":\"t\"},\"items\":[%s]}",
                        failed(fixture, "old", 600)));
    answer(fixture, ACTIONS "/backupactions?continue", 403, FORBIDDEN);
    answer_items(fixture, IN("shop"), failed(fixture, "old", 600));
    const struct sight *sight = look_at(fixture, ACTION_BACKUP);
    assert_true(sight->partial);
    assert_int_equal(sight->items, 1);
    assert_int_equal(sight->older_failures, 1);
}

static void what_is_stuck_counts_once_too(void **state)
{
    static const bool wanted[ALERT_CLASS_COUNT] = {[ALERT_STUCK] = true};
    static const char stuck[] = "{\"metadata\":{\"name\":\"b\"},\"status\":{\"state\":\"Running\","
                                "\"startTime\":\"2026-01-02T10:00:00Z\"}}";
    struct fixture *fixture = *state;
    fixture->input.alert_on = wanted;
    fixture->input.stuck_after_s = 86400;
    forbid(fixture);
    answer(fixture, ACTIONS "/backupactions", 200,
           arena_format(fixture->arena,
                        "{\"kind\":\"AnyList\",\"metadata\":{\"continue\":\"t\"},\"items\":[%s]}",
                        stuck));
    answer(fixture, ACTIONS "/backupactions?continue", 403, FORBIDDEN);
    answer_items(fixture, IN("shop"), stuck);
    assert_int_equal(look_at(fixture, ACTION_BACKUP)->older_stuck, 1);
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
    const struct sight *sight = look_at(fixture, OBJECT_PROFILE);
    assert_true(sight->partial);
    assert_int_equal(fixture->result.condition_count, 1);
    assert_int_equal(fixture->result.extent, SIGHT_ALL);
    assert_true(look_at(fixture, OBJECT_POLICY)->state == SIGHT_READ);
    assert_true(fixture->result.policies[0].read);
    answer(fixture, CONFIG "/policies", 403, FORBIDDEN);
    assert_true(look_at(fixture, OBJECT_POLICY)->partial);
    assert_false(fixture->result.policies[0].read); // absence there proves nothing
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up_imports, fixture_tear_down)

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
        TEST(a_list_that_is_forbidden_on_the_way_counts_once),
        TEST(what_is_stuck_counts_once_too),
        TEST(objects_are_read_in_k10s_namespace_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
