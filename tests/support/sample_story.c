// SPDX-License-Identifier: MIT
#include "sample_story.h"

#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/cause_list.h"
#include "sample_classes.h"
#include "sample_digest.h"

#include "base/banned.h"

static void set_story(struct plan_row *row, uint32_t runs, int64_t since_ago, int64_t good_ago)
{
    row->runs = runs;
    row->since = STORY_NOW - since_ago;
    row->last_good = good_ago == 0 ? TIMESTAMP_NONE : STORY_NOW - good_ago;
}

static void add_story_rows(struct story *story)
{
    static const char denied[] = "AccessDenied on profile s3-prod";
    static const char *const held[] = {"k3s:run-h1:2026-04-01", "k3s:run-h2:2026-04-01",
                                       "k3s:run-h3:2026-04-02"};
    set_story(story_add_row(story, PLAN_NEW, "run-new", denied), 1, STORY_HOUR, STORY_DAY);
    set_story(story_add_row(story, PLAN_AGAIN, "run-again", denied), 3, STORY_DAY, 2 * STORY_DAY);
    set_story(story_add_row(story, PLAN_CAUSE_CHANGED, "run-cause", "no space left on device"), 4,
              2 * STORY_DAY, 0);
    story_add_row(story, PLAN_MORE_OF_RUN, "run-more", "context deadline exceeded");
    story_add_row(story, PLAN_FOLLOWED, "run-followed", "connection reset by peer")->followed_at =
        STORY_NOW - STORY_HOUR / 4;
    struct plan_row *row = story_add_row(story, PLAN_REMINDER, "run-reminder", NULL);
    set_story(row, 5, 3 * STORY_DAY, 4 * STORY_DAY);
    row->held = held;
    row->held_count = 3;
    set_story(story_add_row(story, PLAN_SILENCE_ENDED, "run-silenced", NULL), 2, STORY_DAY, 0);
    story_add_row(story, PLAN_ID_ONLY, "run-id-only", NULL);
}

static void make_story(struct arena *arena, struct digest *ret)
{
    static struct plan_late late[] = {{0, STORY_NOW - 2 * STORY_DAY - 5 * STORY_HOUR},
                                      {2, STORY_NOW - STORY_DAY}};
    struct story story;
    story_init(&story, arena, 16);
    add_story_rows(&story);
    story_add_unread(&story, 1, PLAN_STILL_UNREAD);
    story_add_readable(&story, 0, ACTION_BACKUP);
    story_add_readable(&story, 2, ACTION_EXPORT)->caught_up = 0;
    story_add_closing(&story, PLAN_RECOVERED)->app_count = 2;
    struct plan_closing *closing = story_add_closing(&story, PLAN_RECOVERED);
    closing->policy = "weekly";
    closing->kind = ACTION_RUN;
    closing->app_count = 0;
    story_add_closing(&story, PLAN_VANISHED)->cluster = 0;
    story.plan.late = late;
    story.plan.late_count = 2;
    story.plan.again = true;
    story.plan.already_told = 4;
    story.plan.silenced = 2;
    story.plan.held = 1;
    story.plan.covered = 3;
    story.plan.older_failures = 7;
    story.plan.next_reminder = STORY_NOW + STORY_DAY - 600;
    story_build(&story, ret);
}

static void make_reminder(struct arena *arena, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 2);
    struct plan_row *row = story_add_row(&story, PLAN_REMINDER, "run-f2776nnj4l", NULL);
    set_story(row, 5, 3 * STORY_DAY, 4 * STORY_DAY);
    story_finding(&story, row)->causes = cause_list_of(arena, "AccessDenied on profile s3-prod");
    story.plan.thread = "5f1d36a0c2b94e77";
    story.plan.next_reminder = STORY_NOW + STORY_DAY;
    story_build(&story, ret);
}

static void set_step(struct arena *arena, struct plan_row *row, const struct plan_step *step)
{
    row->steps.items = arena_alloc(arena, sizeof *row->steps.items);
    row->steps.items[0] = *step;
    row->steps.count = 1;
}

static void make_recovered(struct arena *arena, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 2);
    story_add_closing(&story, PLAN_RECOVERED);
    story.plan.thread = "5f1d36a0c2b94e77";
    story_build(&story, ret);
}

static void make_invalid(struct arena *arena, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 4);
    story_add_invalid(&story, PLAN_NEW, OBJECT_POLICY, "daily", "K10 will not run it");
    story_add_invalid(&story, PLAN_NEW, OBJECT_PROFILE, "s3-prod",
                      "used by policies daily, weekly and 3 more");
    struct plan_step step = {.incident = {.told = STORY_NOW - STORY_DAY}};
    struct plan_row *row =
        story_add_invalid(&story, PLAN_REMINDER, OBJECT_POLICY_PRESET, "gold", "no policy uses it");
    set_step(arena, row, &step);
    story_add_valid(&story, PLAN_RECOVERED, OBJECT_POLICY);
    story_add_valid(&story, PLAN_VANISHED, OBJECT_PROFILE);
    story.plan.next_reminder = STORY_NOW + STORY_DAY;
    story_build(&story, ret);
}

// As many of everything as a pass can have to say.
static void make_endings(struct arena *arena, struct digest *ret)
{
    enum { MANY = 5000 };
    struct story story;
    story_init(&story, arena, MANY);
    for (size_t i = 0; i < MANY; i++) {
        struct plan_row *row =
            story_add_row(&story, PLAN_AGAIN, arena_format(arena, "run-%zu", i), "disk full");
        set_story(row, (uint32_t)i + 2, STORY_DAY, 0);
        struct plan_closing *closing =
            story_add_closing(&story, i % 2 == 0 ? PLAN_RECOVERED : PLAN_VANISHED);
        closing->policy = arena_format(arena, "kasten-io/policy-of-some-length-%zu", i);
        story_add_readable(&story, i % 3, ACTION_EXPORT);
        story_add_unread(&story, i % 3, PLAN_UNREAD);
    }
    story.plan.clusters_read = 0;
    story_build(&story, ret);
}

static const char hostile[] = "<script>alert(1)</script>\r\nBcc: victim@example.com\r\n\r\n.\r\n"
                              "\xE2\x80\xAEtxt.exe\xE2\x80\xAC\x01\x1B[31mred\xFF\xC0\x80 =1+1 "
                              "=?UTF-8?Q?x?= &amp; $(reboot) `id` %s%n \"'><b>";

static void make_hostile(struct arena *arena, struct digest *ret)
{
    enum { MANY = 300 };
    static const char *names[MANY];
    struct story story;
    story_init(&story, arena, MANY);
    story.clusters[2] = (struct digest_cluster){hostile, hostile, hostile, hostile, false};
    for (size_t i = 0; i < MANY; i++) {
        names[i] = hostile;
    }
    for (size_t i = 0; i < PLAN_RECOVERED; i++) {
        struct plan_row *row =
            story_add_row(&story, (enum plan_reason)i, hostile, i % 2 == 0 ? NULL : hostile);
        set_story(row, UINT32_MAX, INT64_C(9000000000000), 1);
        row->held_count = SIZE_MAX;
    }
    for (size_t i = 0; i < MANY; i++) {
        struct plan_closing *closing =
            story_add_closing(&story, i % 2 == 0 ? PLAN_RECOVERED : PLAN_VANISHED);
        *closing = (struct plan_closing){
            .cluster = 2,
            .reason = closing->reason,
            .policy = hostile,
            .kind = ACTION_EXPORT,
            .apps = names,
            .app_count = MANY,
            .run = hostile,
            .since = INT64_MAX,
            .closed_at = TIMESTAMP_NONE,
            .why = hostile,
        };
        story_add_unread(&story, 2, PLAN_STILL_UNREAD)->reason = hostile;
        story_add_readable(&story, 2, OBJECT_PROFILE)->since = STORY_NOW + STORY_DAY;
    }
    story.plan.clusters_read = 0;
    story.plan.thread = "a@b>\r\nBcc: victim@example.com";
    story_build(&story, ret);
}

static const struct {
    const char *name;
    void (*make)(struct arena *arena, struct digest *ret);
} samples[] = {
    {"story", make_story},     {"reminder", make_reminder}, {"recovered", make_recovered},
    {"endings", make_endings}, {"invalid", make_invalid},   {"hostile-story", make_hostile},
};

enum { SAMPLES = sizeof samples / sizeof samples[0] };

// The name of that index in one list after the other.
const char *sample_name(size_t index)
{
    const char *const *const lists[] = {sample_digest_names, sample_classes_names};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (size_t j = 0; lists[i][j] != NULL; j++, index--) {
            if (index == 0) {
                return lists[i][j];
            }
        }
    }
    return index < SAMPLES ? samples[index].name : NULL;
}

bool sample_make(struct arena *arena, const char *name, struct digest *ret)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        if (strcmp(samples[i].name, name) == 0) {
            samples[i].make(arena, ret);
            return true;
        }
    }
    return sample_classes_make(arena, name, ret) || sample_digest_make(arena, name, ret);
}
