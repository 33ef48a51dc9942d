// SPDX-License-Identifier: MIT
#include "core/cause_frame.h"

#include <string.h>

#include "base/ascii.h"

#include "base/banned.h"

static bool starts_with(const char *text, size_t len, const char *word)
{
    size_t word_len = strlen(word);
    return len >= word_len && memcmp(text, word, word_len) == 0;
}

static bool ends_with(const char *text, size_t len, const char *word)
{
    size_t word_len = strlen(word);
    return len >= word_len && memcmp(text + len - word_len, word, word_len) == 0;
}

// "/go/src/main.go:22", with or without " +0x1d" behind it, and nothing else.
static bool is_go_place(const char *text, size_t len)
{
    const char *mark = memmem(text, len, ".go:", 4);
    if (mark == NULL || memchr(text, ' ', (size_t)(mark - text)) != NULL) {
        return false;
    }
    const char *end = text + len;
    const char *at = mark + 4;
    while (at < end && ascii_is_digit(*at)) {
        at++;
    }
    return at > mark + 4 && (at == end || starts_with(at, (size_t)(end - at), " +0x"));
}

// "at org.example.Dump.main(Dump.java:33)", "... 2 more".
static bool is_java(const char *text, size_t len)
{
    return (starts_with(text, len, "at ") && ends_with(text, len, ")") &&
            memchr(text + 3, ' ', len - 3) == NULL) ||
           (starts_with(text, len, "at ") && ends_with(text, len, "(Native Method)")) ||
           (starts_with(text, len, "... ") && ends_with(text, len, " more"));
}

static bool is_python_place(const char *text, size_t len)
{
    const char *line = memmem(text, len, "\", line ", 8);
    return starts_with(text, len, "File \"") && line != NULL;
}

enum cause_frame cause_frame_judge(const char *line, size_t len)
{
    while (len > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        len--;
    }
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t')) {
        len--;
    }
    if (is_go_place(line, len)) {
        return CAUSE_FRAME_BELOW_CALL;
    }
    if (is_python_place(line, len)) {
        return CAUSE_FRAME_ABOVE_CODE;
    }
    bool is_head = (starts_with(line, len, "goroutine ") && ends_with(line, len, "]:")) ||
                   ends_with(line, len, "Traceback (most recent call last):");
    return is_head || is_java(line, len) ? CAUSE_FRAME_LINE : CAUSE_FRAME_NONE;
}

bool cause_frame_is_call(const char *line, size_t len)
{
    const char *open = memchr(line, '(', len);
    return starts_with(line, len, "created by ") ||
           (open != NULL && ends_with(line, len, ")") &&
            memchr(line, ' ', (size_t)(open - line)) == NULL);
}
