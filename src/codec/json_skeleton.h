// SPDX-License-Identifier: MIT
// Reads the root object of a list byte by byte, keeps its text and stops where the array of its
// items begins. It checks the outline of the root (keys, colons, commas, brackets) and leaves what
// the values hold to the parser that reads the kept text. Only json_items.c uses this.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

// Where the next byte of the root stands.
enum json_skeleton_place {
    SKELETON_BEFORE_ROOT,
    SKELETON_BEFORE_FIRST_KEY,
    SKELETON_BEFORE_KEY,
    SKELETON_IN_KEY,
    SKELETON_BEFORE_COLON,
    SKELETON_BEFORE_VALUE,
    SKELETON_IN_LITERAL, // number, true, false, null
    SKELETON_IN_STRING,
    SKELETON_IN_NESTED, // object or array
    SKELETON_AFTER_VALUE,
    SKELETON_AFTER_ROOT,
    SKELETON_IN_ITEMS, // after the '[' of items: the bytes are somebody else's
};

struct json_skeleton {
    enum json_skeleton_place place;
    bool has_items; // a member items was met
    struct buf text;
    size_t key_start; // in text, after the quote
    bool key_is_items;
    bool in_string; // within a string of a nested value
    bool escaped;   // after a backslash in a string
    size_t depth;   // brackets open within a nested value
};

void json_skeleton_init(struct json_skeleton *skeleton, size_t max_bytes);
void json_skeleton_finish(struct json_skeleton *skeleton);

// Takes bytes from *at on, up to len or to the first byte inside the array of items. Fails as
// json_items_feed says.
bool json_skeleton_take(struct json_skeleton *skeleton, const char *bytes, size_t len, size_t *at,
                        struct error *error) MUST_USE;

// The array of items has ended: the bytes are the skeleton's again.
void json_skeleton_end_items(struct json_skeleton *skeleton);

// What a value is by its first byte ("a number"), for messages: never the byte itself, which may
// come from anywhere.
const char *json_skeleton_kind(char first);

// Space, tab, line feed, carriage return (RFC 8259 section 2).
bool json_skeleton_is_blank(char c);
