// SPDX-License-Identifier: MIT
#include "codec/html.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

#include "base/banned.h"

// Reads the character at *text, which is not at its end, and steps over it. Invalid bytes and
// what must not be shown become U+FFFD, white space a blank.
static uint32_t next_point(const char **text)
{
    static const uint32_t replacement = 0xFFFD;
    uint32_t point = replacement;
    size_t len = utf8_decode(*text, strnlen(*text, 4), &point);
    *text += len == 0 ? 1 : len;
    if (point == '\t' || point == '\n' || point == '\r') {
        return ' ';
    }
    return utf8_is_unprintable(point) ? replacement : point;
}

static void add_utf8(struct buf *out, uint32_t point)
{
    char bytes[4];
    size_t len = 0;
    if (point < 0x80) {
        bytes[len++] = (char)point;
    } else if (point < 0x800) {
        bytes[len++] = (char)(0xC0 | point >> 6);
    } else if (point < 0x10000) {
        bytes[len++] = (char)(0xE0 | point >> 12);
        bytes[len++] = (char)(0x80 | (point >> 6 & 0x3F));
    } else {
        bytes[len++] = (char)(0xF0 | point >> 18);
        bytes[len++] = (char)(0x80 | (point >> 12 & 0x3F));
        bytes[len++] = (char)(0x80 | (point >> 6 & 0x3F));
    }
    if (point >= 0x80) {
        bytes[len++] = (char)(0x80 | (point & 0x3F));
    }
    buf_add(out, bytes, len);
}

static void add_point(struct buf *out, uint32_t point)
{
    switch (point) {
    case '&':
        html_raw(out, "&amp;");
        break;
    case '<':
        html_raw(out, "&lt;");
        break;
    case '>':
        html_raw(out, "&gt;");
        break;
    case '"':
        html_raw(out, "&quot;");
        break;
    case '\'':
        html_raw(out, "&#39;");
        break;
    case '`': // ends an attribute in old engines
        html_raw(out, "&#96;");
        break;
    default:
        add_utf8(out, point);
    }
}

void html_text(struct buf *out, const char *value)
{
    while (*value != '\0') {
        add_point(out, next_point(&value));
    }
}

static bool is_separator(uint32_t point)
{
    return point < 0x80 && point > ' ' && strchr("/-._:,;=&?@|+", (int)point) != NULL;
}

// Characters up to the next blank, at most limit.
static size_t word_length(const char *text, size_t limit)
{
    size_t length = 0;
    while (*text != '\0' && length < limit && next_point(&text) != ' ') {
        length++;
    }
    return length;
}

static void add_word(struct buf *out, const char **text, size_t run)
{
    size_t since = 0;
    while (**text != '\0') {
        const char *ahead = *text;
        uint32_t point = next_point(&ahead);
        if (point == ' ') {
            return;
        }
        if (since >= run && !is_separator(point)) {
            html_raw(out, "<wbr>");
            since = 0;
        }
        add_point(out, point);
        *text = ahead;
        since++;
        bool last_separator = is_separator(point) && !is_separator((unsigned char)*ahead);
        if (last_separator && since > 2 && *ahead != '\0' && *ahead != ' ') {
            html_raw(out, "<wbr>");
            since = 0;
        }
    }
}

void html_text_breakable(struct buf *out, const char *value, size_t run)
{
    while (*value != '\0') {
        if (word_length(value, run + 1) > run) {
            add_word(out, &value, run);
        } else {
            add_point(out, next_point(&value));
        }
    }
}

void html_number(struct buf *out, size_t value)
{
    buf_add_format(out, "%zu", value);
}

bool html_url_is_safe(const char *url)
{
    static const char scheme[] = "https://";
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-._~:/?#[]@!$&'()*+,;=%";
    if (strncmp(url, scheme, sizeof scheme - 1) != 0 || url[strspn(url, allowed)] != '\0') {
        return false;
    }
    const char *host = url + sizeof scheme - 1;
    size_t authority = strcspn(host, "/?#");
    return authority > 0 && *host != ':' && memchr(host, '@', authority) == NULL;
}

void html_url(struct buf *out, const char *url)
{
    if (html_url_is_safe(url)) {
        html_text(out, url);
    } else {
        html_raw(out, "#");
    }
}
