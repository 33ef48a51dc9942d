// SPDX-License-Identifier: MIT
#include <string.h>

#include "app/collect_parts.h"
#include "base/arena.h"
#include "base/timestamp.h"
#include "core/alert_id.h"
#include "core/incident.h"
#include "core/ledger.h"

#include "base/banned.h"

static void watch(struct collecting *collecting, size_t cluster, const struct incident *incident)
{
    struct noted_stuck *noted = arena_alloc(collecting->arena, sizeof *noted);
    *noted =
        (struct noted_stuck){.incident = incident, .cluster = cluster, .ended = TIMESTAMP_NONE};
    map_set(&collecting->stuck[cluster], incident->run, noted);
}

void collect_stuck_begin(struct collecting *collecting)
{
    const struct collect_input *input = collecting->input;
    collecting->stuck =
        arena_alloc_array(collecting->arena, input->fleet->count, sizeof *collecting->stuck);
    for (size_t i = 0; i < input->fleet->count; i++) {
        const char *name = input->fleet->clusters[i].settings->name;
        map_init(&collecting->stuck[i], collecting->arena);
        for (size_t j = 0; input->ledger != NULL && j < input->ledger->incidents.count; j++) {
            const struct incident *incident = input->ledger->incidents.entries[j].value;
            if (incident != NULL && incident->class == ALERT_STUCK &&
                strcmp(incident->cluster, name) == 0) {
                watch(collecting, i, incident);
            }
        }
    }
}

static struct noted_stuck *find(const struct collecting *collecting, const struct action *action)
{
    const struct map *stuck = &collecting->stuck[action->cluster];
    if (stuck->count == 0) {
        return NULL;
    }
    return map_get(stuck, alert_id_subject_of_action(collecting->scratch, action));
}

bool collect_stuck_is_known(const struct collecting *collecting, const struct action *action)
{
    return action->class == ALERT_STUCK && find(collecting, action) != NULL;
}

// Failed is worse than Cancelled, that than Skipped, that than Complete.
static int badness(enum action_state state)
{
    switch (state) {
    case ACTION_FAILED:
        return 3;
    case ACTION_CANCELLED:
        return 2;
    case ACTION_SKIPPED:
        return 1;
    default:
        return 0;
    }
}

static void note_end(struct noted_stuck *noted, const struct action *action)
{
    bool is_own = action->kind == ACTION_RUN;
    int64_t ended = action_judged_at(action);
    bool is_worse = noted->ended == TIMESTAMP_NONE || badness(action->state) > badness(noted->how);
    if (is_own || (!noted->is_own && is_worse)) {
        noted->how = action->state;
    }
    noted->is_own = noted->is_own || is_own;
    noted->ended = ended > noted->ended ? ended : noted->ended;
}

void collect_stuck_note(struct collecting *collecting, const struct action *action,
                        enum evaluate_verdict verdict)
{
    struct noted_stuck *noted = find(collecting, action);
    if (noted == NULL) {
        return;
    }
    if (action_is_under_way(action)) {
        noted->is_under_way = true;
        noted->is_stuck = noted->is_stuck || verdict == EVALUATE_FOUND;
    } else if (action->state != ACTION_UNKNOWN && action->state != ACTION_DELETING) {
        note_end(noted, action);
    }
}

static const char *how_it_ended(const struct noted_stuck *noted)
{
    if (noted->ended == TIMESTAMP_NONE) {
        return "it no longer exists";
    }
    switch (noted->how) {
    case ACTION_FAILED:
        return "it failed";
    case ACTION_CANCELLED:
        return "it was cancelled";
    case ACTION_SKIPPED:
        return "it was skipped";
    default:
        return "";
    }
}

static void conclude(struct collecting *collecting, const struct noted_stuck *noted)
{
    struct arena *arena = collecting->arena;
    const struct incident *incident = noted->incident;
    struct plan_ending *ending = arena_alloc(arena, sizeof *ending);
    *ending = (struct plan_ending){
        .at = noted->ended,
        .recovered = noted->ended != TIMESTAMP_NONE && noted->how == ACTION_COMPLETE,
        .quiet = noted->is_under_way, // STUCK_AFTER was raised
        .why = how_it_ended(noted),
    };
    collecting_add_condition(collecting, &(struct plan_condition){
                                             .class = ALERT_STUCK,
                                             .cluster = noted->cluster,
                                             .kind = incident->kind,
                                             .run = incident->run,
                                             .policy = incident->policy,
                                             .name = "",
                                             .namespace_name = "",
                                             .ending = ending,
                                         });
}

// Every kind of action was read whole, or is none of this token or K10: what is not there is gone.
static bool is_all_known(const struct collection *result, size_t cluster)
{
    bool any = false;
    for (size_t i = 0; i < result->sight_count; i++) {
        const struct sight *sight = &result->sights[i];
        if (sight->cluster == cluster && sight->kind < ACTION_KIND_COUNT) {
            bool is_whole = sight_is_whole(sight);
            if (!is_whole && sight->state != SIGHT_LIMITED) {
                return false;
            }
            any = any || is_whole;
        }
    }
    return any;
}

void collect_stuck_finish(struct collecting *collecting)
{
    for (size_t i = 0; i < collecting->input->fleet->count; i++) {
        const struct map *stuck = &collecting->stuck[i];
        bool is_known = stuck->count > 0 && is_all_known(collecting->result, i);
        for (size_t j = 0; j < stuck->count && is_known; j++) {
            const struct noted_stuck *noted = stuck->entries[j].value;
            if (!noted->is_stuck) {
                conclude(collecting, noted);
            }
        }
    }
}
