// SPDX-License-Identifier: MIT
#include "core/cause_dump.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

enum { NAME_BYTES = 253 };

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_type(char c)
{
    return is_word(c) || c == '.' || c == '*' || c == '[' || c == ']';
}

size_t cause_dump_start(const char *text, size_t brace)
{
    enum { TYPE_BYTES = 128 };
    size_t start = brace;
    while (start > 0 && brace - start < TYPE_BYTES && is_type(text[start - 1])) {
        start--;
    }
    if (start > 0 && text[start - 1] == '&') {
        return start - 1;
    }
    // Without the ampersand only "Type{" counts, and only before a field or a quote.
    return start < brace && (is_word(text[brace - 1]) || text[brace - 1] == ']') ? start : brace;
}

// "&{", "&v1.Pod{", "Pod{Name:", "map[string]string{": what follows the brace decides for the
// forms without an ampersand, so that "${name}" and "a{b}" stay text.
static bool begins_dump(const char *text, size_t len, size_t brace)
{
    if (text[0] == '&') {
        return true;
    }
    if (brace == 0) {
        return false;
    }
    size_t at = brace + 1;
    while (at < len && is_word(text[at])) {
        at++;
    }
    if (at == len) {
        return true;
    }
    return (at > brace + 1 && text[at] == ':') || text[brace - 1] == ']';
}

size_t cause_dump_length(const char *text, size_t len, size_t brace)
{
    if (brace >= len || text[brace] != '{' || !begins_dump(text, len, brace)) {
        return 0;
    }
    size_t depth = 0;
    size_t last_close = 0;
    for (size_t i = brace; i < len; i++) {
        if (text[i] == '{') {
            depth++;
        } else if (text[i] == '}') {
            last_close = i + 1;
            if (--depth == 0) {
                return i + 1;
            }
        }
    }
    // Cut, or a brace inside a value: go on behind the last one if that looks like the sentence
    // going on ("...}): no space left"), else the rest belongs to the dump.
    if (last_close > 0 && last_close < len && strchr("):;.", text[last_close]) != NULL) {
        return last_close;
    }
    return len;
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

// The name after a label of the dump, quotes left out; its length, 0 when there is none.
static size_t name_after(const char *dump, size_t len, const char *label, const char **ret)
{
    const char *found = memmem(dump, len, label, strlen(label));
    if (found == NULL) {
        return 0;
    }
    const char *end = dump + len;
    const char *name = found + strlen(label);
    while (name < end && (*name == '"' || *name == ' ')) {
        name++;
    }
    const char *stop = name;
    while (stop < end && is_name(*stop)) {
        stop++;
    }
    *ret = name;
    size_t name_len = (size_t)(stop - name);
    return stop < end && name_len <= NAME_BYTES ? name_len : 0;
}

static size_t find_name(const char *dump, size_t len, const char **ret)
{
    static const char *const labels[] = {
        "ObjectMeta:{Name:", "ObjectMeta{Name:", "ObjectMeta:{", "{Name:", " Name:", ",Name:"};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        size_t name_len = name_after(dump, len, labels[i], ret);
        if (name_len > 0) {
            return name_len;
        }
    }
    return 0;
}

void cause_dump_name(struct buf *out, const char *dump, size_t len)
{
    const char *name;
    size_t name_len = find_name(dump, len, &name);
    if (name_len == 0) {
        return;
    }
    const char *brace = memchr(dump, '{', len);
    const char *type = brace;
    while (brace != NULL && type > dump && is_word(type[-1])) {
        type--;
    }
    if (brace != NULL && type < brace) {
        buf_add(out, type, (size_t)(brace - type));
        buf_add_char(out, ' ');
    }
    buf_add(out, name, name_len);
}

// The end of a quoted value, whose own quotes lost their backslashes: a quote before '}' or before
// the next field.
static const char *value_end(const char *value, const char *end)
{
    for (const char *at = value; at < end; at++) {
        at = memchr(at, '"', (size_t)(end - at));
        if (at == NULL) {
            return end;
        }
        const char *next = at + 1;
        if (next == end || *next == '}') {
            return at;
        }
        if (end - next > 2 && next[0] == ',' && next[1] == ' ' && is_word(next[2])) {
            return at;
        }
    }
    return end;
}

// Without braces: a value that was cut ends with those of the dump around it.
static void add_value(struct buf *out, const char *value, const char *end)
{
    for (; value < end; value++) {
        if (*value != '{' && *value != '}') {
            buf_add_char(out, *value);
        }
    }
}

bool cause_dump_error(struct buf *out, const char *dump, size_t len)
{
    static const char *const labels[] = {"{s:\"", "{msg:\"", "Message:\"", "Msg:\""};
    const char *brace = memchr(dump, '{', len);
    if (brace == NULL || memmem(dump, (size_t)(brace - dump), "rror", 4) == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        const char *found = memmem(dump, len, labels[i], strlen(labels[i]));
        if (found != NULL) {
            const char *value = found + strlen(labels[i]);
            add_value(out, value, value_end(value, dump + len));
            return true;
        }
    }
    return false;
}
