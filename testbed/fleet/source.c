// SPDX-License-Identifier: MIT
#include "fleet/source.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/buf.h"

#include "base/banned.h"

size_t source_read(struct source *source, char *out, size_t max)
{
    return source->read(source, out, max);
}

size_t source_fill(struct source *source, char *out, size_t max)
{
    size_t len = 0;
    while (len < max) {
        size_t got = source_read(source, out + len, max - len);
        if (got == 0) {
            break;
        }
        len += got;
    }
    return len;
}

void source_destroy(struct source *source)
{
    if (source != NULL) {
        source->destroy(source);
    }
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

struct bytes_source {
    struct source base;
    struct source *rest;
    char *bytes;
    size_t len;
    size_t at;
    size_t loop; // where an endless one goes on; len of the copy for none
    bool endless;
};

static size_t read_bytes(struct source *source, char *out, size_t max)
{
    struct bytes_source *self = (struct bytes_source *)source;
    if (self->at == self->len && self->endless) {
        self->at = self->loop;
    }
    if (self->at == self->len) {
        return self->rest == NULL ? 0 : source_read(self->rest, out, max);
    }
    size_t len = min_size(max, self->len - self->at);
    memcpy(out, self->bytes + self->at, len);
    self->at += len;
    return len;
}

static void destroy_bytes(struct source *source)
{
    struct bytes_source *self = (struct bytes_source *)source;
    source_destroy(self->rest);
    free(self->bytes);
    free(self);
}

struct source *source_from_bytes(const char *bytes, size_t len, struct source *rest)
{
    struct bytes_source *self = memory_alloc(sizeof *self);
    *self = (struct bytes_source){
        .base = {read_bytes, destroy_bytes},
        .rest = rest,
        .bytes = memory_alloc(len + 1),
        .len = len,
    };
    memcpy(self->bytes, bytes, len);
    return &self->base;
}

struct source *source_endless(const char *first, const char *middle)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_add_text(&text, first);
    while (text.len < 65536) {
        buf_add_text(&text, middle);
    }
    struct source *source = source_from_bytes(text.data, text.len, NULL);
    buf_finish(&text);
    struct bytes_source *self = (struct bytes_source *)source;
    self->loop = strlen(first);
    self->endless = true;
    return source;
}

enum { STAGE_BYTES = 65536 };

struct gzip_source {
    struct source base;
    struct source *inner;
    z_stream stream;
    bool inner_ended;
    bool ended;
    char stage[STAGE_BYTES];
};

static size_t read_gzip(struct source *source, char *out, size_t max)
{
    struct gzip_source *self = (struct gzip_source *)source;
    z_stream *stream = &self->stream;
    stream->next_out = (unsigned char *)out;
    stream->avail_out = (unsigned)min_size(max, 1U << 30);
    unsigned room = stream->avail_out;
    while (!self->ended && stream->avail_out == room) {
        if (stream->avail_in == 0 && !self->inner_ended) {
            size_t got = source_read(self->inner, self->stage, sizeof self->stage);
            self->inner_ended = got == 0;
            stream->next_in = (unsigned char *)self->stage;
            stream->avail_in = (unsigned)got;
        }
        int rc = deflate(stream, self->inner_ended ? Z_FINISH : Z_NO_FLUSH);
        self->ended = rc == Z_STREAM_END || rc == Z_STREAM_ERROR;
    }
    return room - stream->avail_out;
}

static void destroy_gzip(struct source *source)
{
    struct gzip_source *self = (struct gzip_source *)source;
    (void)deflateEnd(&self->stream);
    source_destroy(self->inner);
    free(self);
}

struct source *source_gzip(struct source *inner)
{
    struct gzip_source *self = memory_alloc(sizeof *self);
    memset(self, 0, sizeof *self);
    self->base = (struct source){read_gzip, destroy_gzip};
    self->inner = inner;
    if (deflateInit2(&self->stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        abort();
    }
    return &self->base;
}

struct pretty_source {
    struct source base;
    struct source *inner;
    struct buf ready;
    size_t at;
    unsigned depth;
    bool in_string;
    bool escaped;
    bool opened; // the last byte opened an object or array: nothing in it yet
    char stage[8192];
};

static void new_line(struct pretty_source *self)
{
    buf_add_char(&self->ready, '\n');
    for (unsigned i = 0; i < self->depth; i++) {
        buf_add_text(&self->ready, "  ");
    }
}

static void pretty_in_string(struct pretty_source *self, char c)
{
    buf_add_char(&self->ready, c);
    if (self->escaped) {
        self->escaped = false;
    } else if (c == '\\') {
        self->escaped = true;
    } else if (c == '"') {
        self->in_string = false;
    }
}

static void pretty_byte(struct pretty_source *self, char c)
{
    if (self->in_string) {
        pretty_in_string(self, c);
        return;
    }
    if (c == '}' || c == ']') {
        self->depth -= self->depth > 0;
        if (!self->opened) {
            new_line(self);
        }
        self->opened = false;
        buf_add_char(&self->ready, c);
        return;
    }
    if (self->opened) {
        new_line(self);
        self->opened = false;
    }
    buf_add_char(&self->ready, c);
    if (c == '{' || c == '[') {
        self->depth++;
        self->opened = true;
    } else if (c == ',') {
        new_line(self);
    } else if (c == ':') {
        buf_add_char(&self->ready, ' ');
    }
    self->in_string = c == '"';
}

static size_t read_pretty(struct source *source, char *out, size_t max)
{
    struct pretty_source *self = (struct pretty_source *)source;
    if (self->at == self->ready.len) {
        buf_reset(&self->ready);
        self->at = 0;
        size_t got = source_read(self->inner, self->stage, sizeof self->stage);
        for (size_t i = 0; i < got; i++) {
            pretty_byte(self, self->stage[i]);
        }
    }
    size_t len = min_size(max, self->ready.len - self->at);
    memcpy(out, self->ready.data + self->at, len);
    self->at += len;
    return len;
}

static void destroy_pretty(struct source *source)
{
    struct pretty_source *self = (struct pretty_source *)source;
    buf_finish(&self->ready);
    source_destroy(self->inner);
    free(self);
}

struct source *source_pretty(struct source *inner)
{
    struct pretty_source *self = memory_alloc(sizeof *self);
    memset(self, 0, sizeof *self);
    self->base = (struct source){read_pretty, destroy_pretty};
    self->inner = inner;
    buf_init(&self->ready, 1 << 26);
    return &self->base;
}
