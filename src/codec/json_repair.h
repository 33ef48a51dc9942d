// SPDX-License-Identifier: MIT
// Makes JSON text that a strict parser refuses for what stands inside its values acceptable,
// byte by byte and without recursion; the structure (brackets, commas, literals) stays as it is,
// so that a broken or cut document is still refused afterwards. Only json.c uses this.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

// Objects and arrays within each other; the outermost is 1.
enum { JSON_DEPTH_MAX = 500 };

// Appends bytes with these changes: in strings, bytes that are not UTF-8 and surrogates without
// their half become U+FFFD, \u0000 too, a raw control character becomes a blank; a number too
// large for int64_t or double becomes the largest of its sign; an object or array deeper than
// JSON_DEPTH_MAX becomes null (its brackets are counted, its content is not looked at). True when
// anything was changed. At most four times as long as the input plus 64 bytes.
bool json_repair(const char *bytes, size_t len, struct buf *out);
