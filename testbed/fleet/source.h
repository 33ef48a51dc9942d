// SPDX-License-Identifier: MIT
// Bodies are pulled, never held: a source gives its next bytes until it has no more. Filters wrap
// a source and own it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct source {
    // Writes 1 to max bytes to out and returns how many; 0 at the end.
    size_t (*read)(struct source *source, char *out, size_t max);
    void (*destroy)(struct source *source);
};

size_t source_read(struct source *source, char *out, size_t max);

// Reads until max bytes are there or the source ends.
size_t source_fill(struct source *source, char *out, size_t max);

// Takes NULL.
void source_destroy(struct source *source);

// A copy of len bytes, then rest (may be NULL; owned).
struct source *source_from_bytes(const char *bytes, size_t len, struct source *rest);

// first, then middle again and again without an end.
struct source *source_endless(const char *first, const char *middle);

// gzip at level 1, as kube-apiserver compresses.
struct source *source_gzip(struct source *inner);

// JSON with line ends and two blanks of indentation a level, as encoding/json's MarshalIndent.
struct source *source_pretty(struct source *inner);
