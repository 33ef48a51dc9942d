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
    *ledger = (struct ledger){.arena = arena, .keep_from = TIMESTAMP_NONE};
    map_init(&ledger->sent, arena);
    map_init(&ledger->unread, arena);
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
        ledger->changed = true;
    } else if (sent_at > entry->sent_at) {
        entry->sent_at = sent_at;
        ledger->changed = true;
    }
    return entry;
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
    if (has_token(entry, token)) {
        return;
    }
    entry->children = arena_grow(ledger->arena, entry->children, &entry->child_capacity,
                                 entry->child_count, sizeof *entry->children);
    entry->children[entry->child_count++] = arena_strdup(ledger->arena, token);
    ledger->changed = true;
}

bool ledger_entry_has(const struct ledger_entry *entry, const char *uid)
{
    char token[LEDGER_TOKEN_BYTES];
    ledger_token(uid, token);
    return has_token(entry, token);
}

int64_t ledger_unread_told(const struct ledger *ledger, const char *subject)
{
    const int64_t *at = map_get(&ledger->unread, subject);
    return at != NULL ? *at : TIMESTAMP_NONE;
}

void ledger_tell_unread(struct ledger *ledger, const char *subject, int64_t at)
{
    int64_t *stored = arena_alloc(ledger->arena, sizeof *stored);
    *stored = at;
    map_set(&ledger->unread, subject, stored);
    ledger->changed = true;
}

void ledger_forget_unread(struct ledger *ledger, const char *subject)
{
    int64_t *at = map_get(&ledger->unread, subject);
    if (at != NULL && *at != TIMESTAMP_NONE) {
        *at = TIMESTAMP_NONE;
        ledger->changed = true;
    }
}

void ledger_prune(struct ledger *ledger, int64_t keep_from)
{
    ledger->keep_from = keep_from;
    for (size_t i = 0; i < ledger->sent.count; i++) {
        const struct ledger_entry *entry = ledger->sent.entries[i].value;
        if (entry != NULL && entry->sent_at < keep_from) {
            ledger->sent.entries[i].value = NULL;
            ledger->changed = true;
        }
    }
    for (size_t i = 0; i < ledger->unread.count; i++) {
        int64_t *at = ledger->unread.entries[i].value;
        if (*at != TIMESTAMP_NONE && *at < keep_from) {
            *at = TIMESTAMP_NONE; // of a cluster or kind that is watched no more
            ledger->changed = true;
        }
    }
}

static void merge_entry(struct ledger *ledger, const char *id, const struct ledger_entry *other)
{
    struct ledger_entry *entry = ledger_add(ledger, id, other->sent_at);
    if (other->told_until > entry->told_until) {
        entry->told_until = other->told_until;
    }
    if (*entry->run_namespace == '\0') {
        entry->run_namespace = arena_strdup(ledger->arena, other->run_namespace);
    }
    if (*entry->run_token == '\0') {
        entry->run_token = arena_strdup(ledger->arena, other->run_token);
    }
    for (size_t i = 0; i < other->child_count; i++) {
        ledger_add_child(ledger, entry, other->children[i]);
    }
}

void ledger_merge(struct ledger *ledger, const struct ledger *other)
{
    for (size_t i = 0; i < other->sent.count; i++) {
        const struct ledger_entry *entry = other->sent.entries[i].value;
        if (entry != NULL && entry->sent_at >= ledger->keep_from) {
            merge_entry(ledger, other->sent.entries[i].key, entry);
        }
    }
    for (size_t i = 0; i < other->unread.count; i++) {
        const char *subject = other->unread.entries[i].key;
        const int64_t *theirs = other->unread.entries[i].value;
        const int64_t *ours = map_get(&ledger->unread, subject);
        bool forgotten = ours != NULL && *ours == TIMESTAMP_NONE;
        if (!forgotten && (ours == NULL || *theirs > *ours)) {
            ledger_tell_unread(ledger, subject, *theirs);
        }
    }
}
