// SPDX-License-Identifier: MIT
// UTF-8 by RFC 3629: decoding, repair, and cuts that never fall inside a character. What comes
// from outside passes utf8_clean before anybody prints it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define UTF8_REPLACEMENT "\xEF\xBF\xBD"

// Decodes the first character of bytes (len > 0). Returns its length in bytes, 1 to 4; 0 when the
// bytes are no character (overlong, surrogate, above U+10FFFF, cut): skip one byte then.
size_t utf8_decode(const char *bytes, size_t len, uint32_t *ret_point);

bool utf8_is_valid(const char *bytes, size_t len);

// Appends bytes with every invalid byte replaced by U+FFFD.
void utf8_repair(struct buf *out, const char *bytes, size_t len);

// Appends bytes as one line fit to be shown: invalid bytes, control characters and those that
// change the direction or hide (bidi controls, zero width, line separators) become U+FFFD, but
// white space of any kind becomes one blank, runs of it folded, none at either end.
void utf8_clean(struct buf *out, const char *bytes, size_t len);

// True for control characters (C0, DEL, C1) and the invisible ones that utf8_clean replaces.
bool utf8_is_unprintable(uint32_t point);

// The largest length <= max that does not end inside a character.
size_t utf8_cut(const char *bytes, size_t len, size_t max);

// The number of terminal columns: wide East Asian and emoji count 2, combining marks 0.
size_t utf8_width(const char *bytes, size_t len);
