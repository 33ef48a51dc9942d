// SPDX-License-Identifier: MIT
#include "core/cause_lines.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/map.h"
#include "core/cause_fingerprint.h"
#include "core/cause_frame.h"
#include "core/cause_head.h"
#include "core/cause_table.h"

#include "base/banned.h"

// The first line that fits and the last few: of a flood of lines the first is often the cause,
// the last what the program ended with.
enum { MAX_LINES = 512, MAX_LAST = 3, MAX_LOOKED_AT = 16 };

struct line {
    struct cause_line words;
    bool is_judged;
    enum statement_class class; // once judged
};

struct lines {
    struct line items[MAX_LINES];
    size_t count;
};

static bool is_label(const char *text, size_t len)
{
    return len >= 7 && (memcmp(text, "stdout:", 7) == 0 || memcmp(text, "stderr:", 7) == 0);
}

// "stdout:" or "stderr:" after a blank or a stop begins a line of its own.
static bool is_inner_label(const char *text, size_t len, size_t at)
{
    return at > 0 && strchr(" \t.,", text[at - 1]) != NULL && is_label(text + at, len - at);
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
        if (is_inner_label(text, stop, at)) {
            return at;
        }
        found = memmem(found + 3, stop - at - 3, "std", 3);
    }
    return stop;
}

// What a command printed on stdout tells of its progress, not of its end.
static void read_label(struct cause_line *line, bool *in_stdout)
{
    if (is_label(line->text, line->len)) {
        *in_stdout = line->text[3] == 'o';
        line->text += 7;
        line->len -= 7;
    }
    line->level = *in_stdout ? CAUSE_LEVEL_NOISE : CAUSE_LEVEL_PLAIN;
}

static void add_line(struct lines *lines, const struct cause_line *line)
{
    if (lines->count == MAX_LINES) {
        // The end says why; the oldest lines but the first give way.
        size_t half = MAX_LINES / 2;
        memmove(lines->items + 1, lines->items + half, (MAX_LINES - half) * sizeof(struct line));
        lines->count = MAX_LINES - half + 1;
    }
    lines->items[lines->count++] = (struct line){.words = *line};
}

// True for a line of a stack trace; takes back the call above it and asks for the code below it.
static bool is_frame(struct lines *lines, const struct cause_line *line, bool *above_code)
{
    bool is_code = *above_code && (*line->text == ' ' || *line->text == '\t');
    enum cause_frame frame = cause_frame_judge(line->text, line->len);
    *above_code = frame == CAUSE_FRAME_ABOVE_CODE;
    if (frame == CAUSE_FRAME_BELOW_CALL && lines->count > 0) {
        const struct cause_line *last = &lines->items[lines->count - 1].words;
        lines->count -= cause_frame_is_call(last->text, last->len);
    }
    return is_code || frame != CAUSE_FRAME_NONE;
}

static void split(struct lines *lines, const char *text, size_t len)
{
    bool in_stdout = false;
    bool above_code = false;
    for (size_t at = 0; at < len;) {
        struct cause_line line = {.text = text + at, .len = line_length(text + at, len - at)};
        at += line.len;
        while (at < len && (text[at] == '\n' || text[at] == '\r')) {
            at++;
        }
        read_label(&line, &in_stdout);
        if (line.len == 0 || is_frame(lines, &line, &above_code)) {
            continue;
        }
        cause_head_skip(&line);
        if (line.len > 0) {
            add_line(lines, &line);
        }
    }
}

static bool is_informative(struct line *line)
{
    if (!line->is_judged) {
        line->class = cause_table_class(line->words.text, line->words.len, false);
        line->is_judged = true;
    }
    return line->class == STATEMENT_INFORMATIVE;
}

// The first informative line of at least the level; the count of lines when there is none.
static size_t first_of(struct lines *lines, enum cause_level level)
{
    size_t i = 0;
    while (i < lines->count &&
           (lines->items[i].words.level < level || !is_informative(&lines->items[i]))) {
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
        return map_hash(line->words.text, line->words.len);
    }
    AUTO(buf) text;
    buf_init(&text, line->words.len);
    buf_add(&text, line->words.text, line->words.len);
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
        buf_add(out, line->words.text, line->words.len);
        buf_add_text(out, i > 0 ? "; " : "");
    }
}

static void pick_of_level(struct buf *out, struct lines *lines, enum cause_level level,
                          size_t first)
{
    struct choice choice = {.count = 0};
    size_t looked_at = 0;
    // Reserved for the first of all: its later repetitions are left out.
    uint64_t first_print = print_of(lines, &lines->items[first]);
    for (size_t i = lines->count; i-- > first + 1 && choice.count < MAX_LAST;) {
        struct line *line = &lines->items[i];
        if (line->words.level >= level && looked_at++ < MAX_LOOKED_AT && is_informative(line) &&
            print_of(lines, line) != first_print) {
            choose(lines, &choice, i);
        }
    }
    choose(lines, &choice, first);
    // What the message said itself before the command's lines.
    if (first > 0 && lines->items[0].words.level == CAUSE_LEVEL_PLAIN &&
        is_informative(&lines->items[0])) {
        choose(lines, &choice, 0);
    }
    add_chosen(out, lines, &choice);
}

static void add_all(struct buf *out, const struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        buf_add_text(out, i > 0 ? "; " : "");
        buf_add(out, lines->items[i].words.text, lines->items[i].words.len);
    }
}

// One line needs no choice.
static bool add_only_line(struct buf *out, const char *text, size_t len)
{
    struct cause_line line = {.text = text, .len = len};
    if (line_length(text, len) < len) {
        return false;
    }
    cause_head_skip(&line);
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
    for (enum cause_level level = CAUSE_LEVEL_ERROR; true; level--) {
        size_t first = first_of(&lines, level);
        if (first < lines.count) {
            pick_of_level(out, &lines, level, first);
            return;
        }
        if (level == CAUSE_LEVEL_NOISE) {
            break;
        }
    }
    add_all(out, &lines);
}
