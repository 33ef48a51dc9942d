// SPDX-License-Identifier: MIT
#include "codec/json_skeleton.h"

#include <string.h>

#include "base/banned.h"

static const char items_key[] = "items";

void json_skeleton_init(struct json_skeleton *skeleton, size_t max_bytes)
{
    *skeleton = (struct json_skeleton){.place = SKELETON_BEFORE_ROOT};
    buf_init(&skeleton->text, max_bytes);
}

void json_skeleton_finish(struct json_skeleton *skeleton)
{
    buf_finish(&skeleton->text);
}

bool json_skeleton_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

const char *json_skeleton_kind(char first)
{
    switch (first) {
    case '{':
        return "an object";
    case '[':
        return "an array";
    case '"':
        return "a string";
    case 't':
    case 'f':
        return "a boolean";
    case 'n':
        return "null";
    default:
        return first == '-' || (first >= '0' && first <= '9') ? "a number" : "no JSON value";
    }
}

static bool fail(struct error *error, const char *what)
{
    return error_set(error, ERROR_PROTOCOL, "%s", what);
}

static bool go(struct json_skeleton *skeleton, enum json_skeleton_place place)
{
    skeleton->place = place;
    return true;
}

static bool begin_root(struct json_skeleton *skeleton, char c, struct error *error)
{
    if (c == '{') {
        return go(skeleton, SKELETON_BEFORE_FIRST_KEY);
    }
    return fail(error, c == '<' ? "the body is HTML, not JSON (a login page or proxy?)"
                                : "the body is not a JSON object");
}

static bool begin_key(struct json_skeleton *skeleton, char c, struct error *error)
{
    if (c == '}' && skeleton->place == SKELETON_BEFORE_FIRST_KEY) {
        return go(skeleton, SKELETON_AFTER_ROOT);
    }
    skeleton->key_start = skeleton->text.len;
    skeleton->escaped = false;
    return c == '"' ? go(skeleton, SKELETON_IN_KEY) : fail(error, "the list has a broken key");
}

static bool end_key(struct json_skeleton *skeleton, struct error *error)
{
    const char *key = skeleton->text.data + skeleton->key_start;
    size_t len = skeleton->text.len - skeleton->key_start - 1;
    skeleton->key_is_items = len == strlen(items_key) && memcmp(key, items_key, len) == 0;
    if (skeleton->key_is_items && skeleton->has_items) {
        return fail(error, "the list has items twice");
    }
    skeleton->has_items = skeleton->has_items || skeleton->key_is_items;
    return go(skeleton, SKELETON_BEFORE_COLON);
}

static bool begin_value(struct json_skeleton *skeleton, char c, struct error *error)
{
    skeleton->in_string = false;
    skeleton->escaped = false;
    skeleton->depth = 1;
    if (skeleton->key_is_items && c == '[') {
        return go(skeleton, SKELETON_IN_ITEMS);
    }
    if (skeleton->key_is_items && c != 'n') {
        return error_set(error, ERROR_PROTOCOL, "items of the list is %s, neither array nor null",
                         json_skeleton_kind(c));
    }
    if (c == '{' || c == '[') {
        return go(skeleton, SKELETON_IN_NESTED);
    }
    return go(skeleton, c == '"' ? SKELETON_IN_STRING : SKELETON_IN_LITERAL);
}

// One byte of a string; true when it closes it.
static bool closes_string(struct json_skeleton *skeleton, char c)
{
    bool was_escaped = skeleton->escaped;
    skeleton->escaped = c == '\\' && !was_escaped;
    return c == '"' && !was_escaped;
}

static bool take_nested(struct json_skeleton *skeleton, char c)
{
    if (skeleton->in_string) {
        skeleton->in_string = !closes_string(skeleton, c);
    } else if (c == '"') {
        skeleton->in_string = true;
    } else if (c == '{' || c == '[') {
        skeleton->depth++;
    } else if ((c == '}' || c == ']') && --skeleton->depth == 0) {
        return go(skeleton, SKELETON_AFTER_VALUE);
    }
    return true;
}

static bool after_value(struct json_skeleton *skeleton, char c, struct error *error)
{
    if (c == ',') {
        return go(skeleton, SKELETON_BEFORE_KEY);
    }
    return c == '}' ? go(skeleton, SKELETON_AFTER_ROOT)
                    : fail(error, "the list has no comma between two members");
}

// Takes one byte that is no blank, or any byte within a string.
static bool take_byte(struct json_skeleton *skeleton, char c, struct error *error)
{
    switch (skeleton->place) {
    case SKELETON_BEFORE_ROOT:
        return begin_root(skeleton, c, error);
    case SKELETON_BEFORE_FIRST_KEY:
    case SKELETON_BEFORE_KEY:
        return begin_key(skeleton, c, error);
    case SKELETON_IN_KEY:
        return !closes_string(skeleton, c) || end_key(skeleton, error);
    case SKELETON_BEFORE_COLON:
        return c == ':' ? go(skeleton, SKELETON_BEFORE_VALUE)
                        : fail(error, "the list has a key without a value");
    case SKELETON_BEFORE_VALUE:
        return begin_value(skeleton, c, error);
    case SKELETON_IN_LITERAL:
        return c != ',' && c != '}' ? true : after_value(skeleton, c, error);
    case SKELETON_IN_STRING:
        return !closes_string(skeleton, c) || go(skeleton, SKELETON_AFTER_VALUE);
    case SKELETON_IN_NESTED:
        return take_nested(skeleton, c);
    case SKELETON_AFTER_VALUE:
        return after_value(skeleton, c, error);
    default:
        return fail(error, "the body goes on after its JSON object");
    }
}

static bool is_in_string(const struct json_skeleton *skeleton)
{
    return skeleton->place == SKELETON_IN_KEY || skeleton->place == SKELETON_IN_STRING ||
           (skeleton->place == SKELETON_IN_NESTED && skeleton->in_string);
}

// Blanks between tokens are dropped, but for one inside a nested value: there it may be all that
// parts two tokens which do not belong together.
static void take_blank(struct json_skeleton *skeleton)
{
    struct buf *text = &skeleton->text;
    if (skeleton->place == SKELETON_IN_LITERAL) {
        skeleton->place = SKELETON_AFTER_VALUE;
    } else if (skeleton->place == SKELETON_IN_NESTED && text->data[text->len - 1] != ' ') {
        buf_add_char(text, ' ');
    }
}

bool json_skeleton_take(struct json_skeleton *skeleton, const char *bytes, size_t len, size_t *at,
                        struct error *error)
{
    while (*at < len && skeleton->place != SKELETON_IN_ITEMS) {
        char c = bytes[(*at)++];
        if (json_skeleton_is_blank(c) && !is_in_string(skeleton)) {
            take_blank(skeleton);
            continue;
        }
        buf_add_char(&skeleton->text, c);
        if (!take_byte(skeleton, c, error)) {
            return false;
        }
        if (skeleton->text.overflow) {
            return error_set(error, ERROR_LIMIT,
                             "the list holds more than %zu bytes outside its items",
                             skeleton->text.max);
        }
    }
    return true;
}

void json_skeleton_end_items(struct json_skeleton *skeleton)
{
    buf_add_char(&skeleton->text, ']');
    skeleton->place = SKELETON_AFTER_VALUE;
}
