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
#include "report/digest_text.h"

// What a mail holds; its rows are one per letter of rows, all of policy daily on K3s.
struct mixture {
    const char *rows; // n new, a again, c cause changed, m more, f followed, r reminder, s, i
    size_t recovered;
    size_t vanished;
    size_t unread;
    size_t readable;
    const char *thread; // NULL: none
    const char *subject;
    const char *headline;
    const char *word;
    const char *state_word;
    const char *title;
    const char *figures; // "VALUE LABEL, ..."
    enum digest_state state;
};

static enum plan_reason reason_of(char letter)
{
    static const char letters[] = "nacmfrsi";
    static const enum plan_reason reasons[] = {
        PLAN_NEW,      PLAN_AGAIN,    PLAN_CAUSE_CHANGED, PLAN_MORE_OF_RUN,
        PLAN_FOLLOWED, PLAN_REMINDER, PLAN_SILENCE_ENDED, PLAN_ID_ONLY};
    const char *at = strchr(letters, letter);
    assert_non_null(at);
    return reasons[at - letters];
}

static void make(struct arena *arena, const struct mixture *mixture, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 16);
    for (const char *letter = mixture->rows; *letter != '\0'; letter++) {
        bool seen = strchr("rsi", *letter) == NULL;
        story_add_row(&story, reason_of(*letter), "run-a", seen ? "disk full" : NULL)->runs = 3;
    }
    for (size_t i = 0; i < mixture->recovered; i++) {
        story_add_closing(&story, PLAN_RECOVERED)->cluster = i == 1 ? 0 : 2;
    }
    for (size_t i = 0; i < mixture->vanished; i++) {
        story_add_closing(&story, PLAN_VANISHED);
    }
    for (size_t i = 0; i < mixture->unread; i++) {
        story_add_unread(&story, i + 1, PLAN_STILL_UNREAD)->due = mixture->thread == NULL;
    }
    for (size_t i = 0; i < mixture->readable; i++) {
        story_add_readable(&story, i, ACTION_BACKUP);
    }
    story.plan.thread = mixture->thread;
    story_build(&story, ret);
}

static void test_mixtures(void **state)
{
    static const struct mixture mixtures[] = {
        {"n", 0, 0, 0, 0, "t1", "K3s: daily failed - disk full", "daily failed on K3s", "Failed",
         "failed", "Failed runs: 1",
         "1 failed run, 1 application affected, 1 failed action, 3 of 3 clusters read",
         DIGEST_FAILED},
        // The subject of one incident's mails stays, with a cluster that was unread before too.
        {"a", 0, 0, 0, 0, "t1", "K3s: daily failed - disk full",
         "daily failed on K3s, 3rd failed run in a row", "Failed", "failed", NULL, NULL,
         DIGEST_FAILED},
        {"a", 0, 0, 1, 0, "t1", "K3s: daily failed - disk full",
         "daily failed on K3s, 3rd failed run in a row", "Failed", "failed", NULL, NULL,
         DIGEST_FAILED},
        {"aan", 0, 0, 0, 0, "t1", "K3s: daily failed - disk full",
         "daily failed on K3s, 3rd failed run in a row", "Failed", "failed", "Failed runs: 3", NULL,
         DIGEST_FAILED},
        {"m", 0, 0, 0, 0, "t1", "K3s: daily failed - disk full",
         "daily failed on K3s, more of a run that was mailed before", "Failed", "failed", NULL,
         NULL, DIGEST_FAILED},
        {"c", 0, 0, 0, 0, NULL, "K3s: daily failed - disk full",
         "daily failed on K3s, now with another cause", "Failed", "failed", NULL, NULL,
         DIGEST_FAILED},
        {"f", 0, 0, 0, 0, NULL, "K3s: daily failed, then succeeded - disk full",
         "daily failed on K3s, then a later run succeeded", "Failed, since well", "failed", NULL,
         NULL, DIGEST_WARNING},
        {"ff", 0, 0, 0, 0, NULL, "2 backup failures on K3s, followed by good runs", NULL,
         "Failed, since well", "failed", "Failed runs: 2", NULL, DIGEST_WARNING},
        {"r", 0, 0, 0, 0, NULL, "K3s: daily failed",
         "daily still failing on K3s, 3 failed runs in "
         "a row",
         "Still failing", "failed", "Still failing: 1",
         "1 still failing, 1 application affected, 3 failed runs in a row, 3 of 3 clusters read",
         DIGEST_FAILED},
        {"rr", 0, 0, 0, 0, NULL, "2 still failing on K3s", NULL, "Still failing", "failed",
         "Still failing: 2", NULL, DIGEST_FAILED},
        {"nar", 0, 0, 0, 0, NULL, "2 backup failures, 1 still failing on K3s", NULL, "Failed",
         "failed", "Failed runs: 2, still failing: 1",
         "2 failed runs, 1 application affected, 1 still failing, 3 of 3 clusters read",
         DIGEST_FAILED},
        {"s", 0, 0, 0, 0, NULL, "K3s: daily failed", "daily failed on K3s while it was silenced",
         "Failed", "failed", NULL, NULL, DIGEST_FAILED},
        {"i", 0, 0, 0, 0, NULL, "K3s: daily failed",
         "daily failed on K3s, it can no longer be read", "Failed", "failed", NULL, NULL,
         DIGEST_WARNING},
        {"nn", 1, 0, 0, 0, NULL, "2 backup failures on K3s; 1 recovered", NULL, "Failed", "failed",
         NULL, "2 failed runs, 1 application affected, 1 recovered, 3 of 3 clusters read",
         DIGEST_FAILED},
        {"n", 2, 1, 1, 1, NULL,
         "K3s: daily failed; cannot read RKE2; 2 recovered, 1 ended without a good run",
         "daily failed on K3s; cannot read RKE2; 2 recovered, 1 ended without a good run; "
         "OpenShift can be read again",
         "Failed", "failed", NULL, NULL, DIGEST_FAILED},
        {"", 1, 0, 0, 0, "t1", "K3s: daily recovered - backup of shop",
         "K3s: daily recovered - backup of shop", "Recovered", "recovered", NULL,
         "1 recovered, 1 application well again, 0 ended without a good run, 3 of 3 clusters read",
         DIGEST_OK},
        {"", 2, 0, 0, 0, NULL, "2 recovered on K3s, OpenShift", NULL, "Recovered", "recovered",
         NULL, NULL, DIGEST_OK},
        {"", 2, 1, 0, 0, NULL, "2 recovered, 1 ended without a good run on K3s, OpenShift", NULL,
         "Recovered", "recovered", NULL, NULL, DIGEST_OK},
        {"", 0, 1, 0, 0, NULL, "K3s: daily ended without a good run - the policy no longer exists",
         NULL, "Ended", "ended", NULL, NULL, DIGEST_WARNING},
        {"", 0, 0, 0, 1, NULL, "OpenShift can be read again", NULL, "Readable again", "recovered",
         NULL, NULL, DIGEST_OK},
        {"", 0, 0, 0, 3, NULL, "OpenShift, RKE2, K3s can be read again", NULL, "Readable again",
         "recovered", NULL, NULL, DIGEST_OK},
        {"", 1, 0, 1, 0, NULL, "cannot read RKE2; 1 recovered", "Cannot read RKE2; 1 recovered",
         "Not all read", "unread", NULL, NULL, DIGEST_WARNING},
        {"", 0, 0, 0, 0, NULL, "no new failures", "No new failures", "OK", "ok", NULL, NULL,
         DIGEST_OK},
    };
    for (size_t i = 0; i < sizeof mixtures / sizeof mixtures[0]; i++) {
        const struct mixture *mixture = &mixtures[i];
        struct digest digest;
        make(*state, mixture, &digest);
        const char *expected = arena_format(*state, "[Kasten Backup] %s", mixture->subject);
        assert_string_equal(digest.subject, expected);
        assert_string_equal(digest.headline,
                            mixture->headline == NULL ? mixture->subject : mixture->headline);
        assert_string_equal(digest.word, mixture->word);
        assert_string_equal(digest.state_word, mixture->state_word);
        assert_int_equal(digest.state, mixture->state);
        if (mixture->title != NULL) {
            assert_string_equal(digest.rows_title, mixture->title);
        }
        if (mixture->figures != NULL) {
            const struct digest_figure *figures = digest.figures;
            assert_string_equal(arena_format(*state, "%s %s, %s %s, %s %s, %s %s", figures[0].value,
                                             figures[0].label, figures[1].value, figures[1].label,
                                             figures[2].value, figures[2].label, figures[3].value,
                                             figures[3].label),
                                mixture->figures);
        }
    }
}

// Whatever a mail holds: short enough, and "failed" is in no subject of good news alone.
static void test_every_mixture_is_short(void **state)
{
    static const char *const rows[] = {"", "n", "aa", "r", "rr", "nr", "f", "ff", "i", "nacmfrsi"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] * 81; i++) {
        struct mixture mixture = {.rows = rows[i / 81],
                                  .recovered = i % 3,
                                  .vanished = i / 3 % 3,
                                  .unread = i / 9 % 3,
                                  .readable = i / 27 % 3};
        struct digest digest;
        make(*state, &mixture, &digest);
        assert_true(digest_characters(digest.subject) < DIGEST_SUBJECT_CHARACTERS);
        assert_true(*mixture.rows != '\0' || strstr(digest.subject, "fail") == NULL || i == 0);
        assert_int_equal(strcmp(digest.state_word, "failed") == 0, *mixture.rows != '\0');
        assert_int_equal(digest.figure_count, 4);
        assert_true(*digest.preheader != '\0' && *digest.headline != '\0' && *digest.word != '\0');
    }
}

static void test_preheaders(void **state)
{
    struct digest digest;
    assert_true(sample_make(*state, "reminder", &digest));
    assert_string_equal(digest.subject, "[Kasten Backup] K3s: daily failed - AccessDenied on "
                                        "profile s3-prod");
    assert_string_equal(
        digest.preheader,
        "5 failed runs in a row, since 2026-03-30 10:22 UTC, 3 d 0 h ago; last good "
        "run 2026-03-29 10:22 UTC, 4 d 0 h ago. 1 still failing. 3 of 3 clusters "
        "read.");
    assert_true(sample_make(*state, "recovered", &digest));
    assert_string_equal(digest.preheader, "1 recovered on K3s. 3 of 3 clusters read.");
    assert_true(sample_make(*state, "unread", &digest));
    assert_string_equal(digest.preheader,
                        "0 failed runs, 0 applications affected. 2 of 3 clusters read.");
}

// Without a policy a thing is named by its kind and application, else by its own name.
static void test_things_without_policy(void **state)
{
    struct story story;
    struct digest digest;
    story_init(&story, *state, 1);
    struct plan_closing *closing = story_add_closing(&story, PLAN_RECOVERED);
    closing->policy = "";
    story_build(&story, &digest);
    assert_string_equal(digest.subject, "[Kasten Backup] K3s: backup of shop recovered");
    closing->app_count = 0;
    story_build(&story, &digest);
    assert_string_equal(digest.subject, "[Kasten Backup] K3s: backup run-k2m9x recovered");
    closing->policy = "kasten-io/daily";
    story_build(&story, &digest);
    assert_string_equal(digest.subject, "[Kasten Backup] K3s: daily recovered");
    closing->app_count = 2;
    story_build(&story, &digest);
    assert_string_equal(digest.subject,
                        "[Kasten Backup] K3s: daily recovered - backups of 2 applications");
    story_init(&story, *state, 1);
    story_add_readable(&story, 2, ACTION_EXPORT);
    story_build(&story, &digest);
    assert_string_equal(digest.subject, "[Kasten Backup] exports of K3s can be read again");
}

static void test_in_part(void **state)
{
    struct story story;
    struct digest digest;
    enum action_kind kind = ACTION_BACKUP;
    story_init(&story, *state, 1);
    struct plan_unread *unread = story_add_unread(&story, 2, PLAN_UNREAD);
    unread->whole_cluster = false;
    unread->in_part = true;
    unread->kinds = &kind;
    unread->kind_count = 1;
    story.plan.clusters_read = 3;
    story_build(&story, &digest);
    assert_string_equal(digest.subject, "[Kasten Backup] cannot read all of K3s");
    assert_string_equal(digest.unread[0].what, "backups can be read in part only");
    assert_string_equal(digest.figures[3].label, "clusters read, not all of each");
    assert_string_equal(digest.word, "Not all read");
    story_init(&story, *state, 1);
    struct plan_readable *readable = story_add_readable(&story, 2, ACTION_BACKUP);
    readable->in_part = true;
    story_build(&story, &digest);
    assert_string_equal(digest.subject, "[Kasten Backup] K3s can be read in full again");
    assert_string_equal(digest.readable.items[0].what, "the cluster's backups, in full");
    assert_string_equal(digest.readable.items[0].story,
                        "could be read in part only for 2 d 5 h, since 2026-03-31 05:22 UTC; "
                        "failures of that time in what was not seen may be missing in this mail");
    readable->since = STORY_NOW + STORY_DAY; // a clock set back
    story_build(&story, &digest);
    assert_null(strstr(digest.readable.items[0].story, "since"));
}

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

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_mixtures),   TEST(test_every_mixture_is_short),
        TEST(test_preheaders), TEST(test_things_without_policy),
        TEST(test_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
