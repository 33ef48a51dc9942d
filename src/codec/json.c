// SPDX-License-Identifier: MIT
#include <jansson.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

// jansson's own under names that codec/json.h does not take.
static json_t *jansson_integer(json_int_t value)
{
    return json_integer(value);
}

enum {
    WRITE_COMPACT = JSON_COMPACT | JSON_ENCODE_ANY,
    WRITE_PRETTY = JSON_INDENT(2) | JSON_ENCODE_ANY,
};

#undef JSON_COMPACT
#undef json_is_array
#undef json_is_object

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "codec/json_outline.h"
#include "codec/json_repair.h"

#include "base/banned.h"

static const size_t input_bytes_max = (size_t)64 * 1024 * 1024;

// jansson returns NULL where the system has no memory left: end as memory_alloc does.
static void *must(void *memory)
{
    return memory != NULL ? memory : memory_alloc(PTRDIFF_MAX);
}

// jansson does not change what it is asked about, but mostly does not say const.
static json_t *value_of(const struct json *value)
{
    union {
        const struct json *ours;
        json_t *theirs;
    } cast = {.ours = value};
    return cast.theirs;
}

static struct json *ours(json_t *value)
{
    return (struct json *)value;
}

static bool is_type(const struct json *value, json_type type)
{
    return value != NULL && json_typeof(value_of(value)) == type;
}

static const char *reason_of(const json_error_t *problem)
{
    switch (json_error_code(problem)) {
    case json_error_premature_end_of_input:
        return "it ends too early";
    case json_error_end_of_input_expected:
        return "more follows after its end";
    case json_error_invalid_utf8:
        return "bytes that are not UTF-8 outside a string";
    case json_error_stack_overflow:
        return "it is nested too deeply";
    default:
        return "it breaks the grammar";
    }
}

static json_t *load(const char *bytes, size_t len, json_error_t *problem)
{
    json_t *value = json_loadb(bytes, len, JSON_DECODE_ANY, problem);
    if (value == NULL && json_error_code(problem) == json_error_out_of_memory) {
        must(NULL);
    }
    return value;
}

struct restoring {
    const struct json_outline *outline;
    char *room; // for the longest string
    size_t count;
};

static bool restore_string(struct restoring *restoring, json_t *value)
{
    if (json_string_length(value) != JSON_OUTLINE_LONG) {
        return true;
    }
    size_t len;
    size_t index = json_outline_index(json_string_value(value));
    if (!json_outline_decode(&restoring->outline->strings[index], restoring->room, &len)) {
        return false;
    }
    if (json_string_setn_nocheck(value, restoring->room, len) != 0) {
        must(NULL);
    }
    restoring->count++;
    return true;
}

// Puts the strings of an outline where their stand-ins are. Recursion is bounded by
// JSON_DEPTH_MAX. False when one of them must be repaired.
static bool restore(struct restoring *restoring, json_t *value)
{
    if (json_typeof(value) == JSON_STRING) {
        return restore_string(restoring, value);
    }
    size_t index;
    const char *key;
    json_t *child;
    json_array_foreach(value, index, child)
    {
        if (!restore(restoring, child)) {
            return false;
        }
    }
    json_object_foreach(value, key, child)
    {
        if (!restore(restoring, child)) {
            return false;
        }
    }
    return true;
}

// Not all of them are restored when a later member of equal key took one's place: what stood there
// was not looked at.
static bool restore_all(json_t *value, const struct json_outline *outline, struct arena *scratch)
{
    struct restoring restoring = {outline, arena_alloc(scratch, outline->longest), 0};
    return restore(&restoring, value) && restoring.count == outline->count;
}

// Most documents are well-formed, and most of their bytes lie in a few strings. NULL for all that
// is not so simple.
static json_t *load_by_outline(const char *bytes, size_t len)
{
    AUTO_PTR(arena) scratch = arena_create();
    AUTO(buf) text;
    struct json_outline outline = {.text = &text};
    json_error_t problem;
    buf_init(&text, len);
    if (!json_outline_draw(scratch, bytes, len, &outline)) {
        return NULL;
    }
    if (outline.count == 0) {
        return load(bytes, len, &problem);
    }
    json_t *value = load(text.data, text.len, &problem);
    if (value != NULL && !restore_all(value, &outline, scratch)) {
        json_decref(value);
        return NULL;
    }
    return value;
}

// Repair leaves a text alone that needs none; deep it is in no case.
static json_t *load_repaired(const char *bytes, size_t len, json_error_t *problem)
{
    AUTO(buf) repaired;
    buf_init(&repaired, 4 * len + 64);
    (void)json_repair(bytes, len, &repaired);
    return load(repaired.data, repaired.len, problem);
}

bool json_parse(const char *bytes, size_t len, struct json **ret, struct error *error)
{
    if (len > input_bytes_max) {
        return error_set(error, ERROR_LIMIT, "JSON of %zu bytes is larger than %zu", len,
                         input_bytes_max);
    }
    json_error_t problem = {.position = 0};
    json_t *value = load_by_outline(bytes, len);
    if (value == NULL) {
        value = load_repaired(bytes, len, &problem);
    }
    if (value == NULL) {
        return error_set(error, ERROR_PROTOCOL, "broken JSON near byte %d of %zu: %s",
                         problem.position, len, reason_of(&problem));
    }
    *ret = ours(value);
    return true;
}

void json_free(struct json *value)
{
    json_decref(value_of(value));
}

const struct json *json_get(const struct json *value, const char *key)
{
    return ours(json_object_get(value_of(value), key));
}

const struct json *json_path(const struct json *value, ...)
{
    va_list keys;
    va_start(keys, value);
    for (const char *key = va_arg(keys, const char *); key != NULL;
         key = va_arg(keys, const char *)) {
        value = json_get(value, key);
    }
    va_end(keys);
    return value;
}

// No string here holds a NUL: reading refuses \u0000 until it is repaired, building takes C
// strings.
const char *json_text(const struct json *value)
{
    return json_string_value(value_of(value));
}

bool json_is_object(const struct json *value)
{
    return is_type(value, JSON_OBJECT);
}

bool json_is_array(const struct json *value)
{
    return is_type(value, JSON_ARRAY);
}

bool json_bool(const struct json *value, bool *ret)
{
    if (!is_type(value, JSON_TRUE) && !is_type(value, JSON_FALSE)) {
        return false;
    }
    *ret = is_type(value, JSON_TRUE);
    return true;
}

bool json_integer(const struct json *value, int64_t *ret)
{
    if (is_type(value, JSON_INTEGER)) {
        *ret = json_integer_value(value_of(value));
        return true;
    }
    if (!is_type(value, JSON_REAL)) {
        return false;
    }
    double whole = json_real_value(value_of(value));
    if (whole >= 0x1p63) {
        *ret = INT64_MAX;
    } else {
        *ret = whole <= -0x1p63 ? INT64_MIN : (int64_t)whole;
    }
    return true;
}

size_t json_count(const struct json *value)
{
    const json_t *container = value_of(value);
    return json_is_array(value) ? json_array_size(container) : json_object_size(container);
}

const struct json *json_at(const struct json *value, size_t index)
{
    return ours(json_array_get(value_of(value), index));
}

void json_each(const struct json *object,
               bool (*visit)(void *context, const char *key, const struct json *value),
               void *context)
{
    json_t *container = value_of(object);
    for (void *at = json_object_iter(container); at != NULL;
         at = json_object_iter_next(container, at)) {
        if (!visit(context, json_object_iter_key(at), ours(json_object_iter_value(at)))) {
            return;
        }
    }
}

struct json *json_new_object(void)
{
    return must(json_object());
}

struct json *json_new_array(void)
{
    return must(json_array());
}

struct json *json_new_text(const char *text)
{
    size_t len = strlen(text);
    if (utf8_is_valid(text, len)) {
        return must(json_stringn_nocheck(text, len));
    }
    AUTO(buf) repaired;
    buf_init(&repaired, 3 * len);
    utf8_repair(&repaired, text, len);
    return must(json_stringn_nocheck(repaired.data, repaired.len));
}

struct json *json_new_integer(int64_t value)
{
    return must(jansson_integer(value));
}

struct json *json_new_bool(bool value)
{
    return must(json_boolean(value));
}

void json_set(struct json *object, const char *key, struct json *value)
{
    AUTO(buf) repaired;
    size_t len = strlen(key);
    buf_init(&repaired, 3 * len);
    if (!utf8_is_valid(key, len)) {
        utf8_repair(&repaired, key, len);
        key = repaired.data;
    }
    (void)json_object_set_new_nocheck(value_of(object), key, value_of(value));
}

void json_set_text(struct json *object, const char *key, const char *text)
{
    json_set(object, key, json_new_text(text));
}

void json_append(struct json *array, struct json *value)
{
    (void)json_array_append_new(value_of(array), value_of(value));
}

struct json *json_ensure_object(struct json *object, const char *key)
{
    struct json *member = ours(json_object_get(value_of(object), key));
    if (json_is_object(object) && !json_is_object(member)) {
        member = json_new_object();
        json_set(object, key, member);
    }
    return member;
}

// Text past the buffer's maximum is not asked for any more: the buffer remembers the overflow.
static int write_chunk(const char *text, size_t len, void *context)
{
    struct buf *out = context;
    buf_add(out, text, len);
    return out->overflow ? -1 : 0;
}

void json_write(const struct json *value, enum json_style style, struct buf *out)
{
    if (value == NULL) {
        buf_add_text(out, "null");
        return;
    }
    size_t flags = style == JSON_PRETTY ? WRITE_PRETTY : WRITE_COMPACT;
    if (json_dump_callback(value_of(value), write_chunk, out, flags) != 0) {
        out->overflow = true;
    }
}
