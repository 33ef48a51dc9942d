// SPDX-License-Identifier: MIT
#include "report/text_wrap.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "report/text.h"

#include "base/banned.h"

enum { LABEL_COLUMNS = 12 };

static void add_blanks(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_char(out, ' ');
    }
}

static void new_line(struct buf *out, size_t indent, size_t *column)
{
    buf_add_char(out, '\n');
    add_blanks(out, indent);
    *column = indent;
}

// A word wider than a line: as much of it on each line as has room.
static void add_wide_word(struct buf *out, const char *word, size_t len, size_t indent,
                          size_t *column)
{
    while (len > 0) {
        uint32_t point;
        size_t step = utf8_decode(word, len, &point);
        step = step == 0 ? 1 : step;
        size_t width = utf8_width(word, step);
        if (*column + width > TEXT_COLUMNS) {
            new_line(out, indent, column);
        }
        buf_add(out, word, step);
        *column += width;
        word += step;
        len -= step;
    }
}

void text_wrap(struct buf *out, const char *lead, size_t indent, const char *value)
{
    buf_add_text(out, lead);
    size_t column = utf8_width(lead, strlen(lead));
    bool line_start = true;
    while (*value != '\0') {
        size_t len = strcspn(value, " ");
        size_t width = utf8_width(value, len);
        size_t blank = line_start ? 0 : 1;
        bool fits = column + blank + width <= TEXT_COLUMNS;
        if (!fits && !line_start && indent + width <= TEXT_COLUMNS) {
            new_line(out, indent, &column);
            blank = 0;
        }
        add_blanks(out, blank);
        column += blank;
        add_wide_word(out, value, len, indent, &column);
        line_start = false;
        value += len + strspn(value + len, " ");
    }
    buf_add_char(out, '\n');
}

void text_field(struct buf *out, size_t indent, const char *label, const char *value)
{
    AUTO(buf) lead;
    buf_init(&lead, TEXT_COLUMNS);
    add_blanks(&lead, indent);
    buf_add_text(&lead, label);
    size_t width = strlen(label);
    add_blanks(&lead, width < LABEL_COLUMNS ? LABEL_COLUMNS - width : 1);
    text_wrap(out, lead.data, indent + LABEL_COLUMNS, value);
}
