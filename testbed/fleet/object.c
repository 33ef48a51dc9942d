// SPDX-License-Identifier: MIT
#include "fleet/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void object_write(struct buf *out, const json_t *value, enum key_order order)
{
    size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | (order == KEYS_SORTED ? JSON_SORT_KEYS : 0);
    char *text = json_dumps(value, flags);
    if (text == NULL) { // a value that was never made, from bytes that are not UTF-8
        buf_add_text(out, "null");
        return;
    }
    const char *rest = text;
    for (;;) {
        // Outside strings JSON has none of the three, so that no string needs to be recognised.
        size_t plain = strcspn(rest, "<>&");
        buf_add(out, rest, plain);
        rest += plain;
        if (*rest == '\0') {
            break;
        }
        buf_add_format(out, "\\u%04x", (unsigned)*rest);
        rest++;
    }
    free(text);
}

uint64_t object_mix(uint64_t seed, uint64_t index)
{
    uint64_t z = seed + (index + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

void object_uid(uint64_t seed, const char *text, char ret[OBJECT_UID_BYTES])
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (const char *p = text; *p != '\0'; p++) {
        hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001B3);
    }
    uint64_t high = object_mix(seed, hash);
    uint64_t low = object_mix(high, hash);
    (void)snprintf(ret, OBJECT_UID_BYTES, "%08x-%04x-4%03x-a%03x-%012llx",
                   (unsigned)(high & 0xFFFFFFFFU), (unsigned)((high >> 32) & 0xFFFFU),
                   (unsigned)((high >> 48) & 0xFFFU), (unsigned)(low & 0xFFFU),
                   (unsigned long long)((low >> 12) & UINT64_C(0xFFFFFFFFFFFF)));
}

static json_t *expand_object(const json_t *value)
{
    json_t *inner = json_object_get(value, "$json");
    if (inner != NULL && json_object_size(value) == 1) {
        json_t *expanded = object_expand(inner);
        struct buf text;
        buf_init(&text, OBJECT_TEXT_MAX);
        object_write(&text, expanded, KEYS_TYPED);
        json_t *string = json_stringn(text.data, text.len);
        buf_finish(&text);
        json_decref(expanded);
        return string;
    }
    json_t *copy = json_object();
    void *at = json_object_iter((json_t *)(uintptr_t)value);
    while (at != NULL) {
        (void)json_object_set_new(copy, json_object_iter_key(at),
                                  object_expand(json_object_iter_value(at)));
        at = json_object_iter_next((json_t *)(uintptr_t)value, at);
    }
    return copy;
}

json_t *object_expand(const json_t *value)
{
    if (json_is_object(value)) {
        return expand_object(value);
    }
    if (!json_is_array(value)) {
        return json_deep_copy(value);
    }
    json_t *copy = json_array();
    for (size_t i = 0; i < json_array_size(value); i++) {
        (void)json_array_append_new(copy, object_expand(json_array_get(value, i)));
    }
    return copy;
}

void object_merge(json_t *target, const json_t *patch)
{
    void *at = json_object_iter((json_t *)(uintptr_t)patch);
    while (at != NULL) {
        const char *key = json_object_iter_key(at);
        json_t *value = json_object_iter_value(at);
        json_t *old = json_object_get(target, key);
        if (json_is_null(value)) {
            (void)json_object_del(target, key);
        } else if (json_is_object(value) && json_is_object(old)) {
            object_merge(old, value);
        } else {
            (void)json_object_set_new(target, key, json_deep_copy(value));
        }
        at = json_object_iter_next((json_t *)(uintptr_t)patch, at);
    }
}

json_t *object_managed_fields(const char *api_version, const char *manager, const char *time)
{
    json_t *spec = json_pack("{s:{},s:{},s:{}}", ".", "f:scheduledTime", "f:subject");
    json_t *status =
        json_pack("{s:{},s:{},s:{},s:{}}", "f:endTime", "f:error", "f:startTime", "f:state");
    json_t *fields = json_pack("{s:{s:{s:{}}},s:o,s:o}", "f:metadata", "f:labels", ".", "f:spec",
                               spec, "f:status", status);
    return json_pack("[{s:s,s:s,s:s,s:s,s:s,s:o}]", "manager", manager, "operation", "Update",
                     "apiVersion", api_version, "time", time, "fieldsType", "FieldsV1", "fieldsV1",
                     fields);
}

const char *object_string(const json_t *object, const char *key, const char *fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? json_string_value(value) : fallback;
}

long object_long(const json_t *object, const char *key, long fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? (long)json_number_value(value) : fallback;
}

double object_number(const json_t *object, const char *key, double fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : fallback;
}

bool object_flag(const json_t *object, const char *key, bool fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

bool object_has_only(const json_t *object, const char *const *names, const char **ret_unknown)
{
    void *at = json_object_iter((json_t *)(uintptr_t)object);
    while (at != NULL) {
        const char *key = json_object_iter_key(at);
        size_t i = 0;
        while (names[i] != NULL && strcmp(names[i], key) != 0) {
            i++;
        }
        if (names[i] == NULL) {
            *ret_unknown = key;
            return false;
        }
        at = json_object_iter_next((json_t *)(uintptr_t)object, at);
    }
    return true;
}
