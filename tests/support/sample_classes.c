// SPDX-License-Identifier: MIT
#include "sample_classes.h"

#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/cause_list.h"
#include "sample_plan.h"

#include "base/banned.h"

const char *const sample_classes_names[] = {"classes",         "exceptions", "stuck",     "overdue",
                                            "standstill",      "expiring",   "explained", "over",
                                            "hostile-classes", NULL};

// Where something is, and what it is about.
struct place {
    size_t cluster;
    const char *run;
    const char *policy;
    const char *app;
    enum action_kind kind;
    const char *profile;
};

// Moves a row of runs to another place.
static void move(struct story *story, struct plan_row *row, const struct place *place)
{
    struct arena *arena = story->arena;
    struct finding *finding = story_finding(story, row);
    const char **namespaces = arena_alloc_array(arena, 1, sizeof *namespaces);
    namespaces[0] = place->app;
    finding->cluster = place->cluster;
    finding->name = place->run;
    finding->policy = place->policy;
    finding->namespaces = namespaces;
    row->id =
        arena_format(arena, "%s:%s:2026-04-02", story->clusters[place->cluster].name, place->run);
    if (finding->action_count > 0) {
        struct action *action = arena_alloc(arena, sizeof *action);
        const struct action **actions = arena_alloc_array(arena, 1, sizeof *actions);
        *action = *finding->actions[0];
        action->cluster = place->cluster;
        action->kind = place->kind;
        action->name = arena_format(arena, "%s-%s", action_kind_word(place->kind), place->run + 4);
        action->namespace_name = place->app;
        action->app = place->app;
        action->profile = place->profile;
        actions[0] = action;
        finding->actions = actions;
    }
}

static void rename_policy(struct story *story, struct plan_row *row, const char *name)
{
    struct finding *finding = story_finding(story, row);
    finding->name = name;
    finding->policy = name;
}

static void set_runs(struct plan_row *row, uint32_t runs, int64_t since_ago, int64_t good_ago)
{
    row->runs = runs;
    row->since = STORY_NOW - since_ago;
    row->last_good = STORY_NOW - good_ago;
}

static const char rotated[] = "AccessDenied: user k10-backup is not allowed to PutObject on bucket "
                              "k10-prod";
static const char no_class[] = "Failed to find VolumeSnapshotClass with "
                               "k10.kasten.io/is-snapshot-class=true annotation in the cluster";

// An invalid profile and the runs that failed because of it, on OpenShift.
static void add_explained(struct story *story)
{
    struct plan_row *row = story_add_row(story, PLAN_AGAIN, "run-a", rotated);
    move(story, row,
         &(struct place){0, "run-f2776nnj4l", "daily-shop", "shop", ACTION_EXPORT, "s3-prod"});
    set_runs(row, 2, STORY_DAY, 2 * STORY_DAY);
    row->group = "openshift profile kasten-io/s3-prod";
    row = story_add_row(story, PLAN_NEW, "run-a", "Failed to connect to the repository");
    move(
        story, row,
        &(struct place){0, "run-7c9qk4x2zz", "daily-billing", "billing", ACTION_EXPORT, "s3-prod"});
    set_runs(row, 1, STORY_HOUR / 2, STORY_DAY);
    row->group = "openshift profile kasten-io/s3-prod";
    row = story_add_invalid(story, PLAN_NEW, OBJECT_PROFILE, "s3-prod",
                            "used by policies daily-shop, daily-billing");
    struct finding *finding = story_finding(story, row);
    finding->cluster = 0;
    finding->causes = cause_list_of(story->arena, rotated);
    row->group = "openshift profile kasten-io/s3-prod";
}

static void add_runs(struct story *story)
{
    struct plan_row *row = story_add_row(story, PLAN_AGAIN, "run-a", no_class);
    move(story, row,
         &(struct place){2, "run-p4mzt8w6vd", "daily-postgres", "postgres", ACTION_BACKUP, ""});
    set_runs(row, 3, 2 * STORY_DAY, 3 * STORY_DAY);
    row = story_add_run(story, ALERT_EXCEPTIONS, PLAN_AGAIN,
                        "PersistentVolumeClaim wiki-cache: snapshots of this volume are excluded");
    move(story, row, &(struct place){2, "run-h5tq2b7c9k", "daily-wiki", "wiki", ACTION_BACKUP, ""});
    set_runs(row, 2, STORY_DAY, 2 * STORY_DAY);
    row = story_add_run(story, ALERT_CANCELLED, PLAN_NEW, "");
    story_finding(story, row)->causes = (struct cause_list){0};
    move(story, row, &(struct place){0, "run-zz81c6vd2m", "weekly-erp", "erp", ACTION_BACKUP, ""});
    row = story_add_run(story, ALERT_SKIPPED, PLAN_NEW,
                        "the run before it is still running (PreviousRunInProgress)");
    move(story, row, &(struct place){2, "run-s5w8q2b7c9", "hourly-crm", "crm", ACTION_BACKUP, ""});
}

// A weekly policy that is sixteen days old.
static void add_never(struct story *story)
{
    struct plan_row *row = story_add_overdue(story, PLAN_REMINDER, OVERDUE_NEVER);
    struct finding_overdue *overdue = arena_alloc(story->arena, sizeof *overdue);
    *overdue = *row->finding->overdue;
    overdue->frequency = "weekly";
    overdue->answer.counted_from = STORY_NOW - 16 * STORY_DAY;
    overdue->answer.due = STORY_NOW - 10 * STORY_DAY;
    overdue->answer.limit = STORY_NOW - 6 * STORY_DAY - STORY_DAY / 2;
    overdue->answer.interval_seconds = 7 * STORY_DAY;
    overdue->answer.tolerance_seconds = 7 * STORY_DAY / 2;
    story_finding(story, row)->overdue = overdue;
    rename_policy(story, row, "weekly-archive");
}

static void add_conditions(struct story *story)
{
    struct plan_row *row = story_add_stuck(story, PLAN_NEW, ACTION_RUNNING, 40);
    move(story, row, &(struct place){2, "run-s4t9k8w6vd", "hourly-crm", "crm", ACTION_BACKUP, ""});
    rename_policy(story, story_add_overdue(story, PLAN_NEW, OVERDUE_LATE), "daily-grafana");
    add_never(story);
    (void)story_add_expiring(story, PLAN_NEW, "token", 6 * STORY_DAY + 2 * STORY_HOUR);
}

static void make_classes(struct arena *arena, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 16);
    story.clusters[0].dashboard_url = "https://k10.apps.ocp.example.com/k10/";
    add_explained(&story);
    add_runs(&story);
    add_conditions(&story);
    struct plan_unread *unread = story_add_unread(&story, 1, PLAN_UNREAD);
    unread->reason = "TLS: the server's certificate has expired on 2026-04-01 23:59 UTC, 10 h ago";
    unread->remedy = "renew it on the cluster (RKE2: rke2 certificate rotate), then restart its "
                     "API server";
    struct plan_closing *closing = story_add_closing(&story, PLAN_RECOVERED);
    closing->policy = "kasten-io/daily-mail";
    closing->apps = (const char *const[]){"mail"};
    closing = story_add_ended(&story, PLAN_RECOVERED, ALERT_STUCK, ACTION_RUN, "");
    closing->policy = "kasten-io/daily-erp";
    story.input.local_time = true;
    story.plan.next_reminder = STORY_NOW + STORY_DAY;
    story_build(&story, ret);
}

static void make_exceptions(struct arena *arena, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 4);
    set_runs(story_add_run(&story, ALERT_EXCEPTIONS, PLAN_AGAIN,
                           "PersistentVolumeClaim cache: snapshots of this volume are excluded"),
             2, STORY_DAY, 2 * STORY_DAY);
    set_runs(story_add_run(&story, ALERT_EXCEPTIONS, PLAN_REMINDER, NULL), 3, 2 * STORY_DAY,
             3 * STORY_DAY);
    (void)story_add_ended(&story, PLAN_RECOVERED, ALERT_EXCEPTIONS, ACTION_BACKUP, "");
    story_build(&story, ret);
}

static void make_stuck(struct arena *arena, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 4);
    (void)story_add_stuck(&story, PLAN_NEW, ACTION_RUNNING, 40);
    (void)story_add_stuck(&story, PLAN_REMINDER, ACTION_PENDING, -1);
    struct plan_row *row = story_add_stuck(&story, PLAN_NEW, ACTION_ATTEMPT_FAILED, 0);
    story_finding(&story, row)->causes = cause_list_of(arena, "disk full");
    (void)story_add_ended(&story, PLAN_RECOVERED, ALERT_STUCK, ACTION_RUN, "");
    (void)story_add_ended(&story, PLAN_VANISHED, ALERT_STUCK, ACTION_RUN, "it was cancelled");
    story_build(&story, ret);
}

static void make_overdue(struct arena *arena, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 4);
    (void)story_add_overdue(&story, PLAN_NEW, OVERDUE_LATE);
    (void)story_add_overdue(&story, PLAN_REMINDER, OVERDUE_NEVER);
    (void)story_add_overdue(&story, PLAN_NEW, OVERDUE_ONLY_SKIPPED);
    (void)story_add_ended(&story, PLAN_RECOVERED, ALERT_OVERDUE, ACTION_EXPORT, "");
    (void)story_add_ended(&story, PLAN_VANISHED, ALERT_OVERDUE, ACTION_RUN, "it was paused");
    story_build(&story, ret);
}

static void make_standstill(struct arena *arena, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 1);
    (void)story_add_standstill(&story, PLAN_NEW);
    story_build(&story, ret);
}

static void make_expiring(struct arena *arena, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 4);
    (void)story_add_expiring(&story, PLAN_NEW, "token", 6 * STORY_DAY);
    struct plan_row *row = story_add_expiring(&story, PLAN_REMINDER, "certificate", 2 * STORY_DAY);
    story_finding(&story, row)->note = "renew the certificate of the API server";
    row = story_add_expiring(&story, PLAN_REMINDER, "ca", -3 * STORY_HOUR);
    story_finding(&story, row)->note = NULL;
    (void)story_add_ended(&story, PLAN_RECOVERED, ALERT_EXPIRING, ACTION_BACKUP,
                          "it is valid until 2027-04-02 10:00 UTC");
    story_build(&story, ret);
}

static void make_explained(struct arena *arena, struct digest *ret)
{
    struct story story;
    story_init(&story, arena, 4);
    add_explained(&story);
    story_build(&story, ret);
}

// Nothing but endings, of every class.
static void make_over(struct arena *arena, struct digest *ret)
{
    static const enum plan_reason reasons[] = {PLAN_RECOVERED, PLAN_VANISHED};
    struct story story;
    story_init(&story, arena, 24);
    for (size_t i = 0; i < 2; i++) {
        const char *why = reasons[i] == PLAN_VANISHED ? "the policy no longer exists" : "";
        (void)story_add_closing(&story, reasons[i]);
        (void)story_add_valid(&story, reasons[i], OBJECT_PROFILE);
        (void)story_add_ended(&story, reasons[i], ALERT_EXCEPTIONS, ACTION_EXPORT, why);
        (void)story_add_ended(&story, reasons[i], ALERT_STUCK, ACTION_RUN, why);
        (void)story_add_ended(&story, reasons[i], ALERT_OVERDUE, ACTION_RUN, why);
        (void)story_add_ended(&story, reasons[i], ALERT_OVERDUE, OBJECT_POLICY, why);
        (void)story_add_ended(&story, reasons[i], ALERT_EXPIRING, ACTION_BACKUP, why);
        (void)story_add_ended(&story, reasons[i], ALERT_CANCELLED, ACTION_RUN, why);
    }
    story_build(&story, ret);
}

static const char hostile[] = "<b>$(reboot)</b>\r\nBcc: victim@example.com\r\n\r\n.\r\n"
                              "\xE2\x80\xAEtxt\xE2\x80\xAC\x01\x1B[31m\xFF =1+1 `id` %s%n \"'>";

static void spoil(struct story *story, struct plan_row *row)
{
    struct finding *finding = story_finding(story, row);
    finding->name = hostile;
    finding->namespace_name = hostile;
    finding->policy = hostile;
    finding->policy_namespace = hostile;
    finding->note = hostile;
    finding->expires = INT64_MAX / 2;
    row->id = hostile;
    row->group = NULL;
    if (finding->overdue != NULL) {
        struct finding_overdue *overdue = arena_alloc(story->arena, sizeof *overdue);
        *overdue = *finding->overdue;
        overdue->frequency = hostile;
        overdue->answer.skip_reason = hostile;
        overdue->answer.due = TIMESTAMP_NONE;
        overdue->answer.limit = INT64_MAX / 2;
        overdue->answer.counted_from = TIMESTAMP_NONE;
        finding->overdue = overdue;
    }
}

static void make_hostile(struct arena *arena, struct digest *ret)
{
    static const char *const apps[] = {hostile};
    struct story story;
    story_init(&story, arena, 32);
    story.clusters[2] = (struct digest_cluster){hostile, hostile, hostile, hostile, false};
    for (size_t i = 0; i < 2; i++) {
        enum plan_reason reason = i == 0 ? PLAN_NEW : PLAN_REMINDER;
        spoil(&story, story_add_stuck(&story, reason, ACTION_UNKNOWN, 1000));
        spoil(&story, story_add_overdue(&story, reason, OVERDUE_ONLY_SKIPPED));
        spoil(&story, story_add_overdue(&story, reason, OVERDUE_NEVER));
        spoil(&story, story_add_standstill(&story, reason));
        spoil(&story, story_add_expiring(&story, reason, hostile, 0));
        spoil(&story, story_add_run(&story, ALERT_EXCEPTIONS, reason, hostile));
        spoil(&story, story_add_run(&story, ALERT_SKIPPED, reason, hostile));
    }
    for (size_t class = 0; class < ALERT_CLASS_COUNT; class ++) {
        for (size_t i = 0; i < 2; i++) {
            struct plan_closing *closing =
                story_add_ended(&story, i == 0 ? PLAN_RECOVERED : PLAN_VANISHED,
                                (enum alert_class) class, ACTION_RUN, hostile);
            closing->policy = i == 0 ? hostile : "";
            closing->apps = apps;
            closing->app_count = 1;
            closing->run = i == 0 ? hostile : NULL;
        }
    }
    story_build(&story, ret);
}

bool sample_classes_make(struct arena *arena, const char *name, struct digest *ret)
{
    static void (*const makers[])(struct arena *, struct digest *) = {
        make_classes,  make_exceptions, make_stuck, make_overdue, make_standstill,
        make_expiring, make_explained,  make_over,  make_hostile};
    for (size_t i = 0; sample_classes_names[i] != NULL; i++) {
        if (strcmp(sample_classes_names[i], name) == 0) {
            makers[i](arena, ret);
            return true;
        }
    }
    return false;
}
