// SPDX-License-Identifier: MIT
// What a pass learns from lists: on scripted API servers that answer at once.
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
#include "base/log.h"
#include "base/timestamp.h"
#include "collect_world.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void each_kind_of_each_cluster_has_its_window(void **state)
{
    struct fixture *fixture = *state;
    const struct sample failed = {"b", "shop", "run-a", "Failed", 320, 300, NULL, NULL};
    fixture->fleet.count = 2;
    fixture->window_starts[4] = NOW - 6 * HOUR; // exports of the second cluster
    answer_items(fixture, "backupactions", item(fixture, &failed));
    answer_items(fixture, "exportactions", item(fixture, &failed));
    collect(fixture->arena, &fixture->input, &fixture->result);
    assert_int_equal(fixture->result.action_count, 1);
    assert_int_equal(fixture->result.actions[0]->cluster, 1);
    assert_int_equal(fixture->result.actions[0]->kind, ACTION_EXPORT);
    assert_int_equal(fixture->result.sight_count, 6);
    assert_int_equal(fixture->result.sights[0].older_failures, 1);
    assert_int_equal(fixture->result.sights[4].older_failures, 0);
    assert_int_equal(fixture->result.items, 4);
    assert_int_equal(fixture->result.extent, SIGHT_ALL);
    assert_null(fixture->result.policies);
}

static int64_t good(const struct fixture *fixture, const char *policy, const char *app)
{
    int64_t at =
        history_latest(&fixture->result.history, history_key(0, ACTION_BACKUP, policy, app));
    return at == TIMESTAMP_NONE ? -1 : (NOW - at) / 60;
}

static void clean_ends_make_the_history(void **state)
{
    struct fixture *fixture = *state;
    const struct sample samples[] = {
        {"a", "inside", "r", "Complete", 70, 60, NULL, NULL},
        {"b", "inside", "r", "Complete", 100, 90, NULL, ",\"exceptions\":[]"},
        {"c", "before", "r", "Complete", 400, 300, NULL, NULL},
        {"d", "odd", "r", "Complete", 400, 300, NULL, ",\"\\u0065xceptions\":null"},
        {"e", "excepted", "r", "Complete", 70, 60, NULL, ",\"exceptions\":[{\"message\":\"x\"}]"},
        {"f", "excepted", "r", "Complete", 400, 300, NULL, ",\"exceptions\":[{}]"},
        {"g", "leaving", "r", "Deleting", 70, 60, NULL, NULL},
        {"h", "leaving", "r", "Deleting", 400, 300, NULL, NULL},
        {"i", "running", "r", "Running", 70, -1, NULL, NULL},
        {"j", "endless", "r", "Complete", 70, -1, NULL, NULL},
    };
    answer_items(fixture, "backupactions", items(fixture, samples, COUNT(samples)));
    collect(fixture->arena, &fixture->input, &fixture->result);
    assert_int_equal(good(fixture, "kasten-io/daily", "inside"), 60);
    assert_int_equal(good(fixture, HISTORY_ANY_POLICY, "inside"), 60);
    assert_int_equal(good(fixture, "kasten-io/daily", "before"), 300);
    assert_int_equal(good(fixture, HISTORY_ANY_POLICY, "before"), -1);
    assert_int_equal(good(fixture, "kasten-io/daily", "odd"), 300);
    assert_int_equal(good(fixture, HISTORY_ANY_POLICY, "odd"), -1);
    assert_int_equal(good(fixture, "kasten-io/daily", "excepted"), -1);
    assert_int_equal(good(fixture, "kasten-io/daily", "leaving"), -1);
    assert_int_equal(good(fixture, "kasten-io/daily", "running"), -1);
    assert_int_equal(good(fixture, "kasten-io/daily", "endless"), -1);
    assert_int_equal(fixture->result.history.used, 4);
    assert_int_equal(fixture->result.action_count, 0);
}

static void open_incident(struct fixture *fixture, const char *cluster, const char *policy,
                          const char *app)
{
    ledger_put_incident(&fixture->ledger, &(struct incident){.class = ALERT_FAILED,
                                                             .cluster = cluster,
                                                             .policy = policy,
                                                             .kind = ACTION_BACKUP,
                                                             .app = app,
                                                             .run = "run-0",
                                                             .cause = ""});
}

static bool worked_for(const struct plan_run *run, const char *app)
{
    for (size_t i = 0; i < run->app_count; i++) {
        if (strcmp(run->apps[i], app) == 0) {
            return true;
        }
    }
    return false;
}

// Backups of three runs, the runs, and one of a policy nobody asks about.
static void script_runs(struct fixture *fixture)
{
    const struct sample backups[] = {
        {"b3", "shop", "run-2", "Complete", 170, 160, NULL, NULL}, // before the window
        {"b1", "crm", "run-1", "Complete", 119, 118, NULL, NULL},
        {"b2", "wiki", "run-1", "Skipped", 119, 118, NULL, NULL},
        {"b4", "crm", "run-2", "Running", 65, -1, NULL, NULL},
        {"b5", "shop", "run-9", "Complete", 50, 40, "weekly", NULL},
    };
    const struct sample runs[] = {
        {"run-2", "kasten-io", NULL, "Complete", 175, 60, NULL, NULL},
        {"run-1", "kasten-io", NULL, "Complete", 120, 110, NULL, NULL},
        {"run-3", "kasten-io", NULL, "Complete", 30, 20, NULL, NULL},          // all gone
        {"run-4", "kasten-io", NULL, "Complete", 130, 125, NULL, NULL},        // too old
        {"run-5", "kasten-io", NULL, "Failed", 50, 45, NULL, NULL},            // not Complete
        {"run-6", "kasten-io", NULL, "Complete", 60 * 24 * 9, 30, NULL, NULL}, // took too long
        {"run-7", "kasten-io", NULL, "Complete", 5, 0, NULL, NULL},            // as this began
        {"run-9", "kasten-io", NULL, "Complete", 50, 40, "weekly", NULL},
    };
    answer_items(fixture, "backupactions", items(fixture, backups, COUNT(backups)));
    answer_items(fixture, "runactions", items(fixture, runs, COUNT(runs)));
    open_incident(fixture, "one", "kasten-io/daily", "shop");
    open_incident(fixture, "elsewhere", "kasten-io/weekly", "shop");
}

static void open_incidents_ask_for_runs(void **state)
{
    struct fixture *fixture = *state;
    script_runs(fixture);
    collect(fixture->arena, &fixture->input, &fixture->result);
    assert_int_equal(fixture->result.run_count, 3);
    const struct plan_run *runs = fixture->result.runs; // earliest end first
    assert_int_equal((NOW - runs[0].ended) / 60, 110);
    assert_string_equal(runs[0].policy, "kasten-io/daily");
    assert_int_equal(runs[0].app_count, 1); // for others: one of them is enough
    assert_false(worked_for(&runs[0], "shop"));
    assert_int_equal((NOW - runs[1].ended) / 60, 60);
    assert_true(worked_for(&runs[1], "shop"));
    assert_true(worked_for(&runs[1], "crm"));
    assert_int_equal((NOW - runs[2].ended) / 60, 20);
    assert_int_equal(runs[2].app_count, 0);
}

static void nobody_asks_for_runs(void **state)
{
    struct fixture *fixture = *state;
    script_runs(fixture);
    fixture->input.ledger = NULL;
    collect(fixture->arena, &fixture->input, &fixture->result);
    assert_int_equal(fixture->result.run_count, 0);
}

static void runs_prove_nothing_when_a_kind_is_unread(void **state)
{
    static const struct {
        const char *url;
        int status;
        size_t runs;
    } cases[] = {{"backupactions", 503, 0},
                 {"runactions", 403, 0},
                 {"runactions", 401, 0},
                 {"exportactions", 401, 0},
                 {"exportactions", 404, 3},
                 {"policies", 401, 3},
                 // Read in namespaces, but not in all of them.
                 {"v1alpha1/backupactions", 403, 0},
                 {"v1alpha1/runactions", 403, 0},
                 {"v1alpha1/exportactions", 403, 3}};
    struct fixture *fixture = *state;
    script_runs(fixture);
    fixture->input.objects = true;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture before = *fixture;
        answer(fixture, cases[i].url, cases[i].status, "{}");
        assert_int_equal(look(fixture)->run_count, cases[i].runs);
        memcpy(fixture->answers, before.answers, sizeof before.answers);
        fixture->answer_count = before.answer_count;
    }
}

static void a_run_without_namespace_has_all_actions_of_its_name(void **state)
{
    struct fixture *fixture = *state;
    const struct sample backups[] = {{"b1", "shop", "run-1", "Complete", 90, 80, NULL, NULL}};
    const struct sample runs[] = {{"run-1", "", NULL, "Complete", 91, 70, NULL, NULL},
                                  {"run-1", "elsewhere", NULL, "Complete", 91, 71, NULL, NULL}};
    answer_items(fixture, "backupactions", items(fixture, backups, COUNT(backups)));
    answer_items(fixture, "runactions", items(fixture, runs, COUNT(runs)));
    open_incident(fixture, "one", "daily", "shop"); // K10 4 named no namespace
    collect(fixture->arena, &fixture->input, &fixture->result);
    assert_int_equal(fixture->result.run_count, 2);
    assert_int_equal(fixture->result.runs[0].app_count, 0);
    assert_true(worked_for(&fixture->result.runs[1], "shop"));
}

static void policies_are_read_beside_the_actions(void **state)
{
    struct fixture *fixture = *state;
    fixture->fleet.count = 2;
    fixture->input.objects = true;
    answer_items(fixture, "policies",
                 "{\"metadata\":{\"name\":\"daily\",\"namespace\":\"kasten-io\"}},"
                 "{\"metadata\":{\"name\":\"weekly\",\"namespace\":\"kasten-io\"}}");
    answer(fixture, "two.test/apis/config.kio.kasten.io/v1alpha1/policies", 403, "{}");
    answer(fixture, "/namespaces/kasten-io/policies", 403, "{}");
    collect(fixture->arena, &fixture->input, &fixture->result);
    const struct collection *result = &fixture->result;
    assert_int_equal(result->sight_count, 12);
    assert_int_equal(result->sights[3].kind, OBJECT_POLICY);
    assert_int_equal(result->sights[3].state, SIGHT_READ);
    assert_int_equal(result->sights[3].items, 2);
    assert_int_equal(result->sights[4].kind, OBJECT_POLICY_PRESET);
    assert_int_equal(result->sights[5].kind, OBJECT_PROFILE);
    assert_int_equal(result->sights[9].kind, OBJECT_POLICY);
    assert_int_equal(result->sights[9].cluster, 1);
    assert_int_equal(result->sights[9].state, SIGHT_LIMITED);
    assert_int_equal(result->items, 0); // of actions
    assert_true(result->policies[0].read);
    assert_non_null(map_get(&result->policies[0].names, "kasten-io/daily"));
    assert_non_null(map_get(&result->policies[0].names, "weekly"));
    assert_null(map_get(&result->policies[0].names, "kasten-io/monthly"));
    assert_false(result->policies[1].read);
    assert_int_equal(result->extent, SIGHT_ALL);
}

static void policies_alone_do_not_make_a_cluster_readable(void **state)
{
    struct fixture *fixture = *state;
    fixture->input.objects = true;
    answer(fixture, "actions.kio", 503, "{}");
    collect(fixture->arena, &fixture->input, &fixture->result);
    assert_int_equal(fixture->result.extent, SIGHT_NONE);
    assert_true(fixture->result.policies[0].read);
}

static void broken_policies_are_unread(void **state)
{
    struct fixture *fixture = *state;
    fixture->input.objects = true;
    answer_items(fixture, "policies", "{\"metadata\":{\"name\":\"daily\"}},{\"a\":}");
    collect(fixture->arena, &fixture->input, &fixture->result);
    assert_int_equal(fixture->result.sights[3].state, SIGHT_UNREAD);
    assert_false(fixture->result.policies[0].read);
    assert_int_equal(fixture->result.extent, SIGHT_SOME);
}

// A broken element is found even when nothing in it says Failed.
static void a_broken_element_breaks_the_list(void **state)
{
    struct fixture *fixture = *state;
    const struct sample failed = {"b", "shop", "run-a", "Failed", 20, 10, NULL, NULL};
    answer_items(fixture, "backupactions",
                 arena_format(fixture->arena, "%s,{\"a\":}", item(fixture, &failed)));
    collect(fixture->arena, &fixture->input, &fixture->result);
    assert_int_equal(fixture->result.action_count, 1);
    assert_int_equal(fixture->result.sights[0].state, SIGHT_UNREAD);
}

static const char *many_failures(struct fixture *fixture, size_t count)
{
    AUTO(buf) all;
    buf_init(&all, (size_t)64 * 1024 * 1024);
    for (size_t i = 0; i < count; i++) {
        struct sample failed = {
            arena_format(fixture->arena, "b-%zu", i), "shop", "run-a", "Failed", 20, 10, NULL,
            ",\"error\":{\"message\":\"disk full\"}"};
        buf_add_text(&all, i > 0 ? "," : "");
        buf_add_text(&all, item(fixture, &failed));
    }
    return arena_strdup(fixture->arena, all.data);
}

static void a_pass_learns_only_so_much(void **state)
{
    enum { FAILURES = 3000, BLOCK = 64 * 1024 };
    struct fixture *fixture = *state;
    AUTO_PTR(arena) arena = arena_create();
    const struct sample clean = {"e", "shop", "run-a", "Complete", 20, 10, NULL, NULL};
    const struct sample clean_run = {"run-a", "kasten-io", NULL, "Complete", 20, 10, NULL, NULL};
    static const enum action_kind runs_first[] = {ACTION_RUN, ACTION_BACKUP, ACTION_EXPORT};
    fixture->input.kinds = runs_first;
    fixture->input.detail_bytes = (size_t)3 * BLOCK;
    fixture->input.most_bytes = (size_t)6 * BLOCK;
    fixture->input.objects = true;
    open_incident(fixture, "one", "kasten-io/daily", "shop");
    answer_items(fixture, "backupactions", many_failures(fixture, FAILURES));
    answer_items(fixture, "exportactions", item(fixture, &clean));
    answer_items(fixture, "runactions", item(fixture, &clean_run));
    answer_items(fixture, "policies", "{\"metadata\":{\"name\":\"daily\"}}");
    collect(arena, &fixture->input, &fixture->result);
    const struct collection *result = &fixture->result;
    size_t full = 0;
    for (size_t i = 0; i < result->action_count; i++) {
        const struct action *action = result->actions[i];
        const char *text = action->without_detail
                               ? "details left out: too many failures in one pass"
                               : "disk full";
        assert_string_equal(action->causes.items[0].text, text);
        assert_string_equal(action->app, "shop");
        full += !action->without_detail;
    }
    assert_true(full > 0 && result->without_detail > 0 && result->beyond > 0);
    assert_int_equal(full + result->without_detail, result->action_count);
    assert_int_equal(result->action_count + result->beyond, FAILURES);
    assert_true(arena_used(arena) < (size_t)6 * BLOCK + 2 * BLOCK);
    // Read, but not whole: only those that had to leave something out.
    assert_int_equal(result->sights[1].state, SIGHT_READ);
    assert_true(result->sights[1].overflowed);
    assert_false(result->sights[0].overflowed || result->sights[2].overflowed);
    assert_false(result->policies[0].read);
    assert_int_equal(result->run_count, 0);    // its actions were not all noted
    assert_int_equal(result->history.used, 2); // the run; there was no room for the export
}

static void the_usual_bounds_are_far(void **state)
{
    enum { FAILURES = 3000 };
    struct fixture *fixture = *state;
    answer_items(fixture, "backupactions", many_failures(fixture, FAILURES));
    collect(fixture->arena, &fixture->input, &fixture->result);
    assert_int_equal(fixture->result.action_count, FAILURES);
    assert_int_equal(fixture->result.without_detail + fixture->result.beyond, 0);
    assert_true(sight_is_whole(&fixture->result.sights[0]));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_of_each_cluster_has_its_window),
        TEST(clean_ends_make_the_history),
        TEST(open_incidents_ask_for_runs),
        TEST(nobody_asks_for_runs),
        TEST(runs_prove_nothing_when_a_kind_is_unread),
        TEST(a_run_without_namespace_has_all_actions_of_its_name),
        TEST(policies_are_read_beside_the_actions),
        TEST(policies_alone_do_not_make_a_cluster_readable),
        TEST(broken_policies_are_unread),
        TEST(a_broken_element_breaks_the_list),
        TEST(a_pass_learns_only_so_much),
        TEST(the_usual_bounds_are_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
