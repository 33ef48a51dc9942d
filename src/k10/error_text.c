// SPDX-License-Identifier: MIT
#include "k10/error_text.h"

#include <string.h>

#include "base/arena.h"
#include "core/cause_dump.h"
#include "k10/error_escape.h"

#include "base/banned.h"

// A cut sentence shorter than this says nothing.
enum { PARTIAL_BYTES = 8 };

struct speech {
    struct error_builder *builder;
    struct error_node *node;   // whose message is being read
    struct error_node *anchor; // what the next piece belongs to
    struct error_text text;
    size_t from; // start of the plain text not yet spoken
    size_t at;
    bool has_json;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool has_letter(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char low = (char)(text[i] | 0x20);
        if ((low >= 'a' && low <= 'z') || (unsigned char)text[i] >= 0x80) {
            return true;
        }
    }
    return false;
}

static size_t skip_blank(const struct error_text *text, size_t at)
{
    while (at < text->len && is_blank(text->text[at])) {
        at++;
    }
    return at;
}

static struct error_node *deepest_last(struct error_node *node)
{
    while (node->last_child != NULL) {
        node = node->last_child;
    }
    return node;
}

// Where plain text goes: the first piece is the node's own message, one behind JSON goes on the
// chain (": no space left" after {...}) and so below it.
static struct error_node *listener(struct speech *speech)
{
    if (!speech->has_json && speech->node->statement.message == NULL) {
        return speech->node;
    }
    struct error_node *child = error_builder_add(speech->builder, deepest_last(speech->anchor));
    speech->anchor = child != NULL ? child : speech->anchor;
    return child;
}

static void speak_piece(struct speech *speech, size_t start, size_t end)
{
    const char *text = speech->text.text;
    bool is_last = end == speech->text.len;
    while (start < end && strchr(" \t\r\n:,;.-)]}", text[start]) != NULL) {
        start++;
    }
    while (end > start && strchr(" \t\r\n:,;-([{", text[end - 1]) != NULL) {
        end--;
    }
    if (!has_letter(text + start, end - start)) {
        return;
    }
    struct error_node *node = listener(speech);
    if (node == NULL) {
        return;
    }
    bool is_partial = is_last && speech->text.cut;
    node->statement.truncated |= is_partial;
    node->statement.partial = is_partial;
    if (!is_partial || end - start >= PARTIAL_BYTES) {
        node->statement.message =
            end == speech->text.len
                ? text + start
                : arena_strndup(speech->builder->arena, text + start, end - start);
    }
}

static void speak_until(struct speech *speech, size_t end)
{
    if (end > speech->from) {
        speak_piece(speech, speech->from, end);
    }
}

// "message" : " behind at, with any number of backslashes before its quotes; the offset behind the
// opening quote, 0 for none. *ret_slashes counts those of that quote.
static size_t find_message(const struct error_text *text, size_t at, size_t *ret_slashes)
{
    while (at < text->len) {
        const char *found = memmem(text->text + at, text->len - at, "message", 7);
        if (found == NULL) {
            return 0;
        }
        at = (size_t)(found - text->text) + 7;
        size_t next = at;
        while (next < text->len && text->text[next] == '\\') {
            next++;
        }
        if (next >= text->len || text->text[next] != '"') {
            continue;
        }
        next = skip_blank(text, next + 1);
        if (next >= text->len || text->text[next] != ':') {
            continue;
        }
        next = skip_blank(text, next + 1);
        size_t slashes = 0;
        while (next < text->len && text->text[next] == '\\') {
            next++;
            slashes++;
        }
        if (next < text->len && text->text[next] == '"') {
            *ret_slashes = slashes;
            return next + 1;
        }
    }
    return 0;
}

// The end of a value opened by a quote behind that many backslashes: a quote behind as many.
static size_t find_close(const struct error_text *text, size_t at, size_t slashes)
{
    size_t seen = 0;
    for (; at < text->len; at++) {
        if (text->text[at] == '"' && seen <= slashes) {
            return at - seen;
        }
        seen = text->text[at] == '\\' ? seen + 1 : 0;
    }
    return text->len;
}

// Behind a place where JSON broke: whatever messages can still be read, as one chain.
static void recover_messages(struct speech *speech)
{
    enum { MOST_MESSAGES = 64 };
    struct error_node *parent = deepest_last(speech->anchor);
    size_t slashes = 0;
    size_t at = find_message(&speech->text, speech->at, &slashes);
    for (int i = 0; at != 0 && i < MOST_MESSAGES && parent != NULL; i++) {
        size_t end = find_close(&speech->text, at, slashes);
        struct error_text found = {.cut = end == speech->text.len, .level = speech->text.level + 1};
        found.len = error_escape_resolve(&speech->builder->budget, speech->text.text + at, end - at,
                                         &found.text);
        struct error_node *child = error_builder_add(speech->builder, parent);
        if (child != NULL) {
            child->statement.truncated = true;
            error_text_speak(speech->builder, child, &found);
            parent = deepest_last(child);
        }
        at = find_message(&speech->text, end, &slashes);
    }
    speech->at = speech->text.len;
    speech->from = speech->text.len;
}

static void speak_json(struct speech *speech, size_t start)
{
    struct error_read read = error_value_read(&speech->builder->budget, speech->text.text + start,
                                              speech->text.len - start);
    if (read.value == NULL || (read.broken && read.value->first_child == NULL)) {
        speech->at = start + 1;
        return;
    }
    speak_until(speech, start);
    speech->builder->walk(speech->builder, speech->anchor, read.value, speech->text.level + 1);
    speech->anchor->statement.truncated |= read.value->cut;
    speech->has_json = true;
    speech->at = start + read.consumed;
    speech->from = speech->at;
    if (read.broken) {
        recover_messages(speech);
    }
}

// {\"message\": ...: JSON that kept a layer of escapes; the rest of the text has it too.
static void speak_escaped(struct speech *speech, size_t start)
{
    speak_until(speech, start);
    struct error_text rest = {.cut = speech->text.cut, .level = speech->text.level + 1};
    rest.len = error_escape_resolve(&speech->builder->budget, speech->text.text + start,
                                    speech->text.len - start, &rest.text);
    struct error_node *child = error_builder_add(speech->builder, deepest_last(speech->anchor));
    if (child != NULL) {
        error_text_speak(speech->builder, child, &rest);
    }
    speech->at = speech->text.len;
    speech->from = speech->text.len;
}

static bool is_escaped_quote(const struct error_text *text, size_t at)
{
    while (at < text->len && text->text[at] == '\\') {
        at++;
    }
    return at < text->len && text->text[at] == '"';
}

// At a '{': a Go dump is text, an object is read, anything else stays text.
static void judge_brace(struct speech *speech, size_t brace)
{
    const struct error_text *text = &speech->text;
    const char *piece = text->text + speech->from;
    size_t start = speech->from + cause_dump_start(piece, brace - speech->from);
    size_t dump = cause_dump_length(text->text + start, text->len - start, brace - start);
    size_t next = skip_blank(text, brace + 1);
    if (dump > 0) {
        speech->at = start + dump;
    } else if (next < text->len && text->text[next] == '"') {
        speak_json(speech, brace);
    } else if (next < text->len && text->text[next] == '\\' && is_escaped_quote(text, next)) {
        speak_escaped(speech, brace);
    } else {
        speech->at = brace + 1;
    }
}

// The whole text is a JSON string or array.
static bool speak_whole(struct speech *speech)
{
    const struct error_text *text = &speech->text;
    size_t start = skip_blank(text, 0);
    size_t next = skip_blank(text, start + 1);
    if (start >= text->len || next >= text->len) {
        return false;
    }
    if (text->text[start] == '[' && strchr("{\"[]", text->text[next]) != NULL) {
        speak_json(speech, start);
        return false;
    }
    if (text->text[start] != '"') {
        return false;
    }
    struct error_value value;
    bool closed;
    size_t consumed = error_value_read_text(&speech->builder->budget, text->text + start,
                                            text->len - start, &value, &closed);
    bool is_whole = skip_blank(text, start + consumed) == text->len &&
                    (closed || strchr("{[\\\"", text->text[start + 1]) != NULL);
    if (is_whole) {
        struct error_text inner = {value.text, value.len, text->cut || !closed, text->level + 1};
        error_text_speak(speech->builder, speech->node, &inner);
    }
    return is_whole;
}

void error_text_speak(struct error_builder *builder, struct error_node *node,
                      const struct error_text *text)
{
    if (builder->nesting >= ERROR_TREE_MAX_NESTING || text->len == 0) {
        return;
    }
    builder->nesting++;
    struct speech speech = {.builder = builder, .node = node, .anchor = node, .text = *text};
    if (text->level >= ERROR_TREE_MAX_LEVELS) {
        const char *brace = memchr(text->text, '{', text->len);
        speak_piece(&speech, 0, brace != NULL ? (size_t)(brace - text->text) : text->len);
    } else if (!speak_whole(&speech)) {
        while (speech.at < text->len) {
            const char *brace = memchr(text->text + speech.at, '{', text->len - speech.at);
            if (brace == NULL) {
                break;
            }
            judge_brace(&speech, (size_t)(brace - text->text));
        }
        speak_until(&speech, text->len);
    }
    builder->nesting--;
}
