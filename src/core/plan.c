// SPDX-License-Identifier: MIT
#include "core/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/evaluate.h"

#include "base/banned.h"

enum {
    DAYS_LOOKED_BACK = 7, // a run that failed before midnight keeps the id of that day
    DAYS_LOOKED_AT = 60,
    CLOCKS_APART_SECONDS = 120, // a run that began later than this after a mail is another run
    UNREAD_EARLY_SECONDS = 600, // so that an hourly schedule does not drift
};

static char *alert_id(struct arena *arena, const struct plan_input *input,
                      const struct finding *finding, int64_t day)
{
    const char *cluster = input->cluster_names[finding->cluster];
    char date[TIMESTAMP_TEXT_BYTES];
    timestamp_format_day(day, date);
    if (finding->kind == ACTION_RUN) {
        return arena_format(arena, "%s:%s:%s", cluster, finding->name, date);
    }
    return arena_format(arena, "%s:%s/%s/%s:%s", cluster, action_kind_word(finding->kind),
                        finding->namespace_name, finding->name, date);
}

static int64_t began_at(const struct finding *finding)
{
    int64_t began = TIMESTAMP_NONE;
    for (size_t i = 0; i < finding->action_count; i++) {
        int64_t at = action_began_at(finding->actions[i]);
        if (at != TIMESTAMP_NONE && (began == TIMESTAMP_NONE || at < began)) {
            began = at;
        }
    }
    return began;
}

static bool same_namespace(const struct ledger_entry *entry, const struct finding *finding)
{
    return *entry->run_namespace == '\0' || *finding->namespace_name == '\0' ||
           strcmp(entry->run_namespace, finding->namespace_name) == 0;
}

// What one ledger entry says of a finding.
struct told {
    const char *id; // the entry's; NULL: no entry speaks of this run
    const struct ledger_entry *entry;
    bool same_run; // false: another run that had the same name
};

static bool names_any(const struct ledger_entry *entry, const struct finding *finding)
{
    for (size_t i = 0; i < finding->action_count; i++) {
        if (ledger_entry_has(entry, finding->actions[i]->uid)) {
            return true;
        }
    }
    return false;
}

static const struct action *run_action_of(const struct finding *finding)
{
    for (size_t i = 0; i < finding->action_count; i++) {
        if (finding->actions[i]->kind == ACTION_RUN) {
            return finding->actions[i];
        }
    }
    return NULL;
}

// A name can be used again, also on the same day: uids decide, where none is known the time does.
static bool is_same_run(const struct ledger_entry *entry, const struct finding *finding)
{
    if (names_any(entry, finding)) {
        return true;
    }
    if (*entry->run_token != '\0' && run_action_of(finding) != NULL) {
        return false; // another RunAction was told
    }
    int64_t began = began_at(finding);
    bool began_after = began != TIMESTAMP_NONE && began > entry->sent_at + CLOCKS_APART_SECONDS;
    return same_namespace(entry, finding) && !began_after;
}

// Looks for the run under the days on which it can have been told. Its own id wins; among others
// the one that is of the same run.
static struct told find_told(struct arena *arena, const struct plan_input *input,
                             const struct finding *finding)
{
    struct told told = {NULL, NULL, false};
    int64_t last = input->now > finding->last_ended ? input->now : finding->last_ended;
    if (finding->first_ended == TIMESTAMP_NONE) {
        last = TIMESTAMP_NONE;
    }
    int64_t day = finding->first_ended;
    int64_t back = finding->kind == ACTION_RUN && day != TIMESTAMP_NONE ? DAYS_LOOKED_BACK : 0;
    day -= back * TIMESTAMP_DAY_SECONDS;
    for (int i = 0; i < DAYS_LOOKED_AT; i++) {
        char *id = alert_id(arena, input, finding, day);
        const struct ledger_entry *entry = ledger_find(input->ledger, id);
        if (entry != NULL && (told.entry == NULL || is_same_run(entry, finding))) {
            told = (struct told){id, entry, is_same_run(entry, finding)};
        }
        if (back == 0 || told.same_run || day > last) {
            break;
        }
        day += TIMESTAMP_DAY_SECONDS;
    }
    return told;
}

static bool action_was_told(const struct told *told, const struct action *action)
{
    if (told->entry == NULL) {
        return false;
    }
    int64_t at = action_judged_at(action);
    return ledger_entry_has(told->entry, action->uid) ||
           (told->same_run && at != TIMESTAMP_NONE && at <= told->entry->told_until);
}

// The failed actions nobody was told of. A RunAction only repeats what its children said: it is
// news only when nothing of its run was told.
static size_t untold_actions(const struct told *told, const struct finding *finding,
                             const struct action **ret)
{
    size_t count = 0;
    for (size_t i = 0; i < finding->action_count; i++) {
        const struct action *action = finding->actions[i];
        bool repeats = action->kind == ACTION_RUN && told->same_run;
        if (!action_was_told(told, action) && !repeats) {
            ret[count++] = action;
        }
    }
    return count;
}

static bool plan_finding(struct arena *arena, const struct plan_input *input,
                         const struct finding *finding, struct plan_row *ret)
{
    struct told told = find_told(arena, input, finding);
    char *id = alert_id(arena, input, finding, finding->first_ended);
    if (told.entry == NULL) {
        *ret = (struct plan_row){finding, PLAN_NEW, id};
        return true;
    }
    if (finding->kind != ACTION_RUN) {
        // The name of an action without a run can be used again too.
        bool is_other = told.entry->child_count > 0 && !names_any(told.entry, finding);
        *ret = (struct plan_row){finding, PLAN_NEW, id};
        return is_other;
    }
    const struct action **untold =
        arena_alloc_array(arena, finding->action_count, sizeof(const struct action *));
    size_t count = untold_actions(&told, finding, untold);
    if (count == 0) {
        return false;
    }
    if (!told.same_run) {
        *ret = (struct plan_row){finding, PLAN_NEW, id};
        return true;
    }
    struct finding *rest;
    size_t rest_count;
    evaluate_group(arena, untold, count, &rest, &rest_count);
    *ret = (struct plan_row){rest, PLAN_MORE_OF_RUN, told.id};
    return true;
}

static const char *unread_subject(struct arena *arena, const char *cluster, enum action_kind kind)
{
    if (kind == ACTION_BACKUP) {
        return cluster;
    }
    return arena_format(arena, "%s/%s", cluster, action_kind_word(kind));
}

static bool same_reason(const struct plan_unread *line, const struct sight *sight)
{
    return line->cluster == sight->cluster && line->class == sight->class &&
           strcmp(line->reason, sight->reason) == 0;
}

// Joins kinds of one cluster that failed alike to one line.
static void add_sight(struct arena *arena, struct plan_unread *lines, size_t *count,
                      const struct sight *sight)
{
    if (*count == 0 || !same_reason(&lines[*count - 1], sight)) {
        lines[(*count)++] = (struct plan_unread){
            .cluster = sight->cluster,
            .kinds = arena_alloc_array(arena, ACTION_KIND_COUNT, sizeof *lines->kinds),
            .class = sight->class,
            .reason = sight->reason,
            .remedy = sight->remedy,
            .told_before = TIMESTAMP_NONE,
        };
    }
    struct plan_unread *line = &lines[*count - 1];
    line->kinds[line->kind_count++] = sight->kind;
}

// When the line's subjects were last told, the one told longest ago counts; never, when one of
// them never was.
static int64_t told_before(struct arena *arena, const struct plan_input *input,
                           const struct plan_unread *line)
{
    const char *name = input->cluster_names[line->cluster];
    if (line->whole_cluster) {
        return ledger_unread_told(input->ledger, name);
    }
    int64_t earliest = INT64_MAX;
    for (size_t i = 0; i < line->kind_count; i++) {
        const char *subject = unread_subject(arena, name, line->kinds[i]);
        int64_t told = ledger_unread_told(input->ledger, subject);
        earliest = told < earliest ? told : earliest;
    }
    return earliest;
}

// A wholly unread cluster is one line with the reason of its main kind.
static void plan_cluster_sight(struct arena *arena, const struct plan_input *input, size_t cluster,
                               struct plan *plan)
{
    size_t read = 0;
    size_t first_unread = plan->unread_count;
    for (size_t i = 0; i < input->sight_count; i++) {
        const struct sight *sight = &input->sights[i];
        if (sight->cluster != cluster) {
            continue;
        }
        read += sight->state == SIGHT_READ ? 1 : 0;
        plan->older_failures += sight->older_failures;
        if (sight->state == SIGHT_UNREAD) {
            add_sight(arena, plan->unread, &plan->unread_count, sight);
        } else if (sight->state == SIGHT_LIMITED) {
            add_sight(arena, plan->limited, &plan->limited_count, sight);
        }
    }
    plan->clusters_read += read > 0 ? 1 : 0;
    if (read == 0 && plan->unread_count > first_unread) {
        plan->unread_count = first_unread + 1;
        plan->unread[first_unread].whole_cluster = true;
    }
    for (size_t i = first_unread; i < plan->unread_count; i++) {
        plan->unread[i].told_before = told_before(arena, input, &plan->unread[i]);
    }
}

static bool is_due(const struct plan_unread *line, int64_t now)
{
    return line->told_before == TIMESTAMP_NONE || line->told_before > now ||
           now - line->told_before >= PLAN_UNREAD_EVERY - UNREAD_EARLY_SECONDS;
}

void plan_make(struct arena *arena, const struct plan_input *input, struct plan *ret)
{
    *ret = (struct plan){
        .rows = arena_alloc_array(arena, input->finding_count, sizeof *ret->rows),
        .unread = arena_alloc_array(arena, input->sight_count, sizeof *ret->unread),
        .limited = arena_alloc_array(arena, input->sight_count, sizeof *ret->limited),
        .cluster_count = input->cluster_count,
        .first_pass = !input->ledger->existed,
    };
    for (size_t i = 0; i < input->finding_count; i++) {
        struct plan_row row;
        if (plan_finding(arena, input, &input->findings[i], &row)) {
            ret->rows[ret->row_count++] = row;
            ret->failed_actions += row.finding->action_count;
        } else {
            ret->already_told++;
        }
    }
    for (size_t i = 0; i < input->cluster_count; i++) {
        plan_cluster_sight(arena, input, i, ret);
    }
    ret->send = ret->row_count > 0;
    for (size_t i = 0; i < ret->unread_count; i++) {
        ret->send = ret->send || is_due(&ret->unread[i], input->now);
    }
}

static void record_row(struct ledger *ledger, const struct plan_row *row, int64_t accepted_at)
{
    const struct finding *finding = row->finding;
    struct ledger_entry *entry = ledger_add(ledger, row->id, accepted_at);
    const struct action *run = run_action_of(finding);
    char token[LEDGER_TOKEN_BYTES];
    if (finding->kind == ACTION_RUN && *entry->run_namespace == '\0') {
        entry->run_namespace = arena_strdup(ledger->arena, finding->namespace_name);
    }
    if (run != NULL) {
        ledger_token(run->uid, token);
        entry->run_token = arena_strdup(ledger->arena, token);
    }
    for (size_t i = 0; i < finding->action_count; i++) {
        ledger_token(finding->actions[i]->uid, token);
        ledger_add_child(ledger, entry, token);
    }
}

void plan_record(const struct plan *plan, const struct plan_input *input, int64_t accepted_at,
                 struct ledger *ledger)
{
    for (size_t i = 0; i < plan->row_count; i++) {
        record_row(ledger, &plan->rows[i], accepted_at);
    }
    for (size_t i = 0; i < plan->unread_count; i++) {
        const struct plan_unread *line = &plan->unread[i];
        const char *name = input->cluster_names[line->cluster];
        for (size_t k = 0; k < line->kind_count; k++) {
            ledger_tell_unread(ledger, unread_subject(ledger->arena, name, line->kinds[k]),
                               accepted_at);
        }
        if (line->whole_cluster) {
            ledger_tell_unread(ledger, name, accepted_at);
        }
    }
}

// The cluster as such is seen again when something of it is read and its main kind is not unread.
static bool cluster_is_seen(const struct plan_input *input, size_t cluster)
{
    bool any_read = false;
    bool main_unread = false;
    for (size_t i = 0; i < input->sight_count; i++) {
        const struct sight *sight = &input->sights[i];
        if (sight->cluster == cluster) {
            any_read = any_read || sight->state == SIGHT_READ;
            main_unread =
                main_unread || (sight->kind == ACTION_BACKUP && sight->state == SIGHT_UNREAD);
        }
    }
    return any_read && !main_unread;
}

void plan_forget_read(const struct plan_input *input, struct ledger *ledger)
{
    for (size_t i = 0; i < input->cluster_count; i++) {
        if (cluster_is_seen(input, i)) {
            ledger_forget_unread(ledger, input->cluster_names[i]);
        }
    }
    for (size_t i = 0; i < input->sight_count; i++) {
        const struct sight *sight = &input->sights[i];
        if (sight->state != SIGHT_UNREAD && sight->kind != ACTION_BACKUP) {
            const char *name = input->cluster_names[sight->cluster];
            ledger_forget_unread(ledger, unread_subject(ledger->arena, name, sight->kind));
        }
    }
}
