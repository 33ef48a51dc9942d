// SPDX-License-Identifier: MIT
// The digest as plain text for a mail's text part and a terminal: at most TEXT_COLUMNS columns,
// complete in what it tells; only commands and URLs, which must be copied whole, may be longer.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "report/digest.h"

enum { TEXT_COLUMNS = 76 };

// What the outputs but CSV show at most of one row, and of the clusters that could not be read.
enum { ROW_NAMESPACES = 40, ROW_CAUSES = 6, ROW_UNREAD = 25, ROW_UNREAD_NAMES = 200 };

// What of the digest an output has room for.
struct rendered {
    size_t rows;   // shown
    bool complete; // every row was shown, with all its namespaces and causes
};

// Appends the text with '\n' line ends. Rows that would pass max_bytes (0: no limit) are left out
// and counted in the text; long lists of namespaces are cut and counted too.
struct rendered text_render(struct buf *out, const struct digest *digest, size_t max_bytes);
