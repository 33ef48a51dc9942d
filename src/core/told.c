// SPDX-License-Identifier: MIT
#include "core/told.h"

#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/alert_id.h"

#include "base/banned.h"

enum {
    DAYS_LOOKED_BACK = 7, // a run that failed before midnight keeps the id of that day
    DAYS_LOOKED_AT = 60,
    CLOCKS_APART_SECONDS = 120, // a run that began later than this after a mail is another run
};

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

enum { FEW_CHILDREN = 16 };

// The tokens of an entry, so that a run of thousands of applications is not compared pair by pair;
// NULL when there are few.
static const struct map *index_children(struct arena *arena, const struct ledger_entry *entry)
{
    if (entry->child_count <= FEW_CHILDREN) {
        return NULL;
    }
    struct map *children = arena_alloc(arena, sizeof *children);
    map_init(children, arena);
    for (size_t i = 0; i < entry->child_count; i++) {
        map_set(children, entry->children[i], children);
    }
    return children;
}

static bool has_child(const struct told *told, const char *uid)
{
    char token[LEDGER_TOKEN_BYTES];
    if (told->children == NULL) {
        return ledger_entry_has(told->entry, uid);
    }
    ledger_token(uid, token);
    return map_get(told->children, token) != NULL;
}

static bool names_any(const struct told *told, const struct finding *finding)
{
    for (size_t i = 0; i < finding->action_count; i++) {
        if (has_child(told, finding->actions[i]->uid)) {
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
static bool is_same_run(const struct told *told, const struct finding *finding)
{
    const struct ledger_entry *entry = told->entry;
    if (names_any(told, finding)) {
        return true;
    }
    if (finding->kind != ACTION_RUN && entry->child_count > 0) {
        return false; // another action without a run was told
    }
    if (*entry->run_token != '\0' && run_action_of(finding) != NULL) {
        return false; // another RunAction was told
    }
    int64_t began = began_at(finding);
    bool began_after = began != TIMESTAMP_NONE && began > entry->sent_at + CLOCKS_APART_SECONDS;
    return same_namespace(entry, finding) && !began_after;
}

// Its own id wins; among others the one that is of the same run.
struct told told_find(struct arena *arena, const struct ledger *ledger, const char *cluster,
                      const struct finding *finding, int64_t now)
{
    struct told told = {.id = NULL};
    const char *subject = alert_id_subject(arena, finding);
    int64_t last = now > finding->last_ended ? now : finding->last_ended;
    if (finding->first_ended == TIMESTAMP_NONE) {
        last = TIMESTAMP_NONE;
    }
    int64_t day = finding->first_ended;
    int64_t back = finding->kind == ACTION_RUN && day != TIMESTAMP_NONE ? DAYS_LOOKED_BACK : 0;
    day -= back * TIMESTAMP_DAY_SECONDS;
    for (int i = 0; i < DAYS_LOOKED_AT; i++) {
        const char *id = alert_id_make(arena, cluster, subject, day, finding->class);
        const struct ledger_entry *entry = ledger_find(ledger, id);
        if (entry != NULL) {
            struct told found = {.id = id, .entry = entry};
            found.children = index_children(arena, entry);
            found.same_run = is_same_run(&found, finding);
            told = told.entry == NULL || found.same_run ? found : told;
        }
        if (back == 0 || told.same_run || day > last) {
            break;
        }
        day += TIMESTAMP_DAY_SECONDS;
    }
    return told;
}

bool told_has(const struct told *told, const struct action *action)
{
    int64_t at = action_judged_at(action);
    return has_child(told, action->uid) ||
           (told->same_run && at != TIMESTAMP_NONE && at <= told->entry->told_until);
}

size_t told_missing(const struct told *told, const struct finding *finding,
                    const struct action **ret)
{
    size_t count = 0;
    // An action without a run was told whole, or another one of its name was.
    if (finding->kind != ACTION_RUN && told->entry != NULL && told->same_run) {
        return 0;
    }
    for (size_t i = 0; i < finding->action_count; i++) {
        const struct action *action = finding->actions[i];
        bool repeats = action->kind == ACTION_RUN && told->same_run;
        if (told->entry == NULL || (!told_has(told, action) && !repeats)) {
            ret[count++] = action;
        }
    }
    return count;
}

void told_record(struct ledger *ledger, const char *id, const struct finding *finding,
                 int64_t accepted_at)
{
    struct ledger_entry *entry = ledger_add(ledger, id, accepted_at);
    const struct action *run = run_action_of(finding);
    char token[LEDGER_TOKEN_BYTES];
    if (finding->kind == ACTION_RUN && *entry->run_namespace == '\0') {
        entry->run_namespace = arena_strdup(ledger->arena, finding->namespace_name);
    }
    if (run != NULL) {
        ledger_token(run->uid, token);
        entry->run_token = arena_strdup(ledger->arena, token);
    }
    struct told told = {.entry = entry, .children = index_children(ledger->arena, entry)};
    bool is_new = entry->child_count == 0; // the finding's own actions are distinct
    for (size_t i = 0; i < finding->action_count; i++) {
        const char *uid = finding->actions[i]->uid;
        if (is_new || !has_child(&told, uid)) {
            ledger_token(uid, token);
            ledger_append_child(ledger, entry, token);
        }
    }
}
