// SPDX-License-Identifier: MIT
#include "core/cause_text.h"

#include <string.h>

#include "base/arena.h"

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
