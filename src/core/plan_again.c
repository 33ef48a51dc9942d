// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/alert_id.h"
#include "core/evaluate.h"
#include "core/plan_parts.h"
#include "core/told.h"

#include "base/banned.h"

// A reminder's id bears the day it was first given on, which may be over.
static bool is_id_of(const struct plan_row *row, const char *id)
{
    return strcmp(row->id, id) == 0 ||
           (row->reason == PLAN_REMINDER && alert_id_same_subject(row->id, id));
}

static bool names_row(const struct pending *pending, const struct plan_row *row)
{
    for (size_t i = 0; i < pending->id_count; i++) {
        if (is_id_of(row, pending->ids[i])) {
            return true;
        }
    }
    return false;
}

static bool is_over_since(const struct pending *pending, const struct plan_closing *closing)
{
    return closing->class == ALERT_FAILED && closing->reason == PLAN_RECOVERED &&
           closing->closed_at > pending->date;
}

// Copies what the pending mail names (wanted), or all else. A copy may be dropped by its
// Message-ID: what was over only after the first one was made is left to a later mail.
static void select_news(struct arena *arena, const struct plan *plan, const struct pending *pending,
                        bool wanted, struct plan *ret)
{
    ret->rows = arena_alloc_array(arena, plan->row_count + pending->id_count, sizeof *ret->rows);
    ret->closings = arena_alloc_array(arena, plan->closing_count, sizeof *ret->closings);
    ret->readable = arena_alloc_array(arena, plan->readable_count, sizeof *ret->readable);
    ret->unread = arena_alloc_array(arena, plan->unread_count, sizeof *ret->unread);
    ret->row_count = ret->closing_count = ret->readable_count = ret->unread_count = 0;
    ret->failed_actions = 0;
    for (size_t i = 0; i < plan->row_count; i++) {
        if (names_row(pending, &plan->rows[i]) == wanted) {
            ret->rows[ret->row_count++] = plan->rows[i];
            ret->failed_actions += plan->rows[i].finding->action_count;
        }
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        bool is_later = wanted && !pending->accepted && is_over_since(pending, &plan->closings[i]);
        if (pending_names(pending, plan->closings[i].id) == wanted && !is_later) {
            ret->closings[ret->closing_count++] = plan->closings[i];
        }
    }
    for (size_t i = 0; i < plan->readable_count; i++) {
        if (pending_names(pending, plan->readable[i].id) == wanted) {
            ret->readable[ret->readable_count++] = plan->readable[i];
        }
    }
    for (size_t i = 0; i < plan->unread_count; i++) {
        bool named = pending_names(pending, plan->unread[i].id);
        if (named == wanted || !wanted) {
            struct plan_unread *line = &ret->unread[ret->unread_count++];
            *line = plan->unread[i];
            line->due = wanted || (line->due && !named);
        }
    }
}

// A copy may be dropped by its Message-ID: what failed since the first one is left to the next
// mail.
static void leave_out_later(struct arena *arena, const struct pending *pending, struct plan *ret)
{
    for (size_t i = 0; i < ret->row_count; i++) {
        const struct finding *finding = ret->rows[i].finding;
        const struct action **before =
            arena_alloc_array(arena, finding->action_count, sizeof *before);
        size_t count = 0;
        for (size_t j = 0; j < finding->action_count; j++) {
            if (action_judged_at(finding->actions[j]) <= pending->date) {
                before[count++] = finding->actions[j];
            }
        }
        if (count > 0 && count < finding->action_count) {
            struct finding *part;
            size_t parts;
            evaluate_group(arena, before, count, &part, &parts);
            ret->failed_actions -= finding->action_count - count;
            ret->rows[i].finding = part;
        }
    }
}

// What of a finding was told: what failed since is news to everybody. NULL for nothing.
static const struct finding *told_part(struct arena *arena, const struct told *told,
                                       const struct finding *finding)
{
    const struct action **actions =
        arena_alloc_array(arena, finding->action_count, sizeof *actions);
    size_t count = 0;
    for (size_t i = 0; i < finding->action_count; i++) {
        if (told_has(told, finding->actions[i])) {
            actions[count++] = finding->actions[i];
        }
    }
    struct finding *part;
    size_t parts;
    evaluate_group(arena, actions, count, &part, &parts);
    return parts > 0 ? part : NULL;
}

// Of a mail somebody took its rows are told already: they are made again for those who did not.
static void add_told_rows(struct arena *arena, const struct plan_input *input,
                          const struct pending *pending, struct plan *ret)
{
    struct plan_row *rows = arena_alloc_array(arena, input->finding_count, sizeof *rows);
    size_t count = 0;
    ret->failed_actions = 0;
    for (size_t i = 0; i < input->finding_count; i++) {
        const struct finding *finding = &input->findings[i];
        const char *cluster = input->cluster_names[finding->cluster];
        struct told told = told_find(arena, input->ledger, cluster, finding, input->now);
        bool is_named = told.id != NULL && pending_names(pending, told.id);
        finding = is_named ? told_part(arena, &told, finding) : NULL;
        if (finding != NULL) {
            rows[count++] = plan_row_of(finding, PLAN_NEW, told.id);
            ret->failed_actions += finding->action_count;
        }
    }
    ret->rows = arena_alloc_array(arena, count + pending->id_count, sizeof *ret->rows);
    ret->row_count = count;
    if (count > 0) {
        memcpy(ret->rows, rows, count * sizeof *rows);
    }
}

static bool has_row(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->row_count; i++) {
        if (is_id_of(&plan->rows[i], id)) {
            return true;
        }
    }
    return false;
}

// True when a mail that was taken has told of the run: the id was a reminder, or more of the run.
// What there is to say of it now is said elsewhere.
static bool was_told_before(const struct plan_input *input, const struct alert_id *id)
{
    const struct map *incidents = &input->ledger->incidents;
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->entries[i].value;
        if (incident != NULL && incident->told != TIMESTAMP_NONE &&
            strcmp(incident->cluster, id->cluster) == 0 &&
            strcmp(incident->run, id->subject) == 0) {
            return true;
        }
    }
    return false;
}

// What an id says of its object. False for a cluster that is no longer configured, and for what was
// told before.
static bool read_id(struct arena *arena, const struct plan_input *input,
                    const struct pending *pending, const char *id, struct finding *ret)
{
    struct alert_id parsed;
    if (!alert_id_parse(arena, id, &parsed) ||
        (!pending->accepted && was_told_before(input, &parsed))) {
        return false;
    }
    *ret = (struct finding){
        .class = parsed.class,
        .cluster = planning_cluster(input, parsed.cluster),
        .policy = "",
        .policy_namespace = "",
        .first_ended = TIMESTAMP_NONE,
        .last_ended = TIMESTAMP_NONE,
    };
    alert_id_read_subject(arena, parsed.subject, ret);
    return ret->cluster < input->cluster_count;
}

// Another pass may have told it meanwhile; a row "more of a run" was told before the mail was made.
static bool was_told_since(const struct plan_input *input, const struct pending *pending,
                           const char *id)
{
    const struct ledger_entry *entry = ledger_find(input->ledger, id);
    return !pending->accepted && entry != NULL && entry->sent_at >= pending->date;
}

// What can be read and is not in the plan waits, or is silenced: by the alert ids under which it
// was or would be told.
static void index_untold(struct arena *arena, const struct plan_input *input, struct map *ret)
{
    map_init(ret, arena);
    for (size_t i = 0; i < input->finding_count; i++) {
        const struct finding *finding = &input->findings[i];
        const char *cluster = input->cluster_names[finding->cluster];
        struct told told = told_find(arena, input->ledger, cluster, finding, input->now);
        const struct action **untold =
            arena_alloc_array(arena, finding->action_count, sizeof *untold);
        size_t count = told_missing(&told, finding, untold);
        const char *id = told.id != NULL && told.same_run
                             ? told.id
                             : alert_id_make(arena, cluster, alert_id_subject(arena, finding),
                                             finding->first_ended, finding->class);
        struct finding *rest;
        size_t rest_count;
        evaluate_group(arena, untold, count, &rest, &rest_count);
        if (rest_count > 0) {
            map_set(ret, id, rest);
        }
    }
}

// What the plan would have counted in silence of a finding that waits: told now, it counts with it.
static struct plan_steps steps_that_hold(struct arena *arena, const struct plan *plan,
                                         const char *id)
{
    struct plan_steps steps = {0};
    for (size_t i = 0; i < plan->quiet.count; i++) {
        struct plan_step step = plan->quiet.items[i];
        if (!step.close && incident_holds(&step.incident, id)) {
            step.tell = true;
            steps.items =
                arena_grow(arena, steps.items, &steps.capacity, steps.count, sizeof *steps.items);
            steps.items[steps.count++] = step;
        }
    }
    return steps;
}

static void add_id_rows(struct arena *arena, const struct plan_input *input,
                        const struct plan *plan, const struct pending *pending, struct plan *ret)
{
    size_t selected = ret->row_count;
    struct map untold = {0};
    for (size_t i = 0; i < pending->id_count; i++) {
        const char *id = pending->ids[i];
        struct finding *finding = arena_alloc(arena, sizeof *finding);
        struct plan picked = {.rows = ret->rows, .row_count = selected};
        if (has_row(&picked, id) || has_row(plan, id) || was_told_since(input, pending, id) ||
            !read_id(arena, input, pending, id, finding)) {
            continue;
        }
        if (untold.arena == NULL) {
            index_untold(arena, input, &untold);
        }
        struct finding *found = pending->accepted ? NULL : map_get(&untold, id);
        struct plan_row *row = &ret->rows[ret->row_count++];
        *row = found != NULL ? plan_row_of(found, PLAN_NEW, id)
                             : plan_row_of(finding, PLAN_ID_ONLY, id);
        if (found != NULL) {
            ret->failed_actions += found->action_count;
            row->steps = steps_that_hold(arena, plan, id);
        }
    }
}

void plan_again(struct arena *arena, const struct plan_input *input, const struct plan *plan,
                const struct pending *pending, struct plan *ret)
{
    *ret = *plan;
    select_news(arena, plan, pending, true, ret);
    if (pending->accepted) {
        add_told_rows(arena, input, pending, ret);
    } else {
        leave_out_later(arena, pending, ret);
    }
    add_id_rows(arena, input, plan, pending, ret);
    ret->again = !pending->accepted;
    ret->quiet = (struct plan_steps){0};
    ret->late_count = 0;
    ret->thread = plan_thread(arena, input, ret);
    ret->send = plan_has_news(ret);
}

void plan_without(struct arena *arena, const struct plan_input *input, const struct plan *plan,
                  const struct pending *pending, struct plan *ret)
{
    const struct plan all = *plan; // ret may be plan itself
    *ret = all;
    select_news(arena, &all, pending, false, ret);
    ret->covered += all.row_count - ret->row_count;
    ret->thread = plan_thread(arena, input, ret);
    ret->send = plan_has_news(ret);
}

const char *const *plan_ids(struct arena *arena, const struct plan *plan, size_t *ret_count)
{
    size_t most = plan->row_count + plan->closing_count + plan->readable_count + plan->unread_count;
    const char **ids = arena_alloc_array(arena, most, sizeof *ids);
    size_t count = 0;
    for (size_t i = 0; i < plan->row_count; i++) {
        const struct plan_row *row = &plan->rows[i];
        ids[count++] = row->stored_id != NULL ? row->stored_id : row->id;
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        ids[count++] = plan->closings[i].id;
    }
    for (size_t i = 0; i < plan->readable_count; i++) {
        ids[count++] = plan->readable[i].id;
    }
    for (size_t i = 0; i < plan->unread_count; i++) {
        if (plan->unread[i].due) {
            ids[count++] = plan->unread[i].id;
        }
    }
    *ret_count = count;
    return ids;
}

// True when an incident was told, opened or closed by somebody else since the plan was made.
static bool steps_are_stale(struct arena *scratch, const struct plan_steps *steps,
                            const struct ledger *known, const struct ledger *found)
{
    for (size_t i = 0; i < steps->count; i++) {
        const char *key = incident_key(scratch, &steps->items[i].incident);
        const struct incident *before = ledger_incident(known, key);
        const struct incident *now = ledger_incident(found, key);
        if ((before == NULL) != (now == NULL) || (now != NULL && now->told != before->told)) {
            return true;
        }
    }
    return false;
}

static bool row_is_stale(struct arena *scratch, const struct plan_row *row,
                         const struct ledger *known, const struct ledger *found)
{
    const struct ledger_entry *before = ledger_find(known, row->id);
    const struct ledger_entry *now = ledger_find(found, row->id);
    bool differs = (before == NULL) != (now == NULL) ||
                   (now != NULL && now->child_count != before->child_count);
    return differs || steps_are_stale(scratch, &row->steps, known, found);
}

static bool names_any(const struct pending *pending, const struct plan *plan)
{
    bool any = false;
    for (size_t i = 0; i < plan->row_count; i++) {
        any = any || names_row(pending, &plan->rows[i]);
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        any = any || pending_names(pending, plan->closings[i].id);
    }
    for (size_t i = 0; i < plan->readable_count; i++) {
        any = any || pending_names(pending, plan->readable[i].id);
    }
    for (size_t i = 0; i < plan->unread_count; i++) {
        any = any || (plan->unread[i].due && pending_names(pending, plan->unread[i].id));
    }
    return any;
}

// Another pass is about to tell some of it.
static bool is_taken(const struct plan *plan, const struct ledger *known,
                     const struct ledger *found)
{
    for (size_t i = 0; i < found->pending_count; i++) {
        bool is_known = false;
        for (size_t j = 0; j < known->pending_count; j++) {
            is_known = is_known ||
                       strcmp(known->pendings[j].message_id, found->pendings[i].message_id) == 0;
        }
        if (!is_known && names_any(&found->pendings[i], plan)) {
            return true;
        }
    }
    return false;
}

bool plan_is_stale(const struct plan *plan, const struct plan_input *input,
                   const struct ledger *found)
{
    AUTO_PTR(arena) scratch = arena_create();
    const struct ledger *known = input->ledger;
    bool stale = is_taken(plan, known, found);
    for (size_t i = 0; i < plan->row_count; i++) {
        stale = stale || row_is_stale(scratch, &plan->rows[i], known, found);
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        stale = stale || steps_are_stale(scratch, &plan->closings[i].steps, known, found);
    }
    for (size_t i = 0; i < plan->readable_count; i++) {
        stale = stale || steps_are_stale(scratch, &plan->readable[i].steps, known, found);
    }
    for (size_t i = 0; i < plan->unread_count; i++) {
        stale = stale || (plan->unread[i].due &&
                          steps_are_stale(scratch, &plan->unread[i].steps, known, found));
    }
    return stale;
}
