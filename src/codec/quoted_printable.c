// SPDX-License-Identifier: MIT
#include "codec/quoted_printable.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

enum { LINE_CHARACTERS = 76 };

static bool is_line_end(const char *bytes, size_t len)
{
    return len == 0 || bytes[0] == '\n' || (len > 1 && bytes[0] == '\r' && bytes[1] == '\n');
}

// Whether the first of bytes must be written as =XX when it stands in this column.
static bool must_encode(const char *bytes, size_t len, size_t column)
{
    unsigned char c = (unsigned char)bytes[0];
    if (c == ' ' || c == '\t') {
        return is_line_end(bytes + 1, len - 1);
    }
    if (c < 0x21 || c > 0x7E || c == '=') {
        return true;
    }
    // A dot alone ends the mail, "From " gets a '>' from some stores.
    return column == 0 && (c == '.' || (len >= 5 && memcmp(bytes, "From ", 5) == 0));
}

void quoted_printable_encode(struct buf *out, const char *bytes, size_t len)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t column = 0;
    for (size_t i = 0; i < len; i++) {
        if (is_line_end(bytes + i, len - i)) {
            i += bytes[i] == '\r' ? 1 : 0;
            buf_add(out, "\r\n", 2);
            column = 0;
            continue;
        }
        size_t width = must_encode(bytes + i, len - i, column) ? 3 : 1;
        if (column + width > LINE_CHARACTERS - 1) {
            buf_add(out, "=\r\n", 3);
            column = 0;
            width = must_encode(bytes + i, len - i, column) ? 3 : 1;
        }
        unsigned char c = (unsigned char)bytes[i];
        if (width == 1) {
            buf_add_char(out, bytes[i]);
        } else {
            buf_add(out, (char[]){'=', digits[c >> 4], digits[c & 15]}, 3);
        }
        column += width;
    }
    if (column > 0) {
        buf_add(out, "\r\n", 2);
    }
}
