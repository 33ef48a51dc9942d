// SPDX-License-Identifier: MIT
#include "core/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/plan_parts.h"

#include "base/banned.h"

static const struct {
    const char *word;
    const char *sentence;
} reasons[PLAN_REASON_COUNT] = {
    [PLAN_NEW] = {"new", "A failure that no mail has told yet."},
    [PLAN_AGAIN] = {"again", "A further failed run of something that was failing before."},
    [PLAN_CAUSE_CHANGED] = {"cause-changed",
                            "It was failing before, now with another cause than the last mail "
                            "gave."},
    [PLAN_MORE_OF_RUN] = {"more-of-run", "Further actions of a run that was mailed before."},
    [PLAN_FOLLOWED] = {"followed", "A failure that a good run had followed when it was first "
                                   "seen."},
    [PLAN_REMINDER] = {"reminder", "Still failing, and no mail has named it for REMIND_EVERY."},
    [PLAN_SILENCE_ENDED] = {"silence-ended", "It failed while it was silenced, and no good run "
                                             "has followed."},
    [PLAN_ID_ONLY] = {"id-only", "Part of a mail that is sent again; the object itself can no "
                                 "longer be read."},
    [PLAN_RECOVERED] = {"recovered", "A clean run has ended it."},
    [PLAN_VANISHED] = {"vanished", "Its policy is gone, or the policy no longer covers it."},
    [PLAN_UNREAD] = {"unread", "It cannot be read: failures there would not be seen."},
    [PLAN_STILL_UNREAD] = {"still-unread", "It still cannot be read, and no mail has said so for "
                                           "REMIND_EVERY."},
    [PLAN_READABLE] = {"readable", "It can be read again."},
};

const char *plan_reason_word(enum plan_reason reason)
{
    return reasons[reason].word;
}

const char *plan_reason_sentence(enum plan_reason reason)
{
    return reasons[reason].sentence;
}

const struct incident *planning_incident(const struct planning *planning, const char *key)
{
    const struct incident *after = map_get(&planning->after, key);
    return after != NULL ? after : ledger_incident(planning->input->ledger, key);
}

const struct sight *planning_sight(const struct plan_input *input, size_t cluster,
                                   enum action_kind kind)
{
    for (size_t i = 0; i < input->sight_count; i++) {
        if (input->sights[i].cluster == cluster && input->sights[i].kind == kind) {
            return &input->sights[i];
        }
    }
    return NULL;
}

size_t planning_cluster(const struct plan_input *input, const char *name)
{
    size_t index = 0;
    while (index < input->cluster_count && strcmp(input->cluster_names[index], name) != 0) {
        index++;
    }
    return index;
}

int64_t planning_latest_good(const struct plan_input *input, size_t cluster,
                             const struct incident *incident)
{
    const struct sight *sight = planning_sight(input, cluster, incident->kind);
    if (sight == NULL || !sight_is_current(sight) || input->history == NULL) {
        return TIMESTAMP_NONE;
    }
    const char *policy = *incident->policy != '\0' ? incident->policy : HISTORY_ANY_POLICY;
    return history_latest(input->history,
                          history_key(cluster, incident->kind, policy, incident->app));
}

struct plan_row plan_row_of(const struct finding *finding, enum plan_reason reason, const char *id)
{
    return (struct plan_row){
        .finding = finding,
        .reason = reason,
        .id = id,
        .since = TIMESTAMP_NONE,
        .last_good = TIMESTAMP_NONE,
        .followed_at = TIMESTAMP_NONE,
    };
}

static void add_story(struct plan_row *row, const struct incident *incident)
{
    if (row->runs == 0 || incident->since < row->since) {
        row->since = incident->since;
        row->last_good = incident->last_good;
    }
    row->runs = incident->runs > row->runs ? incident->runs : row->runs;
}

void planning_tell(struct planning *planning, struct plan_row *row, struct map *held,
                   const struct plan_step *step)
{
    const struct incident *incident = &step->incident;
    struct plan_step told = *step;
    add_story(row, incident);
    for (size_t i = 0; i < incident->held_count; i++) {
        bool is_own = strcmp(incident->held[i], row->id) == 0;
        if (!is_own || row->finding->action_count == 0) {
            map_set(held, incident->held[i], planning);
        }
    }
    told.incident.held = NULL;
    told.incident.held_count = 0;
    told.incident.silent = false;
    told.tell = true;
    planning_add_step(planning, &row->steps, &told);
}

void planning_add_row(struct planning *planning, const struct plan_row *row)
{
    struct plan *plan = planning->plan;
    plan->rows = arena_grow(planning->arena, plan->rows, &planning->row_capacity, plan->row_count,
                            sizeof *plan->rows);
    plan->rows[plan->row_count++] = *row;
    plan->failed_actions += row->finding->action_count;
}

void planning_add_step(struct planning *planning, struct plan_steps *steps,
                       const struct plan_step *step)
{
    steps->items = arena_grow(planning->arena, steps->items, &steps->capacity, steps->count,
                              sizeof *steps->items);
    steps->items[steps->count++] = *step;
    const char *key = incident_key(planning->arena, &step->incident);
    struct incident *after = arena_alloc(planning->arena, sizeof *after);
    *after = step->incident; // its texts live as long as the plan
    map_set(&planning->after, key, after);
    if (step->tell || step->close) {
        map_set(&planning->named, key, planning);
    }
    if (step->close) {
        map_set(&planning->closed, key, planning);
    }
}

// When the next reminder of this incident is due, as the plan leaves it.
static void note_reminder(struct planning *planning, const char *key,
                          const struct incident *incident)
{
    struct plan *plan = planning->plan;
    int64_t now = planning->input->now;
    struct incident left = *incident;
    left.told = map_get(&planning->named, key) != NULL ? now : incident->told;
    int64_t at = incident_reminder_at(&left, planning->input->options.remind_every_s);
    bool is_held_up = at <= now; // by what cannot be read, or a silence
    if (map_get(&planning->closed, key) != NULL || is_held_up) {
        return;
    }
    if (plan->next_reminder == TIMESTAMP_NONE || at < plan->next_reminder) {
        plan->next_reminder = at;
    }
}

static void find_next_reminder(struct planning *planning)
{
    const struct map *open = &planning->input->ledger->incidents;
    const struct map *after = &planning->after;
    for (size_t i = 0; i < open->count; i++) {
        if (open->entries[i].value != NULL && map_get(after, open->entries[i].key) == NULL) {
            note_reminder(planning, open->entries[i].key, open->entries[i].value);
        }
    }
    for (size_t i = 0; i < after->count; i++) {
        note_reminder(planning, after->entries[i].key, after->entries[i].value);
    }
}

// Rows as they are read: by cluster, what is new before what is repeated, latest first.
static int by_cluster_then_latest(const void *left, const void *right)
{
    const struct plan_row *a = left;
    const struct plan_row *b = right;
    bool a_repeats = a->reason == PLAN_REMINDER;
    bool b_repeats = b->reason == PLAN_REMINDER;
    if (a->finding->cluster != b->finding->cluster) {
        return a->finding->cluster < b->finding->cluster ? -1 : 1;
    }
    if (a_repeats != b_repeats) {
        return b_repeats ? -1 : 1;
    }
    if (a->finding->last_ended != b->finding->last_ended) {
        return a->finding->last_ended > b->finding->last_ended ? -1 : 1;
    }
    return strcmp(a->id, b->id);
}

bool plan_has_news(const struct plan *plan)
{
    bool news = plan->row_count > 0 || plan->closing_count > 0 || plan->readable_count > 0;
    for (size_t i = 0; i < plan->unread_count; i++) {
        news = news || plan->unread[i].due;
    }
    return news;
}

void plan_make(struct arena *arena, const struct plan_input *input, struct plan *ret)
{
    *ret = (struct plan){
        .cluster_count = input->cluster_count,
        .first_pass = !input->ledger->existed,
        .next_reminder = TIMESTAMP_NONE,
        .thread = "",
    };
    struct planning planning = {.arena = arena, .input = input, .plan = ret};
    map_init(&planning.after, arena);
    map_init(&planning.named, arena);
    map_init(&planning.closed, arena);
    plan_failures(&planning);
    plan_open(&planning);
    plan_conditions(&planning);
    plan_group(&planning);
    if (ret->row_count > 1) {
        qsort(ret->rows, ret->row_count, sizeof *ret->rows, by_cluster_then_latest);
    }
    plan_sight(&planning);
    find_next_reminder(&planning);
    ret->thread = plan_thread(arena, input, ret);
    ret->send = plan_has_news(ret);
}
