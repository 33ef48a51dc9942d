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

static struct digest sample(void **state, const char *name)
{
    struct digest digest;
    assert_true(sample_make(*state, name, &digest));
    return digest;
}

static void test_subjects(void **state)
{
    static const struct {
        const char *name;
        const char *subject;
    } cases[] = {
        {"single", "[Kasten Backup] K3s: daily-postgres failed - AccessDenied on profile s3-prod"},
        {"group", "[Kasten Backup] 15 backup failures on OpenShift, K3s, RKE2"},
        {"typical", "[Kasten Backup] 4 backup failures on OpenShift, K3s; cannot read RKE2"},
        {"unread", "[Kasten Backup] cannot read all of RKE2, K3s"},
        {"quiet", "[Kasten Backup] no new failures"},
        {"first", "[Kasten Backup] OpenShift: backup of shop failed - context deadline exceeded"},
        {"fleet", "[Kasten Backup] edge-store-000: daily failed - disk full; cannot read 298 "
                  "clusters"},
        {"empty",
         "cluster-1: run (no name) failed - no reason given by K10; cannot read cluster-1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct digest digest = sample(state, cases[i].name);
        assert_string_equal(digest.subject, cases[i].subject);
    }
    for (size_t i = 0; sample_name(i) != NULL; i++) {
        struct digest digest = sample(state, sample_name(i));
        assert_true(digest_characters(digest.subject) < DIGEST_SUBJECT_CHARACTERS);
        assert_true(utf8_is_valid(digest.subject, strlen(digest.subject)));
    }
}

static void test_groups_hold_every_row_once(void **state)
{
    for (size_t i = 0; sample_name(i) != NULL; i++) {
        struct digest digest = sample(state, sample_name(i));
        size_t rows = 0;
        for (size_t j = 0; j < digest.group_count; j++) {
            const struct digest_group *group = &digest.groups[j];
            rows += group->row_count;
            const struct digest_group *before = j == 0 ? group : group - 1;
            assert_true(group->state <= before->state);
            assert_true(group->state < before->state ||
                        group->rows[0].class != before->rows[0].class ||
                        group->row_count <= before->row_count);
            assert_true(group->heading != NULL || group->row_count == 1);
        }
        assert_int_equal(rows, digest.row_count);
    }
}

static void test_group(void **state)
{
    struct digest digest = sample(state, "group");
    assert_int_equal(digest.group_count, 2);
    assert_string_equal(digest.groups[0].heading,
                        "14 applications in 14 failed runs on OpenShift, K3s");
    assert_string_equal(digest.groups[0].causes[0].text, "AccessDenied on profile s3-prod");
    assert_true(digest.groups[0].rows[13].causes[0].same_as_group);
    assert_null(digest.groups[1].heading);
    assert_false(digest.groups[1].rows[0].causes[0].same_as_group);
    // The remedy of a shared cause stands once and names only what all rows have in common.
    assert_non_null(digest.groups[0].remedy);
    assert_non_null(strstr(digest.groups[0].remedy->next_step, "s3-prod"));
    assert_null(digest.groups[0].rows[0].remedy);
    assert_non_null(digest.groups[1].rows[0].remedy);
    assert_non_null(strstr(digest.groups[1].rows[0].remedy->next_step, "kubectl -n vault "));
    assert_string_equal(digest.groups[1].rows[0].causes[0].where, "workload vault");
}

static void test_row(void **state)
{
    struct digest digest = sample(state, "typical");
    const struct digest_row *row = &digest.groups[0].rows[0];
    assert_string_equal(row->what, "export of shop to profile s3-prod failed; the exported copy is "
                                   "missing or incomplete");
    assert_string_equal(row->command, "kubectl -n shop get exportactions.actions.kio.kasten.io "
                                      "export-x7k2m -o yaml");
    assert_string_equal(row->command_note, "on K3s");
    assert_string_equal(row->reason_word, "new");
    assert_null(row->dashboard_url);
    assert_string_equal(digest.groups[0].rows[1].reason_word, "more-of-run");
    row = &digest.groups[1].rows[0];
    assert_string_equal(row->what, "2 backups failed");
    assert_string_equal(row->command_note, "on OpenShift; first of 2 failed actions");
    assert_string_equal(row->dashboard_url, "https://k10.apps.ocp.example.com/k10/");
    row = &digest.groups[2].rows[0];
    assert_string_equal(row->command, "kubectl -n kasten-io get runactions.actions.kio.kasten.io "
                                      "run-7c9qk4x2zz -o yaml");
    assert_string_equal(digest.reasons, "new, more-of-run, unread");
    assert_int_equal(digest.cluster_name_count, 3);
    assert_int_equal(digest.namespace_count, 4);
}

static void test_unread(void **state)
{
    struct digest digest = sample(state, "unread");
    assert_int_equal(digest.state, DIGEST_WARNING);
    assert_string_equal(digest.word, "Not all read");
    assert_string_equal(digest.headline, "Cannot read all of RKE2, K3s");
    assert_string_equal(digest.unread[0].what, "nothing could be read");
    assert_string_equal(digest.unread[0].told,
                        "mailed before, last 2026-04-01 09:22 UTC, 1 d 1 h ago");
    assert_string_equal(digest.unread[1].what, "exports, runs could not be read");
}

// Names that a shell or another program would read as more than a name are in no command, and
// only https addresses become links.
static void test_hostile_names_are_in_no_command(void **state)
{
    struct digest digest = sample(state, "hostile");
    for (size_t i = 0; i < digest.group_count; i++) {
        for (size_t j = 0; j < digest.groups[i].row_count; j++) {
            assert_null(digest.groups[i].rows[j].command);
            assert_null(digest.groups[i].rows[j].dashboard_url);
        }
    }
}

static void test_quiet(void **state)
{
    struct digest digest = sample(state, "quiet");
    assert_int_equal(digest.state, DIGEST_OK);
    assert_int_equal(digest.group_count, 0);
    assert_string_equal(digest.word, "OK");
    assert_string_equal(digest.headline, "No new failures");
    assert_string_equal(digest.reasons, "none");
    assert_string_equal(digest.figures[3].value, "3 of 3");
}

static void test_times(void **state)
{
    enum { AT = 1775124120 /* 2026-04-02T10:02:00Z */ };
    assert_true(timestamp_use_zone("America/New_York"));
    assert_string_equal(digest_time(*state, AT, false), "2026-04-02 10:02 UTC");
    assert_string_equal(digest_time(*state, AT, true), "2026-04-02 06:02 EDT (10:02 UTC)");
    assert_string_equal(digest_time(*state, AT - 8 * 3600, true),
                        "2026-04-01 22:02 EDT (2026-04-02 02:02 UTC)");
    assert_true(timestamp_use_zone("UTC"));
    assert_string_equal(digest_time(*state, AT, true), "2026-04-02 10:02 UTC");
    assert_string_equal(digest_time(*state, TIMESTAMP_NONE, true), "");
    assert_string_equal(digest_time_and_age(*state, AT, AT + 90, false),
                        "2026-04-02 10:02 UTC, 1 min ago");
    assert_string_equal(digest_time_and_age(*state, AT, AT - 60, false),
                        "2026-04-02 10:02 UTC, 0 s ago");
    assert_string_equal(digest_time_and_age(*state, AT, AT - 600, false),
                        "2026-04-02 10:02 UTC, 10 min in the future");
}

static void test_cuts(void **state)
{
    assert_string_equal(digest_clean(*state, NULL, 10), "");
    assert_string_equal(digest_clean(*state, " a\r\n b ", 10), "a b");
    assert_string_equal(digest_clean(*state, "0123456789", 10), "0123456789");
    assert_string_equal(digest_clean(*state, "0123456789x", 10), "0123456...");
    assert_string_equal(digest_clean(*state, "01234\xC3\xA4\xC3\xA4\xC3\xA4", 10),
                        "01234\xC3\xA4...");
    assert_string_equal(digest_clean(*state, "\xFF\xFF\xFF\xFF", 7), "\xEF\xBF\xBD...");
    assert_string_equal(digest_shorten(*state, "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4", 4),
                        "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4");
    assert_string_equal(
        digest_shorten(*state, "\xC3\xA4\xC3\xA4 \xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4", 6),
        "\xC3\xA4\xC3\xA4...");
    assert_string_equal(digest_shorten(*state, "abcdef", 2), "..");
    static const char *const names[] = {"a", "b", "c"};
    assert_string_equal(digest_list(*state, names, 3, 3), "a, b, c");
    assert_string_equal(digest_list(*state, names, 3, 1), "a and 2 more");
    assert_string_equal(digest_list(*state, names, 0, 1), "");
}

// A chain of Go errors gives its end to the subject where the whole has no room.
static void test_cause_in_subject(void **state)
{
    struct cause cause = {.text = "Failed to create Kopia repository for data export of volume "
                                  "data-0: Failed to connect to the backup repository",
                          .where = "",
                          .fingerprint = 1};
    struct action action = {.kind = ACTION_EXPORT, .name = "e", .namespace_name = "shop"};
    const struct action *actions[] = {&action};
    struct finding finding = {.kind = ACTION_RUN,
                              .name = "run-a",
                              .policy = "daily",
                              .actions = actions,
                              .action_count = 1,
                              .causes = {.items = &cause, .count = 1}};
    struct plan_row row = {.finding = &finding, .id = "k3s:run-a:2026-04-02"};
    struct plan plan = {.rows = &row, .row_count = 1, .cluster_count = 1, .clusters_read = 1};
    struct digest_cluster cluster = {.name = "k3s", .label = "K3s"};
    struct digest_input input = {.plan = &plan,
                                 .clusters = &cluster,
                                 .cluster_count = 1,
                                 .subject_prefix = "[Kasten Backup]",
                                 .version = "0"};
    struct digest digest;
    digest_build(*state, &input, &digest);
    assert_string_equal(digest.subject, "[Kasten Backup] K3s: daily failed - Failed to connect to "
                                        "the backup repository");
    // The sentence that counts what core left out is no cause.
    struct cause two[] = {cause, {.text = "and 9 more causes", .where = ""}};
    finding.causes = (struct cause_list){.items = two, .count = 2, .omitted = 9};
    digest_build(*state, &input, &digest);
    assert_int_equal(digest.groups[0].rows[0].cause_count, 1);
    assert_int_equal(digest.groups[0].rows[0].causes_omitted, 9);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_subjects), TEST(test_groups_hold_every_row_once),
        TEST(test_group),    TEST(test_row),
        TEST(test_unread),   TEST(test_hostile_names_are_in_no_command),
        TEST(test_quiet),    TEST(test_times),
        TEST(test_cuts),     TEST(test_cause_in_subject),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
