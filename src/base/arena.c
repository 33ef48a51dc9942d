// SPDX-License-Identifier: MIT
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

// Blocks grow with the region: a small one costs little, a large one has few blocks.
enum { FIRST_BLOCK_BYTES = 4 * 1024, LARGEST_BLOCK_BYTES = 64 * 1024 };

struct block {
    struct block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) char data[];
};

struct arena {
    struct block *blocks;
    size_t total;
};

static _Noreturn void out_of_memory(void)
{
    static const char text[] = "kasten-alerter: out of memory; raise the memory limit\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(1);
}

void *memory_alloc(size_t size)
{
    void *memory = calloc(1, size != 0 ? size : 1);
    if (memory == NULL) {
        out_of_memory();
    }
    return memory;
}

void *memory_resize(void *memory, size_t size)
{
    void *resized = realloc(memory, size != 0 ? size : 1);
    if (resized == NULL) {
        out_of_memory();
    }
    return resized;
}

struct arena *arena_create(void)
{
    return memory_alloc(sizeof(struct arena));
}

void arena_destroy(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    struct block *block = arena->blocks;
    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
    free(arena);
}

static size_t next_block_bytes(const struct arena *arena)
{
    if (arena->total < FIRST_BLOCK_BYTES) {
        return FIRST_BLOCK_BYTES;
    }
    return arena->total < LARGEST_BLOCK_BYTES ? arena->total : LARGEST_BLOCK_BYTES;
}

// A request of a quarter block or more gets a block of its own behind the current one, so that
// the room left in the current one is not lost.
static struct block *add_block(struct arena *arena, size_t size)
{
    size_t usual = next_block_bytes(arena);
    bool own = size >= usual / 4;
    size_t room = own ? size : usual;
    if (room > SIZE_MAX - sizeof(struct block)) {
        out_of_memory();
    }
    struct block *block = memory_alloc(sizeof *block + room);
    block->size = room;
    arena->total += sizeof *block + room;
    if (own && arena->blocks != NULL) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t align = alignof(max_align_t);
    if (size > SIZE_MAX - align) {
        out_of_memory();
    }
    size_t rounded = (size + align - 1) / align * align;
    struct block *block = arena->blocks;
    if (block == NULL || block->size - block->used < rounded) {
        block = add_block(arena, rounded);
    }
    void *memory = block->data + block->used;
    block->used += rounded;
    return memory;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        out_of_memory();
    }
    return arena_alloc(arena, count * size);
}

void *arena_grow(struct arena *arena, void *array, size_t *capacity, size_t count, size_t size)
{
    enum { FIRST_ELEMENTS = 4 };
    if (count < *capacity) {
        return array;
    }
    if (count > SIZE_MAX / 2) {
        out_of_memory();
    }
    size_t room = count < FIRST_ELEMENTS / 2 ? FIRST_ELEMENTS : 2 * count;
    char *grown = arena_alloc_array(arena, room, size);
    if (count > 0) {
        memcpy(grown, array, count * size);
    }
    *capacity = room;
    return grown;
}

char *arena_strndup(struct arena *arena, const char *bytes, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    memcpy(copy, bytes, len);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    size_t size = len > 0 ? (size_t)len + 1 : 1;
    char *text = arena_alloc(arena, size);
    (void)vsnprintf(text, size, format, again);
    va_end(again);
    return text;
}

size_t arena_used(const struct arena *arena)
{
    return arena->total;
}
