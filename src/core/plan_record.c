// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/alert_id.h"
#include "core/plan_parts.h"
#include "core/told.h"

#include "base/banned.h"

enum { CLOCKS_APART_SECONDS = 3600 };

// What was told meanwhile need not wait any longer.
static void drop_told(struct ledger *ledger, struct incident *incident)
{
    const char **left = arena_alloc_array(ledger->arena, incident->held_count, sizeof *left);
    size_t count = 0;
    for (size_t i = 0; i < incident->held_count; i++) {
        if (ledger_find(ledger, incident->held[i]) == NULL) {
            left[count++] = incident->held[i];
        }
    }
    incident->held = left;
    incident->held_count = count;
}

// What a plan enters into a ledger, which may know more than the plan did.
struct recording {
    const struct plan_input *input;
    struct ledger *ledger;
    struct map findings; // alert id -> const struct finding **, for ids told without their actions
    int64_t at;
    bool accepted; // a mail told it: only then ids count as sent
};

static void index_findings(struct recording *recording)
{
    const struct plan_input *input = recording->input;
    struct arena *arena = recording->ledger->arena;
    map_init(&recording->findings, arena);
    for (size_t i = 0; i < input->finding_count; i++) {
        const struct finding *finding = &input->findings[i];
        const char *id =
            alert_id_make(arena, input->cluster_names[finding->cluster],
                          alert_id_subject(arena, finding), finding->first_ended, finding->class);
        const struct finding **found = arena_alloc(arena, sizeof *found);
        *found = &input->findings[i];
        map_set(&recording->findings, id, found);
    }
}

// An id told without its actions: those that are still listed are told with it. Others, should they
// be read one day, are news.
static void record_id(struct recording *recording, const char *id)
{
    if (recording->findings.arena == NULL) {
        index_findings(recording);
    }
    const struct finding **finding = map_get(&recording->findings, id);
    if (finding != NULL) {
        told_record(recording->ledger, id, *finding, recording->at);
    } else {
        (void)ledger_add(recording->ledger, id, recording->at);
    }
}

static void record_held(struct recording *recording, const char *const *held, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        record_id(recording, held[i]);
    }
}

static void end_incident(struct recording *recording, const struct incident *incident,
                         const char *key)
{
    const struct incident *stored = ledger_incident(recording->ledger, key);
    for (size_t i = 0; i < incident->held_count && !recording->accepted; i++) {
        ledger_set_over(recording->ledger, incident->held[i], recording->at);
    }
    if (recording->accepted) {
        record_held(recording, incident->held, incident->held_count);
    }
    if (stored != NULL && stored->last <= incident->last) {
        (void)ledger_close_incident(recording->ledger, key);
    }
}

// It was open when the plan was made and is not now, and the plan knows of no failure since.
static bool was_ended(const struct recording *recording, const struct incident *incident,
                      const char *key)
{
    const struct incident *known = ledger_incident(recording->input->ledger, key);
    return known != NULL && known->last == incident->last &&
           ledger_incident(recording->ledger, key) == NULL;
}

static void apply(struct recording *recording, const struct plan_step *step)
{
    struct ledger *ledger = recording->ledger;
    const char *key = incident_key(ledger->arena, &step->incident);
    struct incident incident = step->incident;
    if (step->close) {
        end_incident(recording, &incident, key);
        return;
    }
    if (was_ended(recording, &incident, key)) {
        return;
    }
    if (step->tell) {
        incident.told = recording->at;
    }
    const struct incident *stored = ledger_incident(ledger, key);
    if (stored != NULL) {
        // Whoever told it since told of this, too.
        incident.silent = incident.silent && stored->told <= incident.told;
        incident_merge(ledger->arena, &incident, stored);
    }
    drop_told(ledger, &incident);
    ledger_put_incident(ledger, &incident);
    ledger_put_cause(ledger, step->incident.cause, step->cause_text);
}

// Each step is made from the one before it: of several of one incident the last says all.
static void apply_all(struct recording *recording, const struct plan_steps *steps)
{
    struct arena *arena = recording->ledger->arena;
    struct map last;
    map_init(&last, arena);
    for (size_t i = 0; i < steps->count; i++) {
        map_set(&last, incident_key(arena, &steps->items[i].incident), &steps->items[i]);
    }
    for (size_t i = 0; i < last.count; i++) {
        apply(recording, last.entries[i].value);
    }
}

static void record_row(struct recording *recording, const struct plan_row *row)
{
    if (!alert_id_is(row->id) || row->stored_id != NULL) {
        // A condition lives in its incident only, and a run that was told keeps its id: that it was
        // named again stands in its incident.
    } else if (row->finding->action_count > 0) {
        told_record(recording->ledger, row->id, row->finding, recording->at);
    } else {
        record_id(recording, row->id);
    }
    record_held(recording, row->held, row->held_count);
    apply_all(recording, &row->steps);
}

void plan_record(const struct plan *plan, const struct plan_input *input, int64_t accepted_at,
                 struct ledger *ledger)
{
    struct recording recording = {
        .input = input, .ledger = ledger, .at = accepted_at, .accepted = true};
    for (size_t i = 0; i < plan->row_count; i++) {
        record_row(&recording, &plan->rows[i]);
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        apply_all(&recording, &plan->closings[i].steps);
    }
    for (size_t i = 0; i < plan->readable_count; i++) {
        apply_all(&recording, &plan->readable[i].steps);
    }
    for (size_t i = 0; i < plan->unread_count; i++) {
        if (!plan->unread[i].silenced) {
            apply_all(&recording, &plan->unread[i].steps);
        }
    }
}

// Mails of a clock that has been set back since would put off every reminder.
static void heal_future(struct ledger *ledger, int64_t began)
{
    for (size_t i = 0; i < ledger->incidents.count; i++) {
        struct incident *incident = ledger->incidents.entries[i].value;
        if (incident != NULL && incident->told > began + CLOCKS_APART_SECONDS) {
            incident->told = began;
        }
    }
}

static bool has_unanswered(const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->pending_count; i++) {
        if (!ledger->pendings[i].accepted) {
            return true;
        }
    }
    return false;
}

void plan_begin(const struct plan_input *input, struct ledger *ledger)
{
    for (size_t i = 0; i < input->sight_count; i++) {
        const struct sight *sight = &input->sights[i];
        const char *cluster = input->cluster_names[sight->cluster];
        if (sight->kind < ACTION_KIND_COUNT &&
            ledger_watermark(ledger, cluster, sight->kind) == TIMESTAMP_NONE &&
            ledger_beginning(ledger, cluster, sight->kind) == TIMESTAMP_NONE) {
            ledger_set_beginning(ledger, cluster, sight->kind,
                                 input->now - input->options.lookback_s);
        }
    }
}

// What ended between the last watermark and the window was not looked at: a pass that could not
// read the state knows no watermark.
static bool has_gap(const struct ledger *ledger, const char *cluster, const struct sight *sight)
{
    int64_t last = ledger_watermark(ledger, cluster, sight->kind);
    return last != TIMESTAMP_NONE && sight->window_start > last;
}

// How long entries of `sent` are kept: as long as the oldest window may need them, by the clock
// that is furthest behind.
static int64_t oldest_needed(const struct plan_input *input, int64_t began,
                             const struct ledger *ledger)
{
    int64_t oldest = began - LEDGER_KEEP_SECONDS;
    for (size_t i = 0; i < input->sight_count; i++) {
        const struct sight *sight = &input->sights[i];
        int64_t start = plan_window_start(ledger, input->cluster_names[sight->cluster], sight->kind,
                                          began, input->options.lookback_s);
        int64_t behind = sight->clock_skew < 0 ? sight->clock_skew : 0;
        oldest = start < oldest ? start : oldest;
        oldest = began + behind - LEDGER_KEEP_SECONDS < oldest
                     ? began + behind - LEDGER_KEEP_SECONDS
                     : oldest;
    }
    return oldest;
}

void plan_settle(const struct plan *plan, const struct plan_input *input, int64_t began,
                 struct ledger *ledger)
{
    struct recording recording = {.input = input, .ledger = ledger, .at = began};
    int64_t oldest = oldest_needed(input, began, ledger);
    apply_all(&recording, &plan->quiet);
    // A mail whose fate is unknown may have to be made again from what is read now.
    bool has_open_mail = has_unanswered(ledger);
    for (size_t i = 0; i < input->sight_count; i++) {
        const struct sight *sight = &input->sights[i];
        const char *cluster = input->cluster_names[sight->cluster];
        if (sight->kind < ACTION_KIND_COUNT && sight_is_current(sight) && !has_open_mail &&
            !has_gap(ledger, cluster, sight)) {
            // The server's time then: what it dates before that is read again.
            ledger_set_watermark(ledger, cluster, sight->kind, began - sight_behind(sight));
        }
    }
    for (size_t i = 0; i < input->cluster_count && input->policies != NULL; i++) {
        const struct plan_policies *policies = &input->policies[i];
        if (policies->memories != NULL) {
            ledger_set_watches(ledger, input->cluster_names[i], policies->memories,
                               policies->memory_count);
        }
    }
    plan_begin(input, ledger);
    heal_future(ledger, began);
    ledger_prune(ledger, oldest, began);
}
