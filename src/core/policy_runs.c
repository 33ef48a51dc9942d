// SPDX-License-Identifier: MIT
#include "core/policy_runs.h"

#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "core/incident.h"

#include "base/banned.h"

enum { LATEST = 8, REASON_BYTES = 96 };

// A run by its name.
struct seen {
    uint64_t name; // map_hash
    int64_t began;
    int64_t ended; // of a Complete child
};

// The latest of many, by when they began.
struct latest {
    struct seen items[LATEST];
    size_t count;
};

struct tier {
    struct overdue_runs runs;
    char reason[REASON_BYTES];
};

struct entry {
    struct tier tiers[2]; // by enum overdue_subject
    struct latest runs;   // that have a RunAction
    struct latest children;
};

void policy_runs_init(struct policy_runs *runs, struct arena *arena)
{
    *runs = (struct policy_runs){.arena = arena};
    map_init(&runs->policies, arena);
}

static const struct seen *find(const struct latest *latest, uint64_t name)
{
    for (size_t i = 0; i < latest->count; i++) {
        if (latest->items[i].name == name) {
            return &latest->items[i];
        }
    }
    return NULL;
}

static void add(struct latest *latest, const struct seen *seen)
{
    size_t place = 0;
    for (size_t i = 0; i < latest->count; i++) {
        if (latest->items[i].name == seen->name) {
            int64_t ended = latest->items[i].ended;
            latest->items[i].ended = seen->ended > ended ? seen->ended : ended;
            return;
        }
        place = latest->items[i].began < latest->items[place].began ? i : place;
    }
    if (latest->count < LATEST) {
        latest->items[latest->count++] = *seen;
    } else if (latest->items[place].began < seen->began) {
        latest->items[place] = *seen;
    }
}

// Before the earliest of the latest runs nothing is known of their names.
static bool is_too_old(const struct latest *runs, int64_t began)
{
    for (size_t i = 0; i < runs->count; i++) {
        if (runs->items[i].began <= began) {
            return false;
        }
    }
    return runs->count == LATEST;
}

static void note_tier(struct tier *tier, const struct action *action, int64_t now)
{
    const char *reason = action->skip_reason != NULL ? action->skip_reason : "";
    overdue_runs_add(&tier->runs, action->state, action_judged_at(action), reason, now);
    if (tier->runs.skip_reason == reason) { // the caller's text goes with the moment
        size_t len = utf8_cut(reason, strlen(reason), REASON_BYTES - 1);
        memcpy(tier->reason, reason, len);
        tier->reason[len] = '\0';
        tier->runs.skip_reason = tier->reason;
    }
}

static struct entry *entry_of(struct policy_runs *runs, struct arena *scratch,
                              const struct action *action)
{
    struct map_entry *slot = map_entry(
        &runs->policies, incident_policy(scratch, action->policy_namespace, action->policy));
    if (slot->value == NULL) {
        struct entry *entry = arena_alloc(runs->arena, sizeof *entry);
        for (size_t i = 0; i < 2; i++) {
            entry->tiers[i].runs = overdue_runs_none();
        }
        slot->value = entry;
    }
    return slot->value;
}

// Backups, imports and the like; not exports, which follow, nor what serves other ends. An end far
// ahead is of a clock that was wrong.
static bool is_proof(const struct action *action, int64_t now)
{
    return action->state == ACTION_COMPLETE && *action->run != '\0' &&
           action->ended != TIMESTAMP_NONE && action->ended <= now + TIMESTAMP_DAY_SECONDS &&
           action->kind != ACTION_EXPORT && action->kind != ACTION_RETIRE &&
           action->kind != ACTION_VALIDATE;
}

void policy_runs_note(struct policy_runs *runs, struct arena *scratch, const struct action *action,
                      int64_t now)
{
    bool is_run = action->kind == ACTION_RUN;
    bool is_export = action->kind == ACTION_EXPORT;
    if (*action->policy == '\0' || (!is_run && !is_export && !is_proof(action, now))) {
        return;
    }
    struct entry *entry = entry_of(runs, scratch, action);
    const char *name = is_run ? action->name : action->run;
    struct seen seen = {
        .name = map_hash(name, strlen(name)),
        .began = action_began_at(action),
        .ended = is_run ? TIMESTAMP_NONE : action->ended,
    };
    if (is_export) {
        note_tier(&entry->tiers[OVERDUE_EXPORTS], action, now);
    } else if (is_run) {
        note_tier(&entry->tiers[OVERDUE_RUNS], action, now);
        add(&entry->runs, &seen);
    } else {
        add(&entry->children, &seen);
    }
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static struct overdue_runs judged(const struct entry *entry, enum overdue_subject subject)
{
    struct overdue_runs runs = entry->tiers[subject].runs;
    for (size_t i = 0; i < entry->children.count && subject == OVERDUE_RUNS; i++) {
        const struct seen *child = &entry->children.items[i];
        if (find(&entry->runs, child->name) == NULL && !is_too_old(&entry->runs, child->began)) {
            runs.last_success = later(runs.last_success, child->ended);
        }
    }
    return runs;
}

static struct overdue_runs join(const struct overdue_runs *a, const struct overdue_runs *b)
{
    return (struct overdue_runs){
        .last_success = later(a->last_success, b->last_success),
        .last_skipped = later(a->last_skipped, b->last_skipped),
        .last_other = later(a->last_other, b->last_other),
        .under_way_since = later(a->under_way_since, b->under_way_since),
        .skip_reason = a->last_skipped >= b->last_skipped ? a->skip_reason : b->skip_reason,
    };
}

struct overdue_runs policy_runs_of(const struct policy_runs *runs, const char *namespace_name,
                                   const char *name, enum overdue_subject subject)
{
    AUTO_PTR(arena) scratch = arena_create();
    const struct entry *full =
        map_get(&runs->policies, incident_policy(scratch, namespace_name, name));
    const struct entry *bare = *namespace_name != '\0' ? map_get(&runs->policies, name) : NULL;
    struct overdue_runs none = overdue_runs_none();
    struct overdue_runs of_full = full != NULL ? judged(full, subject) : none;
    struct overdue_runs of_bare = bare != NULL ? judged(bare, subject) : none;
    return join(&of_full, &of_bare);
}
