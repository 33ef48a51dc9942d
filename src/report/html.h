// SPDX-License-Identifier: MIT
// The digest as an HTML document for mail readers: nested tables with inline styles, readable with
// every <style> dropped, at 320 px, in light and dark. Values reach it only through codec/html's
// encoders.
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "report/digest.h"
#include "report/text.h"

// What the mail holds at most: Gmail clips at about 102 kB.
enum { HTML_MAIL_BYTES = 90000 };

// Appends the document with '\n' line ends. Shows as many rows as fit into max_bytes, some of
// every group before all of a large one, and says how many are left out.
struct rendered html_render(struct buf *out, const struct digest *digest, size_t max_bytes);
