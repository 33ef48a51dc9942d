// SPDX-License-Identifier: MIT
#include "core/cause_text.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/ascii.h"

#include "base/banned.h"

enum { CONTEXT_BYTES = 200 };

const char *cause_text_keep_end(struct arena *arena, const char *text, size_t len, size_t max)
{
    if (len <= max) {
        return text;
    }
    size_t skip = len - max + 3;
    while (skip < len && ((unsigned char)text[skip] & 0xC0) == 0x80) {
        skip++;
    }
    return arena_format(arena, "...%s", text + skip);
}

const char *cause_text_join(struct arena *arena, const char *context, const char *text, size_t max)
{
    size_t len = strlen(text);
    size_t context_len = strlen(context);
    if (context_len > CONTEXT_BYTES || context_len + 2 + len > max) {
        const char *colon = strstr(context, ": ");
        context_len = colon != NULL ? (size_t)(colon - context) : context_len;
    }
    if (context_len > CONTEXT_BYTES || context_len + 2 + len > max) {
        return cause_text_keep_end(arena, text, len, max);
    }
    char *joined = arena_alloc(arena, context_len + 2 + len + 1);
    memcpy(joined, context, context_len);
    memcpy(joined + context_len, ": ", 2);
    memcpy(joined + context_len + 2, text, len);
    return joined;
}

// Paths seldom run on for as long without a dot or a blank; those that do are in lower case.
static size_t run_length(const char *text, bool *ret_is_blob)
{
    size_t len = 0;
    *ret_is_blob = false;
    while (ascii_is_alnum(text[len]) || (text[len] != '\0' && strchr("+/=_-", text[len]) != NULL)) {
        *ret_is_blob |= ascii_is_digit(text[len]) || ascii_lower(text[len]) != text[len];
        len++;
    }
    return len;
}

const char *cause_text_cut_blobs(struct arena *arena, const char *text)
{
    enum { BLOB_BYTES = 200, KEPT_BYTES = 24 };
    size_t len = strlen(text);
    if (len < BLOB_BYTES) {
        return text;
    }
    char *out = arena_alloc(arena, len + 1);
    char *next = out;
    while (*text != '\0') {
        bool is_blob;
        size_t run = run_length(text, &is_blob);
        is_blob &= run >= BLOB_BYTES;
        run += run == 0;
        size_t kept = is_blob ? KEPT_BYTES : run;
        memcpy(next, text, kept);
        next += kept;
        text += run;
        if (is_blob) {
            memcpy(next, "...", 3);
            next += 3;
        }
    }
    return out;
}
