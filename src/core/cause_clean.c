// SPDX-License-Identifier: MIT
#include "core/cause_clean.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "core/cause_dump.h"
#include "core/cause_lines.h"
#include "core/cause_markup.h"
#include "core/cause_mask_blocks.h"

#include "base/banned.h"

// Longer texts are a log: its end is kept.
enum { MAX_TEXT_BYTES = 1 << 20, MAX_LINE_BYTES = 1 << 16, MAX_GROUP_BYTES = 400 };

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The length of the ANSI sequence behind ESC at text; also of one whose ESC was lost ("[31m").
static size_t ansi_length(const char *text, size_t len)
{
    if (len == 0) {
        return 0;
    }
    if (*text == ']') {
        const char *bell = memchr(text, '\a', len);
        return bell != NULL ? (size_t)(bell - text) + 1 : 1;
    }
    if (*text != '[') {
        return 1;
    }
    size_t at = 1;
    while (at < len && strchr("0123456789;:?", text[at]) != NULL && text[at] != '\0') {
        at++;
    }
    return at < len && is_letter(text[at]) ? at + 1 : at;
}

static bool is_bare_color(const char *text, size_t len)
{
    size_t at = 1;
    while (at < len && ((text[at] >= '0' && text[at] <= '9') || text[at] == ';')) {
        at++;
    }
    return at > 1 && at < len && text[at] == 'm';
}

static bool hex_value(const char *text, size_t count, unsigned *ret)
{
    unsigned value = 0;
    for (size_t i = 0; i < count; i++) {
        char c = text[i];
        char low = (char)(c | 0x20);
        if (c >= '0' && c <= '9') {
            value = value * 16 + (unsigned)(c - '0');
        } else if (low >= 'a' && low <= 'f') {
            value = value * 16 + (unsigned)(low - 'a') + 10;
        } else {
            return false;
        }
    }
    *ret = value;
    return true;
}

// \u001b and \x1b: only ASCII matters here, other escapes stay as they are.
static size_t numeric_escape(const char *text, size_t len, char *ret)
{
    size_t digits = text[1] == 'u' ? 4 : 2;
    unsigned value;
    if (len < digits + 2 || !hex_value(text + 2, digits, &value) || value == 0 || value > 0x7F) {
        return 0;
    }
    *ret = (char)value;
    return digits + 2;
}

// The length of an escape that some layer of JSON or Go left in the text, 0 when there is none.
static size_t escape_length(const char *text, size_t len, char *ret)
{
    if (len < 2) {
        return 0;
    }
    switch (text[1]) {
    case '"':
    case '\\':
    case '/':
        *ret = text[1];
        return 2;
    case 'n':
    case 'r':
        *ret = '\n';
        return 2;
    case 't':
        *ret = ' ';
        return 2;
    case 'u':
    case 'x':
        return numeric_escape(text, len, ret);
    default:
        return 0;
    }
}

// "C:\new\temp" is a path; "line\nline" is an escape.
static bool is_path(const char *text, size_t at)
{
    enum { PATH_BYTES = 260 };
    for (size_t back = 0; at >= 2 && back < PATH_BYTES; at--, back++) {
        if (text[at] == '\\' && text[at - 1] == ':' && is_letter(text[at - 2])) {
            return at == 2 || !is_letter(text[at - 3]);
        }
        if (strchr(" \t\n\"'", text[at]) != NULL) {
            return false;
        }
    }
    return false;
}

static void resolve_escapes(struct buf *out, const char *text, size_t len)
{
    if (memchr(text, '\\', len) == NULL && memchr(text, '\x1b', len) == NULL &&
        memchr(text, '[', len) == NULL) {
        buf_add(out, text, len);
        return;
    }
    for (size_t i = 0; i < len;) {
        size_t plain = i;
        while (plain < len && text[plain] != '\\' && text[plain] != '\x1b' && text[plain] != '[') {
            plain++;
        }
        buf_add(out, text + i, plain - i);
        i = plain;
        if (i == len) {
            break;
        }
        char c = text[i];
        size_t length = 1;
        if (c == '\\') {
            bool is_double = i + 1 < len && text[i + 1] == '\\';
            size_t found =
                is_double || !is_path(text, i) ? escape_length(text + i, len - i, &c) : 0;
            length = found > 0 ? found : 1;
        }
        if (c == '\x1b') {
            i += length + ansi_length(text + i + length, len - i - length);
        } else if (c == '[' && length == 1 && is_bare_color(text + i, len - i)) {
            i += ansi_length(text + i, len - i);
        } else {
            buf_add_char(out, c);
            i += length;
        }
    }
}

// The length of the brace group at text[0] == '{'; 0 when it never closes.
static size_t group_length(const char *text, size_t len)
{
    size_t depth = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '{') {
            depth++;
        } else if (text[i] == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

// A group within a sentence ("template {{ .Values.x }}", "topology: { Type: Unknown }") stays
// readable in round brackets; whatever looks like a value's dump goes.
static void add_group(struct buf *out, const char *text, size_t len)
{
    bool is_dump = len > MAX_GROUP_BYTES || out->len == 0 || len <= 2 ||
                   memchr(text, '"', len) != NULL || memmem(text, len, ":{", 2) != NULL;
    for (size_t i = 0; i < len && !is_dump; i++) {
        char c = text[i];
        buf_add_char(out, c == '{' ? '(' : c == '}' ? ')' : c);
    }
}

static void add_dump(struct buf *out, const char *dump, size_t len)
{
    size_t before = out->len;
    if (cause_dump_error(out, dump, len)) {
        return;
    }
    cause_dump_name(out, dump, len);
    const char *name = memrchr(out->data + before, ' ', out->len - before);
    name = name != NULL ? name + 1 : out->data + before;
    // Named already: "Pod job-1 failed. Pod details (&Pod{ObjectMeta:{job-1".
    if (*name != '\0' && memmem(out->data, before, name, strlen(name)) != NULL) {
        buf_truncate(out, before);
    }
}

// Adds text without the closing braces that lost their partner.
static void add_plain(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '}') {
            buf_add_char(out, text[i]);
        }
    }
}

struct groups {
    const char *text;
    size_t len;
    bool has_unclosed; // one was found, so the rest need not be searched again
};

// The group or lone brace at text[at]; returns the bytes dealt with.
static size_t drop_group(struct buf *out, struct groups *groups, size_t at)
{
    const char *text = groups->text + at;
    size_t left = groups->len - at;
    if (groups->has_unclosed) {
        return 1;
    }
    size_t group = group_length(text, left);
    if (group > 0) {
        add_group(out, text, group);
        return group;
    }
    groups->has_unclosed = true;
    // At the front, or before quoted keys, it was JSON that nobody could read; else only the
    // brace goes ("unexpected { in line 3").
    bool was_json = out->len == 0 || memmem(text, left, "\":", 2) != NULL;
    return was_json ? left : 1;
}

// Go dumps become the object's name, other brace groups go or lose their braces.
static void drop_groups(struct buf *out, const char *text, size_t len)
{
    struct groups groups = {.text = text, .len = len};
    for (size_t i = 0; i < len;) {
        const char *brace = memchr(text + i, '{', len - i);
        size_t at = brace != NULL ? (size_t)(brace - text) : len;
        size_t back = at < len ? cause_dump_start(text + i, at - i) + i : len;
        size_t dump = at < len ? cause_dump_length(text + back, len - back, at - back) : 0;
        size_t stop = dump > 0 ? back : at;
        add_plain(out, text + i, stop - i);
        i = stop;
        if (dump > 0) {
            add_dump(out, text + back, dump);
            i += dump;
        } else if (at < len) {
            i += drop_group(out, &groups, at);
        }
    }
}

// What a removed group leaves: "()", "Pod details ()", " :".
static void remove_text(struct buf *text, const char *part)
{
    size_t part_len = strlen(part);
    char *found = memmem(text->data, text->len, part, part_len);
    while (found != NULL) {
        size_t at = (size_t)(found - text->data);
        memmove(found, found + part_len, text->len - at - part_len);
        buf_truncate(text, text->len - part_len);
        found = memmem(text->data + at, text->len - at, part, part_len);
    }
}

static void remove_leftovers(struct buf *text)
{
    static const char *const leftovers[] = {" Pod details ()", " ()", "()", " (:", "(: "};
    for (size_t i = 0; i < sizeof leftovers / sizeof leftovers[0]; i++) {
        remove_text(text, leftovers[i]);
    }
}

// Words that only announced what was removed behind them.
static size_t label_length(const char *text, size_t len)
{
    static const char *const labels[] = {", error", "; error", ", err", ", reason", ", cause"};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        size_t label = strlen(labels[i]);
        if (len > label && memcmp(text + len - label, labels[i], label) == 0) {
            return label;
        }
    }
    return 0;
}

static void trim(const struct buf *line, size_t *start, size_t *end)
{
    *start = 0;
    *end = line->len;
    while (*start < *end && strchr(" :;,.-)]}>=", line->data[*start]) != NULL) {
        (*start)++;
    }
    while (*end > *start && strchr(" :;,-([<={", line->data[*end - 1]) != NULL) {
        (*end)--;
    }
    *end -= label_length(line->data + *start, *end - *start);
}

// True for printable ASCII without blanks to fold, which is what most messages are.
static bool is_clean_line(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~' || (text[i] == ' ' && text[i + 1] == ' ')) {
            return false;
        }
    }
    return len == 0 || (text[0] != ' ' && text[len - 1] != ' ');
}

static void fold_line(struct buf *out, const char *text, size_t len)
{
    if (is_clean_line(text, len)) {
        buf_add(out, text, len);
    } else {
        utf8_clean(out, text, len);
    }
}

// Two buffers that take turns: each step reads one and fills the other.
static void clean_steps(struct buf *line, struct buf *spare, const char *message, size_t len)
{
    resolve_escapes(line, message, len);
    if (memchr(line->data, '<', line->len) == NULL ||
        !cause_markup_replace(spare, line->data, line->len)) {
        buf_add(spare, line->data, line->len);
    }
    buf_reset(line);
    cause_mask_blocks(line, spare->data, spare->len);
    if (memchr(line->data, '{', line->len) != NULL || memchr(line->data, '}', line->len) != NULL) {
        buf_reset(spare);
        drop_groups(spare, line->data, line->len);
        remove_leftovers(spare);
        buf_reset(line);
        buf_add(line, spare->data, spare->len);
    }
    buf_reset(spare);
    cause_lines_pick(spare, line->data, line->len);
    size_t skip = spare->len > MAX_LINE_BYTES ? spare->len - MAX_LINE_BYTES : 0;
    buf_reset(line);
    fold_line(line, spare->data + skip, spare->len - skip);
}

const char *cause_clean(struct arena *arena, const char *message)
{
    size_t len = message != NULL ? strlen(message) : 0;
    size_t skip = len > MAX_TEXT_BYTES ? len - MAX_TEXT_BYTES : 0;
    AUTO(buf) line;
    AUTO(buf) spare;
    // Repair makes a text at most a few times longer.
    buf_init(&line, 8 * (size_t)MAX_TEXT_BYTES);
    buf_init(&spare, 8 * (size_t)MAX_TEXT_BYTES);
    if (len > 0) {
        clean_steps(&line, &spare, message + skip, len - skip);
    }
    size_t start;
    size_t end;
    trim(&line, &start, &end);
    return arena_strndup(arena, line.data + start, end - start);
}
