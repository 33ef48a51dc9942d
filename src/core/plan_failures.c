// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/alert_id.h"
#include "core/evaluate.h"
#include "core/plan_member.h"
#include "core/plan_parts.h"
#include "core/silence.h"
#include "core/told.h"

#include "base/banned.h"

static enum plan_reason reason_of(const struct judging *judging)
{
    size_t open = 0;
    size_t changed = 0;
    size_t followed = 0;
    for (size_t i = 0; i < judging->count; i++) {
        const struct member *member = &judging->members[i];
        bool is_open = plan_member_was_open(judging, member);
        open += is_open ? 1 : 0;
        changed += is_open && plan_member_cause_differs(member) ? 1 : 0;
        followed += member->followed_at != TIMESTAMP_NONE ? 1 : 0;
    }
    if (judging->more) {
        return PLAN_MORE_OF_RUN;
    }
    if (judging->count > 0 && followed == judging->count) {
        return PLAN_FOLLOWED;
    }
    if (open == 0) {
        return PLAN_NEW;
    }
    return changed == open ? PLAN_CAUSE_CHANGED : PLAN_AGAIN;
}

// With ALERT_EVERY_RUN=false a further failed run waits for the reminder, unless anything about it
// is new: an application, or a cause.
static bool may_wait(const struct judging *judging, enum plan_reason reason)
{
    bool waits = !judging->planning->input->options.every_run && reason == PLAN_AGAIN;
    for (size_t i = 0; i < judging->count; i++) {
        const struct member *member = &judging->members[i];
        bool is_known = plan_member_was_open(judging, member) && !plan_member_cause_differs(member);
        bool is_over = member->followed_at != TIMESTAMP_NONE && member->before != NULL;
        waits = waits && (is_known || is_over);
    }
    return waits;
}

static bool all_wait(const struct judging *judging)
{
    bool all = judging->count > 0;
    for (size_t i = 0; i < judging->count; i++) {
        all = all && judging->members[i].waits;
    }
    return all;
}

// It counts in the incident that the good run ends.
static void count_followed(struct planning *planning, const struct member *member)
{
    if (member->before != NULL && member->followed_at > member->before->last) {
        struct incident *after = arena_alloc(planning->arena, sizeof *after);
        *after = member->step.incident;
        map_set(&planning->after, member->key, after);
    }
}

// Counted in its incidents, told later.
static void hold(struct judging *judging, bool is_silenced)
{
    struct planning *planning = judging->planning;
    for (size_t i = 0; i < judging->count; i++) {
        struct member *member = &judging->members[i];
        if (!plan_member_is_counted(judging, member) && member->followed_at == TIMESTAMP_NONE) {
            incident_hold(planning->arena, &member->step.incident, judging->id);
            member->step.incident.silent = member->step.incident.silent || is_silenced;
            planning_add_step(planning, &planning->plan->quiet, &member->step);
        } else if (!member->waits) {
            incident_hold(planning->arena, &member->step.incident, judging->id);
            count_followed(planning, member);
        }
    }
}

static void tell(struct judging *judging, enum plan_reason reason, const struct finding *shown)
{
    struct planning *planning = judging->planning;
    struct plan_row row = plan_row_of(shown, reason, judging->id);
    struct map held;
    map_init(&held, planning->arena);
    for (size_t i = 0; i < judging->count; i++) {
        struct member *member = &judging->members[i];
        if (member->followed_at != TIMESTAMP_NONE) {
            row.followed_at = reason == PLAN_FOLLOWED && member->followed_at > row.followed_at
                                  ? member->followed_at
                                  : row.followed_at;
            count_followed(planning, member);
            continue;
        }
        planning_tell(planning, &row, &held, &member->step);
    }
    row.held = map_keys(&held);
    row.held_count = held.count;
    planning_add_row(planning, &row);
}

// The original's record names what it told but opened no incident: on the first look at a kind they
// are opened as told then, so that recovery and reminders work from the first pass on.
static void take_over(const struct judging *news, const struct told *told,
                      const struct action *const *untold, size_t untold_count)
{
    struct planning *planning = news->planning;
    struct judging judging = *news;
    const struct finding *finding = news->finding;
    const struct action **before =
        arena_alloc_array(planning->arena, finding->action_count, sizeof *before);
    size_t count = 0;
    size_t next = 0;
    for (size_t i = 0; i < finding->action_count; i++) {
        if (next < untold_count && untold[next] == finding->actions[i]) {
            next++; // both are in the finding's order
        } else {
            before[count++] = finding->actions[i];
        }
    }
    judging.more = false;
    plan_judge_members(&judging, before, count);
    for (size_t i = 0; i < judging.count; i++) {
        struct member *member = &judging.members[i];
        struct incident *incident = &member->step.incident;
        bool is_known = ledger_incident(planning->input->ledger, member->key) != NULL;
        bool is_first = ledger_watermark(planning->input->ledger, judging.cluster,
                                         member->action->kind) == TIMESTAMP_NONE;
        if (!is_known && is_first && member->followed_at == TIMESTAMP_NONE) {
            incident->told =
                told->entry->sent_at > incident->told ? told->entry->sent_at : incident->told;
            planning_add_step(planning, &planning->plan->quiet, &member->step);
        }
    }
}

static const struct finding *shown_part(struct judging *judging, const struct action *const *untold,
                                        size_t count)
{
    if (!judging->more) {
        return judging->finding;
    }
    struct finding *rest;
    size_t rest_count;
    evaluate_group(judging->planning->arena, untold, count, &rest, &rest_count);
    return rest;
}

static void judge_news(struct judging *judging, const struct action *const *untold, size_t count)
{
    const struct plan_input *input = judging->planning->input;
    struct plan *plan = judging->planning->plan;
    const char *policy = incident_policy(
        judging->planning->arena, judging->finding->policy_namespace, judging->finding->policy);
    if (alert_class_is_of_runs(judging->finding->class)) {
        plan_judge_members(judging, untold, count); // an event opens no incident
    }
    enum plan_reason reason = reason_of(judging);
    bool is_over =
        reason == PLAN_FOLLOWED && ledger_over(input->ledger, judging->id) != TIMESTAMP_NONE;
    if (is_over ||
        silence_covers(input->ledger, judging->cluster, policy, judging->id, input->now)) {
        plan->silenced++;
        hold(judging, true);
    } else if (may_wait(judging, reason) || (all_wait(judging) && !input->options.every_run)) {
        plan->held++;
        hold(judging, false);
    } else if (all_wait(judging)) {
        plan->held++; // its silence has ended: plan_open tells the incident
    } else {
        tell(judging, reason, shown_part(judging, untold, count));
    }
}

static void plan_finding(struct planning *planning, const struct finding *finding)
{
    const struct plan_input *input = planning->input;
    struct judging judging = {
        .planning = planning,
        .finding = finding,
        .cluster = input->cluster_names[finding->cluster],
    };
    struct told told =
        told_find(planning->arena, input->ledger, judging.cluster, finding, input->now);
    const struct action **untold =
        arena_alloc_array(planning->arena, finding->action_count, sizeof *untold);
    size_t count = told_missing(&told, finding, untold);
    judging.more = finding->kind == ACTION_RUN && told.entry != NULL && told.same_run;
    judging.id = judging.more ? told.id
                              : alert_id_make(planning->arena, judging.cluster,
                                              alert_id_subject(planning->arena, finding),
                                              finding->first_ended, finding->class);
    if (told.entry != NULL && told.same_run && alert_class_is_of_runs(finding->class)) {
        take_over(&judging, &told, untold, count);
    }
    if (count == 0) {
        planning->plan->already_told++;
    } else {
        judge_news(&judging, untold, count);
    }
}

void plan_failures(struct planning *planning)
{
    const struct plan_input *input = planning->input;
    // Findings come latest first; incidents count them in the order in which they happened.
    for (size_t i = input->finding_count; i-- > 0;) {
        enum alert_class class = input->findings[i].class;
        if (input->options.alert_on[class] && !alert_class_is_condition(class)) {
            plan_finding(planning, &input->findings[i]);
        }
    }
}
