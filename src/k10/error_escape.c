// SPDX-License-Identifier: MIT
#include "k10/error_escape.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "k10/error_value.h"

#include "base/banned.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

// Four hex digits, or -1.
static int32_t read_unit(const char *bytes, size_t len)
{
    int32_t unit = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = i < len ? hex_digit(bytes[i]) : -1;
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

static size_t put_utf8(char *out, uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

struct unescaping {
    const char *bytes;
    size_t len;
    size_t at;
    char *out; // as long as the source: no escape grows
    size_t out_len;
};

// \uXXXX, with its second half where it is a pair; a lone half and NUL become U+FFFD.
static void unescape_unit(struct unescaping *text)
{
    const char *digits = text->bytes + text->at + 2;
    size_t left = text->len - text->at - 2;
    int32_t unit = read_unit(digits, left);
    if (unit < 0) {
        // A cut or wrong escape: its letters say nothing.
        text->at += left < 4 ? 2 + left : 2;
        return;
    }
    text->at += 6;
    uint32_t point = (uint32_t)unit;
    if (unit >= 0xD800 && unit <= 0xDBFF && left >= 10 && digits[4] == '\\' && digits[5] == 'u') {
        int32_t low = read_unit(digits + 6, left - 6);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            point = 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
            text->at += 6;
        }
    }
    if (point == 0 || (point >= 0xD800 && point <= 0xDFFF)) {
        point = 0xFFFD;
    }
    text->out_len += put_utf8(text->out + text->out_len, point);
}

static void unescape_one(struct unescaping *text)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/ \n\n\n\t";
    if (text->at + 1 >= text->len) {
        text->at = text->len;
        return;
    }
    char c = text->bytes[text->at + 1];
    const char *found = c != '\0' ? strchr(from, c) : NULL;
    if (c == 'u') {
        unescape_unit(text);
        return;
    }
    if (found == NULL) {
        text->out[text->out_len++] = '\\';
        text->at++;
        return;
    }
    text->out[text->out_len++] = to[found - from];
    text->at += 2;
}

size_t error_escape_resolve(struct error_budget *budget, const char *bytes, size_t len,
                            const char **ret)
{
    size_t inner = len <= budget->bytes ? len : budget->bytes;
    budget->bytes -= inner;
    struct unescaping text = {.bytes = bytes, .len = inner};
    text.out = arena_alloc(budget->arena, inner + 1);
    while (text.at < text.len) {
        const char *next = memchr(bytes + text.at, '\\', inner - text.at);
        size_t plain = (next != NULL ? (size_t)(next - bytes) : inner) - text.at;
        memcpy(text.out + text.out_len, bytes + text.at, plain);
        text.out_len += plain;
        text.at += plain;
        if (next != NULL) {
            unescape_one(&text);
        }
    }
    for (char *nul = memchr(text.out, '\0', text.out_len); nul != NULL;
         nul = memchr(text.out, '\0', text.out_len)) {
        *nul = ' ';
    }
    *ret = text.out;
    return text.out_len;
}
