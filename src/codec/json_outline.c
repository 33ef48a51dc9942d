// SPDX-License-Identifier: MIT
#include "codec/json_outline.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "codec/json_repair.h"
#include "codec/json_string.h"

#include "base/banned.h"

struct drawing {
    struct arena *arena;
    struct json_outline *out;
    const char *next;
    const char *end;
    const char *taken; // up to here the text is in the outline
    size_t depth;
    size_t capacity;
};

static bool is_key(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) {
        p++;
    }
    return p < end && *p == ':';
}

static void write_stand_in(char ret[JSON_OUTLINE_LONG], size_t index)
{
    for (size_t i = JSON_OUTLINE_LONG; i-- > 0; index /= 10) {
        ret[i] = (char)('0' + index % 10);
    }
}

size_t json_outline_index(const char *stand_in)
{
    size_t index = 0;
    for (size_t i = 0; i < JSON_OUTLINE_LONG; i++) {
        index = index * 10 + (size_t)(stand_in[i] - '0');
    }
    return index;
}

static void take_out(struct drawing *drawing, const char *bytes, size_t len)
{
    struct json_outline *out = drawing->out;
    char stand_in[JSON_OUTLINE_LONG];
    write_stand_in(stand_in, out->count);
    buf_add(out->text, drawing->taken, (size_t)(bytes - drawing->taken));
    buf_add(out->text, stand_in, sizeof stand_in);
    drawing->taken = bytes + len;
    out->strings = arena_grow(drawing->arena, out->strings, &drawing->capacity, out->count,
                              sizeof *out->strings);
    out->strings[out->count++] = (struct json_outline_string){bytes, len};
    out->longest = len > out->longest ? len : out->longest;
}

static bool pass_string(struct drawing *drawing)
{
    const char *bytes = drawing->next + 1;
    size_t left = (size_t)(drawing->end - bytes);
    size_t len = json_string_end(bytes, left);
    if (len == left) {
        return false;
    }
    drawing->next = bytes + len + 1;
    if (len >= JSON_OUTLINE_LONG && !is_key(drawing->next, drawing->end)) {
        take_out(drawing, bytes, len);
    }
    return true;
}

bool json_outline_draw(struct arena *arena, const char *bytes, size_t len, struct json_outline *ret)
{
    struct drawing drawing = {
        .arena = arena, .out = ret, .next = bytes, .end = bytes + len, .taken = bytes};
    while (drawing.next < drawing.end) {
        char c = *drawing.next;
        if (c == '"') {
            if (!pass_string(&drawing)) {
                return false;
            }
            continue;
        }
        drawing.next++;
        if (c == '{' || c == '[') {
            if (++drawing.depth > JSON_DEPTH_MAX) {
                return false;
            }
        } else if ((c == '}' || c == ']') && drawing.depth > 0) {
            drawing.depth--;
        }
    }
    if (ret->count > 0) {
        buf_add(ret->text, drawing.taken, (size_t)(drawing.end - drawing.taken));
    }
    return true;
}

struct decoding {
    const char *next;
    const char *end;
    char *out;
};

// True for printable ASCII (and DEL, which JSON allows). Without a way out in the middle, so that a
// compiler may look at many bytes at once.
static bool is_ascii_text(const char *bytes, size_t len)
{
    unsigned odd = 0;
    for (size_t i = 0; i < len; i++) {
        odd |= (signed char)bytes[i] < ' ';
    }
    return odd == 0;
}

static bool has_control(const char *bytes, size_t len)
{
    unsigned odd = 0;
    for (size_t i = 0; i < len; i++) {
        odd |= (unsigned char)bytes[i] < ' ';
    }
    return odd != 0;
}

// What stands before the next backslash; a quote cannot be among it. False for control characters
// and for bytes that are not UTF-8.
static bool copy_plain(struct decoding *text)
{
    const char *start = text->next;
    size_t len = (size_t)(text->end - start);
    const char *slash = memchr(start, '\\', len);
    len = slash != NULL ? (size_t)(slash - start) : len;
    if (!is_ascii_text(start, len) && (has_control(start, len) || !utf8_is_valid(start, len))) {
        return false;
    }
    memcpy(text->out, start, len);
    text->out += len;
    text->next += len;
    return true;
}

// False for an escape that is refused or repaired, and for what is none.
static bool copy_escape(struct decoding *text)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    size_t len = (size_t)(text->end - text->next);
    if (*text->next != '\\' || len < 2) {
        return false;
    }
    const char *simple = memchr(from, text->next[1], sizeof from - 1);
    if (simple != NULL) {
        *text->out++ = to[simple - from];
        text->next += 2;
        return true;
    }
    uint32_t point = 0;
    text->next += json_string_read_unicode(text->next, len, &point);
    if (point == 0 || (point >= 0xD800 && point <= 0xDFFF)) {
        return false;
    }
    text->out += json_string_put_utf8(text->out, point);
    return true;
}

bool json_outline_decode(const struct json_outline_string *string, char *out, size_t *ret_len)
{
    struct decoding text = {string->bytes, string->bytes + string->len, out};
    while (text.next < text.end) {
        if (!copy_plain(&text) || (text.next < text.end && !copy_escape(&text))) {
            return false;
        }
    }
    *ret_len = (size_t)(text.out - out);
    return true;
}
