// SPDX-License-Identifier: MIT
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
#include "base/utf8.h"
#include "report/digest_text.h"

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

static void test_reasons(void **state)
{
    static const struct {
        enum plan_reason reason;
        uint32_t runs;
        size_t held;
        bool good_known;
        const char *word;
        const char *what;
        const char *story;
        enum digest_state state;
    } cases[] = {
        {PLAN_NEW, 1, 0, true, "new",
         "export of shop to profile s3-prod failed; the exported copy is missing or incomplete",
         "first failed run; last good run 2026-03-31 10:22 UTC, 2 d 0 h ago", DIGEST_FAILED},
        {PLAN_NEW, 1, 0, false, "new", NULL, "first failed run; no good run is known",
         DIGEST_FAILED},
        {PLAN_NEW, 0, 0, true, "new", NULL, "", DIGEST_FAILED},
        {PLAN_AGAIN, 3, 0, true, "again", NULL,
         "3rd failed run in a row, since 2026-04-01 08:22 UTC, 1 d 2 h ago; last good run "
         "2026-03-31 10:22 UTC, 2 d 0 h ago",
         DIGEST_FAILED},
        {PLAN_CAUSE_CHANGED, 12, 0, false, "cause-changed", NULL,
         "12th failed run in a row, since 2026-04-01 08:22 UTC, 1 d 2 h ago; no good run is known",
         DIGEST_FAILED},
        {PLAN_MORE_OF_RUN, 0, 0, false, "more-of-run", NULL, "", DIGEST_FAILED},
        {PLAN_MORE_OF_RUN, 2, 0, false, "more-of-run", NULL,
         "2nd failed run in a row, since 2026-04-01 08:22 UTC, 1 d 2 h ago; no good run is known",
         DIGEST_FAILED},
        {PLAN_FOLLOWED, 0, 0, false, "followed", NULL,
         "a later run succeeded, it ended 2026-04-02 10:07 UTC, 15 min ago", DIGEST_WARNING},
        {PLAN_REMINDER, 5, 3, true, "reminder", "still failing; the latest failed run is run-a",
         "5 failed runs in a row, since 2026-04-01 08:22 UTC, 1 d 2 h ago; 3 of them not mailed by "
         "themselves; no mail since 2026-04-01 10:22 UTC, 1 d 0 h ago; last good run 2026-03-31 "
         "10:22 "
         "UTC, 2 d 0 h ago",
         DIGEST_FAILED},
        {PLAN_REMINDER, 1, 1, false, "reminder", NULL,
         "1 failed run, since 2026-04-01 08:22 UTC, 1 d 2 h ago; 1 of them not mailed by itself; "
         "no mail since 2026-04-01 10:22 UTC, 1 d 0 h ago; no good run is known",
         DIGEST_FAILED},
        {PLAN_SILENCE_ENDED, 2, 2, false, "silence-ended",
         "failed while silenced; the latest failed run is run-a",
         "2 failed runs in a row, since 2026-04-01 08:22 UTC, 1 d 2 h ago; 2 of them not mailed by "
         "themselves; no good run is known",
         DIGEST_FAILED},
        {PLAN_ID_ONLY, 0, 0, false, "id-only", "run run-a failed; it can no longer be read", "",
         DIGEST_WARNING},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct story story;
        struct digest digest;
        struct plan_step step = {.incident = {.told = STORY_NOW - STORY_DAY}};
        bool seen = cases[i].reason < PLAN_REMINDER;
        story_init(&story, *state, 1);
        struct plan_row *row =
            story_add_row(&story, cases[i].reason, "run-a", seen ? "disk full" : NULL);
        row->runs = cases[i].runs;
        row->since = STORY_NOW - STORY_DAY - 2 * STORY_HOUR;
        row->last_good = cases[i].good_known ? STORY_NOW - 2 * STORY_DAY : TIMESTAMP_NONE;
        row->followed_at = STORY_NOW - STORY_HOUR / 4;
        row->held_count = cases[i].held;
        row->steps = (struct plan_steps){&step, 1, 1};
        story_build(&story, &digest);
        const struct digest_row *made = &digest.groups[0].rows[0];
        assert_string_equal(made->story, cases[i].story);
        assert_string_equal(made->reason_word, cases[i].word);
        assert_string_equal(made->reason, plan_reason_sentence(cases[i].reason));
        assert_string_equal(digest.reasons, cases[i].word);
        assert_int_equal(made->state, cases[i].state);
        if (cases[i].what != NULL) {
            assert_string_equal(made->what, cases[i].what);
        }
        assert_string_equal(made->command,
                            seen ? "kubectl -n shop get exportactions.actions.kio.kasten.io "
                                   "export-x7k2m -o yaml"
                                 : "kubectl -n kasten-io get runactions.actions.kio.kasten.io "
                                   "run-a -o yaml");
    }
}

// A row without actions has a command when its namespace is known and both can stand in one.
static void test_commands_without_actions(void **state)
{
    static const struct {
        enum action_kind kind;
        const char *namespace_name;
        const char *name;
        const char *command;
    } cases[] = {
        {ACTION_RUN, "", "run-a", NULL},
        {ACTION_RUN, NULL, "run-a", NULL},
        {ACTION_RUN, "kasten-io", "run-a; reboot", NULL},
        {ACTION_RUN, "-n x", "run-a", NULL},
        {ACTION_RUN, "kasten-io", "", NULL},
        {OBJECT_POLICY, "kasten-io", "daily", NULL},
        {ACTION_BACKUP, "shop", "b-1",
         "kubectl -n shop get backupactions.actions.kio.kasten.io b-1 -o yaml"},
        {ACTION_BACKUP_CLUSTER, "", "c-1",
         "kubectl get backupclusteractions.actions.kio.kasten.io c-1 -o yaml"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct story story;
        struct digest digest;
        story_init(&story, *state, 1);
        struct plan_row *row = story_add_row(&story, PLAN_REMINDER, cases[i].name, NULL);
        struct finding finding = *row->finding;
        finding.kind = cases[i].kind;
        finding.namespace_name = cases[i].namespace_name;
        row->finding = &finding;
        story_build(&story, &digest);
        const char *command = digest.groups[0].rows[0].command;
        if (cases[i].command == NULL) {
            assert_null(command);
        } else {
            assert_string_equal(command, cases[i].command);
        }
        assert_string_equal(digest.groups[0].rows[0].causes[0].text, "the cause was not kept");
    }
}

static void test_group_story(void **state)
{
    static const struct {
        uint32_t runs;
        int64_t since;
        const char *story;
    } cases[] = {
        {0, STORY_NOW, ""},
        {1, STORY_NOW - STORY_HOUR,
         "each the first failed run, the earliest ended 2026-04-02 09:22 UTC, 1 h 0 min ago"},
        {4, STORY_NOW - STORY_DAY,
         "up to 4 failed runs in a row, since 2026-04-01 10:22 UTC, 1 d 0 h "
         "ago"},
        {4, TIMESTAMP_NONE, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct story story;
        struct digest digest;
        story_init(&story, *state, 2);
        for (uint32_t j = 0; j < 2; j++) {
            struct plan_row *row = story_add_row(&story, PLAN_AGAIN, "run-a", "disk full");
            row->runs = j < cases[i].runs ? cases[i].runs - j : 0;
            row->since = cases[i].since;
        }
        story_build(&story, &digest);
        assert_int_equal(digest.group_count, 1);
        assert_string_equal(digest.groups[0].story, cases[i].story);
    }
}

static void test_endings(void **state)
{
    struct digest digest;
    assert_true(sample_make(*state, "story", &digest));
    assert_int_equal(digest.recovered.count, 2);
    assert_string_equal(digest.recovered.items[0].policy, "daily");
    assert_string_equal(digest.recovered.items[0].what, "backups of shop, web");
    assert_string_equal(digest.recovered.items[0].story,
                        "after 3 failed runs and 2 d 2 h; the latest was run-k2m9x; clean run "
                        "ended 2026-04-02 10:02 UTC, 20 min ago");
    assert_string_equal(digest.recovered.items[1].what, "runs");
    assert_int_equal(digest.recovered.state, DIGEST_OK);
    assert_int_equal(digest.ended.count, 1);
    assert_string_equal(digest.ended.items[0].cluster, "OpenShift");
    assert_string_equal(digest.ended.items[0].story,
                        "the policy no longer exists; after 3 failed runs and 2 d 2 h, no good run "
                        "was seen; the latest was run-k2m9x");
    assert_int_equal(digest.ended.state, DIGEST_WARNING);
    assert_int_equal(digest.readable.count, 2);
    assert_string_equal(digest.readable.items[0].what, "the cluster's backups");
    assert_string_equal(digest.readable.items[0].story,
                        "could not be read for 2 d 5 h, since 2026-03-31 05:22 UTC; 2 failed runs "
                        "of that time are in this mail");
    assert_string_equal(digest.readable.items[1].what, "exports");
    assert_non_null(
        strstr(digest.readable.items[1].story, "this mail has no failed run of that time"));
    assert_string_equal(digest.unread[0].since, "2026-04-01 08:22 UTC, 1 d 2 h ago");
    assert_string_equal(digest.unread[0].told,
                        "mailed before, last 2026-04-01 10:22 UTC, 1 d 0 h ago");
    assert_string_equal(digest.reasons,
                        "new, again, cause-changed, more-of-run, followed, reminder, "
                        "silence-ended, id-only, recovered, vanished, still-unread, readable");
    assert_int_equal(digest.cluster_name_count, 3);
}

static void test_notices_and_counts(void **state)
{
    static const char *const notices[] = {
        "This mail repeats one whose delivery was not confirmed; it has the same Message-ID.",
        "This pass catches up: OpenShift, K3s were last read earlier than usual, the earliest at "
        "2026-03-31 05:22 UTC, 2 d 5 h ago; failures since then are in this mail.",
    };
    static const char *const counts[] = {
        "In all: 7 failed runs with 5 failed actions; 1 still failing, in 1 application.",
        "Of these 1 run was followed by a good run.",
        "Mailed before and not repeated here: 4 failed runs or incidents.",
        "Silenced and not in this mail: 2 failed runs or incidents; what still fails when the "
        "silence ends is mailed then.",
        "Kept for the next reminder (ALERT_EVERY_RUN=false): 1 failed run of what is failing "
        "already.",
        "In a mail that another pass is sending now: 3 failed runs.",
        "Read for the first time: 7 older failures ended before the look-back window "
        "(LOOKBACK_HOURS) and are not mailed.",
        "What could not be read may hold failures that are not counted here.",
    };
    struct digest digest;
    assert_true(sample_make(*state, "story", &digest));
    assert_int_equal(digest.notice_count, 2);
    for (size_t i = 0; i < sizeof notices / sizeof notices[0]; i++) {
        assert_string_equal(digest.notices[i], notices[i]);
    }
    assert_int_equal(digest.count_count, sizeof counts / sizeof counts[0]);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        assert_string_equal(digest.counts[i], counts[i]);
    }
    assert_true(sample_make(*state, "reminder", &digest));
    assert_string_equal(digest.counts[0], "In all: 1 still failing, in 1 application.");
}

static void test_catching_up(void **state)
{
    static struct plan_late late[] = {{2, STORY_NOW - 2 * STORY_DAY - 5 * STORY_HOUR},
                                      {2, STORY_NOW - STORY_DAY}};
    struct story story;
    struct digest digest;
    story_init(&story, *state, 1);
    story.plan.late = late;
    story.plan.late_count = 2;
    story_build(&story, &digest);
    assert_string_equal(digest.notices[0],
                        "This pass catches up: K3s was last read at 2026-03-31 05:22 UTC, 2 d 5 h "
                        "ago; it found no new failure since then.");
}

// The id or name that the footer's command silences; NULL: none is fit for a command.
static void test_silence_command(void **state)
{
    static const struct {
        const char *id;
        const char *cluster;
        const char *command;
    } cases[] = {
        {"k3s:run-a:2026-04-02", NULL,
         "kasten-alerter state silence k3s:run-a:2026-04-02 --for 8h"},
        {"k3s:backup/shop/b_1:2026-04-02", NULL,
         "kasten-alerter state silence k3s:backup/shop/b_1:2026-04-02 --for 8h"},
        {"k3s:run-a;reboot:2026-04-02", NULL, NULL},
        {"k3s:run a:2026-04-02", NULL, NULL},
        {"--for", NULL, NULL},
        {"", NULL, NULL},
        {NULL, "rke2", "kasten-alerter state silence rke2 --for 8h"},
        {NULL, "$(x)", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct story story;
        struct digest digest;
        const char *command = NULL;
        story_init(&story, *state, 1);
        if (cases[i].id != NULL) {
            story_add_row(&story, PLAN_NEW, "run-a", "disk full")->id = cases[i].id;
        } else {
            story_add_unread(&story, 1, PLAN_UNREAD);
            story.clusters[1].name = cases[i].cluster;
        }
        story_build(&story, &digest);
        for (size_t j = 0; j < digest.footer_count && command == NULL; j++) {
            command = digest.footer[j].command;
        }
        if (cases[i].command == NULL) {
            assert_null(command);
        } else {
            assert_string_equal(command, cases[i].command);
        }
    }
}

// A mail of good news says nothing of failures mailed again; the next reminder stands in others.
static void test_footer(void **state)
{
    struct digest digest;
    assert_true(sample_make(*state, "recovered", &digest));
    for (size_t i = 0; i < digest.footer_count; i++) {
        assert_null(strstr(digest.footer[i].text, "fail"));
        assert_null(digest.footer[i].command);
    }
    assert_true(sample_make(*state, "reminder", &digest));
    assert_string_equal(digest.footer[1].text, "Next reminder of what is not well by then: "
                                               "2026-04-03 10:22 UTC, in 1 d 0 h (REMIND_EVERY).");
}

static void check_clean(const char *text)
{
    assert_true(utf8_is_valid(text, strlen(text)));
    for (; *text != '\0'; text++) {
        assert_true((unsigned char)*text >= 0x20 && *text != 0x7F);
        assert_false(strncmp(text, "\xE2\x80\xAE", 3) == 0);
    }
}

static void test_hostile_texts(void **state)
{
    struct digest digest;
    assert_true(sample_make(*state, "hostile-story", &digest));
    const struct digest_endings *lists[] = {&digest.readable, &digest.recovered, &digest.ended};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (size_t j = 0; j < lists[i]->count; j++) {
            check_clean(lists[i]->items[j].cluster);
            check_clean(lists[i]->items[j].policy);
            check_clean(lists[i]->items[j].what);
            check_clean(lists[i]->items[j].story);
        }
    }
    for (size_t i = 0; i < digest.group_count; i++) {
        for (size_t j = 0; j < digest.groups[i].row_count; j++) {
            check_clean(digest.groups[i].rows[j].what);
            check_clean(digest.groups[i].rows[j].story);
            assert_true(digest.groups[i].rows[j].command == NULL ||
                        strstr(digest.groups[i].rows[j].command, "reboot") == NULL);
        }
    }
    check_clean(digest.subject);
    check_clean(digest.headline);
    check_clean(digest.preheader);
    for (size_t i = 0; i < digest.footer_count; i++) {
        assert_null(digest.footer[i].command);
    }
}

static void test_ordinals(void **state)
{
    static const struct {
        size_t number;
        const char *text;
    } cases[] = {{1, "1st"},   {2, "2nd"},     {3, "3rd"},     {4, "4th"},    {10, "10th"},
                 {11, "11th"}, {12, "12th"},   {13, "13th"},   {21, "21st"},  {22, "22nd"},
                 {33, "33rd"}, {100, "100th"}, {111, "111th"}, {101, "101st"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(digest_ordinal(*state, cases[i].number), cases[i].text);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reasons),
        TEST(test_commands_without_actions),
        TEST(test_group_story),
        TEST(test_endings),
        TEST(test_notices_and_counts),
        TEST(test_catching_up),
        TEST(test_silence_command),
        TEST(test_footer),
        TEST(test_hostile_texts),
        TEST(test_ordinals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
