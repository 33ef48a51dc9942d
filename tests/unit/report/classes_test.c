// SPDX-License-Identifier: MIT
// Rows, single mails and endings of the classes beside failed and invalid.
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
#include "base/buf.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "report/csv.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"
#include "report/html.h"
#include "report/text.h"

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

// A plan with one row; letters: x exceptions, k cancelled, d skipped, p pending, r running,
// a attempt failed, l late, n never, o only skipped, s standstill, t token, c certificate, e
// expired CA.
static struct plan_row *add(struct story *story, char letter, enum plan_reason reason)
{
    bool seen = reason != PLAN_REMINDER && reason != PLAN_ID_ONLY;
    switch (letter) {
    case 'x':
        return story_add_run(story, ALERT_EXCEPTIONS, reason, seen ? "volume cache" : NULL);
    case 'k':
        return story_add_run(story, ALERT_CANCELLED, reason, seen ? "cancelled by admin" : NULL);
    case 'd':
        return story_add_run(story, ALERT_SKIPPED, reason, seen ? "still running" : NULL);
    case 'p':
        return story_add_stuck(story, reason, ACTION_PENDING, -1);
    case 'r':
        return story_add_stuck(story, reason, ACTION_RUNNING, 40);
    case 'a':
        return story_add_stuck(story, reason, ACTION_ATTEMPT_FAILED, 0);
    case 'l':
        return story_add_overdue(story, reason, OVERDUE_LATE);
    case 'n':
        return story_add_overdue(story, reason, OVERDUE_NEVER);
    case 'o':
        return story_add_overdue(story, reason, OVERDUE_ONLY_SKIPPED);
    case 's':
        return story_add_standstill(story, reason);
    case 't':
        return story_add_expiring(story, reason, "token", 6 * STORY_DAY);
    case 'c':
        return story_add_expiring(story, reason, "certificate", 2 * STORY_DAY);
    default:
        return story_add_expiring(story, reason, "ca", -3 * STORY_HOUR);
    }
}

static void make(struct arena *arena, char letter, enum plan_reason reason, struct digest *ret)
{
    struct story story;
    struct plan_step *step = arena_alloc(arena, sizeof *step);
    story_init(&story, arena, 1);
    struct plan_row *row = add(&story, letter, reason);
    *step = (struct plan_step){.incident = {.told = STORY_NOW - STORY_DAY}};
    row->steps = (struct plan_steps){step, 1, 1};
    if (digest_class_of(row->finding->class)->is_run) {
        row->runs = 2;
        row->since = STORY_NOW - STORY_DAY;
        row->last_good = STORY_NOW - 2 * STORY_DAY;
    }
    story_build(&story, ret);
}

// Every class that rows are of has all its words.
static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < DIGEST_ROW_CLASSES; i++) {
        const struct digest_class *class = digest_class_of(digest_class_order[i]);
        const char *const words[] = {class->label,   class->title,         class->still,
                                     class->message, class->still_message, class->header,
                                     class->watched, class->well,          class->gone,
                                     class->all.one, class->nouns[0].many, class->cause_label};
        for (size_t j = 0; j < sizeof words / sizeof *words; j++) {
            assert_true(words[j] != NULL && *words[j] != '\0');
        }
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(digest_class_order[i], digest_class_order[j]);
        }
        assert_non_null(class->tell);
        assert_non_null(class->name);
        assert_non_null(class->name_end);
        assert_non_null(class->end);
    }
}

static const char backup[] = "kubectl -n shop get backupactions.actions.kio.kasten.io ";
static const char policy[] = "kubectl -n kasten-io get policies.config.kio.kasten.io daily -o yaml";

static void test_rows(void **state)
{
    static const struct {
        char letter;
        enum digest_state state;
        const char *class;
        const char *run_action;
        const char *policy;
        const char *what;
        const char *story;
        const char *reason;
        const char *command; // how it begins; NULL: none
        const char *cause;   // NULL: none
    } cases[] = {
        {'x', DIGEST_WARNING, "exceptions", "run-e7x2m", "daily",
         "backup of shop completed, 3 items left out",
         "2nd run with exceptions in a row, since 2026-04-01 10:22 UTC, 1 d 0 h ago; last good run "
         "2026-03-31 10:22 UTC, 2 d 0 h ago",
         "It completed with exceptions, and no mail has told it yet.", backup, "volume cache"},
        {'k', DIGEST_WARNING, "cancelled", "run-e7x2m", "daily", "backup of shop was cancelled",
         "2nd cancelled run in a row, since 2026-04-01 10:22 UTC, 1 d 0 h ago; last good run "
         "2026-03-31 10:22 UTC, 2 d 0 h ago",
         "It was cancelled, and no mail has told it yet.", backup, "cancelled by admin"},
        {'d', DIGEST_WARNING, "skipped", "run-e7x2m", "daily", "backup of shop was skipped",
         "2nd skipped run in a row, since 2026-04-01 10:22 UTC, 1 d 0 h ago; last good run "
         "2026-03-31 10:22 UTC, 2 d 0 h ago",
         "It was skipped, and no mail has told it yet.", backup, "still running"},
        {'p', DIGEST_FAILED, "stuck", "run-s4t9k", "daily",
         "backup of shop is stuck: it has been pending for 1 d 2 h",
         "it began 2026-04-01 08:22 UTC, 1 d 2 h ago; counted as stuck from 2026-04-02 08:22 UTC "
         "on (STUCK_AFTER)",
         "It is stuck, and no mail has told it yet.", backup, NULL},
        {'r', DIGEST_FAILED, "stuck", "run-s4t9k", "daily",
         "backup of shop is stuck: it has been running for 1 d 2 h, 40 % done",
         "it began 2026-04-01 08:22 UTC, 1 d 2 h ago; counted as stuck from 2026-04-02 08:22 UTC "
         "on (STUCK_AFTER)",
         "It is stuck, and no mail has told it yet.", backup, NULL},
        {'a', DIGEST_FAILED, "stuck", "run-s4t9k", "daily",
         "backup of shop is stuck: it is retrying after a failed attempt, 1 d 2 h after it began, "
         "0 % done",
         "it began 2026-04-01 08:22 UTC, 1 d 2 h ago; counted as stuck from 2026-04-02 08:22 UTC "
         "on (STUCK_AFTER)",
         "It is stuck, and no mail has told it yet.", backup, NULL},
        {'l', DIGEST_FAILED, "overdue", "-", "daily",
         "policy daily is overdue: no run has completed since 2026-03-31 20:22 UTC, 1 d 14 h ago",
         "its frequency is daily; one was due 2026-04-01 20:22 UTC, 14 h 0 min ago, counted late "
         "after 2026-04-02 08:22 UTC (tolerance 12 h)",
         "It is overdue, and no mail has told it yet.", policy, NULL},
        {'n', DIGEST_FAILED, "overdue", "-", "daily",
         "policy daily is overdue: it has never completed a run",
         "its frequency is daily; it is older than one interval (1 d), counted from 2026-03-31 "
         "20:22 UTC, 1 d 14 h ago; one was due 2026-04-01 20:22 UTC, 14 h 0 min ago, counted late "
         "after 2026-04-02 08:22 UTC (tolerance 12 h)",
         "It is overdue, and no mail has told it yet.", policy, NULL},
        {'o', DIGEST_FAILED, "overdue", "-", "daily",
         "policy daily is overdue: its runs are only skipped: No applications match",
         "its frequency is daily; the last to complete ended 2026-03-31 20:22 UTC, 1 d 14 h ago; "
         "one was due 2026-04-01 20:22 UTC, 14 h 0 min ago, counted late after 2026-04-02 08:22 "
         "UTC (tolerance 12 h)",
         "It is overdue, and no mail has told it yet.", policy, NULL},
        {'s', DIGEST_FAILED, "overdue", "-", "",
         "no policy has run since 2026-03-31 20:22 UTC, 1 d 14 h ago: 12 of 12 policies that "
         "should "
         "have run are overdue",
         "the first run missed was due 2026-04-01 20:22 UTC, 14 h 0 min ago",
         "It is overdue, and no mail has told it yet.", "kubectl -n kasten-io get pods", NULL},
        {'t', DIGEST_WARNING, "expiring", "-", "",
         "the token for K3s expires in 6 d 0 h, on 2026-04-08 10:22 UTC", "",
         "It expires within 14 days, and no mail has told it yet.", NULL, NULL},
        {'c', DIGEST_FAILED, "expiring", "-", "",
         "the certificate of the API server of K3s expires in 2 d 0 h, on 2026-04-04 10:22 UTC", "",
         "It expires within 14 days, and no mail has told it yet.", NULL, NULL},
        {'e', DIGEST_FAILED, "expiring", "-", "",
         "the CA that is trusted for K3s has expired, 3 h 0 min ago, on 2026-04-02 07:22 UTC", "",
         "It expires within 14 days, and no mail has told it yet.", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct digest digest;
        make(*state, cases[i].letter, PLAN_NEW, &digest);
        const struct digest_row *row = &digest.groups[0].rows[0];
        assert_string_equal(row->what, cases[i].what);
        assert_string_equal(row->story, cases[i].story);
        assert_string_equal(row->reason, cases[i].reason);
        assert_string_equal(row->class_word, cases[i].class);
        assert_string_equal(digest.state_word, cases[i].class);
        assert_string_equal(row->run_action, cases[i].run_action);
        assert_string_equal(row->policy, cases[i].policy);
        assert_int_equal(row->state, cases[i].state);
        assert_int_equal(digest.state, cases[i].state);
        assert_int_equal(row->ended != NULL, digest_class_of(row->class)->is_run);
        assert_int_equal(row->cause_count, cases[i].cause == NULL ? 0 : 1);
        if (cases[i].cause != NULL) {
            assert_string_equal(row->causes[0].text, cases[i].cause);
        }
        if (cases[i].command == NULL) {
            assert_null(row->command);
        } else {
            assert_int_equal(strncmp(row->command, cases[i].command, strlen(cases[i].command)), 0);
        }
        assert_int_equal(row->remedy != NULL, strchr("stce", cases[i].letter) != NULL);
    }
}

// The same subject whatever the mail of an incident; what changes stands in the headline.
static void test_single_mails(void **state)
{
    static const struct {
        char letter;
        const char *subject; // of a reminder up to its cause
        const char *cause;   // "" for none
        const char *headline;
        const char *still;
        const char *word;
        const char *still_word;
    } cases[] = {
        {'x', "daily completed with exceptions", " - volume cache",
         "daily completed with exceptions on K3s",
         "daily still completes with exceptions on K3s, 2 runs with exceptions in a row",
         "With exceptions", "Still with exceptions"},
        {'k', "daily was cancelled", " - cancelled by admin", "daily was cancelled on K3s",
         "daily is still cancelled on K3s, 2 cancelled runs in a row", "Cancelled",
         "Still cancelled"},
        {'d', "daily was skipped", " - still running", "daily was skipped on K3s",
         "daily is still skipped on K3s, 2 skipped runs in a row", "Skipped", "Still skipped"},
        {'r', "daily is stuck - run-s4t9k", "",
         "daily is stuck on K3s: backup of shop has been running for 1 d 2 h, 40 % done",
         "daily is still stuck on K3s: backup of shop has been running for 1 d 2 h, 40 % done",
         "Stuck", "Still stuck"},
        {'l', "daily is overdue", "", "daily is overdue on K3s: none completed for 1 d 14 h",
         "daily is still overdue on K3s: none completed for 1 d 14 h", "Overdue", "Still overdue"},
        {'n', "daily is overdue", "", "daily is overdue on K3s: none has ever completed",
         "daily is still overdue on K3s: none has ever completed", "Overdue", "Still overdue"},
        {'s', "no policy runs", "", "no policy runs on K3s, 12 of 12 policies are overdue",
         "still no policy runs on K3s, 12 of 12 policies are overdue", "Overdue", "Still overdue"},
        {'t', "token expires", "", "the token for K3s expires in 6 d 0 h",
         "the token for K3s expires in 6 d 0 h", "Expiring", "Still expiring"},
        {'e', "trusted CA expires", "", "the CA that is trusted for K3s has expired, 3 h 0 min ago",
         "the CA that is trusted for K3s has expired, 3 h 0 min ago", "Expiring", "Still expiring"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct digest digest;
        make(*state, cases[i].letter, PLAN_NEW, &digest);
        assert_string_equal(digest.subject, arena_format(*state, "[Kasten Backup] K3s: %s%s",
                                                         cases[i].subject, cases[i].cause));
        assert_string_equal(digest.headline, cases[i].headline);
        assert_string_equal(digest.word, cases[i].word);
        make(*state, cases[i].letter, PLAN_REMINDER, &digest);
        assert_string_equal(digest.subject,
                            arena_format(*state, "[Kasten Backup] K3s: %s", cases[i].subject));
        assert_string_equal(digest.headline, cases[i].still);
        assert_string_equal(digest.word, cases[i].still_word);
    }
}

// What reminders and repeats say; a run that can no longer be read keeps its class.
static void test_other_reasons(void **state)
{
    static const struct {
        char letter;
        enum plan_reason reason;
        const char *what;
        const char *why;
    } cases[] = {
        {'x', PLAN_REMINDER,
         "still completes with exceptions; the latest run with exceptions is run-e7x2m",
         "It still completes with exceptions, and no mail has named it for REMIND_EVERY."},
        {'x', PLAN_ID_ONLY, "run run-e7x2m completed with exceptions; it can no longer be read",
         "Part of a mail that is sent again; the object itself can no longer be read."},
        {'x', PLAN_AGAIN, "backup of shop completed, 3 items left out",
         "It completed with exceptions, like the run before it."},
        {'x', PLAN_CAUSE_CHANGED, "backup of shop completed, 3 items left out",
         "It completed with exceptions, now for another cause than the last mail gave."},
        {'x', PLAN_FOLLOWED, "backup of shop completed, 3 items left out",
         "It completed with exceptions; a clean run had followed when it was first seen."},
        {'k', PLAN_SILENCE_ENDED, "backup of shop was cancelled",
         "It was cancelled while it was silenced, and no clean run has followed."},
        {'r', PLAN_REMINDER, "backup of shop is stuck: it has been running for 1 d 2 h, 40 % done",
         "Still stuck, and no mail has named it for REMIND_EVERY."},
        {'l', PLAN_SILENCE_ENDED,
         "policy daily is overdue: no run has completed since 2026-03-31 20:22 UTC, 1 d 14 h ago",
         "It became overdue while it was silenced, and still is."},
        {'t', PLAN_REMINDER, "the token for K3s expires in 6 d 0 h, on 2026-04-08 10:22 UTC",
         "It is not renewed yet. A mail names it 14, 7, 3 and 1 days ahead, and once it has "
         "expired."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct digest digest;
        make(*state, cases[i].letter, cases[i].reason, &digest);
        assert_string_equal(digest.groups[0].rows[0].what, cases[i].what);
        assert_string_equal(digest.groups[0].rows[0].reason, cases[i].why);
        bool told = strstr(digest.groups[0].rows[0].story, "no mail since 2026-04-01") != NULL;
        assert_int_equal(told, cases[i].reason == PLAN_REMINDER);
    }
}

static void test_endings(void **state)
{
    static const struct {
        enum plan_reason reason;
        enum alert_class class;
        enum action_kind kind;
        const char *why;
        const char *subject;
        const char *title;
        const char *what;
        const char *story;
    } cases[] = {
        {PLAN_RECOVERED, ALERT_EXCEPTIONS, ACTION_BACKUP, "",
         "daily completes without exceptions again - backup of token", "Without exceptions again",
         "backup of token completes without exceptions again",
         "after 3 runs with exceptions and 1 d 6 h; clean run ended 2026-04-02 10:02 UTC, 20 min "
         "ago"},
        {PLAN_VANISHED, ALERT_EXCEPTIONS, ACTION_BACKUP, "the policy no longer exists",
         "daily ended without a good run - the policy no longer exists",
         "Ended without a clean run", "backup of token",
         "the policy no longer exists; after 3 runs with exceptions and 1 d 6 h, no good run was "
         "seen"},
        {PLAN_RECOVERED, ALERT_STUCK, ACTION_RUN, "",
         "daily ended well after being stuck - run run-s4t9k", "Ended well after being stuck",
         "run run-s4t9k ended well",
         "after 1 d 6 h, it began 2026-04-01 03:22 UTC; it ended 2026-04-02 10:02 UTC, 20 min ago"},
        {PLAN_VANISHED, ALERT_STUCK, ACTION_RUN, "it failed",
         "daily is no longer stuck - it failed", "No longer stuck",
         "run run-s4t9k is no longer stuck",
         "it failed; after 1 d 6 h, it began 2026-04-01 03:22 UTC"},
        {PLAN_RECOVERED, ALERT_OVERDUE, ACTION_RUN, "", "daily runs again", "Running again",
         "runs complete again", "it was overdue for 1 d 6 h, since 2026-04-01 03:22 UTC"},
        {PLAN_VANISHED, ALERT_OVERDUE, ACTION_EXPORT, "its schedule was changed",
         "exports of daily are no longer overdue - its schedule was changed", "No longer overdue",
         "exports are no longer overdue",
         "its schedule was changed; it was overdue for 1 d 6 h, since 2026-04-01 03:22 UTC"},
        {PLAN_RECOVERED, ALERT_OVERDUE, OBJECT_POLICY, "", "policies run again", "Running again",
         "policies run again", "it was overdue for 1 d 6 h, since 2026-04-01 03:22 UTC"},
        {PLAN_RECOVERED, ALERT_EXPIRING, ACTION_BACKUP, "it is valid until 2027-04-02",
         "token was renewed - it is valid until 2027-04-02", "Renewed",
         "the token for K3s was renewed", "it is valid until 2027-04-02"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct story story;
        struct digest digest;
        story_init(&story, *state, 1);
        (void)story_add_ended(&story, cases[i].reason, cases[i].class, cases[i].kind, cases[i].why);
        story_build(&story, &digest);
        bool well = cases[i].reason == PLAN_RECOVERED;
        const struct digest_endings *endings = well ? &digest.recovered : &digest.ended;
        assert_string_equal(digest.subject,
                            arena_format(*state, "[Kasten Backup] K3s: %s", cases[i].subject));
        assert_string_equal(endings->title, cases[i].title);
        assert_string_equal(endings->items[0].what, cases[i].what);
        assert_string_equal(endings->items[0].story, cases[i].story);
        assert_string_equal(digest.word, well ? cases[i].title : "Ended");
        assert_int_equal(digest.state, well ? DIGEST_OK : DIGEST_WARNING);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_table),         TEST(test_rows),    TEST(test_single_mails),
        TEST(test_other_reasons), TEST(test_endings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
