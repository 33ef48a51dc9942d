// SPDX-License-Identifier: MIT
#include "k10/error_escape.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "codec/json_string.h"
#include "k10/error_budget.h"

#include "base/banned.h"

struct unescaping {
    const char *bytes;
    size_t len;
    size_t at;
    char *out; // as long as the source: no escape grows
    size_t out_len;
};

// A lone surrogate and NUL become U+FFFD; of a cut or wrong escape the letters say nothing.
static void unescape_unit(struct unescaping *text)
{
    uint32_t point;
    size_t left = text->len - text->at;
    size_t count = json_string_read_unicode(text->bytes + text->at, left, &point);
    if (count == 0) {
        text->at += left < 6 ? left : 2;
        return;
    }
    text->at += count;
    if (point == 0 || (point >= 0xD800 && point <= 0xDFFF)) {
        point = 0xFFFD;
    }
    char bytes[4];
    size_t len = json_string_put_utf8(bytes, point);
    memcpy(text->out + text->out_len, bytes, len);
    text->out_len += len;
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
