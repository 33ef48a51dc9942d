// SPDX-License-Identifier: MIT
#include "codec/json_items_scan.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/banned.h"

// The bytes of a block by kind, inside strings or not.
struct kinds {
    uint64_t quote;
    uint64_t backslash;
    uint64_t open;
    uint64_t close;
};

// '[' and ']' differ from '{' and '}' only in the bit 0x20, and no other byte falls on them.
enum { FOLD = 0x20 };

#ifdef __SSE2__

static uint64_t equal_mask(__m128i bytes, char c)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

static void classify(const char *bytes, struct kinds *ret)
{
    *ret = (struct kinds){0};
    for (unsigned at = 0; at < JSON_SCAN_BLOCK; at += 16) {
        __m128i part;
        memcpy(&part, bytes + at, sizeof part);
        __m128i folded = _mm_or_si128(part, _mm_set1_epi8(FOLD));
        ret->quote |= equal_mask(part, '"') << at;
        ret->backslash |= equal_mask(part, '\\') << at;
        ret->open |= equal_mask(folded, '{') << at;
        ret->close |= equal_mask(folded, '}') << at;
    }
}

#else

static void classify(const char *bytes, struct kinds *ret)
{
    *ret = (struct kinds){0};
    for (unsigned at = 0; at < JSON_SCAN_BLOCK; at++) {
        char c = bytes[at];
        ret->quote |= (uint64_t)(c == '"') << at;
        ret->backslash |= (uint64_t)(c == '\\') << at;
        ret->open |= (uint64_t)((c | FOLD) == '{') << at;
        ret->close |= (uint64_t)((c | FOLD) == '}') << at;
    }
}

#endif

// The bytes that a backslash before them takes the meaning from. Backslashes are rare, and each
// turn settles two bytes.
static uint64_t escaped_bytes(struct json_scan *scan, uint64_t backslash, size_t len)
{
    uint64_t escaped = scan->escaped;
    backslash &= ~escaped;
    scan->escaped = 0;
    while (backslash != 0) {
        uint64_t first = backslash & -backslash;
        uint64_t second = first << 1;
        if (first == UINT64_C(1) << (len - 1)) {
            scan->escaped = 1;
        }
        escaped |= second;
        backslash &= ~(first | second);
    }
    return escaped;
}

// Bit i of the result is the parity of the bits 0 to i.
static uint64_t running_parity(uint64_t bits)
{
    for (unsigned step = 1; step < 64; step *= 2) {
        bits ^= bits << step;
    }
    return bits;
}

void json_scan_block(struct json_scan *scan, const char *bytes, size_t len,
                     struct json_scan_block *ret)
{
    char padded[JSON_SCAN_BLOCK];
    if (len < JSON_SCAN_BLOCK) {
        memset(padded, ' ', sizeof padded);
        memcpy(padded, bytes, len);
        bytes = padded;
    }
    struct kinds kinds;
    classify(bytes, &kinds);
    uint64_t quote = kinds.quote;
    if ((kinds.backslash | scan->escaped) != 0) {
        quote &= ~escaped_bytes(scan, kinds.backslash, len);
    }
    uint64_t in_string = running_parity(quote) ^ scan->in_string;
    scan->in_string = -(in_string >> 63);
    ret->open = kinds.open & ~in_string;
    ret->close = kinds.close & ~in_string;
}
