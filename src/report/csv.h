// SPDX-License-Identifier: MIT
// Every row of the digest as CSV (RFC 4180, UTF-8 with a byte order mark, CRLF): what a mail with
// too many rows attaches. A cell that a spreadsheet would take for a formula begins with an
// apostrophe.
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "report/digest.h"

// Appends a header line and one line per row; rows that would pass max_bytes are left out and
// counted in a last line. Returns the number of rows written.
size_t csv_render(struct buf *out, const struct digest *digest, size_t max_bytes);
