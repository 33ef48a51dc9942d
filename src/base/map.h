// SPDX-License-Identifier: MIT
// A hash map from text to pointer, in an arena. Keys are copied, values are the caller's; entries
// keep the order of their first insertion. FNV-1a seeded by an address (ASLR), so that
// hostile keys cannot be chosen to collide.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;

struct map_entry {
    const char *key;
    void *value;
};

struct map {
    struct arena *arena;
    struct map_entry *entries; // in order of insertion
    size_t count;
    size_t capacity;
    uint32_t *slots; // index into entries + 1; 0 is free
    size_t slot_count;
};

void map_init(struct map *map, struct arena *arena);

// The value, or NULL.
void *map_get(const struct map *map, const char *key);

// Adds or replaces.
void map_set(struct map *map, const char *key, void *value);

// The entry of key, added with a NULL value when it is new. Valid until the next insertion.
struct map_entry *map_entry(struct map *map, const char *key);

// The keys in their order, in the map's arena; map->count of them.
const char **map_keys(const struct map *map);

// FNV-1a of bytes, 64 bit: for fingerprints that must be equal in every process.
uint64_t map_hash(const char *bytes, size_t len);
