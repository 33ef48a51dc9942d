// SPDX-License-Identifier: MIT
// JSON as errors hold it: cut anywhere, inside a sentence, with raw newlines. A reader that gives
// what it understood before the end; codec/json is for documents, which must be whole. No
// recursion; bounded in values, bytes and depth (below the depth bound values are skipped).
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "k10/error_budget.h"

struct json;

enum error_value_type {
    ERROR_VALUE_OTHER,
    ERROR_VALUE_TEXT,
    ERROR_VALUE_OBJECT,
    ERROR_VALUE_ARRAY
};

struct error_value {
    enum error_value_type type;
    const char *key;  // of a member; NULL in arrays
    const char *text; // of a text; NUL-terminated
    size_t len;
    bool cut; // the source ended, or broke, inside it
    struct error_value *first_child;
    struct error_value *next_sibling;
    struct error_value *last_child; // for the reader
    struct error_value *parent;     // for the reader
};

enum { ERROR_VALUE_MAX_DEPTH = 1024, ERROR_VALUE_MAX_VALUES = 32768 };

// Copies a parsed document as far as the budget allows; NULL when it is spent or value is NULL.
struct error_value *error_value_from_json(struct error_budget *budget, const struct json *value);

struct error_read {
    struct error_value *value; // NULL when bytes hold no object or array
    size_t consumed;           // bytes read
    bool broken;               // the structure broke (not: ended) at consumed
};

// Reads the object or array that begins at bytes[0].
struct error_read error_value_read(struct error_budget *budget, const char *bytes, size_t len);

// Reads the string whose opening quote is bytes[0]. Returns the bytes consumed; *ret_closed is
// false when the source ended first.
size_t error_value_read_text(struct error_budget *budget, const char *bytes, size_t len,
                             struct error_value *ret, bool *ret_closed);

// Member of an object, NULL when there is none.
const struct error_value *error_value_get(const struct error_value *object, const char *key);

// True for a text that is not empty.
bool error_value_is_text(const struct error_value *value);

// The text under up to three keys, one within the other (NULL for none); NULL when there is none.
const struct error_value *error_value_get_text(const struct error_value *value, const char *a,
                                               const char *b, const char *c);
