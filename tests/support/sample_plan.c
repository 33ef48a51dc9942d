// SPDX-License-Identifier: MIT
#include "sample_plan.h"

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/cause_list.h"

#include "base/banned.h"

static const char *const apps[] = {"shop", "web"};

void story_init(struct story *story, struct arena *arena, size_t room)
{
    *story = (struct story){.arena = arena};
    story->clusters[0] =
        (struct digest_cluster){"openshift", "OpenShift", "kasten-io", NULL, false};
    story->clusters[1] = (struct digest_cluster){"rke2", "RKE2", "kasten-io", NULL, false};
    story->clusters[2] = (struct digest_cluster){"k3s", "K3s", "kasten-io", NULL, false};
    story->plan = (struct plan){
        .rows = arena_alloc_array(arena, room, sizeof(struct plan_row)),
        .closings = arena_alloc_array(arena, room, sizeof(struct plan_closing)),
        .unread = arena_alloc_array(arena, room, sizeof(struct plan_unread)),
        .readable = arena_alloc_array(arena, room, sizeof(struct plan_readable)),
        .cluster_count = 3,
        .clusters_read = 3,
        .next_reminder = TIMESTAMP_NONE,
        .thread = "",
    };
    story->input = (struct digest_input){
        .cluster_count = 3,
        .subject_prefix = "[Kasten Backup]",
        .now = STORY_NOW,
        .version = "0.1.0",
    };
}

static const struct action *const *one_action(struct arena *arena, const char *run)
{
    struct action *action = arena_alloc(arena, sizeof *action);
    const struct action **actions = arena_alloc_array(arena, 1, sizeof *actions);
    *action = (struct action){
        .cluster = 2,
        .kind = ACTION_EXPORT,
        .state = ACTION_FAILED,
        .name = "export-x7k2m",
        .namespace_name = "shop",
        .app = "shop",
        .policy = "daily",
        .run = run,
        .profile = "s3-prod",
    };
    actions[0] = action;
    return actions;
}

struct plan_row *story_add_row(struct story *story, enum plan_reason reason, const char *run,
                               const char *cause)
{
    struct arena *arena = story->arena;
    struct finding *finding = arena_alloc(arena, sizeof *finding);
    *finding = (struct finding){
        .cluster = 2,
        .kind = ACTION_RUN,
        .name = run,
        .namespace_name = "kasten-io",
        .policy = "daily",
        .policy_namespace = "kasten-io",
        .namespaces = apps,
        .namespace_count = 1,
        .last_ended = STORY_NOW - STORY_HOUR / 2,
    };
    if (cause != NULL) {
        finding->actions = one_action(arena, run);
        finding->action_count = 1;
        finding->causes = cause_list_of(arena, cause);
        story->plan.failed_actions++;
    }
    struct plan_row *row = &story->plan.rows[story->plan.row_count++];
    *row = (struct plan_row){
        .finding = finding,
        .reason = reason,
        .id = arena_format(arena, "k3s:%s:2026-04-02", run),
        .since = TIMESTAMP_NONE,
        .last_good = TIMESTAMP_NONE,
        .followed_at = TIMESTAMP_NONE,
    };
    return row;
}

struct plan_closing *story_add_closing(struct story *story, enum plan_reason reason)
{
    struct plan_closing *closing = &story->plan.closings[story->plan.closing_count++];
    *closing = (struct plan_closing){
        .cluster = 2,
        .reason = reason,
        .policy = "kasten-io/daily",
        .kind = ACTION_BACKUP,
        .apps = apps,
        .app_count = 1,
        .run = "run-k2m9x",
        .since = STORY_NOW - 2 * STORY_DAY - 3 * STORY_HOUR,
        .closed_at = STORY_NOW - STORY_HOUR / 3,
        .runs = 3,
        .why = reason == PLAN_VANISHED ? "the policy no longer exists" : "",
        .id = "recovered:k3s/daily",
    };
    return closing;
}

struct plan_row *story_add_invalid(struct story *story, enum plan_reason reason,
                                   enum action_kind kind, const char *name, const char *note)
{
    struct arena *arena = story->arena;
    struct finding *finding = arena_alloc(arena, sizeof *finding);
    *finding = (struct finding){
        .class = ALERT_INVALID,
        .cluster = 2,
        .kind = kind,
        .name = name,
        .namespace_name = "kasten-io",
        .policy = kind == OBJECT_POLICY ? name : "",
        .policy_namespace = kind == OBJECT_POLICY ? "kasten-io" : "",
        .note = note,
        .causes = cause_list_of(arena, "AccessDenied on bucket backups"),
        .first_ended = TIMESTAMP_NONE,
        .last_ended = TIMESTAMP_NONE,
    };
    struct plan_row *row = &story->plan.rows[story->plan.row_count++];
    *row = (struct plan_row){
        .finding = finding,
        .reason = reason,
        .id = arena_format(arena, "!invalid:k3s/-/%s/kasten-io/%s", action_kind_word(kind), name),
        .since = reason == PLAN_NEW ? STORY_NOW : STORY_NOW - STORY_DAY,
        .last_good = TIMESTAMP_NONE,
        .followed_at = TIMESTAMP_NONE,
    };
    return row;
}

struct plan_closing *story_add_valid(struct story *story, enum plan_reason reason,
                                     enum action_kind kind)
{
    static const char *const names[] = {"kasten-io/s3-prod"};
    struct plan_closing *closing = &story->plan.closings[story->plan.closing_count++];
    bool is_policy = kind == OBJECT_POLICY;
    *closing = (struct plan_closing){
        .cluster = 2,
        .reason = reason,
        .class = ALERT_INVALID,
        .policy = is_policy ? "kasten-io/daily" : "",
        .kind = kind,
        .apps = names,
        .app_count = is_policy ? 0 : 1,
        .run = "",
        .since = STORY_NOW - STORY_DAY - 2 * STORY_HOUR,
        .closed_at = STORY_NOW,
        .why = reason == PLAN_VANISHED ? "the profile no longer exists" : "",
        .id = "!recovered/x",
    };
    return closing;
}

struct plan_unread *story_add_unread(struct story *story, size_t cluster, enum plan_reason why)
{
    struct plan_unread *unread = &story->plan.unread[story->plan.unread_count++];
    bool still = why == PLAN_STILL_UNREAD;
    *unread = (struct plan_unread){
        .cluster = cluster,
        .whole_cluster = true,
        .class = ERROR_NETWORK,
        .reason = "no answer from https://10.1.1.1:6443 in 30 s",
        .remedy = "test the way there: nc -vz 10.1.1.1 6443",
        .why = why,
        .since = still ? STORY_NOW - STORY_DAY - 2 * STORY_HOUR : STORY_NOW,
        .told_before = still ? STORY_NOW - STORY_DAY : TIMESTAMP_NONE,
        .due = true,
        .id = "unread:rke2",
    };
    story->plan.clusters_read--;
    return unread;
}

struct plan_readable *story_add_readable(struct story *story, size_t cluster, enum action_kind kind)
{
    struct plan_readable *readable = &story->plan.readable[story->plan.readable_count++];
    *readable = (struct plan_readable){
        .cluster = cluster,
        .kind = kind,
        .since = STORY_NOW - 2 * STORY_DAY - 5 * STORY_HOUR,
        .caught_up = 2,
        .id = "readable:openshift",
    };
    return readable;
}

void story_build(struct story *story, struct digest *ret)
{
    story->input.plan = &story->plan;
    story->input.clusters = story->clusters;
    digest_build(story->arena, &story->input, ret);
}

struct finding *story_finding(struct story *story, struct plan_row *row)
{
    struct finding *finding = arena_alloc(story->arena, sizeof *finding);
    *finding = *row->finding;
    row->finding = finding;
    return finding;
}

struct plan_row *story_add_run(struct story *story, enum alert_class class, enum plan_reason reason,
                               const char *cause)
{
    static const enum action_state states[ALERT_CLASS_COUNT] = {
        [ALERT_EXCEPTIONS] = ACTION_COMPLETE,
        [ALERT_CANCELLED] = ACTION_CANCELLED,
        [ALERT_SKIPPED] = ACTION_SKIPPED,
    };
    struct plan_row *row = story_add_row(story, reason, "run-e7x2m", cause);
    struct finding *finding = story_finding(story, row);
    finding->class = class;
    row->id = arena_format(story->arena, "k3s:run-e7x2m:2026-04-02:%s", alert_class_word(class));
    if (finding->action_count > 0) {
        struct action *action = arena_alloc(story->arena, sizeof *action);
        const struct action **actions = arena_alloc_array(story->arena, 1, sizeof *actions);
        *action = *finding->actions[0];
        action->state = states[class];
        action->kind = ACTION_BACKUP;
        action->name = "backup-x7k2m";
        action->profile = "";
        action->exceptions = class == ALERT_EXCEPTIONS ? 3 : 0;
        actions[0] = action;
        finding->actions = actions;
        story->plan.failed_actions--;
    }
    return row;
}

struct plan_row *story_add_stuck(struct story *story, enum plan_reason reason,
                                 enum action_state state, int progress)
{
    struct arena *arena = story->arena;
    struct plan_row *row = story_add_row(story, reason, "run-s4t9k", NULL);
    struct finding *finding = story_finding(story, row);
    struct action *action = arena_alloc(arena, sizeof *action);
    const struct action **actions = arena_alloc_array(arena, 1, sizeof *actions);
    *action = (struct action){
        .cluster = 2,
        .kind = ACTION_BACKUP,
        .state = state,
        .progress = progress,
        .stuck_at = STORY_NOW - 2 * STORY_HOUR,
        .name = "backup-s4t9k",
        .namespace_name = "shop",
        .app = "shop",
        .policy = "daily",
        .run = "run-s4t9k",
        .created = STORY_NOW - 26 * STORY_HOUR,
        .started = TIMESTAMP_NONE,
        .ended = TIMESTAMP_NONE,
    };
    actions[0] = action;
    finding->class = ALERT_STUCK;
    finding->actions = actions;
    finding->action_count = 1;
    finding->last_ended = TIMESTAMP_NONE;
    row->since = STORY_NOW - 26 * STORY_HOUR;
    row->id = "k3s:run-s4t9k:2026-04-02:stuck";
    return row;
}

struct plan_row *story_add_overdue(struct story *story, enum plan_reason reason,
                                   enum overdue_verdict verdict)
{
    struct plan_row *row = story_add_invalid(story, reason, ACTION_RUN, "daily", NULL);
    struct finding *finding = story_finding(story, row);
    struct finding_overdue *overdue = arena_alloc(story->arena, sizeof *overdue);
    bool never = verdict == OVERDUE_NEVER;
    int64_t success = STORY_NOW - 38 * STORY_HOUR;
    *overdue = (struct finding_overdue){
        .subject = OVERDUE_RUNS,
        .frequency = "daily",
        .last_success = never ? TIMESTAMP_NONE : success,
        .answer =
            {
                .verdict = verdict,
                .counted_from = success,
                .due = STORY_NOW - 14 * STORY_HOUR,
                .interval_seconds = STORY_DAY,
                .tolerance_seconds = STORY_DAY / 2,
                .limit = STORY_NOW - 2 * STORY_HOUR,
                .skip_reason = verdict == OVERDUE_ONLY_SKIPPED ? "No applications match" : NULL,
            },
    };
    finding->class = ALERT_OVERDUE;
    finding->policy = "daily";
    finding->policy_namespace = "kasten-io";
    finding->causes = (struct cause_list){0};
    finding->overdue = overdue;
    row->id = "!overdue:k3s/kasten-io/daily/run/-";
    row->since = STORY_NOW - 2 * STORY_HOUR;
    return row;
}

struct plan_row *story_add_standstill(struct story *story, enum plan_reason reason)
{
    struct plan_row *row = story_add_overdue(story, reason, OVERDUE_LATE);
    struct finding *finding = story_finding(story, row);
    struct finding_overdue *overdue = arena_alloc(story->arena, sizeof *overdue);
    *overdue = *finding->overdue;
    overdue->frequency = "";
    overdue->policies = 12;
    overdue->policies_judged = 12;
    finding->kind = OBJECT_POLICY;
    finding->name = "";
    finding->policy = "";
    finding->namespace_name = "";
    finding->policy_namespace = "";
    finding->overdue = overdue;
    row->id = "!overdue:k3s/-/policy/-";
    return row;
}

struct plan_row *story_add_expiring(struct story *story, enum plan_reason reason, const char *name,
                                    int64_t left)
{
    struct plan_row *row = story_add_invalid(
        story, reason, ACTION_BACKUP, name,
        "make a new token and put it into CLUSTER_3_TOKEN: kubectl -n kasten-io create token "
        "kasten-alerter --duration 8760h");
    struct finding *finding = story_finding(story, row);
    finding->class = ALERT_EXPIRING;
    finding->namespace_name = "";
    finding->causes = (struct cause_list){0};
    finding->expires = STORY_NOW + left;
    row->id = arena_format(story->arena, "!expiring:k3s/-/backup/%s", name);
    return row;
}

struct plan_closing *story_add_ended(struct story *story, enum plan_reason reason,
                                     enum alert_class class, enum action_kind kind, const char *why)
{
    static const char *const run[] = {"run-s4t9k"};
    static const char *const token[] = {"token"};
    struct plan_closing *closing = story_add_closing(story, reason);
    closing->class = class;
    closing->kind = kind;
    closing->why = why;
    closing->since = STORY_NOW - 31 * STORY_HOUR;
    closing->closed_at = STORY_NOW - STORY_HOUR / 3;
    closing->run = class == ALERT_STUCK ? run[0] : "";
    closing->apps = class == ALERT_STUCK ? run : token;
    closing->app_count = class == ALERT_OVERDUE ? 0 : 1;
    closing->policy = class == ALERT_EXPIRING || kind == OBJECT_POLICY ? "" : "kasten-io/daily";
    return closing;
}
