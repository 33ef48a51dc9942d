// SPDX-License-Identifier: MIT
// Invalid policies, presets and profiles in mails: worded as what they are, beside all else.
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
#include "report/csv.h"
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

// Rows and endings, one per letter: p policy, s preset, f profile, P S F the same as reminders, n
// failed run, r its reminder; v valid again, d deleted, g recovered.
static void add(struct story *story, char letter)
{
    switch (letter) {
    case 'n':
        story_add_row(story, PLAN_NEW, "run-a", "disk full");
        break;
    case 'r':
        story_add_row(story, PLAN_REMINDER, "run-b", NULL)->runs = 2;
        break;
    case 'p':
        story_add_invalid(story, PLAN_NEW, OBJECT_POLICY, "daily", "K10 will not run it");
        break;
    case 'P':
        story_add_invalid(story, PLAN_REMINDER, OBJECT_POLICY, "daily", "K10 will not run it");
        break;
    case 's':
        story_add_invalid(story, PLAN_NEW, OBJECT_POLICY_PRESET, "gold", "no policy uses it");
        break;
    case 'S':
        story_add_invalid(story, PLAN_REMINDER, OBJECT_POLICY_PRESET, "gold", "no policy uses it");
        break;
    case 'f':
        story_add_invalid(story, PLAN_NEW, OBJECT_PROFILE, "s3-prod", "used by policy daily");
        break;
    case 'F':
        story_add_invalid(story, PLAN_REMINDER, OBJECT_PROFILE, "s3-prod", "used by policy daily");
        break;
    case 'v':
        story_add_valid(story, PLAN_RECOVERED, OBJECT_POLICY);
        break;
    case 'd':
        story_add_valid(story, PLAN_VANISHED, OBJECT_PROFILE);
        break;
    case 'u':
        story_add_unread(story, 1, PLAN_UNREAD);
        break;
    default:
        story_add_closing(story, PLAN_RECOVERED);
        break;
    }
}

static void make(struct arena *arena, const char *letters, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 16);
    for (; *letters != '\0'; letters++) {
        add(&story, *letters);
    }
    story_build(&story, ret);
}

static void test_mixtures(void **state)
{
    static const struct {
        const char *letters;
        const char *subject;
        const char *headline; // NULL: the subject
        const char *word;
        const char *state_word;
        const char *title; // NULL: no rows
        const char *figures;
    } cases[] = {
        {"p", "K3s: policy daily is invalid - AccessDenied on bucket backups",
         "policy daily is invalid on K3s", "Invalid", "invalid", "Invalid: 1",
         "1 invalid policy, 0 invalid policy presets, 0 invalid profiles, 3 of 3 clusters read"},
        {"P", "K3s: policy daily is invalid - AccessDenied on bucket backups",
         "policy daily is still invalid on K3s", "Still invalid", "invalid", "Still invalid: 1",
         "1 invalid policy, 0 invalid policy presets, 0 invalid profiles, 3 of 3 clusters read"},
        {"f", "K3s: profile s3-prod is invalid - AccessDenied on bucket backups",
         "profile s3-prod is invalid on K3s", "Invalid", "invalid", "Invalid: 1",
         "0 invalid policies, 0 invalid policy presets, 1 invalid profile, 3 of 3 clusters read"},
        {"pp", "2 invalid policies on K3s", NULL, "Invalid", "invalid", "Invalid: 2",
         "2 invalid policies, 0 invalid policy presets, 0 invalid profiles, 3 of 3 clusters read"},
        {"psf", "1 invalid policy, 1 invalid policy preset, 1 invalid profile on K3s", NULL,
         "Invalid", "invalid", "Invalid: 3",
         "1 invalid policy, 1 invalid policy preset, 1 invalid profile, 3 of 3 clusters read"},
        {"pSF", "1 invalid policy, 2 still invalid on K3s", NULL, "Invalid", "invalid",
         "Invalid: 1, still invalid: 2",
         "1 invalid policy, 1 invalid policy preset, 1 invalid profile, 3 of 3 clusters read"},
        {"SF", "2 still invalid on K3s", NULL, "Still invalid", "invalid", "Still invalid: 2",
         "0 invalid policies, 1 invalid policy preset, 1 invalid profile, 3 of 3 clusters read"},
        {"nnp", "2 backup failures on K3s; 1 invalid policy", NULL, "Failed", "failed",
         "Failed runs: 2, invalid: 1",
         "2 failed runs, 1 application affected, 1 invalid object, 3 of 3 clusters read"},
        {"rP", "1 still failing on K3s; 1 still invalid", NULL, "Still failing", "failed",
         "Still failing: 1, still invalid: 1",
         "1 still failing, 1 application affected, 1 still invalid, 3 of 3 clusters read"},
        {"npuv", "1 backup failure on K3s; cannot read RKE2; 1 invalid policy; 1 valid again", NULL,
         "Failed", "failed", "Failed runs: 1, invalid: 1", NULL},
        {"pu", "K3s: policy daily is invalid - AccessDenied on bucket backups; cannot read RKE2",
         "policy daily is invalid on K3s; cannot read RKE2", "Invalid", "invalid", "Invalid: 1",
         NULL},
        {"v", "K3s: policy daily is valid again", NULL, "Valid again", "recovered", NULL,
         "1 valid again, 0 failed runs, 0 deleted while invalid, 3 of 3 clusters read"},
        {"d", "K3s: profile s3-prod was deleted while it was invalid", NULL, "Ended", "ended", NULL,
         "0 valid again, 0 failed runs, 1 deleted while invalid, 3 of 3 clusters read"},
        {"vd", "1 valid again, 1 deleted while invalid on K3s", NULL, "Valid again", "recovered",
         NULL, NULL},
        {"gv", "1 recovered, 1 valid again on K3s", NULL, "Recovered", "recovered", NULL,
         "2 recovered, 1 application well again, 0 ended without a good run, 3 of 3 clusters read"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct digest digest;
        make(*state, cases[i].letters, &digest);
        assert_string_equal(digest.subject,
                            arena_format(*state, "[Kasten Backup] %s", cases[i].subject));
        assert_string_equal(digest.headline,
                            cases[i].headline != NULL ? cases[i].headline : cases[i].subject);
        assert_string_equal(digest.word, cases[i].word);
        assert_string_equal(digest.state_word, cases[i].state_word);
        if (cases[i].title != NULL) {
            assert_string_equal(digest.rows_title, cases[i].title);
        }
        if (cases[i].figures != NULL) {
            const struct digest_figure *figures = digest.figures;
            assert_string_equal(arena_format(*state, "%s %s, %s %s, %s %s, %s %s", figures[0].value,
                                             figures[0].label, figures[1].value, figures[1].label,
                                             figures[2].value, figures[2].label, figures[3].value,
                                             figures[3].label),
                                cases[i].figures);
        }
    }
}

// Invalid objects of other clusters than those of the failures are not taken for theirs.
static void test_clusters_are_named_where_they_differ(void **state)
{
    struct story story;
    struct digest digest;
    story_init(&story, *state, 4);
    story_add_row(&story, PLAN_NEW, "run-a", "disk full");
    struct plan_row *row = story_add_invalid(&story, PLAN_NEW, OBJECT_PROFILE, "nfs", NULL);
    struct finding elsewhere = *row->finding;
    elsewhere.cluster = 0;
    row->finding = &elsewhere;
    story_build(&story, &digest);
    assert_string_equal(digest.subject,
                        "[Kasten Backup] 1 backup failure on K3s; 1 invalid profile on OpenShift");
    assert_string_equal(digest.headers[3].name, "Invalid");
    assert_int_equal(digest.headers[3].count, 1);
}

static const struct digest_row *row_of(const struct digest *digest, const char *kind)
{
    for (size_t i = 0; i < digest->group_count; i++) {
        for (size_t j = 0; j < digest->groups[i].row_count; j++) {
            if (strcmp(digest->groups[i].rows[j].kind, kind) == 0) {
                return &digest->groups[i].rows[j];
            }
        }
    }
    fail();
    return NULL;
}

static void test_rows(void **state)
{
    struct digest digest;
    assert_true(sample_make(*state, "invalid", &digest));
    const struct digest_row *policy = row_of(&digest, "policy");
    const struct digest_row *preset = row_of(&digest, "policypreset");
    const struct digest_row *profile = row_of(&digest, "profile");
    assert_string_equal(policy->run_action, "-");
    assert_string_equal(policy->policy, "daily");
    assert_string_equal(policy->what, "policy kasten-io/daily is invalid: K10 will not run it");
    assert_string_equal(policy->command, "kubectl -n kasten-io get policies.config.kio.kasten.io "
                                         "daily -o yaml");
    assert_string_equal(policy->reason, "It is invalid, and no mail has told it yet.");
    assert_string_equal(policy->story, "");
    assert_null(policy->ended);
    assert_string_equal(profile->policy, "");
    assert_string_equal(profile->what, "profile kasten-io/s3-prod is invalid; used by policies "
                                       "daily, weekly and 3 more");
    assert_string_equal(profile->command, "kubectl -n kasten-io get profiles.config.kio.kasten.io "
                                          "s3-prod -o yaml");
    assert_string_equal(preset->what, "policy preset kasten-io/gold is still invalid; no policy "
                                      "uses it");
    assert_string_equal(preset->story, "first seen to be invalid 2026-04-01 10:22 UTC, 1 d 0 h "
                                       "ago; no mail since 2026-04-01 10:22 UTC, 1 d 0 h ago");
    assert_string_equal(preset->command, "kubectl -n kasten-io get "
                                         "policypresets.config.kio.kasten.io gold -o yaml");
    // One cause, one group, what to do about it said once; no runs are spoken of.
    assert_int_equal(digest.group_count, 1);
    assert_string_equal(digest.groups[0].heading, "1 invalid policy, 1 invalid policy preset, 1 "
                                                  "invalid profile on K3s");
    assert_non_null(digest.groups[0].remedy);
    assert_string_equal(digest.recovered.items[0].what, "the policy is valid again");
    assert_string_equal(digest.recovered.items[0].story,
                        "it was invalid for 1 d 2 h, since 2026-04-01 08:22 UTC");
    assert_string_equal(digest.ended.items[0].what, "profile kasten-io/s3-prod no longer exists");
    assert_string_equal(digest.recovered.title, "Valid again");
    assert_string_equal(digest.ended.title, "Deleted while invalid");
}

// A failed run of the same cause is another group: its row speaks of a run.
static void test_failures_are_not_grouped_with_objects(void **state)
{
    struct story story;
    struct digest digest;
    story_init(&story, *state, 4);
    story_add_row(&story, PLAN_NEW, "run-a", "AccessDenied on bucket backups");
    story_add_invalid(&story, PLAN_NEW, OBJECT_PROFILE, "s3-prod", NULL);
    story_build(&story, &digest);
    assert_int_equal(digest.group_count, 2);
    assert_string_equal(row_of(&digest, "profile")->what, "profile kasten-io/s3-prod is invalid");
}

static void test_every_output_has_them(void **state)
{
    struct digest digest;
    AUTO(buf) out;
    buf_init(&out, 1 << 20);
    make(*state, "psf", &digest);
    (void)text_render(&out, &digest, 0);
    assert_non_null(strstr(out.data, "policy kasten-io/daily is invalid: K10 will not run it"));
    assert_null(strstr(out.data, "Ended"));
    assert_null(strstr(out.data, "not known"));
    assert_null(strstr(out.data, "failed run"));
    buf_reset(&out);
    (void)html_render(&out, &digest, 100000);
    assert_non_null(strstr(out.data, "is invalid: K10 will not run it"));
    assert_null(strstr(out.data, "Ended:"));
    buf_reset(&out);
    assert_int_equal(csv_render(&out, &digest, 1 << 20), 3);
    assert_non_null(strstr(out.data, "\"K3s\",\"'-\",\"daily\",\"\","));
    assert_non_null(strstr(out.data, "\"new\",\"2026-04-02T10:22:00Z\",\"\",\"invalid\"\r\n"));
    assert_null(strstr(out.data, "failed"));
}

static const char *silence_command(const struct digest *digest)
{
    for (size_t i = 0; i < digest->footer_count; i++) {
        const char *command = digest->footer[i].command;
        if (command != NULL && strstr(command, "state silence") != NULL) {
            return command;
        }
    }
    return NULL;
}

static void test_silence_commands(void **state)
{
    struct digest digest;
    make(*state, "pf", &digest);
    assert_string_equal(silence_command(&digest),
                        "kasten-alerter state silence k3s/daily --for 8h");
    make(*state, "f", &digest); // no policy: by its incident
    assert_string_equal(silence_command(&digest),
                        "kasten-alerter state silence invalid:k3s/-/profile/kasten-io/s3-prod "
                        "--for 8h");
    make(*state, "pn", &digest);
    assert_non_null(silence_command(&digest));
}

// Names that cannot stand in a command, none at all, and kinds that no object has.
static void test_hostile_objects(void **state)
{
    static const char hostile[] = "<b>$(reboot)\r\nBcc: x@y.z\x1b[31m";
    struct story story;
    struct digest digest;
    story_init(&story, *state, 8);
    story_add_invalid(&story, PLAN_NEW, OBJECT_POLICY, hostile, hostile);
    story_add_invalid(&story, PLAN_SILENCE_ENDED, OBJECT_PROFILE, "", NULL);
    story_add_invalid(&story, PLAN_NEW, ACTION_BACKUP, "x", NULL);
    struct plan_closing *closing = story_add_valid(&story, PLAN_VANISHED, OBJECT_PROFILE);
    closing->app_count = 0;
    closing->since = TIMESTAMP_NONE;
    story.plan.rows[1].id = hostile;
    story.plan.rows[2].id = "!";
    story_build(&story, &digest);
    assert_null(row_of(&digest, "policy")->command);
    assert_null(row_of(&digest, "profile")->command);
    assert_null(strchr(digest.subject, '\n'));
    assert_true(digest_characters(digest.subject) < DIGEST_SUBJECT_CHARACTERS);
    assert_null(silence_command(&digest));
    assert_string_equal(digest.ended.items[0].story, "it was invalid");
    AUTO(buf) out;
    buf_init(&out, 1 << 20);
    (void)html_render(&out, &digest, 100000);
    assert_null(strstr(out.data, "<b>$"));
    (void)text_render(&out, &digest, 0);
    assert_null(strchr(out.data, '\x1b'));
    assert_null(strstr(out.data, "\nBcc"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_mixtures),
        TEST(test_clusters_are_named_where_they_differ),
        TEST(test_rows),
        TEST(test_failures_are_not_grouped_with_objects),
        TEST(test_every_output_has_them),
        TEST(test_silence_commands),
        TEST(test_hostile_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
