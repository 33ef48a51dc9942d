// SPDX-License-Identifier: MIT
#include "codec/json_string.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

// A quote ends the string unless an odd number of backslashes stands before it.
static bool is_escaped(const char *bytes, size_t quote)
{
    size_t slashes = 0;
    while (slashes < quote && bytes[quote - slashes - 1] == '\\') {
        slashes++;
    }
    return slashes % 2 == 1;
}

size_t json_string_end(const char *bytes, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        const char *quote = memchr(bytes + at, '"', len - at);
        if (quote == NULL) {
            return len;
        }
        at = (size_t)(quote - bytes);
        if (!is_escaped(bytes, at)) {
            return at;
        }
    }
    return len;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static bool read_unit(const char *bytes, size_t len, uint32_t *ret)
{
    if (len < 6 || bytes[0] != '\\' || bytes[1] != 'u') {
        return false;
    }
    uint32_t unit = 0;
    for (size_t i = 2; i < 6; i++) {
        int digit = hex_digit(bytes[i]);
        if (digit < 0) {
            return false;
        }
        unit = unit << 4 | (uint32_t)digit;
    }
    *ret = unit;
    return true;
}

size_t json_string_read_unicode(const char *bytes, size_t len, uint32_t *ret_point)
{
    uint32_t unit;
    uint32_t low;
    if (!read_unit(bytes, len, &unit)) {
        return 0;
    }
    bool is_high = unit >= 0xD800 && unit <= 0xDBFF;
    if (is_high && read_unit(bytes + 6, len - 6, &low) && low >= 0xDC00 && low <= 0xDFFF) {
        *ret_point = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        return 12;
    }
    *ret_point = unit;
    return 6;
}

size_t json_string_put_utf8(char ret[4], uint32_t point)
{
    if (point < 0x80) {
        ret[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        ret[0] = (char)(0xC0 | point >> 6);
        ret[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        ret[0] = (char)(0xE0 | point >> 12);
        ret[1] = (char)(0x80 | (point >> 6 & 0x3F));
        ret[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    ret[0] = (char)(0xF0 | point >> 18);
    ret[1] = (char)(0x80 | (point >> 12 & 0x3F));
    ret[2] = (char)(0x80 | (point >> 6 & 0x3F));
    ret[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}
