// SPDX-License-Identifier: MIT
#include "config/near_miss.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool equal(char a, char b)
{
    return toupper((unsigned char)a) == toupper((unsigned char)b);
}

size_t near_miss_edits(const char *a, const char *b)
{
    size_t rows[3][NEAR_MISS_BYTES + 1] = {{0}};
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    size_t difference = a_len > b_len ? a_len - b_len : b_len - a_len;
    if (a_len > NEAR_MISS_BYTES || b_len > NEAR_MISS_BYTES || difference > NEAR_MISS_EDITS) {
        return NEAR_MISS_EDITS + 1;
    }
    for (size_t j = 0; j <= b_len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        const size_t *second_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t substituted = above[j - 1] + (equal(a[i - 1], b[j - 1]) ? 0 : 1);
            row[j] = smaller(substituted, smaller(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && equal(a[i - 1], b[j - 2]) && equal(a[i - 2], b[j - 1])) {
                row[j] = smaller(row[j], second_above[j - 2] + 1);
            }
        }
    }
    return smaller(rows[a_len % 3][b_len], NEAR_MISS_EDITS + 1);
}
