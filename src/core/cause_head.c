// SPDX-License-Identifier: MIT
#include "core/cause_head.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"

#include "base/banned.h"

struct mark {
    const char *word;
    enum cause_level level;
};

// What a program writes before a line. Words without a colon or bracket must be in capitals.
static const struct mark marks[] = {
    {"ERROR", CAUSE_LEVEL_ERROR},    {"FATAL", CAUSE_LEVEL_ERROR}, {"PANIC", CAUSE_LEVEL_ERROR},
    {"CRITICAL", CAUSE_LEVEL_ERROR}, {"Error", CAUSE_LEVEL_ERROR}, {"error", CAUSE_LEVEL_ERROR},
    {"Fatal", CAUSE_LEVEL_ERROR},    {"fatal", CAUSE_LEVEL_ERROR}, {"panic", CAUSE_LEVEL_ERROR},
    {"WARNING", CAUSE_LEVEL_NOISE},  {"WARN", CAUSE_LEVEL_NOISE},  {"Warning", CAUSE_LEVEL_NOISE},
    {"warning", CAUSE_LEVEL_NOISE},  {"INFO", CAUSE_LEVEL_NOISE},  {"Info", CAUSE_LEVEL_NOISE},
    {"info", CAUSE_LEVEL_NOISE},     {"DEBUG", CAUSE_LEVEL_NOISE}, {"TRACE", CAUSE_LEVEL_NOISE},
    {"NOTICE", CAUSE_LEVEL_NOISE},   {"NOTE", CAUSE_LEVEL_NOISE},  {"Notice", CAUSE_LEVEL_NOISE},
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static bool starts_with(const struct cause_line *line, const char *word)
{
    size_t len = strlen(word);
    return line->len >= len && memcmp(line->text, word, len) == 0;
}

static void skip(struct cause_line *line, size_t count)
{
    line->text += count;
    line->len -= count;
}

static bool skip_bullet(struct cause_line *line)
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
static bool skip_time(struct cause_line *line)
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
static bool skip_klog(struct cause_line *line)
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
    line->level = is_error ? CAUSE_LEVEL_ERROR : CAUSE_LEVEL_NOISE;
    skip(line, (size_t)(end - line->text) + 2);
    return true;
}

static bool skip_mark(struct cause_line *line)
{
    size_t open = line->len > 0 && (*line->text == '[' || *line->text == '<') ? 1 : 0;
    struct cause_line inner = {.text = line->text + open, .len = line->len - open};
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

// True at the end and before " key=": a quote there is the value's last one.
static bool is_before_key(const char *at, const char *end)
{
    if (at == end) {
        return true;
    }
    const char *key = at + 1;
    while (key < end && (ascii_is_alnum(*key) || *key == '_')) {
        key++;
    }
    return *at == ' ' && key > at + 1 && key < end && *key == '=';
}

// The value of key="..." in a line of such pairs; its length, 0 for none.
static size_t quoted_value(const struct cause_line *line, const char *key, const char **ret)
{
    size_t key_len = strlen(key);
    const char *end = line->text + line->len;
    const char *found = memmem(line->text, line->len, key, key_len);
    if (found == NULL || found == line->text || found[-1] != ' ') {
        return 0;
    }
    *ret = found + key_len;
    const char *close = memchr(*ret, '"', (size_t)(end - *ret));
    while (close != NULL && !is_before_key(close + 1, end)) {
        close = memchr(close + 1, '"', (size_t)(end - close - 1));
    }
    return close != NULL ? (size_t)(close - *ret) : 0;
}

// logfmt's "time=... level=error msg="..." error="..."": what its error says, else its message.
static bool skip_pairs(struct cause_line *line)
{
    static const char *const quiet[] = {"info", "debug", "trace", "warn", "notice"};
    static const char *const keys[] = {"error=\"", "err=\"", "msg=\"", "message=\""};
    if (!starts_with(line, "time=") && !starts_with(line, "ts=") && !starts_with(line, "level=")) {
        return false;
    }
    const char *level = memmem(line->text, line->len, "level=", 6);
    const char *value = NULL;
    size_t len = 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && len == 0; i++) {
        len = quoted_value(line, keys[i], &value);
    }
    if (level == NULL || len == 0) {
        return false;
    }
    level += 6;
    line->level = CAUSE_LEVEL_ERROR;
    for (size_t i = 0; i < sizeof quiet / sizeof quiet[0]; i++) {
        if (ascii_has_prefix(level, (size_t)(line->text + line->len - level), quiet[i])) {
            line->level = CAUSE_LEVEL_NOISE;
        }
    }
    line->text = value;
    line->len = len;
    return true;
}

// Cuts off what a program wrote before its words; sets the level when that says one.
void cause_head_skip(struct cause_line *line)
{
    enum { MOST_PARTS = 12 };
    for (int i = 0; i < MOST_PARTS; i++) {
        if (!skip_bullet(line) && !skip_time(line) && !skip_klog(line) && !skip_mark(line) &&
            !skip_pairs(line)) {
            break;
        }
    }
    while (line->len > 0 && is_blank(line->text[line->len - 1])) {
        line->len--;
    }
}
