// SPDX-License-Identifier: MIT
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/banned.h"

static char empty[1];

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.data = empty, .max = max};
}

void buf_finish(struct buf *buf)
{
    if (buf->capacity > 0) {
        free(buf->data);
    }
    buf_init(buf, buf->max);
}

void buf_reset(struct buf *buf)
{
    buf_truncate(buf, 0);
    buf->overflow = false;
}

void buf_truncate(struct buf *buf, size_t len)
{
    if (len < buf->len) {
        buf->len = len;
        buf->data[len] = '\0';
    }
}

// Makes room for len more bytes and the NUL; false, with overflow set, past the maximum.
static bool reserve(struct buf *buf, size_t len)
{
    if (buf->overflow || len > buf->max - buf->len) {
        buf->overflow = true;
        return false;
    }
    size_t needed = buf->len + len + 1;
    if (needed <= buf->capacity) {
        return true;
    }
    size_t capacity = buf->capacity < 64 ? 64 : buf->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    buf->data = memory_resize(buf->capacity > 0 ? buf->data : NULL, capacity);
    buf->capacity = capacity;
    return true;
}

void buf_add(struct buf *buf, const char *bytes, size_t len)
{
    if (len == 0 || !reserve(buf, len)) {
        return;
    }
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_add_format(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len > 0 && reserve(buf, (size_t)len)) {
        (void)vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}
