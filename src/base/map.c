// SPDX-License-Identifier: MIT
#include "base/map.h"

#include <string.h>

#include "base/arena.h"
#include "base/banned.h"

static uint64_t hash_from(uint64_t basis, const char *bytes, size_t len)
{
    uint64_t hash = basis;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

uint64_t map_hash(const char *bytes, size_t len)
{
    return hash_from(UINT64_C(0xcbf29ce484222325), bytes, len);
}

// The address of the map differs from process to process (ASLR) and is mixed in as a seed.
static size_t slot_of(const struct map *map, const char *key)
{
    uint64_t seed = (uint64_t)(uintptr_t)map->arena * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t hash = hash_from(seed ^ UINT64_C(0xcbf29ce484222325), key, strlen(key));
    hash ^= hash >> 32;
    size_t slot = (size_t)hash & (map->slot_count - 1);
    while (map->slots[slot] != 0 && strcmp(map->entries[map->slots[slot] - 1].key, key) != 0) {
        slot = (slot + 1) & (map->slot_count - 1);
    }
    return slot;
}

void map_init(struct map *map, struct arena *arena)
{
    *map = (struct map){.arena = arena};
}

void *map_get(const struct map *map, const char *key)
{
    if (map->slot_count == 0) {
        return NULL;
    }
    uint32_t index = map->slots[slot_of(map, key)];
    return index != 0 ? map->entries[index - 1].value : NULL;
}

// Slots are kept at most half full; old arrays stay in the arena (together less than the new ones).
static void grow(struct map *map)
{
    size_t capacity = map->capacity == 0 ? 16 : map->capacity * 2;
    struct map_entry *entries = arena_alloc_array(map->arena, capacity, sizeof(struct map_entry));
    if (map->count > 0) {
        memcpy(entries, map->entries, map->count * sizeof *entries);
    }
    map->entries = entries;
    map->capacity = capacity;
    map->slot_count = capacity * 2;
    map->slots = arena_alloc_array(map->arena, map->slot_count, sizeof(uint32_t));
    for (size_t i = 0; i < map->count; i++) {
        map->slots[slot_of(map, entries[i].key)] = (uint32_t)(i + 1);
    }
}

struct map_entry *map_entry(struct map *map, const char *key)
{
    if (map->count == map->capacity) {
        grow(map);
    }
    size_t slot = slot_of(map, key);
    if (map->slots[slot] == 0) {
        map->entries[map->count++] = (struct map_entry){.key = arena_strdup(map->arena, key)};
        map->slots[slot] = (uint32_t)map->count;
    }
    return &map->entries[map->slots[slot] - 1];
}

void map_set(struct map *map, const char *key, void *value)
{
    map_entry(map, key)->value = value;
}

const char **map_keys(const struct map *map)
{
    const char **keys = arena_alloc_array(map->arena, map->count, sizeof *keys);
    for (size_t i = 0; i < map->count; i++) {
        keys[i] = map->entries[i].key;
    }
    return keys;
}
