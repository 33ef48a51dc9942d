// SPDX-License-Identifier: MIT
#include "core/cause_lines.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "base/map.h"
#include "core/cause_fingerprint.h"
#include "core/cause_table.h"

#include "base/banned.h"

// The first line that fits and the last few: of a flood of lines the first is often the cause,
// the last what the program ended with.
enum { MAX_LINES = 512, MAX_LAST = 3, MAX_LOOKED_AT = 16 };

enum level { LEVEL_NOISE, LEVEL_PLAIN, LEVEL_ERROR };

struct line {
    const char *text;
    size_t len;
    enum level level;
    bool is_judged;
    enum statement_class class; // once judged
};

struct lines {
    struct line items[MAX_LINES];
    size_t count;
};

struct mark {
    const char *word;
    enum level level;
};

// What a program writes before a line. Words without a colon or bracket must be in capitals.
static const struct mark marks[] = {
    {"ERROR", LEVEL_ERROR},    {"FATAL", LEVEL_ERROR}, {"PANIC", LEVEL_ERROR},
    {"CRITICAL", LEVEL_ERROR}, {"Error", LEVEL_ERROR}, {"error", LEVEL_ERROR},
    {"Fatal", LEVEL_ERROR},    {"fatal", LEVEL_ERROR}, {"panic", LEVEL_ERROR},
    {"WARNING", LEVEL_NOISE},  {"WARN", LEVEL_NOISE},  {"Warning", LEVEL_NOISE},
    {"warning", LEVEL_NOISE},  {"INFO", LEVEL_NOISE},  {"Info", LEVEL_NOISE},
    {"info", LEVEL_NOISE},     {"DEBUG", LEVEL_NOISE}, {"TRACE", LEVEL_NOISE},
    {"NOTICE", LEVEL_NOISE},   {"NOTE", LEVEL_NOISE},  {"Notice", LEVEL_NOISE},
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static bool starts_with(const struct line *line, const char *word)
{
    size_t len = strlen(word);
    return line->len >= len && memcmp(line->text, word, len) == 0;
}

static void skip(struct line *line, size_t count)
{
    line->text += count;
    line->len -= count;
}

static bool skip_bullet(struct line *line)
{
    if (line->len > 0 && is_blank(*line->text)) {
        skip(line, 1);
        return true;
    }
    if (line->len > 1 && (*line->text == '*' || *line->text == '-') && is_blank(line->text[1])) {
        skip(line, 2);
        return true;
    }
    return false;
}

// "2026-04-02T10:00:00Z ", "2026/04/02 10:00:00 ".
static bool skip_time(struct line *line)
{
    if (line->len < 10 || !ascii_is_digit(line->text[0]) || !ascii_is_digit(line->text[3]) ||
        (line->text[4] != '-' && line->text[4] != '/') || line->text[7] != line->text[4]) {
        return false;
    }
    size_t at = 10;
    while (at < line->len && (ascii_is_digit(line->text[at]) || strchr("T:.,+-Z", line->text[at]) ||
                              (is_blank(line->text[at]) && at + 1 < line->len &&
                               ascii_is_digit(line->text[at + 1]) && at == 10))) {
        at++;
    }
    skip(line, at);
    return true;
}

// klog's "E0402 10:00:00.000000       1 main.go:12] ".
static bool skip_klog(struct line *line)
{
    if (line->len < 20 || strchr("EWIF", line->text[0]) == NULL || !ascii_is_digit(line->text[1]) ||
        !ascii_is_digit(line->text[4]) || line->text[5] != ' ' || !ascii_is_digit(line->text[6])) {
        return false;
    }
    const char *end = memmem(line->text, line->len, "] ", 2);
    if (end == NULL) {
        return false;
    }
    bool is_error = line->text[0] == 'E' || line->text[0] == 'F';
    line->level = is_error ? LEVEL_ERROR : LEVEL_NOISE;
    skip(line, (size_t)(end - line->text) + 2);
    return true;
}

static bool skip_mark(struct line *line)
{
    size_t open = line->len > 0 && (*line->text == '[' || *line->text == '<') ? 1 : 0;
    struct line inner = {.text = line->text + open, .len = line->len - open};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0] && inner.len > 0; i++) {
        if (*marks[i].word != *inner.text) {
            continue;
        }
        size_t len = strlen(marks[i].word);
        if (!starts_with(&inner, marks[i].word)) {
            continue;
        }
        char after = inner.len > len ? inner.text[len] : '\0';
        bool is_capital = marks[i].word[1] >= 'A' && marks[i].word[1] <= 'Z';
        if (open == 1 ? after == ']' || after == '>'
                      : after == ':' || (is_capital && (is_blank(after) || after == '\0'))) {
            line->level = marks[i].level;
            skip(line, open + len + (after != '\0' ? 1 : 0));
            return true;
        }
    }
    return false;
}

// Cuts off what a program wrote before its words; sets the level when that says one.
static void read_head(struct line *line)
{
    enum { MOST_PARTS = 12 };
    for (int i = 0; i < MOST_PARTS; i++) {
        if (!skip_bullet(line) && !skip_time(line) && !skip_klog(line) && !skip_mark(line)) {
            break;
        }
    }
    while (line->len > 0 && is_blank(line->text[line->len - 1])) {
        line->len--;
    }
}

// "stdout:" or "stderr:" after a blank or a stop begins a line of its own.
static bool is_label(const char *text, size_t len, size_t at)
{
    return at > 0 && len - at >= 7 &&
           (is_blank(text[at - 1]) || text[at - 1] == '.' || text[at - 1] == ',') &&
           (memcmp(text + at, "stdout:", 7) == 0 || memcmp(text + at, "stderr:", 7) == 0);
}

static size_t line_length(const char *text, size_t len)
{
    const char *end = memchr(text, '\n', len);
    size_t stop = end != NULL ? (size_t)(end - text) : len;
    end = memchr(text, '\r', stop);
    stop = end != NULL ? (size_t)(end - text) : stop;
    size_t at = 0;
    const char *found = memmem(text, stop, "std", 3);
    while (found != NULL) {
        at = (size_t)(found - text);
        if (is_label(text, stop, at)) {
            return at;
        }
        found = memmem(found + 3, stop - at - 3, "std", 3);
    }
    return stop;
}

// What a command printed on stdout tells of its progress, not of its end.
static void read_label(struct line *line, bool *in_stdout)
{
    if (starts_with(line, "stdout:") || starts_with(line, "stderr:")) {
        *in_stdout = line->text[3] == 'o';
        skip(line, 7);
    }
    line->level = *in_stdout ? LEVEL_NOISE : LEVEL_PLAIN;
}

static void add_line(struct lines *lines, struct line line)
{
    if (lines->count == MAX_LINES) {
        // The end says why; the oldest lines but the first give way.
        size_t half = MAX_LINES / 2;
        memmove(lines->items + 1, lines->items + half, (MAX_LINES - half) * sizeof(struct line));
        lines->count = MAX_LINES - half + 1;
    }
    lines->items[lines->count++] = line;
}

static void split(struct lines *lines, const char *text, size_t len)
{
    bool in_stdout = false;
    for (size_t at = 0; at < len;) {
        struct line line = {.text = text + at, .len = line_length(text + at, len - at)};
        at += line.len;
        while (at < len && (text[at] == '\n' || text[at] == '\r')) {
            at++;
        }
        read_label(&line, &in_stdout);
        read_head(&line);
        if (line.len > 0) {
            add_line(lines, line);
        }
    }
}

static bool is_informative(struct line *line)
{
    if (!line->is_judged) {
        line->class = cause_table_class(line->text, line->len, false);
        line->is_judged = true;
    }
    return line->class == STATEMENT_INFORMATIVE;
}

// The first informative line of at least the level; the count of lines when there is none.
static size_t first_of(struct lines *lines, enum level level)
{
    size_t i = 0;
    while (i < lines->count &&
           (lines->items[i].level < level || !is_informative(&lines->items[i]))) {
        i++;
    }
    return i;
}

struct choice {
    size_t picked[MAX_LAST + 2]; // indices, newest first
    uint64_t prints[MAX_LAST + 2];
    size_t count;
};

// What makes two lines the same: of a few all their words, of a flood their normalised ones.
static uint64_t print_of(const struct lines *lines, const struct line *line)
{
    enum { FEW = 8 };
    if (lines->count <= FEW) {
        return map_hash(line->text, line->len);
    }
    AUTO(buf) text;
    buf_init(&text, line->len);
    buf_add(&text, line->text, line->len);
    return cause_fingerprint(text.data);
}

static void choose(struct lines *lines, struct choice *choice, size_t index)
{
    uint64_t print = print_of(lines, &lines->items[index]);
    for (size_t i = 0; i < choice->count; i++) {
        if (choice->prints[i] == print || choice->picked[i] == index) {
            return;
        }
    }
    choice->prints[choice->count] = print;
    choice->picked[choice->count++] = index;
}

static void add_chosen(struct buf *out, const struct lines *lines, const struct choice *choice)
{
    for (size_t i = choice->count; i-- > 0;) {
        const struct line *line = &lines->items[choice->picked[i]];
        buf_add(out, line->text, line->len);
        buf_add_text(out, i > 0 ? "; " : "");
    }
}

static void pick_of_level(struct buf *out, struct lines *lines, enum level level, size_t first)
{
    struct choice choice = {.count = 0};
    size_t looked_at = 0;
    // Reserved for the first of all: its later repetitions are left out.
    uint64_t first_print = print_of(lines, &lines->items[first]);
    for (size_t i = lines->count; i-- > first + 1 && choice.count < MAX_LAST;) {
        struct line *line = &lines->items[i];
        if (line->level >= level && looked_at++ < MAX_LOOKED_AT && is_informative(line) &&
            print_of(lines, line) != first_print) {
            choose(lines, &choice, i);
        }
    }
    choose(lines, &choice, first);
    // What the message said itself before the command's lines.
    if (first > 0 && lines->items[0].level == LEVEL_PLAIN && is_informative(&lines->items[0])) {
        choose(lines, &choice, 0);
    }
    add_chosen(out, lines, &choice);
}

static void add_all(struct buf *out, const struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        buf_add_text(out, i > 0 ? "; " : "");
        buf_add(out, lines->items[i].text, lines->items[i].len);
    }
}

// One line needs no choice.
static bool add_only_line(struct buf *out, const char *text, size_t len)
{
    struct line line = {.text = text, .len = len};
    if (line_length(text, len) < len) {
        return false;
    }
    read_head(&line);
    buf_add(out, line.text, line.len);
    return true;
}

void cause_lines_pick(struct buf *out, const char *text, size_t len)
{
    if (add_only_line(out, text, len)) {
        return;
    }
    struct lines lines;
    lines.count = 0;
    split(&lines, text, len);
    for (enum level level = LEVEL_ERROR; true; level--) {
        size_t first = first_of(&lines, level);
        if (first < lines.count) {
            pick_of_level(out, &lines, level, first);
            return;
        }
        if (level == LEVEL_NOISE) {
            break;
        }
    }
    add_all(out, &lines);
}
