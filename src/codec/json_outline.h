// SPDX-License-Identifier: MIT
// The outline of JSON text: the same text with its long string values taken out, so that jansson,
// which reads strings byte by byte through several calls, need not see the kilobytes of an error.
// A string stands where a string stood, so the outline is accepted exactly when the text's
// structure is. Only json.c uses this.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct arena;

// A string value of this many bytes or more is taken out. Its stand-in has just as many, all of
// them digits: no string that was left decodes to as many, so the length tells a stand-in.
enum { JSON_OUTLINE_LONG = 64 };

struct json_outline_string {
    const char *bytes; // between the quotes, as the text has them
    size_t len;
};

struct json_outline {
    struct buf *text; // initialized for the whole text; stays empty when nothing was taken out
    struct json_outline_string *strings;
    size_t count;
    size_t longest; // bytes of the longest of them
};

// Looks through bytes, which must live as long as ret: strings point into them; the array lies in
// arena. False when objects and arrays nest deeper than JSON_DEPTH_MAX or a string has no end.
bool json_outline_draw(struct arena *arena, const char *bytes, size_t len,
                       struct json_outline *ret);

// The index of the string that a stand-in of JSON_OUTLINE_LONG bytes means.
size_t json_outline_index(const char *stand_in);

// Writes what a string means (RFC 8259 section 7), valid UTF-8 without NUL, to out, which has room
// for string->len bytes. False, *ret_len untouched, for anything that jansson refuses or
// json_repair changes.
bool json_outline_decode(const struct json_outline_string *string, char *out, size_t *ret_len);
