// SPDX-License-Identifier: MIT
// A region: what a pass learns is allocated here and freed at once. Nothing in it is freed alone.
// Memory is never NULL: when the system has none left the process says so and ends with status 1,
// which is safe at any point (crash-only; docs/decisions/0003-memory.md).
#pragma once

#include <stddef.h>

#include "base/cleanup.h"

struct arena;

struct arena *arena_create(void);

// Frees the region and all that was allocated from it; NULL is allowed.
void arena_destroy(struct arena *arena);

DEFINE_CLEANUP_PTR(arena, arena_destroy)

// Zeroed memory, aligned for any type; size 0 gives a valid pointer.
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));

// Zeroed memory for count elements of size bytes; an overflow of the product ends the process.
void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
    __attribute__((malloc, returns_nonnull));

// Room for one more element behind count of them: array itself while count < *capacity, else a copy
// with at least twice the room, the new part zeroed, and *capacity set to it. An array not begun is
// NULL with a capacity of 0. The old one stays in the region; an overflow ends the process.
void *arena_grow(struct arena *arena, void *array, size_t *capacity, size_t count, size_t size)
    __attribute__((returns_nonnull));

// A NUL-terminated copy.
char *arena_strdup(struct arena *arena, const char *text) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *arena, const char *bytes, size_t len)
    __attribute__((returns_nonnull));

// A formatted string.
char *arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3)
    __attribute__((returns_nonnull));

// Bytes taken from the system so far.
size_t arena_used(const struct arena *arena);

// malloc and realloc with the same promise, for handles that live outside a region.
void *memory_alloc(size_t size) __attribute__((malloc, returns_nonnull));
void *memory_resize(void *memory, size_t size) __attribute__((returns_nonnull));
