// SPDX-License-Identifier: MIT
#include "app/collect_parts.h"
#include "base/arena.h"
#include "base/timestamp.h"
#include "k10/action_decode.h"
#include "k10/action_glance.h"

#include "base/banned.h"

enum { SCRATCH_BYTES = 64 * 1024 };

static size_t learned(const struct collecting *collecting)
{
    return arena_used(collecting->arena) - collecting->used_before;
}

bool collecting_has_room(const struct collecting *collecting)
{
    return learned(collecting) < collecting->most_bytes;
}

bool collecting_has_room_for_detail(const struct collecting *collecting)
{
    return learned(collecting) < collecting->detail_bytes;
}

static struct arena *fresh_scratch(struct collecting *collecting)
{
    if (arena_used(collecting->scratch) > SCRATCH_BYTES) {
        arena_destroy(collecting->scratch);
        collecting->scratch = arena_create();
    }
    return collecting->scratch;
}

static void keep(struct collecting *collecting, const struct action *action)
{
    struct collection *result = collecting->result;
    result->actions = arena_grow(collecting->arena, result->actions, &collecting->action_capacity,
                                 result->action_count, sizeof *result->actions);
    struct action *kept = arena_alloc(collecting->arena, sizeof *kept);
    *kept = *action;
    result->actions[result->action_count++] = kept;
    result->without_detail += action->without_detail;
}

static void note_clean(struct collecting *collecting, const struct action *action, bool older)
{
    if (!collecting_has_room(collecting)) {
        return;
    }
    if (older) {
        history_note_older(&collecting->result->history, action);
    } else {
        history_note_action(&collecting->result->history, action);
    }
}

static void note_action(struct reading *reading, const struct action *action,
                        enum evaluate_verdict verdict, bool room)
{
    struct collecting *collecting = reading->collecting;
    int64_t at = action_judged_at(action);
    if (verdict == EVALUATE_FOUND && room) {
        keep(collecting, action);
    } else if (verdict == EVALUATE_FOUND) {
        reading->sight->overflowed = true;
        collecting->result->beyond++;
    } else if (verdict == EVALUATE_OLDER) {
        reading->page_older_failures += action->class == ALERT_FAILED ? 1 : 0;
        reading->page_older_stuck += action->class == ALERT_STUCK ? 1 : 0;
    } else {
        note_clean(collecting, action, at != TIMESTAMP_NONE && at < reading->sight->window_start);
    }
    collect_runs_note(reading, action);
    collect_stuck_note(collecting, action, verdict);
    collect_overdue_note(collecting, action);
}

static struct evaluate_rules rules_of(const struct reading *reading)
{
    struct evaluate_rules rules = reading->collecting->rules;
    rules.window_start = reading->sight->window_start;
    return rules;
}

// True when a glance is enough: not for what is found inside the window, whose causes are wanted,
// nor for a run that was skipped, which says why.
static bool glance(const struct reading *reading, const char *bytes, size_t len, struct action *ret,
                   enum evaluate_verdict *ret_verdict)
{
    const struct sight *sight = reading->sight;
    struct arena *scratch = reading->collecting->scratch;
    struct evaluate_rules rules = rules_of(reading);
    if (!action_glance(scratch, sight->cluster, sight->kind, bytes, len, ret)) {
        return false;
    }
    *ret_verdict = evaluate_action(&rules, ret);
    bool says_why =
        ret->state == ACTION_SKIPPED && (ret->kind == ACTION_RUN || ret->kind == ACTION_EXPORT);
    return *ret_verdict != EVALUATE_FOUND && !says_why;
}

bool collect_item(struct reading *reading, const char *bytes, size_t len, struct error *error)
{
    struct collecting *collecting = reading->collecting;
    const struct sight *sight = reading->sight;
    struct arena *scratch = fresh_scratch(collecting);
    bool room = collecting_has_room(collecting);
    struct action action;
    enum evaluate_verdict verdict;
    if (glance(reading, bytes, len, &action, &verdict)) {
        note_action(reading, &action, verdict, room);
        return true;
    }
    bool detail = collecting_has_room_for_detail(collecting);
    struct evaluate_rules rules = rules_of(reading);
    struct action_source source = {.cluster = sight->cluster,
                                   .kind = sight->kind,
                                   .rules = &rules,
                                   .scratch = scratch,
                                   .causes = detail ? NULL : &collecting->no_detail};
    struct arena *arena = room ? collecting->arena : scratch;
    if (!action_decode(arena, &source, bytes, len, &action, &verdict, error)) {
        return error_prefix(error, "element of the list");
    }
    if (verdict == EVALUATE_OLDER && collect_stuck_is_known(collecting, &action)) {
        rules.window_start = INT64_MIN; // what was told is not too old
        if (!action_decode(arena, &source, bytes, len, &action, &verdict, error)) {
            return error_prefix(error, "element of the list");
        }
    }
    note_action(reading, &action, verdict, room);
    return true;
}
