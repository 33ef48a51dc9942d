// SPDX-License-Identifier: MIT
// Rows with several actions, or only the run itself; exports that are overdue; odd values.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/sample_story.h"
#include "base/arena.h"
#include "base/timestamp.h"

static int set_up(void **state)
{
    *state = arena_create();
    return 0;
}

static int tear_down(void **state)
{
    arena_destroy(*state);
    return 0;
}

// One action of a run: began so many hours ago, 0: not known.
struct member {
    enum action_kind kind;
    enum action_state state;
    const char *app;
    int hours;
    int progress;
    uint32_t exceptions;
};

enum { MEMBERS = 4 };

// The members up to the first without an application that is no run.
static void make(struct arena *arena, struct plan_row *(*row_of)(struct story *),
                 const struct member members[MEMBERS], struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 1);
    struct plan_row *row = row_of(&story);
    struct finding *finding = story_finding(&story, row);
    const struct action **actions = arena_alloc_array(arena, MEMBERS, sizeof *actions);
    finding->action_count = 0;
    for (size_t i = 0; i < MEMBERS && members[i].app != NULL; i++) {
        struct action *action = arena_alloc(arena, sizeof *action);
        *action = (struct action){
            .kind = members[i].kind,
            .state = members[i].state,
            .progress = members[i].progress,
            .exceptions = members[i].exceptions,
            .name = arena_format(arena, "%s-%zu", action_kind_word(members[i].kind), i),
            .namespace_name = members[i].kind == ACTION_RUN ? "kasten-io" : members[i].app,
            .app = members[i].app,
            .created = members[i].hours == 0 ? TIMESTAMP_NONE
                                             : STORY_NOW - (int64_t)members[i].hours * STORY_HOUR,
            .started = TIMESTAMP_NONE,
            .ended = TIMESTAMP_NONE,
        };
        actions[finding->action_count++] = action;
    }
    finding->actions = actions;
    story_build(&story, ret);
}

static struct plan_row *stuck(struct story *story)
{
    return story_add_stuck(story, PLAN_NEW, ACTION_RUNNING, 0);
}

static struct plan_row *exceptions(struct story *story)
{
    return story_add_run(story, ALERT_EXCEPTIONS, PLAN_NEW, "volume cache");
}

static struct plan_row *cancelled(struct story *story)
{
    return story_add_run(story, ALERT_CANCELLED, PLAN_NEW, "by admin");
}

static void test_members(void **state)
{
    static const struct {
        struct plan_row *(*row_of)(struct story *);
        struct member members[MEMBERS];
        const char *what;
        const char *command;
        const char *note;
    } cases[] = {
        // The oldest is shown, the run itself only when nothing else is.
        {stuck,
         {{ACTION_RUN, ACTION_RUNNING, "", 40, -1, 0},
          {ACTION_BACKUP, ACTION_RUNNING, "web", 5, 10, 0},
          {ACTION_BACKUP, ACTION_PENDING, "shop", 30, -1, 0},
          {ACTION_EXPORT, ACTION_RUNNING, "crm", 0, 20, 0}},
         "2 backups and 1 export are stuck; backup of shop has been pending for 1 d 6 h",
         "kubectl -n shop get backupactions.actions.kio.kasten.io backup-2 -o yaml",
         "on K3s; the oldest of 4 stuck actions"},
        {stuck,
         {{ACTION_BACKUP, ACTION_RUNNING, "web", 5, 10, 0},
          {ACTION_BACKUP, ACTION_PENDING, "shop", 30, -1, 0}},
         "2 backups are stuck; backup of shop has been pending for 1 d 6 h",
         "kubectl -n shop get backupactions.actions.kio.kasten.io backup-1 -o yaml",
         "on K3s; the oldest of 2 stuck actions"},
        {stuck,
         {{ACTION_RUN, ACTION_RUNNING, "", 40, 0, 0}},
         "the run is stuck: it has been running for 1 d 16 h, 0 % done",
         "kubectl -n kasten-io get runactions.actions.kio.kasten.io run-0 -o yaml",
         "on K3s"},
        {stuck,
         {{ACTION_BACKUP, ACTION_RUNNING, "web", 0, 20, 0}},
         "backup of web is stuck: it is running, since when is not known, 20 % done",
         "kubectl -n web get backupactions.actions.kio.kasten.io backup-0 -o yaml",
         "on K3s"},
        {stuck,
         {{ACTION_BACKUP, ACTION_ATTEMPT_FAILED, "web", 0, -1, 0}},
         "backup of web is stuck: it is retrying after a failed attempt",
         "kubectl -n web get backupactions.actions.kio.kasten.io backup-0 -o yaml",
         "on K3s"},
        // What a run's actions left out is not counted again for the run.
        {exceptions,
         {{ACTION_RUN, ACTION_COMPLETE, "", 1, -1, 3},
          {ACTION_BACKUP, ACTION_COMPLETE, "web", 1, -1, 2},
          {ACTION_EXPORT, ACTION_COMPLETE, "web", 1, -1, 1}},
         "1 backup and 1 export completed, 3 items left out",
         "kubectl -n web get backupactions.actions.kio.kasten.io backup-1 -o yaml",
         "on K3s; first of 3 actions with exceptions"},
        {exceptions,
         {{ACTION_RUN, ACTION_COMPLETE, "", 1, -1, 1}},
         "the run completed, 1 item left out",
         "kubectl -n kasten-io get runactions.actions.kio.kasten.io run-0 -o yaml",
         "on K3s"},
        {exceptions,
         {{ACTION_BACKUP, ACTION_COMPLETE, "web", 1, -1, 0}},
         "backup of web completed with exceptions",
         "kubectl -n web get backupactions.actions.kio.kasten.io backup-0 -o yaml",
         "on K3s"},
        {cancelled,
         {{ACTION_BACKUP, ACTION_CANCELLED, "web", 1, -1, 0},
          {ACTION_BACKUP, ACTION_CANCELLED, "shop", 1, -1, 0}},
         "2 backups were cancelled",
         "kubectl -n web get backupactions.actions.kio.kasten.io backup-0 -o yaml",
         "on K3s; first of 2 cancelled actions"},
        {cancelled,
         {{ACTION_RUN, ACTION_CANCELLED, "", 1, -1, 0}},
         "the run was cancelled",
         "kubectl -n kasten-io get runactions.actions.kio.kasten.io run-0 -o yaml",
         "on K3s"},
        // Nothing that can be read.
        {stuck,
         {{ACTION_RUN, ACTION_RUNNING, NULL, 0, 0, 0}},
         "run run-s4t9k is stuck; it can no longer be read",
         "kubectl -n kasten-io get runactions.actions.kio.kasten.io run-s4t9k -o yaml",
         "on K3s, if it still exists"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct digest digest;
        make(*state, cases[i].row_of, cases[i].members, &digest);
        const struct digest_row *row = &digest.groups[0].rows[0];
        assert_string_equal(row->what, cases[i].what);
        assert_string_equal(row->command, cases[i].command);
        assert_string_equal(row->command_note, cases[i].note);
    }
}

// Failed actions are counted of failed runs alone.
static void test_failed_actions(void **state)
{
    struct story story;
    struct digest digest;
    story_init(&story, *state, 4);
    (void)story_add_row(&story, PLAN_NEW, "run-a", "disk full");
    (void)stuck(&story);
    (void)exceptions(&story);
    story_build(&story, &digest);
    assert_int_equal(digest.action_count, 1);
    assert_int_equal(digest.namespace_count, 1);
}

static void test_overdue_exports(void **state)
{
    static const struct {
        enum overdue_verdict verdict;
        const char *what;
        const char *headline;
    } cases[] = {
        {OVERDUE_LATE,
         "exports of policy daily are overdue: none has completed since 2026-03-31 20:22 UTC, 1 d "
         "14 h ago",
         "exports of daily are overdue on K3s: none completed for 1 d 14 h"},
        {OVERDUE_NEVER, "exports of policy daily are overdue: none has ever completed",
         "exports of daily are overdue on K3s: none has ever completed"},
        {OVERDUE_ONLY_SKIPPED,
         "exports of policy daily are overdue: they are only skipped: No applications match",
         "exports of daily are overdue on K3s: they are only skipped"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct story story;
        struct digest digest;
        story_init(&story, *state, 1);
        struct plan_row *row = story_add_overdue(&story, PLAN_NEW, cases[i].verdict);
        struct finding_overdue overdue = *row->finding->overdue;
        overdue.subject = OVERDUE_EXPORTS;
        overdue.answer.stagger_seconds = STORY_HOUR / 2;
        struct finding *finding = story_finding(&story, row);
        finding->kind = ACTION_EXPORT;
        finding->overdue = &overdue;
        finding->policy = ""; // the finding's own name does
        story_build(&story, &digest);
        assert_string_equal(digest.groups[0].rows[0].what, cases[i].what);
        assert_string_equal(digest.groups[0].rows[0].policy, "daily");
        assert_non_null(
            strstr(digest.groups[0].rows[0].story, "(tolerance 12 h, staggered by up to 30 min)"));
        assert_string_equal(digest.headline, cases[i].headline);
        assert_string_equal(digest.subject, "[Kasten Backup] K3s: exports of daily are overdue");
    }
}

// A standstill of which no run is known, and one whose details are not.
static void test_standstill(void **state)
{
    struct story story;
    struct digest digest;
    story_init(&story, *state, 1);
    struct plan_row *row = story_add_standstill(&story, PLAN_NEW);
    struct finding_overdue overdue = *row->finding->overdue;
    struct finding *finding = story_finding(&story, row);
    overdue.last_success = TIMESTAMP_NONE;
    finding->overdue = &overdue;
    story_build(&story, &digest);
    assert_string_equal(digest.groups[0].rows[0].what,
                        "no policy has run: 12 of 12 policies that should have run are overdue");
    assert_string_equal(digest.groups[0].rows[0].remedy->means,
                        "K10 stops all jobs when its licence has run out or is exceeded; nothing "
                        "fails then, and nothing is backed up.");
    story.clusters[2].k10_namespace = "$(reboot)";
    finding->overdue = NULL;
    story_build(&story, &digest);
    assert_string_equal(digest.groups[0].rows[0].what, "no policy has run");
    assert_null(digest.groups[0].rows[0].command);
    assert_int_equal(digest.figure_count, 3);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_members),
        TEST(test_failed_actions),
        TEST(test_overdue_exports),
        TEST(test_standstill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
