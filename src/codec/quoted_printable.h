// SPDX-License-Identifier: MIT
// Quoted-printable (RFC 2045 section 6.7) for text parts.
#pragma once

#include <stddef.h>

#include "base/buf.h"

// Appends bytes encoded: LF and CRLF become CRLF, other control characters and non-ASCII =XX, no
// line above 76 characters, no blank at a line's end, no line that begins with a dot or "From ",
// and a CRLF at the end of a text that is not empty.
void quoted_printable_encode(struct buf *out, const char *bytes, size_t len);
