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
#include "core/evaluate.h"
#include "sample.h"

static void window_is_judged_by_the_end(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *created;
        const char *started;
        const char *ended;
        enum action_state state;
        enum evaluate_verdict verdict;
    } cases[] = {
        {"ended inside", NULL, "2026-04-02T01:00:00Z", "2026-04-02T10:00:01Z", ACTION_FAILED,
         EVALUATE_FOUND},
        {"ended on the border", NULL, NULL, "2026-04-02T10:00:00Z", ACTION_FAILED, EVALUATE_FOUND},
        {"ended before", NULL, NULL, "2026-04-02T09:59:59Z", ACTION_FAILED, EVALUATE_OLDER},
        {"no end: start decides", NULL, "2026-04-02T10:30:00Z", NULL, ACTION_FAILED,
         EVALUATE_FOUND},
        {"no end, old start", "2026-04-02T10:30:00Z", "2026-04-02T09:00:00Z", NULL, ACTION_FAILED,
         EVALUATE_OLDER},
        {"only created", "2026-04-02T10:30:00Z", NULL, NULL, ACTION_FAILED, EVALUATE_FOUND},
        {"no time at all", NULL, NULL, NULL, ACTION_FAILED, EVALUATE_FOUND},
        {"an end in the future", NULL, NULL, "2031-01-01T00:00:00Z", ACTION_FAILED, EVALUATE_FOUND},
        {"complete", NULL, NULL, "2026-04-02T10:30:00Z", ACTION_COMPLETE, EVALUATE_NOTHING},
        {"attempt failed", NULL, NULL, "2026-04-02T10:30:00Z", ACTION_ATTEMPT_FAILED,
         EVALUATE_NOTHING},
        {"unknown state", NULL, NULL, "2026-04-02T10:30:00Z", ACTION_UNKNOWN, EVALUATE_NOTHING},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct action action = {
            .state = cases[i].state,
            .created = cases[i].created != NULL ? at(cases[i].created) : TIMESTAMP_NONE,
            .started = cases[i].started != NULL ? at(cases[i].started) : TIMESTAMP_NONE,
            .ended = cases[i].ended != NULL ? at(cases[i].ended) : TIMESTAMP_NONE,
        };
        struct evaluate_rules rules = {.window_start = at("2026-04-02T10:00:00Z")};
        if (evaluate_action(&rules, &action) != cases[i].verdict) {
            fail_msg("%s: wrong verdict", cases[i].what);
        }
    }
}

static void each_class_is_found_when_it_is_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        enum action_state state;
        const char *started;
        const char *ended;
        bool clean;
        enum evaluate_verdict verdict;
        enum alert_class class;
    } cases[] = {
        {"clean", ACTION_COMPLETE, "02T09:00", "02T10:30", true, EVALUATE_NOTHING, 0},
        {"exceptions", ACTION_COMPLETE, "02T09:00", "02T10:30", false, EVALUATE_FOUND,
         ALERT_EXCEPTIONS},
        {"old exceptions", ACTION_COMPLETE, "02T08:00", "02T09:59", false, EVALUATE_OLDER,
         ALERT_EXCEPTIONS},
        {"cancelled", ACTION_CANCELLED, "02T09:00", "02T10:30", false, EVALUATE_FOUND,
         ALERT_CANCELLED},
        {"skipped", ACTION_SKIPPED, NULL, "02T10:30", false, EVALUATE_FOUND, ALERT_SKIPPED},
        {"at work", ACTION_RUNNING, "01T12:01", NULL, false, EVALUATE_NOTHING, 0},
        {"a day at work", ACTION_RUNNING, "01T12:00", NULL, false, EVALUATE_FOUND, ALERT_STUCK},
        {"waits", ACTION_PENDING, "01T10:00", NULL, false, EVALUATE_FOUND, ALERT_STUCK},
        {"retries", ACTION_ATTEMPT_FAILED, "01T10:00", NULL, false, EVALUATE_FOUND, ALERT_STUCK},
        {"without a time", ACTION_RUNNING, NULL, NULL, false, EVALUATE_NOTHING, 0},
        {"a week at work", ACTION_RUNNING, "26T10:01", NULL, false, EVALUATE_FOUND, ALERT_STUCK},
        {"long before the window", ACTION_RUNNING, "26T09:59", NULL, false, EVALUATE_OLDER,
         ALERT_STUCK},
        {"leaving", ACTION_DELETING, "01T10:00", NULL, false, EVALUATE_NOTHING, 0},
    };
    static const bool all[ALERT_CLASS_COUNT] = {[ALERT_EXCEPTIONS] = true,
                                                [ALERT_STUCK] = true,
                                                [ALERT_CANCELLED] = true,
                                                [ALERT_SKIPPED] = true};
    AUTO_PTR(arena) arena = arena_create();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t times[2];
        const char *texts[2] = {cases[i].started, cases[i].ended};
        for (size_t j = 0; j < 2; j++) {
            const char *month = texts[j] != NULL && texts[j][0] == '2' ? "2026-03-" : "2026-04-";
            times[j] = texts[j] == NULL ? TIMESTAMP_NONE
                                        : at(arena_format(arena, "%s%s:00Z", month, texts[j]));
        }
        struct action action = {.state = cases[i].state,
                                .clean = cases[i].clean,
                                .created = TIMESTAMP_NONE,
                                .started = times[0],
                                .ended = times[1]};
        struct action same = action;
        struct evaluate_rules rules = {.window_start = at("2026-04-02T10:00:00Z"),
                                       .wanted = all,
                                       .stuck_after_s = 86400,
                                       .now = at("2026-04-02T12:00:00Z")};
        enum evaluate_verdict verdict = evaluate_action(&rules, &action);
        if (verdict != cases[i].verdict ||
            (verdict != EVALUATE_NOTHING && action.class != cases[i].class)) {
            fail_msg("%s: wrong verdict or class", cases[i].what);
        }
        assert_int_equal(action.stuck_at, action.class == ALERT_STUCK ? times[0] + 86400 : 0);
        rules.wanted = NULL;
        assert_int_equal(evaluate_action(&rules, &same), EVALUATE_NOTHING);
    }
}

struct grouped {
    struct finding *findings;
    size_t count;
};

static struct grouped group(struct arena *arena, const struct action *actions, size_t count)
{
    const struct action **list = arena_alloc_array(arena, count, sizeof *list);
    struct grouped grouped;
    for (size_t i = 0; i < count; i++) {
        list[i] = &actions[i];
    }
    evaluate_group(arena, list, count, &grouped.findings, &grouped.count);
    return grouped;
}

static void children_join_their_run(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct action actions[] = {
        failed_backup("u2", "shop", "2026-04-02T10:20:00Z"),
        failed_run("u3", "run-a", "2026-04-02T10:30:00Z"),
        failed_backup("u1", "blog", "2026-04-02T10:10:00Z"),
    };
    struct grouped grouped = group(arena, actions, 3);
    assert_int_equal(grouped.count, 1);
    const struct finding *finding = &grouped.findings[0];
    assert_string_equal(finding->name, "run-a");
    assert_string_equal(finding->policy, "daily");
    assert_int_equal(finding->kind, ACTION_RUN);
    assert_int_equal(finding->action_count, 3);
    assert_int_equal(finding->namespace_count, 2);
    assert_string_equal(finding->namespaces[0], "blog");
    assert_string_equal(finding->namespaces[1], "shop");
    assert_int_equal(finding->first_ended, at("2026-04-02T10:10:00Z"));
    assert_int_equal(finding->last_ended, at("2026-04-02T10:30:00Z"));
    assert_int_equal(finding->causes.count, 1);
}

static void a_run_alone_is_its_own_finding(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct action actions[] = {failed_run("u3", "run-a", "2026-04-02T10:30:00Z")};
    struct grouped grouped = group(arena, actions, 1);
    assert_int_equal(grouped.count, 1);
    assert_string_equal(grouped.findings[0].namespace_name, "kasten-io");
    assert_int_equal(grouped.findings[0].namespace_count, 0);
    assert_int_equal(grouped.findings[0].causes.count, 1);
}

static void runs_of_one_name_in_two_namespaces_stay_apart(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct action actions[] = {
        failed_backup("u1", "blog", "2026-04-02T10:10:00Z"),
        failed_backup("u2", "shop", "2026-04-02T10:20:00Z"),
    };
    actions[1].run_namespace = "team-b";
    assert_int_equal(group(arena, actions, 2).count, 2);
}

static void a_child_without_run_namespace_joins(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct action actions[] = {
        failed_backup("u1", "blog", "2026-04-02T10:10:00Z"),
        failed_run("u3", "run-a", "2026-04-02T10:30:00Z"),
    };
    actions[0].run_namespace = "";
    struct grouped grouped = group(arena, actions, 2);
    assert_int_equal(grouped.count, 1);
    assert_string_equal(grouped.findings[0].namespace_name, "kasten-io");
}

static void runs_of_two_clusters_stay_apart(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct action actions[] = {
        failed_backup("u1", "blog", "2026-04-02T10:10:00Z"),
        failed_backup("u1", "blog", "2026-04-02T10:10:00Z"),
    };
    actions[0].cluster = 1;
    struct grouped grouped = group(arena, actions, 2);
    assert_int_equal(grouped.count, 2);
    assert_int_equal(grouped.findings[0].cluster, 0);
    assert_int_equal(grouped.findings[1].cluster, 1);
}

static void lone_actions_and_copies(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct action actions[] = {
        failed_backup("u1", "blog", "2026-04-02T10:10:00Z"),
        failed_backup("u1", "blog", "2026-04-02T10:10:00Z"), // read twice
        failed_backup("u2", "blog", "2026-04-02T10:11:00Z"),
    };
    for (size_t i = 0; i < 3; i++) {
        actions[i].run = "";
    }
    struct grouped grouped = group(arena, actions, 3);
    assert_int_equal(grouped.count, 2);
    assert_string_equal(grouped.findings[0].name, "u2"); // the latest first
    assert_int_equal(grouped.findings[0].kind, ACTION_BACKUP);
    assert_string_equal(grouped.findings[0].namespace_name, "blog");
}

static void nothing_gives_nothing(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    assert_int_equal(group(arena, NULL, 0).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_class_is_found_when_it_is_wanted),
        cmocka_unit_test(window_is_judged_by_the_end),
        cmocka_unit_test(children_join_their_run),
        cmocka_unit_test(a_run_alone_is_its_own_finding),
        cmocka_unit_test(runs_of_one_name_in_two_namespaces_stay_apart),
        cmocka_unit_test(a_child_without_run_namespace_joins),
        cmocka_unit_test(runs_of_two_clusters_stay_apart),
        cmocka_unit_test(lone_actions_and_copies),
        cmocka_unit_test(nothing_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
