// SPDX-License-Identifier: MIT
// JSON's strings (RFC 8259 section 7) for those who read them themselves: where one ends, what
// \uXXXX means. Nothing here needs a NUL behind the bytes.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The offset of the quote that closes the string whose content begins at bytes; len for none.
size_t json_string_end(const char *bytes, size_t len);

// Reads the escape at bytes, which begins with its backslash. Returns the bytes it takes, 6 or 12;
// 0 when there is none. A surrogate without its half is returned as it stands.
size_t json_string_read_unicode(const char *bytes, size_t len, uint32_t *ret_point);

// Writes point, at most U+10FFFF, as UTF-8; returns the bytes written.
size_t json_string_put_utf8(char ret[4], uint32_t point);
