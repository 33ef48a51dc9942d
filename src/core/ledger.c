// SPDX-License-Identifier: MIT
#include "core/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"

#include "base/banned.h"

void ledger_init(struct ledger *ledger, struct arena *arena)
{
    *ledger = (struct ledger){.arena = arena};
    map_init(&ledger->sent, arena);
    map_init(&ledger->watermarks, arena);
    map_init(&ledger->beginnings, arena);
    map_init(&ledger->incidents, arena);
    map_init(&ledger->causes, arena);
    map_init(&ledger->watches, arena);
    map_init(&ledger->silences, arena);
    map_init(&ledger->over, arena);
    map_init(&ledger->refusals, arena);
}

void ledger_token(const char *uid, char ret[LEDGER_TOKEN_BYTES])
{
    (void)snprintf(ret, LEDGER_TOKEN_BYTES, "%016" PRIx64, map_hash(uid, strlen(uid)));
}

const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *id)
{
    return map_get(&ledger->sent, id);
}

struct ledger_entry *ledger_add(struct ledger *ledger, const char *id, int64_t sent_at)
{
    struct map_entry *slot = map_entry(&ledger->sent, id);
    struct ledger_entry *entry = slot->value;
    if (entry == NULL) {
        entry = arena_alloc(ledger->arena, sizeof *entry);
        *entry = (struct ledger_entry){
            .sent_at = sent_at, .told_until = TIMESTAMP_NONE, .run_namespace = "", .run_token = ""};
        slot->value = entry;
    } else if (sent_at > entry->sent_at) {
        entry->sent_at = sent_at;
    }
    return entry;
}

bool ledger_drop(struct ledger *ledger, const char *id)
{
    if (map_get(&ledger->sent, id) == NULL) {
        return false;
    }
    map_set(&ledger->sent, id, NULL);
    return true;
}

static bool has_token(const struct ledger_entry *entry, const char *token)
{
    for (size_t i = 0; i < entry->child_count; i++) {
        if (strcmp(entry->children[i], token) == 0) {
            return true;
        }
    }
    return false;
}

void ledger_add_child(struct ledger *ledger, struct ledger_entry *entry, const char *token)
{
    if (!has_token(entry, token)) {
        ledger_append_child(ledger, entry, token);
    }
}

void ledger_append_child(struct ledger *ledger, struct ledger_entry *entry, const char *token)
{
    entry->children = arena_grow(ledger->arena, entry->children, &entry->child_capacity,
                                 entry->child_count, sizeof *entry->children);
    entry->children[entry->child_count++] = arena_strdup(ledger->arena, token);
}

bool ledger_entry_has(const struct ledger_entry *entry, const char *uid)
{
    char token[LEDGER_TOKEN_BYTES];
    ledger_token(uid, token);
    return has_token(entry, token);
}

static int64_t time_of(const struct map *map, const char *key)
{
    const int64_t *at = map_get(map, key);
    return at != NULL ? *at : TIMESTAMP_NONE;
}

static void set_time(struct ledger *ledger, struct map *map, const char *key, int64_t at)
{
    int64_t *stored = arena_alloc(ledger->arena, sizeof *stored);
    *stored = at;
    map_set(map, key, stored);
}

static const char *watermark_key(struct arena *arena, const char *cluster, enum action_kind kind)
{
    return arena_format(arena, "%s/%s", cluster, action_kind_word(kind));
}

int64_t ledger_watermark(const struct ledger *ledger, const char *cluster, enum action_kind kind)
{
    return time_of(&ledger->watermarks, watermark_key(ledger->arena, cluster, kind));
}

void ledger_set_watermark(struct ledger *ledger, const char *cluster, enum action_kind kind,
                          int64_t at)
{
    const char *key = watermark_key(ledger->arena, cluster, kind);
    set_time(ledger, &ledger->watermarks, key, at);
    if (map_get(&ledger->beginnings, key) != NULL) {
        map_set(&ledger->beginnings, key, NULL);
    }
}

int64_t ledger_beginning(const struct ledger *ledger, const char *cluster, enum action_kind kind)
{
    return time_of(&ledger->beginnings, watermark_key(ledger->arena, cluster, kind));
}

void ledger_set_beginning(struct ledger *ledger, const char *cluster, enum action_kind kind,
                          int64_t at)
{
    set_time(ledger, &ledger->beginnings, watermark_key(ledger->arena, cluster, kind), at);
}

const struct incident *ledger_incident(const struct ledger *ledger, const char *key)
{
    return map_get(&ledger->incidents, key);
}

const struct incident *ledger_incident_like(const struct ledger *ledger,
                                            const struct incident *incident)
{
    AUTO_PTR(arena) scratch = arena_create();
    return ledger_incident(ledger, incident_key(scratch, incident));
}

void ledger_put_incident(struct ledger *ledger, const struct incident *incident)
{
    map_set(&ledger->incidents, incident_key(ledger->arena, incident),
            incident_copy(ledger->arena, incident));
}

bool ledger_close_incident(struct ledger *ledger, const char *key)
{
    if (map_get(&ledger->incidents, key) == NULL) {
        return false;
    }
    map_set(&ledger->incidents, key, NULL);
    return true;
}

void ledger_put_cause(struct ledger *ledger, const char *token, const char *text)
{
    if (*token != '\0' && *text != '\0') {
        map_set(&ledger->causes, token, arena_strdup(ledger->arena, text));
    }
}

const char *ledger_cause(const struct ledger *ledger, const char *token)
{
    return map_get(&ledger->causes, token);
}

// The oldest mail that somebody took gives way: more than PENDING_MAX would not be read again.
static void make_room(struct ledger *ledger)
{
    const struct pending *oldest = NULL;
    for (size_t i = 0; i < ledger->pending_count; i++) {
        const struct pending *pending = &ledger->pendings[i];
        if (pending->accepted && (oldest == NULL || pending->date < oldest->date)) {
            oldest = pending;
        }
    }
    if (oldest != NULL) {
        (void)ledger_remove_pending(ledger, oldest->message_id);
    }
}

void ledger_add_pending(struct ledger *ledger, const struct pending *pending)
{
    if (ledger->pending_count >= PENDING_MAX) {
        make_room(ledger);
    }
    ledger->pendings = arena_grow(ledger->arena, ledger->pendings, &ledger->pending_capacity,
                                  ledger->pending_count, sizeof *ledger->pendings);
    ledger->pendings[ledger->pending_count++] = pending_copy(ledger->arena, pending);
}

struct pending *ledger_find_pending(struct ledger *ledger, const char *message_id)
{
    for (size_t i = 0; i < ledger->pending_count; i++) {
        if (strcmp(ledger->pendings[i].message_id, message_id) == 0) {
            return &ledger->pendings[i];
        }
    }
    return NULL;
}

bool ledger_remove_pending(struct ledger *ledger, const char *message_id)
{
    struct pending *found = ledger_find_pending(ledger, message_id);
    if (found == NULL) {
        return false;
    }
    size_t after = ledger->pending_count - (size_t)(found - ledger->pendings) - 1;
    memmove(found, found + 1, after * sizeof *found);
    ledger->pending_count--;
    return true;
}

const struct overdue_watch *ledger_watch(const struct ledger *ledger, const char *cluster,
                                         const char *name)
{
    AUTO_PTR(arena) scratch = arena_create();
    return map_get(&ledger->watches, arena_format(scratch, "%s/%s", cluster, name));
}

static void forget_watches(struct ledger *ledger, const char *cluster)
{
    size_t len = strlen(cluster);
    for (size_t i = 0; i < ledger->watches.count; i++) {
        const char *key = ledger->watches.entries[i].key;
        if (strncmp(key, cluster, len) == 0 && key[len] == '/') {
            ledger->watches.entries[i].value = NULL;
        }
    }
}

void ledger_set_watches(struct ledger *ledger, const char *cluster,
                        const struct overdue_memory *memories, size_t count)
{
    forget_watches(ledger, cluster);
    for (size_t i = 0; i < count; i++) {
        struct overdue_watch *watch = arena_alloc(ledger->arena, sizeof *watch);
        *watch = memories[i].watch;
        map_set(&ledger->watches, arena_format(ledger->arena, "%s/%s", cluster, memories[i].name),
                watch);
    }
}

void ledger_silence(struct ledger *ledger, const char *subject, int64_t until)
{
    if (until == TIMESTAMP_NONE) {
        map_set(&ledger->silences, subject, NULL);
    } else {
        set_time(ledger, &ledger->silences, subject, until);
    }
}

int64_t ledger_silenced_until(const struct ledger *ledger, const char *subject)
{
    return time_of(&ledger->silences, subject);
}

void ledger_set_over(struct ledger *ledger, const char *id, int64_t at)
{
    set_time(ledger, &ledger->over, id, at);
}

int64_t ledger_over(const struct ledger *ledger, const char *id)
{
    return time_of(&ledger->over, id);
}

// Drops times before an instant.
static void prune_times(struct map *map, int64_t before)
{
    for (size_t i = 0; i < map->count; i++) {
        const int64_t *at = map->entries[i].value;
        if (at != NULL && *at < before) {
            map->entries[i].value = NULL;
        }
    }
}

static void prune_causes(struct ledger *ledger)
{
    struct map used;
    map_init(&used, ledger->arena);
    for (size_t i = 0; i < ledger->incidents.count; i++) {
        const struct incident *incident = ledger->incidents.entries[i].value;
        if (incident != NULL) {
            map_set(&used, incident->cause, ledger);
        }
    }
    for (size_t i = 0; i < ledger->causes.count; i++) {
        if (map_get(&used, ledger->causes.entries[i].key) == NULL) {
            ledger->causes.entries[i].value = NULL;
        }
    }
}

void ledger_prune(struct ledger *ledger, int64_t keep_from, int64_t now)
{
    for (size_t i = 0; i < ledger->sent.count; i++) {
        const struct ledger_entry *entry = ledger->sent.entries[i].value;
        if (entry != NULL && entry->sent_at < keep_from) {
            ledger->sent.entries[i].value = NULL;
        }
    }
    prune_times(&ledger->silences, now + 1);
    prune_times(&ledger->over, keep_from);
    prune_causes(ledger);
}
