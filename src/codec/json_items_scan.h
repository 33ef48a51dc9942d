// SPDX-License-Identifier: MIT
// Finds the brackets of JSON text that stand outside strings, 64 bytes at a time, as bit masks:
// bit i stands for byte i. SSE2 where the compiler has it (every x86-64), plain C elsewhere.
// Only json_items.c uses this.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { JSON_SCAN_BLOCK = 64 };

// What one block leaves to the next; all zero at the start, which is outside a string.
struct json_scan {
    uint64_t in_string; // all bits set inside a string, else 0
    uint64_t escaped;   // 1 when the next byte follows an open backslash, else 0
};

struct json_scan_block {
    uint64_t open;  // '{' and '[' outside strings
    uint64_t close; // '}' and ']' outside strings
};

// Looks at len bytes, 1 to JSON_SCAN_BLOCK; fewer only at the end of a chunk.
void json_scan_block(struct json_scan *scan, const char *bytes, size_t len,
                     struct json_scan_block *ret);
