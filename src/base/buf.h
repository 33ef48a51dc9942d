// SPDX-License-Identifier: MIT
// Growing text with a required maximum. What would pass the maximum is not added and sets
// `overflow`, which stays set: write all, check once. data is NUL-terminated, never NULL.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct buf {
    char *data;
    size_t len;
    size_t capacity;
    size_t max;
    bool overflow;
};

// An empty text of at most max bytes (the NUL not counted). Allocates nothing yet.
void buf_init(struct buf *buf, size_t max);

// Frees the memory; the buf is then empty and may be used again with the same maximum.
void buf_finish(struct buf *buf);

static inline void buf_cleanup(struct buf *buf)
{
    buf_finish(buf);
}

// Empties the text, keeps the memory, forgets an overflow.
void buf_reset(struct buf *buf);

// Cuts the text to len bytes; a larger len changes nothing.
void buf_truncate(struct buf *buf, size_t len);

void buf_add(struct buf *buf, const char *bytes, size_t len);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
