// SPDX-License-Identifier: MIT
// Mails with rows of several classes: what is said first, what is counted, in every output.
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

// n failed run, x with exceptions, s stuck, o overdue, t standstill, e token, p profile; in upper
// case the reminder; u unread, g recovered, G stuck that ended well.
static void add(struct story *story, char letter)
{
    bool again = letter < 'a';
    enum plan_reason reason = again ? PLAN_REMINDER : PLAN_NEW;
    switch (letter) {
    case 'n':
        story_add_row(story, reason, "run-a", "disk full");
        break;
    case 'x':
    case 'X':
        story_add_run(story, ALERT_EXCEPTIONS, reason, again ? NULL : "volume cache");
        break;
    case 's':
    case 'S':
        story_add_stuck(story, reason, ACTION_RUNNING, 40);
        break;
    case 'o':
    case 'O':
        story_add_overdue(story, reason, OVERDUE_LATE);
        break;
    case 't':
        story_add_standstill(story, reason);
        break;
    case 'e':
        story_add_expiring(story, reason, "token", 6 * STORY_DAY);
        break;
    case 'p':
        story_add_invalid(story, reason, OBJECT_PROFILE, "s3-prod", NULL);
        break;
    case 'u':
        story_add_unread(story, 1, PLAN_UNREAD);
        break;
    case 'g':
        story_add_closing(story, PLAN_RECOVERED);
        break;
    default:
        story_add_ended(story, PLAN_RECOVERED, ALERT_STUCK, ACTION_RUN, "");
        break;
    }
}

static void make(struct arena *arena, const char *letters, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 32);
    for (; *letters != '\0'; letters++) {
        add(&story, *letters);
    }
    story_build(&story, ret);
}

static const char *figures(struct arena *arena, const struct digest *digest)
{
    const char *text = "";
    for (size_t i = 0; i < digest->figure_count; i++) {
        text = arena_format(arena, "%s%s%s %s", text, i == 0 ? "" : ", ", digest->figures[i].value,
                            digest->figures[i].label);
    }
    return text;
}

static void test_mixtures(void **state)
{
    static const struct {
        const char *letters;
        const char *subject;
        const char *word;
        const char *title;
        const char *figures;
        const char *count; // the first sentence that counts
    } cases[] = {
        {"nso", "1 backup failure on K3s; 1 overdue policy; 1 stuck run", "Failed",
         "Failed runs: 1, overdue: 1, stuck: 1",
         "1 failed run, 1 overdue, 1 stuck run, 3 of 3 clusters read",
         "In all: 1 failed run with 1 failed action, in 1 application."},
        {"ss", "2 stuck runs on K3s", "Stuck", "Stuck: 2",
         "2 stuck runs, 1 application affected, 1 d 2 h the longest, 3 of 3 clusters read",
         "In all: 2 stuck runs."},
        {"sS", "1 stuck run, 1 still stuck on K3s", "Stuck", "Stuck: 1, still stuck: 1",
         "2 stuck runs, 1 application affected, 1 d 2 h the longest, 3 of 3 clusters read",
         "In all: 1 stuck run; 1 still stuck."},
        {"oO", "1 overdue policy, 1 still overdue on K3s", "Overdue",
         "Overdue: 1, still overdue: 1",
         "2 overdue policies, 0 clusters at a standstill, 1 d 14 h longest without a run, 3 of 3 "
         "clusters read",
         "In all: 1 overdue policy; 1 still overdue."},
        {"to", "1 overdue policy, 1 cluster at a standstill on K3s", "Overdue", "Overdue: 2",
         "1 overdue policy, 1 cluster at a standstill, 12 of 12 policies overdue, 3 of 3 clusters "
         "read",
         "In all: 1 overdue policy, 1 cluster at a standstill."},
        {"xx", "2 runs with exceptions on K3s", "With exceptions", "With exceptions: 2",
         "2 runs with exceptions, 1 application affected, 6 items left out, 3 of 3 clusters read",
         "In all: 2 runs with exceptions."},
        {"XX", "2 still with exceptions on K3s", "Still with exceptions",
         "Still with exceptions: 2",
         "2 still with exceptions, 1 application affected, 0 runs with exceptions in a row, 3 of 3 "
         "clusters read",
         "In all: 2 still with exceptions."},
        {"xxg", "2 runs with exceptions on K3s; 1 recovered", "With exceptions",
         "With exceptions: 2",
         "2 runs with exceptions, 1 application affected, 1 recovered, 3 of 3 clusters read",
         "In all: 2 runs with exceptions."},
        {"ee", "2 expiring tokens on K3s", "Expiring", "Expiring: 2",
         "2 expiring tokens, 0 expiring certificates, 0 expiring CAs, 3 of 3 clusters read",
         "In all: 2 expiring tokens."},
        {"oe", "1 overdue policy on K3s; 1 expiring token", "Overdue", "Overdue: 1, expiring: 1",
         "1 overdue, 1 expiring, 3 of 3 clusters read",
         "In all: 1 overdue policy; 1 expiring token."},
        {"nxu", "1 backup failure on K3s; cannot read RKE2; 1 run with exceptions", "Failed",
         "Failed runs: 1, with exceptions: 1",
         "1 failed run, 1 application affected, 1 run with exceptions, 2 of 3 clusters read",
         "In all: 1 failed run with 1 failed action, in 1 application."},
        {"nsopex", "1 backup failure on K3s; 5 more findings", "Failed",
         "Failed runs: 1, overdue: 1, stuck: 1, invalid: 1, expiring: 1, with exceptions: 1",
         "1 failed run, 1 overdue, 4 other findings, 3 of 3 clusters read",
         "In all: 1 failed run with 1 failed action, in 1 application."},
        {"sSopexugG",
         "1 overdue policy on K3s; cannot read RKE2; 5 more findings; 2 incidents over", "Overdue",
         NULL, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct digest digest;
        make(*state, cases[i].letters, &digest);
        assert_string_equal(digest.subject,
                            arena_format(*state, "[Kasten Backup] %s", cases[i].subject));
        assert_string_equal(digest.word, cases[i].word);
        if (cases[i].title != NULL) {
            assert_string_equal(digest.rows_title, cases[i].title);
            assert_string_equal(figures(*state, &digest), cases[i].figures);
            assert_string_equal(digest.counts[0], cases[i].count);
        }
    }
}

// Any two, three, four classes: short, with the worst of them in the band, every row counted.
static void test_every_mixture(void **state)
{
    static const char letters[] = "nosepxug";
    for (size_t mask = 1; mask < (size_t)1 << 8; mask++) {
        char mixture[9];
        size_t len = 0;
        size_t rows = 0;
        for (size_t i = 0; i < 8; i++) {
            if ((mask >> i & 1) != 0) {
                mixture[len++] = letters[i];
                rows += letters[i] == 'u' || letters[i] == 'g' ? 0 : 1;
            }
        }
        mixture[len] = '\0';
        struct digest digest;
        make(*state, mixture, &digest);
        size_t counted = 0;
        for (size_t i = 0; i < digest.header_count; i++) {
            counted += digest.headers[i].count;
        }
        assert_int_equal(counted, rows);
        assert_int_equal(digest.row_count, rows);
        assert_true(digest_characters(digest.subject) < DIGEST_SUBJECT_CHARACTERS);
        assert_true(digest.figure_count >= 3 && digest.figure_count <= 4);
        assert_int_equal(strcmp(digest.state_word, "failed") == 0, mixture[0] == 'n');
        // The words of failures stand in no mail without one, but for what could not be read.
        if (mixture[0] != 'n' && strchr(mixture, 'u') == NULL && rows > 0) {
            assert_null(strstr(digest.preheader, "fail"));
            assert_null(strstr(digest.subject, "fail"));
        }
    }
}

// What one profile explains is one group, the profile first, whatever the causes of the runs.
static void test_explained_group(void **state)
{
    struct digest digest;
    assert_true(sample_make(*state, "explained", &digest));
    assert_int_equal(digest.group_count, 1);
    const struct digest_group *group = &digest.groups[0];
    assert_string_equal(group->heading, "profile s3-prod is invalid; 2 failed runs use it");
    assert_int_equal(group->row_count, 3);
    assert_string_equal(group->rows[0].kind, "profile");
    assert_true(group->rows[0].causes[0].same_as_group);
    assert_true(group->rows[1].causes[0].same_as_group);
    assert_false(group->rows[2].causes[0].same_as_group);
    assert_string_equal(group->rows[2].causes[0].text, "Failed to connect to the repository");
    assert_non_null(group->remedy);
}

// A row of its own does not seem to belong to the group before it; a mail of one class needs none.
static void test_headings(void **state)
{
    struct digest digest;
    make(*state, "ooses", &digest);
    assert_int_equal(digest.group_count, 3);
    assert_string_equal(digest.groups[0].heading, "2 overdue policies on K3s");
    assert_string_equal(digest.groups[1].heading, "1 application in 2 stuck runs on K3s");
    assert_string_equal(digest.groups[2].heading, "Expiring");
    make(*state, "oot", &digest);
    assert_int_equal(digest.group_count, 2);
    assert_null(digest.groups[1].heading);
}

static void test_explained_by_nothing(void **state)
{
    struct story story;
    struct digest digest;
    story_init(&story, *state, 4);
    story_add_row(&story, PLAN_NEW, "run-a", "disk full")->group = "x";
    story_add_row(&story, PLAN_NEW, "run-b", "no space left")->group = "x";
    story_add_row(&story, PLAN_NEW, "run-c", "no space left")->group = "y";
    story_build(&story, &digest);
    assert_int_equal(digest.group_count, 2);
    assert_string_equal(digest.groups[0].heading, "1 application in 2 failed runs on K3s");
    story_add_invalid(&story, PLAN_NEW, OBJECT_PROFILE, "s3", NULL)->group = "y";
    story_build(&story, &digest);
    assert_string_equal(digest.groups[1].heading, "profile s3 is invalid; 1 failed run uses it");
}

// Rows without a cause say none, in any output, and text and HTML say the same.
static void test_outputs(void **state)
{
    struct digest digest;
    AUTO(buf) text;
    AUTO(buf) html;
    AUTO(buf) csv;
    buf_init(&text, 1 << 20);
    buf_init(&html, 1 << 20);
    buf_init(&csv, 1 << 20);
    make(*state, "soe", &digest);
    (void)text_render(&text, &digest, 0);
    (void)html_render(&html, &digest, 100000);
    assert_int_equal(csv_render(&csv, &digest, 1 << 20), 3);
    static const char *const never[] = {"Error:",    "Error  ", " cause",
                                        "not known", "Ended",   "reason"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        assert_null(strstr(text.data, never[i]));
        assert_null(strstr(html.data, never[i]));
    }
    static const char *const both[] = {"policy daily is overdue: no run",
                                       "backup of shop is stuck: it has", "the token for K3s",
                                       "kubectl -n shop get backupactions."};
    for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
        assert_non_null(strstr(text.data, both[i]));
        assert_non_null(strstr(html.data, both[i]));
    }
    assert_null(strstr(html.data, "<br><br>"));
    assert_non_null(strstr(csv.data, "\"K3s\",\"run-s4t9k\",\"daily\",\"shop\",\"\","));
    assert_non_null(strstr(csv.data, "\"new\",\"2026-04-01T08:22:00Z\",\"\",\"stuck\"\r\n"));
    assert_non_null(strstr(csv.data, "\"K3s\",\"'-\",\"daily\",\"\",\"\","));
    assert_non_null(strstr(csv.data, "\"new\",\"2026-04-02T08:22:00Z\",\"\",\"overdue\"\r\n"));
    assert_non_null(strstr(csv.data, "\"expiring\"\r\n"));
    assert_null(strstr(csv.data, "unknown"));
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
    AUTO(buf) out;
    buf_init(&out, 1 << 20);
    assert_true(sample_make(*state, "hostile-classes", &digest));
    for (size_t i = 0; i < digest.group_count; i++) {
        for (size_t j = 0; j < digest.groups[i].row_count; j++) {
            const struct digest_row *row = &digest.groups[i].rows[j];
            check_clean(row->what);
            check_clean(row->story);
            check_clean(row->reason);
            check_clean(row->policy);
            check_clean(row->remedy == NULL ? "" : row->remedy->next_step);
            assert_true(row->command == NULL || strstr(row->command, "reboot") == NULL);
        }
    }
    const struct digest_endings *lists[] = {&digest.recovered, &digest.ended};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < lists[i]->count; j++) {
            check_clean(lists[i]->items[j].policy);
            check_clean(lists[i]->items[j].what);
            check_clean(lists[i]->items[j].story);
        }
    }
    check_clean(digest.subject);
    check_clean(digest.headline);
    check_clean(digest.preheader);
    assert_true(digest_characters(digest.subject) < DIGEST_SUBJECT_CHARACTERS);
    (void)html_render(&out, &digest, 100000);
    assert_null(strstr(out.data, "<b>$"));
    assert_non_null(strstr(out.data, "&lt;b&gt;$(reboot)"));
    buf_reset(&out);
    (void)text_render(&out, &digest, 0);
    assert_null(strchr(out.data, '\x1b'));
    assert_null(strstr(out.data, "\nBcc"));
}

// Each alone in its mail, with names that a subject cannot hold.
static void test_hostile_single_rows(void **state)
{
    static const char letters[] = "xsote";
    for (size_t i = 0; letters[i] != '\0'; i++) {
        struct story story;
        struct digest digest;
        story_init(&story, *state, 1);
        add(&story, letters[i]);
        struct finding *finding = story_finding(&story, &story.plan.rows[0]);
        finding->name = "<b>\r\nBcc: x@y.z";
        finding->policy = finding->name;
        story.plan.rows[0].id = finding->name;
        story_build(&story, &digest);
        check_clean(digest.subject);
        check_clean(digest.headline);
        for (size_t j = 0; j < digest.footer_count; j++) {
            assert_null(digest.footer[j].command);
        }
    }
}

static void test_silence_commands(void **state)
{
    static const struct {
        const char *letters;
        const char *subject;
    } cases[] = {{"s", "k3s:run-s4t9k:2026-04-02:stuck"},
                 {"o", "k3s/daily"},
                 {"t", "overdue:k3s/-/policy/-"},
                 {"e", "expiring:k3s/-/backup/token"},
                 {"x", "k3s:run-e7x2m:2026-04-02:exceptions"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct digest digest;
        make(*state, cases[i].letters, &digest);
        const char *expected =
            arena_format(*state, "kasten-alerter state silence %s --for 8h", cases[i].subject);
        bool found = false;
        for (size_t j = 0; j < digest.footer_count; j++) {
            const char *command = digest.footer[j].command;
            found = found || (command != NULL && strcmp(command, expected) == 0);
        }
        assert_true(found);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_mixtures),      TEST(test_every_mixture),        TEST(test_explained_group),
        TEST(test_headings),      TEST(test_explained_by_nothing), TEST(test_outputs),
        TEST(test_hostile_texts), TEST(test_hostile_single_rows),  TEST(test_silence_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
