// SPDX-License-Identifier: MIT
#include "k10/error_value.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "codec/json.h"

#include "base/banned.h"

static struct error_value *new_value(struct error_budget *budget, enum error_value_type type)
{
    if (budget->values == 0) {
        return NULL;
    }
    budget->values--;
    struct error_value *value = arena_alloc(budget->arena, sizeof *value);
    value->type = type;
    return value;
}

static void append(struct error_value *parent, struct error_value *child)
{
    child->parent = parent;
    if (parent->last_child == NULL) {
        parent->first_child = child;
    } else {
        parent->last_child->next_sibling = child;
    }
    parent->last_child = child;
}

static const char *take_text(struct error_budget *budget, const char *text, size_t *len)
{
    if (*len > budget->bytes) {
        *len = utf8_cut(text, *len, budget->bytes);
    }
    budget->bytes -= *len;
    return arena_strndup(budget->arena, text, *len);
}

// --- from a parsed document

struct copying {
    struct error_budget *budget;
    struct error_value *parent;
    size_t depth;
};

static struct error_value *copy_value(struct error_budget *budget, const struct json *value,
                                      size_t depth);

static bool copy_member(void *context, const char *key, const struct json *value)
{
    struct copying *copying = context;
    struct error_value *child = copy_value(copying->budget, value, copying->depth + 1);
    if (child == NULL) {
        return copying->budget->values > 0;
    }
    size_t key_len = strlen(key);
    child->key = take_text(copying->budget, key, &key_len);
    append(copying->parent, child);
    return true;
}

static void copy_elements(struct error_budget *budget, const struct json *array,
                          struct error_value *parent, size_t depth)
{
    size_t count = json_count(array);
    for (size_t i = 0; i < count && budget->values > 0; i++) {
        struct error_value *child = copy_value(budget, json_at(array, i), depth + 1);
        if (child != NULL) {
            append(parent, child);
        }
    }
}

// Recursion is bounded by ERROR_VALUE_MAX_DEPTH.
static struct error_value *copy_value(struct error_budget *budget, const struct json *value,
                                      size_t depth)
{
    if (depth >= ERROR_VALUE_MAX_DEPTH) {
        return NULL;
    }
    const char *text = json_text(value);
    enum error_value_type type = json_is_object(value)  ? ERROR_VALUE_OBJECT
                                 : json_is_array(value) ? ERROR_VALUE_ARRAY
                                 : text != NULL         ? ERROR_VALUE_TEXT
                                                        : ERROR_VALUE_OTHER;
    struct error_value *copy = new_value(budget, type);
    if (copy == NULL) {
        return NULL;
    }
    if (type == ERROR_VALUE_TEXT) {
        copy->len = strlen(text);
        copy->text = take_text(budget, text, &copy->len);
    } else if (type == ERROR_VALUE_OBJECT) {
        json_each(value, copy_member, &(struct copying){budget, copy, depth});
    } else if (type == ERROR_VALUE_ARRAY) {
        copy_elements(budget, value, copy, depth);
    }
    return copy;
}

struct error_value *error_value_from_json(struct error_budget *budget, const struct json *value)
{
    return value != NULL ? copy_value(budget, value, 0) : NULL;
}

// --- from bytes

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_scalar(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '+' || c == '.';
}

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

size_t error_value_unescape(struct error_budget *budget, const char *bytes, size_t len,
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

// The offset of the quote that closes the string opened at bytes[0]; len or more for none.
static size_t text_end(const char *bytes, size_t len)
{
    size_t end = 1;
    while (end < len) {
        const char *quote = memchr(bytes + end, '"', len - end);
        size_t stop = quote != NULL ? (size_t)(quote - bytes) : len;
        const char *slash = memchr(bytes + end, '\\', stop - end);
        if (slash == NULL) {
            return stop;
        }
        end = (size_t)(slash - bytes) + 2;
    }
    return end;
}

size_t error_value_read_text(struct error_budget *budget, const char *bytes, size_t len,
                             struct error_value *ret, bool *ret_closed)
{
    size_t end = text_end(bytes, len);
    *ret_closed = end < len;
    ret->len = error_value_unescape(budget, bytes + 1, (end < len ? end : len) - 1, &ret->text);
    ret->cut = !*ret_closed;
    return *ret_closed ? end + 1 : len;
}

struct reader {
    struct error_budget *budget;
    const char *bytes;
    size_t len;
    size_t at;
    size_t depth;
    struct error_value *current;
    bool broken;
};

enum step { STEP_ON, STEP_END };

static void skip_blank(struct reader *reader)
{
    while (reader->at < reader->len && is_blank(reader->bytes[reader->at])) {
        reader->at++;
    }
}

// Skips a container below the depth bound.
static void skip_container(struct reader *reader)
{
    size_t depth = 0;
    bool in_text = false;
    for (; reader->at < reader->len; reader->at++) {
        char c = reader->bytes[reader->at];
        if (in_text) {
            reader->at += c == '\\';
            in_text = c != '"';
        } else if (c == '"') {
            in_text = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            reader->at++;
            return;
        }
    }
    reader->at = reader->len;
}

static enum step broken(struct reader *reader)
{
    reader->broken = true;
    return STEP_END;
}

static enum step read_member_key(struct reader *reader, const char **ret_key)
{
    if (reader->bytes[reader->at] != '"') {
        return broken(reader);
    }
    struct error_value key;
    bool closed;
    reader->at += error_value_read_text(reader->budget, reader->bytes + reader->at,
                                        reader->len - reader->at, &key, &closed);
    skip_blank(reader);
    if (!closed || reader->at == reader->len) {
        return STEP_END;
    }
    if (reader->bytes[reader->at] != ':') {
        return broken(reader);
    }
    reader->at++;
    skip_blank(reader);
    *ret_key = key.text;
    return reader->at < reader->len ? STEP_ON : STEP_END;
}

static enum step read_scalar(struct reader *reader)
{
    size_t start = reader->at;
    while (reader->at < reader->len && is_scalar(reader->bytes[reader->at])) {
        reader->at++;
    }
    return reader->at > start ? STEP_ON : broken(reader);
}

static enum step read_value(struct reader *reader, const char *key)
{
    char c = reader->bytes[reader->at];
    bool is_container = c == '{' || c == '[';
    if (!is_container && c != '"') {
        return read_scalar(reader);
    }
    if (is_container && reader->depth + 1 >= ERROR_VALUE_MAX_DEPTH) {
        skip_container(reader);
        return STEP_ON;
    }
    struct error_value *value = new_value(reader->budget, c == '"'   ? ERROR_VALUE_TEXT
                                                          : c == '{' ? ERROR_VALUE_OBJECT
                                                                     : ERROR_VALUE_ARRAY);
    if (value == NULL) {
        return STEP_END;
    }
    value->key = key;
    append(reader->current, value);
    if (is_container) {
        reader->at++;
        reader->depth++;
        reader->current = value;
        return STEP_ON;
    }
    bool closed;
    reader->at += error_value_read_text(reader->budget, reader->bytes + reader->at,
                                        reader->len - reader->at, value, &closed);
    return closed ? STEP_ON : STEP_END;
}

static enum step read_step(struct reader *reader)
{
    while (reader->at < reader->len &&
           (is_blank(reader->bytes[reader->at]) || reader->bytes[reader->at] == ',')) {
        reader->at++;
    }
    if (reader->at == reader->len) {
        return STEP_END;
    }
    char c = reader->bytes[reader->at];
    if (c == '}' || c == ']') {
        if ((c == '}') != (reader->current->type == ERROR_VALUE_OBJECT)) {
            return broken(reader);
        }
        reader->at++;
        reader->depth--;
        reader->current = reader->current->parent;
        return STEP_ON;
    }
    const char *key = NULL;
    if (reader->current->type == ERROR_VALUE_OBJECT && read_member_key(reader, &key) == STEP_END) {
        return STEP_END;
    }
    return read_value(reader, key);
}

struct error_read error_value_read(struct error_budget *budget, const char *bytes, size_t len)
{
    struct error_read read = {.value = NULL};
    if (len == 0 || (bytes[0] != '{' && bytes[0] != '[')) {
        return read;
    }
    read.value = new_value(budget, bytes[0] == '{' ? ERROR_VALUE_OBJECT : ERROR_VALUE_ARRAY);
    if (read.value == NULL) {
        read.consumed = len;
        return read;
    }
    struct reader reader = {.budget = budget, .bytes = bytes, .len = len, .at = 1};
    reader.current = read.value;
    while (reader.current != NULL && read_step(&reader) == STEP_ON) {
    }
    for (struct error_value *open = reader.current; open != NULL; open = open->parent) {
        open->cut = true;
    }
    read.consumed = reader.at < len ? reader.at : len;
    read.broken = reader.broken;
    return read;
}

const struct error_value *error_value_get(const struct error_value *object, const char *key)
{
    if (object == NULL || object->type != ERROR_VALUE_OBJECT) {
        return NULL;
    }
    for (const struct error_value *child = object->first_child; child != NULL;
         child = child->next_sibling) {
        if (child->key != NULL && strcmp(child->key, key) == 0) {
            return child;
        }
    }
    return NULL;
}
