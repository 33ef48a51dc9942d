// SPDX-License-Identifier: MIT
#include "k10/error_value.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "codec/json_string.h"
#include "k10/error_escape.h"

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

size_t error_value_read_text(struct error_budget *budget, const char *bytes, size_t len,
                             struct error_value *ret, bool *ret_closed)
{
    size_t end = 1 + json_string_end(bytes + 1, len - 1);
    *ret_closed = end < len;
    ret->len = error_escape_resolve(budget, bytes + 1, end - 1, &ret->text);
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

bool error_value_is_text(const struct error_value *value)
{
    return value->type == ERROR_VALUE_TEXT && value->len > 0;
}

const struct error_value *error_value_get_text(const struct error_value *value, const char *a,
                                               const char *b, const char *c)
{
    value = error_value_get(value, a);
    value = b != NULL ? error_value_get(value, b) : value;
    value = c != NULL ? error_value_get(value, c) : value;
    return value != NULL && error_value_is_text(value) ? value : NULL;
}
