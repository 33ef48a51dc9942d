// SPDX-License-Identifier: MIT
#include "core/history.h"

#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"

#include "base/banned.h"

enum { FIRST_SLOTS = 256 };

static uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static uint64_t hash_begin(size_t cluster, enum action_kind kind)
{
    uint64_t place = (uint64_t)cluster * WATCHED_KIND_COUNT + (uint64_t)kind;
    return (UINT64_C(0xcbf29ce484222325) ^ place) * UINT64_C(0x9e3779b97f4a7c15);
}

// The texts of a cluster hold no control characters: one ends the policy.
static uint64_t hash_end(uint64_t hash, enum action_kind kind, const char *app)
{
    hash = hash_bytes(hash, "\n", 1);
    hash = kind == ACTION_RUN ? hash : hash_bytes(hash, app, strlen(app));
    hash = (hash ^ (hash >> 31)) * UINT64_C(0xbf58476d1ce4e5b9);
    hash ^= hash >> 29;
    return hash != 0 ? hash : 1;
}

uint64_t history_key(size_t cluster, enum action_kind kind, const char *policy, const char *app)
{
    return hash_end(hash_bytes(hash_begin(cluster, kind), policy, strlen(policy)), kind, app);
}

// history_key of "NAMESPACE/NAME" without that text.
static uint64_t key_of_action(const struct action *action)
{
    uint64_t hash = hash_begin(action->cluster, action->kind);
    if (*action->policy != '\0' && *action->policy_namespace != '\0') {
        hash = hash_bytes(hash, action->policy_namespace, strlen(action->policy_namespace));
        hash = hash_bytes(hash, "/", 1);
    }
    hash = hash_bytes(hash, action->policy, strlen(action->policy));
    return hash_end(hash, action->kind, action->app);
}

void history_init(struct history *history, struct arena *arena)
{
    *history = (struct history){.arena = arena};
}

// The table's address differs from process to process (ASLR): chosen names cannot share a slot.
static struct history_slot *find_slot(const struct history *history, uint64_t key)
{
    uint64_t seed = (uint64_t)(uintptr_t)history->slots * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t place = (key ^ seed) * UINT64_C(0xff51afd7ed558ccd);
    size_t slot = (size_t)(place >> 32) & (history->slot_count - 1);
    while (history->slots[slot].key != 0 && history->slots[slot].key != key) {
        slot = (slot + 1) & (history->slot_count - 1);
    }
    return &history->slots[slot];
}

static void grow(struct history *history)
{
    struct history old = *history;
    history->slot_count = old.slot_count == 0 ? FIRST_SLOTS : 2 * old.slot_count;
    history->slots = arena_alloc_array(history->arena, history->slot_count, sizeof *history->slots);
    for (size_t i = 0; i < old.slot_count; i++) {
        if (old.slots[i].key != 0) {
            *find_slot(history, old.slots[i].key) = old.slots[i];
        }
    }
}

void history_note(struct history *history, uint64_t key, int64_t ended)
{
    if (2 * history->used >= history->slot_count) {
        grow(history);
    }
    struct history_slot *slot = find_slot(history, key);
    if (slot->key == 0) {
        *slot = (struct history_slot){key, ended};
        history->used++;
    } else if (slot->latest < ended) {
        slot->latest = ended;
    }
}

void history_note_older(struct history *history, const struct action *action)
{
    if (action->clean && action->ended != TIMESTAMP_NONE) {
        history_note(history, key_of_action(action), action->ended);
    }
}

void history_note_action(struct history *history, const struct action *action)
{
    history_note_older(history, action);
    if (action->clean && action->ended != TIMESTAMP_NONE) {
        uint64_t any = history_key(action->cluster, action->kind, HISTORY_ANY_POLICY, action->app);
        history_note(history, any, action->ended);
    }
}

int64_t history_latest(const struct history *history, uint64_t key)
{
    if (history->slot_count == 0) {
        return TIMESTAMP_NONE;
    }
    const struct history_slot *slot = find_slot(history, key);
    return slot->key != 0 ? slot->latest : TIMESTAMP_NONE;
}
