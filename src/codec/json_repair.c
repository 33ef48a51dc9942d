// SPDX-License-Identifier: MIT
#include "codec/json_repair.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "codec/json_string.h"

#include "base/banned.h"

struct repair {
    const char *next;
    const char *end;
    struct buf *out;
    bool changed;
};

static size_t left(const struct repair *r)
{
    return (size_t)(r->end - r->next);
}

static void take(struct repair *r, size_t len)
{
    buf_add(r->out, r->next, len);
    r->next += len;
}

static void replace(struct repair *r, size_t len, const char *by)
{
    buf_add_text(r->out, by);
    r->next += len;
    r->changed = true;
}

static void repair_escape(struct repair *r)
{
    uint32_t point;
    size_t count = json_string_read_unicode(r->next, left(r), &point);
    if (count == 0) {
        take(r, left(r) < 2 || (unsigned char)r->next[1] < 0x20 || (r->next[1] & 0x80) ? 1 : 2);
    } else if (point == 0 || (point >= 0xD800 && point <= 0xDFFF)) {
        replace(r, count, "\\ufffd");
    } else {
        take(r, count);
    }
}

static size_t plain_length(const struct repair *r)
{
    const char *p = r->next;
    while (p < r->end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' &&
           *p != '\\') {
        p++;
    }
    return (size_t)(p - r->next);
}

static void repair_string(struct repair *r)
{
    take(r, 1);
    for (;;) {
        take(r, plain_length(r));
        if (r->next == r->end) {
            return;
        }
        unsigned char c = (unsigned char)*r->next;
        uint32_t point;
        if (c == '"') {
            take(r, 1);
            return;
        }
        if (c == '\\') {
            repair_escape(r);
        } else if (c < 0x20) {
            replace(r, 1, " ");
        } else {
            size_t count = utf8_decode(r->next, left(r), &point);
            if (count == 0) {
                replace(r, 1, UTF8_REPLACEMENT);
            } else {
                take(r, count);
            }
        }
    }
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }
    return p;
}

// The end of the longest number by RFC 8259 section 6 at p; p itself when there is none.
static const char *number_end(const char *p, const char *end, bool *ret_is_real)
{
    const char *whole = p < end && *p == '-' ? p + 1 : p;
    const char *after = whole < end && *whole == '0' ? whole + 1 : skip_digits(whole, end);
    *ret_is_real = false;
    if (after == whole) {
        return p;
    }
    if (after < end && *after == '.' && skip_digits(after + 1, end) > after + 1) {
        *ret_is_real = true;
        after = skip_digits(after + 1, end);
    }
    if (after < end && (*after == 'e' || *after == 'E')) {
        const char *exponent = after + 1;
        if (exponent < end && (*exponent == '+' || *exponent == '-')) {
            exponent++;
        }
        if (skip_digits(exponent, end) > exponent) {
            *ret_is_real = true;
            after = skip_digits(exponent, end);
        }
    }
    return after;
}

static void repair_number(struct repair *r)
{
    bool is_real;
    bool is_negative = *r->next == '-';
    const char *end = number_end(r->next, r->end, &is_real);
    if (end == r->next) {
        take(r, 1);
        return;
    }
    size_t start = r->out->len;
    take(r, (size_t)(end - r->next));
    if (r->out->overflow) {
        return;
    }
    errno = 0;
    if (is_real && isinf(strtod(r->out->data + start, NULL))) {
        buf_truncate(r->out, start);
        replace(r, 0, is_negative ? "-1.7976931348623157e308" : "1.7976931348623157e308");
    } else if (!is_real) {
        (void)strtoll(r->out->data + start, NULL, 10);
        if (errno == ERANGE) {
            buf_truncate(r->out, start);
            replace(r, 0, is_negative ? "-9223372036854775808" : "9223372036854775807");
        }
    }
}

static void replace_container(struct repair *r)
{
    size_t depth = 0;
    const char *p = r->next;
    do {
        char c = *p++;
        if (c == '"') {
            p += json_string_end(p, (size_t)(r->end - p));
            p += p < r->end;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    } while (depth > 0 && p < r->end);
    replace(r, (size_t)(p - r->next), "null");
}

bool json_repair(const char *bytes, size_t len, struct buf *out)
{
    struct repair r = {.next = bytes, .end = bytes + len, .out = out};
    size_t depth = 0;
    while (r.next < r.end) {
        char c = *r.next;
        if (c == '"') {
            repair_string(&r);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            repair_number(&r);
        } else if ((c == '{' || c == '[') && depth == JSON_DEPTH_MAX) {
            replace_container(&r);
        } else {
            if (c == '{' || c == '[') {
                depth++;
            } else if ((c == '}' || c == ']') && depth > 0) {
                depth--;
            }
            take(&r, 1);
        }
    }
    return r.changed;
}
