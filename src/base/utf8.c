// SPDX-License-Identifier: MIT
#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static size_t sequence_length(unsigned char first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return 3;
    }
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

size_t utf8_decode(const char *bytes, size_t len, uint32_t *ret_point)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)bytes[0];
    size_t count = sequence_length(first);
    if (count == 0 || count > len) {
        return 0;
    }
    uint32_t point = count == 1 ? first : first & (0x7FU >> count);
    for (size_t i = 1; i < count; i++) {
        if (!is_continuation(bytes[i])) {
            return 0;
        }
        point = point << 6 | ((unsigned char)bytes[i] & 0x3FU);
    }
    if (point < smallest[count] || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) {
        return 0;
    }
    *ret_point = point;
    return count;
}

bool utf8_is_valid(const char *bytes, size_t len)
{
    uint32_t point;
    for (size_t i = 0; i < len;) {
        size_t count = utf8_decode(bytes + i, len - i, &point);
        if (count == 0) {
            return false;
        }
        i += count;
    }
    return true;
}

void utf8_repair(struct buf *out, const char *bytes, size_t len)
{
    uint32_t point;
    for (size_t i = 0; i < len;) {
        size_t count = utf8_decode(bytes + i, len - i, &point);
        if (count == 0) {
            buf_add_text(out, UTF8_REPLACEMENT);
            i++;
        } else {
            buf_add(out, bytes + i, count);
            i += count;
        }
    }
}

struct range {
    uint32_t first;
    uint32_t last;
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

#define IN(ranges, point) in_ranges(ranges, sizeof(ranges) / sizeof(ranges)[0], point)

bool utf8_is_unprintable(uint32_t point)
{
    static const struct range hidden[] = {
        {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},       {0x034F, 0x034F}, {0x061C, 0x061C},
        {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x200B, 0x200F}, {0x2028, 0x202E},
        {0x2060, 0x206F}, {0x3164, 0x3164}, {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0},
        {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE0FFF},
    };
    return IN(hidden, point);
}

static bool is_space(uint32_t point)
{
    static const struct range spaces[] = {
        {0x09, 0x0D},     {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680},
        {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000},
    };
    return IN(spaces, point);
}

void utf8_clean(struct buf *out, const char *bytes, size_t len)
{
    bool pending_blank = false;
    bool started = false;
    for (size_t i = 0; i < len;) {
        uint32_t point = 0;
        size_t count = utf8_decode(bytes + i, len - i, &point);
        if (count != 0 && is_space(point)) {
            pending_blank = started;
            i += count;
            continue;
        }
        if (pending_blank) {
            buf_add_char(out, ' ');
        }
        pending_blank = false;
        started = true;
        if (count == 0 || utf8_is_unprintable(point)) {
            buf_add_text(out, UTF8_REPLACEMENT);
        } else {
            buf_add(out, bytes + i, count);
        }
        i += count == 0 ? 1 : count;
    }
}

size_t utf8_cut(const char *bytes, size_t len, size_t max)
{
    if (len <= max) {
        return len;
    }
    size_t cut = max;
    while (cut > 0 && max - cut < 4 && is_continuation(bytes[cut])) {
        cut--;
    }
    return max - cut < 4 ? cut : max; // four in a row are part of no character
}

static size_t point_width(uint32_t point)
{
    static const struct range combining[] = {
        {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},
        {0x064B, 0x065F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F},
        {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
    };
    static const struct range wide[] = {
        {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},
        {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
        {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
        {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD},
    };
    if (IN(combining, point)) {
        return 0;
    }
    return IN(wide, point) ? 2 : 1;
}

size_t utf8_width(const char *bytes, size_t len)
{
    size_t width = 0;
    for (size_t i = 0; i < len;) {
        uint32_t point = 0;
        size_t count = utf8_decode(bytes + i, len - i, &point);
        width += count == 0 ? 1 : point_width(point);
        i += count == 0 ? 1 : count;
    }
    return width;
}
