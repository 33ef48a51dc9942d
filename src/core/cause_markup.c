// SPDX-License-Identifier: MIT
#include "core/cause_markup.h"

#include <string.h>

#include "base/ascii.h"

#include "base/banned.h"

struct piece {
    const char *text;
    size_t len;
};

// The first place of word in text, any case; NULL for none.
static const char *find(const char *text, size_t len, const char *word)
{
    size_t word_len = strlen(word);
    for (size_t i = 0; i + word_len <= len; i++) {
        const char *next = memchr(text + i, *word, len - i);
        if (next == NULL) {
            return NULL;
        }
        i = (size_t)(next - text);
        size_t same = 0;
        while (same < word_len && i + same < len &&
               ascii_lower(text[i + same]) == ascii_lower(word[same])) {
            same++;
        }
        if (same == word_len) {
            return text + i;
        }
    }
    return NULL;
}

// Where a page begins; NULL for none.
static const char *find_page(const char *text, size_t len)
{
    static const char *const starts[] = {"<!doctype html", "<html", "<?xml ", "<Error><Code>"};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        const char *found = find(text, len, starts[i]);
        if (found != NULL && (first == NULL || found < first)) {
            first = found;
        }
    }
    return first;
}

// What stands between <name> and </name>.
static struct piece element(const char *text, size_t len, const char *open, const char *close)
{
    const char *start = find(text, len, open);
    if (start == NULL) {
        return (struct piece){NULL, 0};
    }
    start += strlen(open);
    const char *end = find(start, (size_t)(text + len - start), close);
    return (struct piece){start, end != NULL ? (size_t)(end - start) : 0};
}

// The words of a page without its tags, and without what is for programs.
static void add_words(struct buf *out, const char *text, size_t len)
{
    static const char *const hidden[][2] = {{"<style", "</style>"}, {"<script", "</script>"}};
    const char *end = text + len;
    while (text < end) {
        const char *tag = memchr(text, '<', (size_t)(end - text));
        buf_add(out, text, (size_t)((tag != NULL ? tag : end) - text));
        if (tag == NULL) {
            return;
        }
        buf_add_char(out, ' ');
        for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
            size_t left = (size_t)(end - tag);
            if (find(tag, left < 7 ? left : 7, hidden[i][0]) == tag) {
                const char *close = find(tag, left, hidden[i][1]);
                tag = close != NULL ? close : end;
            }
        }
        const char *close = memchr(tag, '>', (size_t)(end - tag));
        text = close != NULL ? close + 1 : end;
    }
}

static void add_page(struct buf *out, const char *page, size_t len)
{
    struct piece code = element(page, len, "<Code>", "</Code>");
    struct piece message = element(page, len, "<Message>", "</Message>");
    struct piece title = element(page, len, "<title>", "</title>");
    if (message.len > 0) {
        buf_add(out, code.text != NULL ? code.text : "", code.len);
        buf_add_text(out, code.len > 0 ? ": " : "");
        buf_add(out, message.text, message.len);
    } else if (title.len > 0) {
        buf_add(out, title.text, title.len);
    } else {
        add_words(out, page, len);
    }
}

bool cause_markup_replace(struct buf *out, const char *text, size_t len)
{
    const char *page = find_page(text, len);
    if (page == NULL) {
        return false;
    }
    const char *last = memrchr(page, '>', (size_t)(text + len - page));
    const char *end = last != NULL ? last + 1 : text + len;
    buf_add(out, text, (size_t)(page - text));
    add_page(out, page, (size_t)(end - page));
    buf_add(out, end, (size_t)(text + len - end));
    return true;
}
