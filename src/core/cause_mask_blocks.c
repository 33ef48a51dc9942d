// SPDX-License-Identifier: MIT
#include "core/cause_mask_blocks.h"

#include <stdbool.h>
#include <string.h>

#include "core/cause_secret.h"

#include "base/banned.h"

// One line of a text, without its end.
struct line {
    const char *text;
    size_t len;
    size_t indent;
    size_t end; // in the whole text
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct line read_line(const char *text, size_t len, size_t at)
{
    struct line line = {.end = at};
    while (line.end < len && text[line.end] != '\n' && text[line.end] != '\r') {
        line.end++;
    }
    size_t start = at;
    while (start < line.end && is_blank(text[start])) {
        start++;
    }
    line.indent = start - at;
    line.text = text + start;
    line.len = line.end - start;
    while (line.len > 0 && is_blank(line.text[line.len - 1])) {
        line.len--;
    }
    return line;
}

// The next line that is not empty; one of length 0 when there is none.
static struct line next_line(const char *text, size_t len, size_t end)
{
    struct line line = {.end = end};
    while (line.len == 0 && line.end < len) {
        line = read_line(text, len, line.end + 1);
    }
    return line;
}

// Cuts the sign of a YAML block (| or > with its indicators) off the end of a line.
static bool cut_block_sign(struct line *line)
{
    size_t len = line->len;
    while (len > 0 && memchr("+-123456789", line->text[len - 1], 11) != NULL) {
        len--;
    }
    if (len < 2 || (line->text[len - 1] != '|' && line->text[len - 1] != '>') ||
        !is_blank(line->text[len - 2])) {
        return false;
    }
    do {
        len--;
    } while (len > 0 && is_blank(line->text[len - 1]));
    line->len = len;
    return true;
}

// Whether line, which follows the key's, is a value and no sentence, nor the next key.
static bool is_value(const struct cause_secret_key *key, struct line key_line, struct line line)
{
    while (line.len > 0 && strchr(",;\"'`", line.text[line.len - 1]) != NULL) {
        line.len--;
    }
    while (line.len > 0 && strchr("\"'`", *line.text) != NULL) {
        line.text++;
        line.len--;
    }
    if (line.len == 0 || line.text[line.len - 1] == ':' || key->kind == KEY_HEADER ||
        cause_secret_is_fact(line.text, line.len)) {
        return false;
    }
    const char *blank = memchr(line.text, ' ', line.len);
    if (key->kind == KEY_WEAK) {
        return blank == NULL && cause_secret_looks_random(line.text, line.len);
    }
    if (blank == NULL) {
        return true;
    }
    // Of several words only those below a key that stands alone, as in YAML.
    return memchr(key_line.text, ' ', key_line.len) == NULL && line.indent > key_line.indent &&
           memmem(line.text, line.len, ": ", 2) == NULL &&
           !cause_secret_is_prose(line.text, (size_t)(blank - line.text));
}

// Where the value that stands in the lines below the key's ends; 0 when none does.
static size_t value_below(const char *text, size_t len, struct line *key_line)
{
    bool is_block = cut_block_sign(key_line);
    if (key_line->len == 0 || strchr(":=", key_line->text[key_line->len - 1]) == NULL) {
        return 0;
    }
    const struct cause_secret_key *key = cause_secret_key_find(key_line->text, key_line->len - 1);
    if (key == NULL) {
        return 0;
    }
    struct line line = next_line(text, len, key_line->end);
    if (!is_block) {
        return line.len > 0 && is_value(key, *key_line, line) ? line.end : 0;
    }
    size_t end = 0;
    while (line.len > 0 && line.indent > key_line->indent) {
        end = line.end;
        line = next_line(text, len, line.end);
    }
    return end;
}

// Appends lines; a value below its key goes and its key's line says so.
static void add_lines(struct buf *out, const char *text, size_t len)
{
    size_t at = 0;
    while (at < len) {
        struct line line = read_line(text, len, at);
        size_t line_end = line.end;
        size_t below = value_below(text, len, &line);
        if (below > 0) {
            buf_add(out, text + at, (size_t)(line.text - (text + at)) + line.len);
            buf_add_text(out, " ***");
            at = below;
        } else {
            buf_add(out, text + at, line_end - at);
            at = line_end;
        }
        if (at < len) {
            buf_add_char(out, text[at++]);
        }
    }
}

void cause_mask_blocks(struct buf *out, const char *text, size_t len)
{
    static const char begin[] = "-----BEGIN ";
    static const char end[] = "-----END ";
    size_t at = 0;
    while (at < len) {
        const char *found = memmem(text + at, len - at, begin, sizeof begin - 1);
        if (found == NULL) {
            break;
        }
        size_t start = (size_t)(found - text);
        add_lines(out, text + at, start - at);
        buf_add_text(out, "***");
        const char *stop = memmem(found, len - start, end, sizeof end - 1);
        if (stop == NULL) {
            return;
        }
        // The closing line goes to its own dashes.
        size_t behind = (size_t)(stop - text) + sizeof end - 1;
        const char *dashes = memmem(text + behind, len - behind, "-----", 5);
        at = dashes != NULL ? (size_t)(dashes - text) + 5 : len;
    }
    add_lines(out, text + at, len - at);
}
