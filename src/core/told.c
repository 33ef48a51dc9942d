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
    struct told told = {NULL, NULL, false};
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

bool told_has(const struct told *told, const struct action *action)
{
    int64_t at = action_judged_at(action);
    return ledger_entry_has(told->entry, action->uid) ||
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
    for (size_t i = 0; i < finding->action_count; i++) {
        ledger_token(finding->actions[i]->uid, token);
        ledger_add_child(ledger, entry, token);
    }
}
