// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/plan_parts.h"
#include "core/silence.h"

#include "base/banned.h"

enum { OVERLAP_SECONDS = 600 };

static bool same_reason(const struct plan_unread *line, const struct sight *sight)
{
    return line->cluster == sight->cluster && line->class == sight->class &&
           line->in_part == sight->partial && strcmp(line->reason, sight->reason) == 0;
}

// Joins kinds of one cluster that failed alike to one line.
static void add_sight(struct arena *arena, struct plan_unread *lines, size_t *count,
                      const struct sight *sight)
{
    size_t at = 0;
    while (at < *count && !same_reason(&lines[at], sight)) {
        at++;
    }
    if (at == *count) {
        lines[(*count)++] = (struct plan_unread){
            .cluster = sight->cluster,
            .kinds = arena_alloc_array(arena, WATCHED_KIND_COUNT, sizeof *lines->kinds),
            .in_part = sight->partial,
            .class = sight->class,
            .reason = sight->reason,
            .remedy = sight->remedy,
            .told_before = TIMESTAMP_NONE,
            .id = "",
        };
    }
    struct plan_unread *line = &lines[at];
    line->kinds[line->kind_count++] = sight->kind;
}

// app is "" or INCIDENT_IN_PART.
static struct incident unread_incident(const struct plan_input *input, size_t cluster,
                                       enum action_kind kind, const char *app)
{
    return (struct incident){
        .class = ALERT_UNREACHABLE,
        .cluster = input->cluster_names[cluster],
        .policy = "",
        .kind = kind,
        .app = app,
        .run = "",
        .since = input->now,
        .last = input->now,
        .last_good = TIMESTAMP_NONE,
        .told = TIMESTAMP_NONE,
        .cause = "",
        .runs_without_end = TIMESTAMP_NONE,
    };
}

static const char *part_of(const struct plan_unread *line)
{
    return line->in_part ? INCIDENT_IN_PART : "";
}

// One kind that is unread: its incident goes on, or opens now.
static void add_unread_step(struct planning *planning, struct plan_unread *line,
                            enum action_kind kind)
{
    struct incident incident = unread_incident(planning->input, line->cluster, kind, part_of(line));
    const struct incident *open = ledger_incident_like(planning->input->ledger, &incident);
    if (open != NULL) {
        incident.since = open->since;
        incident.told = open->told;
        incident.runs = open->runs;
        incident.reminders = open->reminders + (open->told != TIMESTAMP_NONE ? 1 : 0);
    }
    incident.runs++;
    bool is_first = line->steps.count == 0;
    line->since = is_first || incident.since < line->since ? incident.since : line->since;
    line->told_before =
        is_first || incident.told < line->told_before ? incident.told : line->told_before;
    struct plan_step step = {.incident = incident, .cause_text = ""};
    // Kept without a mail too: since when it is unread.
    planning_add_step(planning, &planning->plan->quiet, &step);
    step.tell = true;
    planning_add_step(planning, &line->steps, &step);
}

static bool is_due(const struct plan_input *input, const struct plan_unread *line)
{
    const struct plan_options *options = &input->options;
    if (line->told_before == TIMESTAMP_NONE) {
        return input->now - line->since >= options->unreachable_after_s;
    }
    return !line->in_part && options->remind_every_s > 0 && line->told_before <= input->now &&
           input->now - line->told_before >= options->remind_every_s - PLAN_EARLY_SECONDS;
}

static const char *unreachable_id(struct arena *arena, const char *cluster, const char *app)
{
    bool whole = *app == '\0';
    return arena_format(arena, "!unreachable/%s%s%s", cluster, whole ? "" : "/", app);
}

static void finish_line(struct planning *planning, struct plan_unread *line)
{
    const struct plan_input *input = planning->input;
    const char *cluster = input->cluster_names[line->cluster];
    bool is_main = line->whole_cluster;
    for (size_t i = 0; i < line->kind_count; i++) {
        is_main = is_main || line->kinds[i] == ACTION_BACKUP;
        if (!line->whole_cluster) {
            add_unread_step(planning, line, line->kinds[i]);
        }
    }
    if (line->whole_cluster) {
        add_unread_step(planning, line, ACTION_BACKUP);
    }
    line->id = is_main ? unreachable_id(planning->arena, cluster, part_of(line))
                       : arena_format(planning->arena, "!unreachable/%s/%s", cluster,
                                      action_kind_word(line->kinds[0]));
    line->why = line->told_before == TIMESTAMP_NONE ? PLAN_UNREAD : PLAN_STILL_UNREAD;
    bool wanted = input->options.alert_on[ALERT_UNREACHABLE];
    line->silenced = silence_covers(input->ledger, cluster, "", "", input->now);
    planning->plan->silenced += line->silenced ? 1 : 0;
    line->due = wanted && !line->silenced && is_due(input, line);
}

static bool is_pending(const struct ledger *ledger, const char *id)
{
    for (size_t i = 0; i < ledger->pending_count; i++) {
        if (pending_names(&ledger->pendings[i], id)) {
            return true;
        }
    }
    return false;
}

// That backups are read in part only is told in a line of its own until a mail has told it, and to
// recipients that are outstanding; from then on it is a limitation like those of other kinds.
static bool is_told_apart(struct planning *planning, const struct sight *sight)
{
    const struct plan_input *input = planning->input;
    if (sight->kind != ACTION_BACKUP || !input->options.alert_on[ALERT_UNREACHABLE]) {
        return false;
    }
    struct incident incident =
        unread_incident(input, sight->cluster, ACTION_BACKUP, INCIDENT_IN_PART);
    const struct incident *open = ledger_incident_like(input->ledger, &incident);
    return open == NULL || open->told == TIMESTAMP_NONE ||
           is_pending(input->ledger,
                      unreachable_id(planning->arena, incident.cluster, INCIDENT_IN_PART));
}

static void add_to_lines(struct planning *planning, const struct sight *sight)
{
    struct plan *plan = planning->plan;
    bool partial = sight->state == SIGHT_READ && sight->partial;
    if (sight->state == SIGHT_UNREAD || (partial && is_told_apart(planning, sight))) {
        add_sight(planning->arena, plan->unread, &plan->unread_count, sight);
    } else if (sight->state == SIGHT_LIMITED || partial) {
        add_sight(planning->arena, plan->limited, &plan->limited_count, sight);
    }
}

// A wholly unread cluster is one line with the reason of its main kind.
static void plan_cluster(struct planning *planning, size_t cluster)
{
    const struct plan_input *input = planning->input;
    struct plan *plan = planning->plan;
    size_t read = 0;
    size_t first_unread = plan->unread_count;
    for (size_t i = 0; i < input->sight_count; i++) {
        const struct sight *sight = &input->sights[i];
        if (sight->cluster != cluster) {
            continue;
        }
        bool is_action = sight->kind < ACTION_KIND_COUNT;
        read += is_action && sight->state == SIGHT_READ ? 1 : 0;
        bool is_new = ledger_watermark(input->ledger, input->cluster_names[cluster], sight->kind) ==
                      TIMESTAMP_NONE;
        plan->older_failures += is_new ? sight->older_failures : 0;
        plan->older_stuck += is_new ? sight->older_stuck : 0;
        add_to_lines(planning, sight);
    }
    plan->clusters_read += read > 0 ? 1 : 0;
    if (read == 0 && plan->unread_count > first_unread) {
        plan->unread_count = first_unread + 1;
        plan->unread[first_unread].whole_cluster = true;
    }
    for (size_t i = first_unread; i < plan->unread_count; i++) {
        finish_line(planning, &plan->unread[i]);
    }
}

// What was read in part is read whole again.
static bool is_whole_again(const struct plan_input *input, size_t cluster, enum action_kind kind)
{
    const struct sight *sight = planning_sight(input, cluster, kind);
    return sight != NULL && sight->state == SIGHT_READ && !sight->partial;
}

// The cluster as such is seen again when something of it is read and its main kind is not unread.
static bool is_seen(const struct plan_input *input, size_t cluster, enum action_kind kind)
{
    bool any_read = false;
    bool kind_read = false;
    bool kind_unread = false;
    for (size_t i = 0; i < input->sight_count; i++) {
        const struct sight *sight = &input->sights[i];
        if (sight->cluster == cluster) {
            bool is_read = sight->state == SIGHT_READ;
            any_read = any_read || (is_read && sight->kind < ACTION_KIND_COUNT);
            kind_read = kind_read || (sight->kind == kind && is_read);
            kind_unread = kind_unread || (sight->kind == kind && sight->state == SIGHT_UNREAD);
        }
    }
    return kind == ACTION_BACKUP ? any_read && !kind_unread : kind_read;
}

// No longer unread, but not read either: a limitation, or no longer watched.
static bool is_moot(const struct plan_input *input, size_t cluster, const struct incident *incident)
{
    const struct sight *sight = planning_sight(input, cluster, incident->kind);
    if (incident_is_in_part(incident)) {
        return sight == NULL;
    }
    bool is_watched = sight != NULL && sight->state != SIGHT_LIMITED;
    return incident->kind != ACTION_BACKUP && !is_watched;
}

static size_t rows_of(const struct plan *plan, size_t cluster)
{
    size_t rows = 0;
    for (size_t i = 0; i < plan->row_count; i++) {
        bool is_news = plan->rows[i].finding->action_count > 0;
        rows += is_news && plan->rows[i].finding->cluster == cluster ? 1 : 0;
    }
    return rows;
}

static void plan_readable(struct planning *planning, const struct incident *incident)
{
    const struct plan_input *input = planning->input;
    struct plan *plan = planning->plan;
    size_t cluster = planning_cluster(input, incident->cluster);
    struct plan_step step = {.incident = *incident, .close = true, .cause_text = ""};
    step.incident.last = input->now;
    bool in_part = incident_is_in_part(incident);
    bool gone = cluster == input->cluster_count || is_moot(input, cluster, incident);
    bool seen = in_part ? is_whole_again(input, cluster, incident->kind)
                        : is_seen(input, cluster, incident->kind);
    if (!gone && !seen) {
        return;
    }
    bool told = incident->told != TIMESTAMP_NONE && !gone &&
                input->options.alert_on[ALERT_UNREACHABLE] &&
                !silence_covers(input->ledger, incident->cluster, "", "", input->now);
    if (!told) {
        planning_add_step(planning, &plan->quiet, &step);
        return;
    }
    struct plan_readable *line = &plan->readable[plan->readable_count++];
    bool whole = incident->kind == ACTION_BACKUP && !in_part;
    *line = (struct plan_readable){
        .cluster = cluster,
        .kind = incident->kind,
        .in_part = in_part,
        .since = incident->since,
        .caught_up = rows_of(plan, cluster),
        .id = arena_format(planning->arena, "!readable/%s%s%s", incident->cluster, whole ? "" : "/",
                           whole     ? ""
                           : in_part ? INCIDENT_IN_PART
                                     : action_kind_word(incident->kind)),
    };
    planning_add_step(planning, &line->steps, &step);
}

// Finished later than the look-back reaches: what lies between is caught up now.
static void plan_late(struct planning *planning, size_t cluster)
{
    const struct plan_input *input = planning->input;
    int64_t expected = input->now - input->options.lookback_s - OVERLAP_SECONDS;
    int64_t earliest = TIMESTAMP_NONE;
    for (size_t i = 0; i < input->sight_count; i++) {
        const struct sight *sight = &input->sights[i];
        if (sight->cluster != cluster || sight->state != SIGHT_READ ||
            sight->kind >= ACTION_KIND_COUNT) {
            continue;
        }
        int64_t last = ledger_watermark(input->ledger, input->cluster_names[cluster], sight->kind);
        if (last == TIMESTAMP_NONE) {
            continue;
        }
        last += sight_behind(sight); // it may be the server's time
        if (last < expected && (earliest == TIMESTAMP_NONE || last < earliest)) {
            earliest = last;
        }
    }
    if (earliest != TIMESTAMP_NONE) {
        planning->plan->late[planning->plan->late_count++] =
            (struct plan_late){.cluster = cluster, .last_read = earliest};
    }
}

void plan_sight(struct planning *planning)
{
    const struct plan_input *input = planning->input;
    struct plan *plan = planning->plan;
    const struct map *incidents = &input->ledger->incidents;
    plan->unread = arena_alloc_array(planning->arena, input->sight_count, sizeof *plan->unread);
    plan->limited = arena_alloc_array(planning->arena, input->sight_count, sizeof *plan->limited);
    plan->readable = arena_alloc_array(planning->arena, incidents->count, sizeof *plan->readable);
    plan->late = arena_alloc_array(planning->arena, input->cluster_count, sizeof *plan->late);
    for (size_t i = 0; i < input->cluster_count; i++) {
        plan_cluster(planning, i);
        plan_late(planning, i);
    }
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->entries[i].value;
        if (incident != NULL && incident->class == ALERT_UNREACHABLE) {
            plan_readable(planning, incident);
        }
    }
}

int64_t plan_window_start(const struct ledger *ledger, const char *cluster, enum action_kind kind,
                          int64_t now, int64_t lookback_s)
{
    int64_t start = now - lookback_s;
    int64_t watermark = ledger_watermark(ledger, cluster, kind);
    if (watermark != TIMESTAMP_NONE && watermark - OVERLAP_SECONDS < start) {
        start = watermark - OVERLAP_SECONDS;
    }
    int64_t beginning = ledger_beginning(ledger, cluster, kind);
    if (watermark == TIMESTAMP_NONE && beginning != TIMESTAMP_NONE && beginning < start) {
        start = beginning;
    }
    for (size_t i = 0; i < ledger->pending_count; i++) {
        const struct pending *pending = &ledger->pendings[i];
        int64_t seen = pending->from > 0 ? pending->from : pending->date - lookback_s;
        start = seen < start ? seen : start;
    }
    return start;
}
