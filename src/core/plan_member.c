// SPDX-License-Identifier: MIT
#include "core/plan_member.h"

#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/alert_id.h"

#include "base/banned.h"

enum { CAUSE_TEXT_BYTES = 300 };

// The texts of all causes in one line: what a reminder can still say when the object is gone.
static const char *cause_text(struct arena *arena, const struct cause_list *causes)
{
    const char *text = "";
    for (size_t i = 0; i < causes->count && strlen(text) < CAUSE_TEXT_BYTES; i++) {
        text =
            arena_format(arena, "%s%s%s", text, *text == '\0' ? "" : "; ", causes->items[i].text);
    }
    return text;
}

static int64_t ended_at(const struct planning *planning, const struct action *action)
{
    int64_t at = action_judged_at(action);
    return at != TIMESTAMP_NONE ? at : planning->input->now;
}

static struct incident opened(const struct judging *judging, const struct action *action)
{
    struct arena *arena = judging->planning->arena;
    bool is_run = action->kind == ACTION_RUN;
    int64_t at = ended_at(judging->planning, action);
    return (struct incident){
        .class = judging->finding->class,
        .cluster = judging->cluster,
        .policy = incident_policy(arena, action->policy_namespace, action->policy),
        .kind = action->kind,
        .app = is_run ? "" : action->app,
        .run = alert_id_subject(arena, judging->finding),
        .since = at,
        .last = at,
        .last_good = TIMESTAMP_NONE,
        .told = TIMESTAMP_NONE,
        .runs = 1,
        .cause = incident_cause_token(arena, &action->causes),
        .runs_without_end = TIMESTAMP_NONE,
    };
}

// The open incident with one more failure, of the alert id.
static void go_on(struct incident *after, const struct incident *before, const char *id)
{
    struct incident next = *before;
    bool is_other_run = strcmp(before->run, after->run) != 0 && !incident_holds(before, id);
    next.runs += is_other_run ? 1 : 0;
    next.since = after->since < before->since ? after->since : before->since;
    if (after->last >= before->last) {
        next.last = after->last;
        next.run = after->run;
        next.cause = after->cause;
    }
    next.runs_without = 0;
    next.runs_without_end = TIMESTAMP_NONE;
    *after = next;
}

static void judge_member(struct judging *judging, const struct action *action,
                         struct member *member)
{
    struct planning *planning = judging->planning;
    struct incident after = opened(judging, action);
    int64_t at = after.last;
    *member = (struct member){.action = action, .followed_at = TIMESTAMP_NONE};
    member->key = incident_key(planning->arena, &after);
    member->before = planning_incident(planning, member->key);
    int64_t good = planning_latest_good(planning->input, judging->finding->cluster, &after);
    member->followed_at = good > at ? good : TIMESTAMP_NONE;
    if (member->before != NULL && (good <= member->before->last || good > at)) {
        member->goes_on = true;
        member->waits = incident_holds(member->before, judging->id);
        go_on(&after, member->before, judging->id);
    } else {
        after.last_good = good <= at ? good : TIMESTAMP_NONE;
        // Of the incident that the good run ended: still to be told.
        after.held = member->before != NULL ? member->before->held : NULL;
        after.held_count = member->before != NULL ? member->before->held_count : 0;
    }
    member->step = (struct plan_step){.incident = after,
                                      .cause_text = cause_text(planning->arena, &action->causes)};
}

// A RunAction beside its failed children, or after they were told, only repeats them.
static bool counts(const struct judging *judging, const struct action *action)
{
    if (action->kind != ACTION_RUN) {
        return true;
    }
    bool has_children = judging->more;
    for (size_t i = 0; i < judging->finding->action_count; i++) {
        has_children = has_children || judging->finding->actions[i]->kind != ACTION_RUN;
    }
    return !has_children;
}

void plan_judge_members(struct judging *judging, const struct action *const *untold, size_t count)
{
    judging->members = arena_alloc_array(judging->planning->arena, count, sizeof(struct member));
    for (size_t i = 0; i < count; i++) {
        if (counts(judging, untold[i])) {
            judge_member(judging, untold[i], &judging->members[judging->count]);
            judging->count++;
        }
    }
}

// The failure that the incident ends with so far: its id was forgotten, so that it is told again.
static bool is_last_counted(const struct judging *judging, const struct member *member)
{
    const char *run = alert_id_subject(judging->planning->arena, judging->finding);
    return strcmp(member->before->run, run) == 0 &&
           member->before->last == ended_at(judging->planning, member->action);
}

bool plan_member_was_open(const struct judging *judging, const struct member *member)
{
    return member->goes_on && member->followed_at == TIMESTAMP_NONE &&
           !is_last_counted(judging, member) &&
           (member->before->told != TIMESTAMP_NONE || member->before->held_count > 0 ||
            map_get(&judging->planning->named, member->key) != NULL);
}

bool plan_member_cause_differs(const struct member *member)
{
    return strcmp(member->before->cause, member->step.incident.cause) != 0;
}

bool plan_member_is_counted(const struct judging *judging, const struct member *member)
{
    return member->waits || (judging->more && member->goes_on &&
                             ended_at(judging->planning, member->action) <= member->before->last);
}
