// SPDX-License-Identifier: MIT
// Base64 (RFC 4648): the standard alphabet, and the one for URLs as JSON Web Tokens use it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"

// Appends the bytes that text stands for; they may hold NUL. Line ends (LF or CRLF) anywhere are
// skipped, as the base64 program prints them; nothing else is: false for other bytes, missing or
// misplaced padding, or bits left over that are not zero, and when out overflows. out keeps its
// length then.
bool base64_decode(const char *text, size_t len, struct buf *out) MUST_USE;

// The same for the URL alphabet (RFC 4648 section 5) without padding, as RFC 7515 has it: nothing
// is skipped, no '=' is taken.
bool base64_decode_url(const char *text, size_t len, struct buf *out) MUST_USE;

// Appends bytes as one line with padding.
void base64_encode(const char *bytes, size_t len, struct buf *out);
