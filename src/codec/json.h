// SPDX-License-Identifier: MIT
// JSON values (RFC 8259) by jansson, which only json.c knows. Reading is tolerant of what odd
// servers and tenants write inside an object (bad UTF-8, lone surrogates, \u0000, raw control
// characters, huge numbers, extreme depth: all repaired), strict about the structure.
// A struct json * that is not const belongs to the caller (json_free); const ones are borrowed.
// No parsed value nests deeper than 500, so whoever walks one may recurse.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"

// jansson exports a function of this name; under its own name the linker would let jansson
// call ours.
#define json_integer alerter_json_integer

struct json;

// Parses exactly one value; bytes need no NUL and are not kept. What repair cannot tell: of equal
// keys in one object the last wins. ERROR_PROTOCOL with position and reason (never a copy of the
// input) when the structure is broken, ERROR_LIMIT above 64 MiB.
bool json_parse(const char *bytes, size_t len, struct json **ret, struct error *error) MUST_USE;

// NULL is allowed.
void json_free(struct json *value);
DEFINE_CLEANUP_PTR(json, json_free)

// Member of an object; NULL when value is NULL, no object, or lacks the key.
const struct json *json_get(const struct json *value, const char *key);

// json_get along several keys, the last argument NULL: json_path(v, "metadata", "name", NULL).
const struct json *json_path(const struct json *value, ...) __attribute__((sentinel));

// The text of a string value, valid UTF-8 without NUL (U+FFFD in its place); NULL for any other
// value. Lives as long as the value.
const char *json_text(const struct json *value);

bool json_is_object(const struct json *value);
bool json_is_array(const struct json *value);

// The value of true or false, and the whole part of a number, saturated; both return false, *ret
// untouched, for any other value.
bool json_bool(const struct json *value, bool *ret) MUST_USE;
bool json_integer(const struct json *value, int64_t *ret) MUST_USE;

// Elements of an array or members of an object; 0 for others.
size_t json_count(const struct json *value);

// Element of an array; NULL when out of range.
const struct json *json_at(const struct json *value, size_t index);

// Visits an object's members in their order until visit returns false.
void json_each(const struct json *object,
               bool (*visit)(void *context, const char *key, const struct json *value),
               void *context);

// Building; nothing returned is NULL. Text given is copied and repaired to valid UTF-8. json_set
// and json_append take ownership of value also when the first argument is no object or array,
// which is then left alone; a key keeps its place when it is set again.
struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_text(const char *text);
struct json *json_new_integer(int64_t value);
struct json *json_new_bool(bool value);
void json_set(struct json *object, const char *key, struct json *value);
void json_set_text(struct json *object, const char *key, const char *text);
void json_append(struct json *array, struct json *value);

// For changing a parsed document in place: the member as an owned-by-parent object, made when it
// is missing or no object. NULL when the parent is no object.
struct json *json_ensure_object(struct json *object, const char *key);

// Appends the value as text: one line (pretty false) or indented by two blanks. Non-ASCII is
// written as UTF-8; '<', '>', '&' and U+2028/9 need no escape here. NULL is written as null.
enum json_style { JSON_COMPACT, JSON_PRETTY };
void json_write(const struct json *value, enum json_style style, struct buf *out);
