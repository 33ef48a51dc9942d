// SPDX-License-Identifier: MIT
#include "core/remedy.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "core/cause.h"
#include "core/remedy_table.h"

#include "base/banned.h"

enum { NEXT_STEP_BYTES = 1024, NAME_BYTES = 253 };

// Lower case, white space folded to one blank: what the fragments are written in.
static const char *fold(struct arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *folded = arena_alloc(arena, len + 1);
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool is_blank = c == ' ' || (c >= '\t' && c <= '\r');
        if (is_blank && at > 0 && folded[at - 1] == ' ') {
            continue;
        }
        folded[at++] = is_blank ? ' ' : (c >= 'A' && c <= 'Z') ? (char)(c - 'A' + 'a') : c;
    }
    return folded;
}

// The number of fragments when all of the alternative are in the text, else 0.
static size_t count_matched(const char *const *fragments, const char *text)
{
    size_t count = 0;
    while (count < REMEDY_MAX_FRAGMENTS && fragments[count] != NULL) {
        if (strstr(text, fragments[count]) == NULL) {
            return 0;
        }
        count++;
    }
    return count;
}

// How well the row matches: the fragments of its best alternative, 0 for not at all.
static size_t rate(const struct remedy_row *row, const char *text)
{
    for (size_t i = 0; i < REMEDY_MAX_EXCLUSIONS && row->none[i] != NULL; i++) {
        if (strstr(text, row->none[i]) != NULL) {
            return 0;
        }
    }
    size_t best = 0;
    for (size_t i = 0; i < REMEDY_MAX_ALTERNATIVES; i++) {
        size_t count = count_matched(row->any[i], text);
        best = count > best ? count : best;
    }
    return best;
}

// A row that does not yield wins, then more fragments, then the table's order.
static const struct remedy_row *find_row(const char *text)
{
    const struct remedy_row *best = NULL;
    size_t best_rate = 0;
    for (const struct remedy_row *row = remedy_rows; row->id != NULL; row++) {
        size_t found = rate(row, text);
        if (found == 0) {
            continue;
        }
        bool wins = best == NULL || (best->yields && !row->yields) ||
                    (best->yields == row->yields && found > best_rate);
        if (wins) {
            best = row;
            best_rate = found;
        }
    }
    return best;
}

// A name as Kubernetes has them (RFC 1123 subdomain, so it begins with no '-'): safe in a shell.
static bool is_name(const char *value)
{
    size_t len = value != NULL ? strlen(value) : 0;
    if (len == 0 || len > NAME_BYTES) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        char c = value[i];
        bool is_alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool is_inner = i > 0 && i + 1 < len && (c == '-' || c == '.');
        if (!is_alnum && !is_inner) {
            return false;
        }
    }
    return true;
}

static const char *value_of(const struct remedy_context *context, const char *name, size_t len)
{
    const struct {
        const char *name;
        const char *value;
    } values[] = {
        {"k10", context->k10_namespace}, {"namespace", context->namespace_name},
        {"policy", context->policy},     {"profile", context->profile},
        {"pod", context->pod},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (strlen(values[i].name) == len && memcmp(values[i].name, name, len) == 0) {
            return is_name(values[i].value) ? values[i].value : NULL;
        }
    }
    return NULL;
}

// "{name}" becomes its value, or "<name>" for the reader to fill.
static const char *fill(struct arena *arena, const char *template,
                        const struct remedy_context *context)
{
    AUTO(buf) text;
    buf_init(&text, NEXT_STEP_BYTES + 8 * (size_t)NAME_BYTES);
    while (*template != '\0') {
        const char *open = strchr(template, '{');
        const char *close = open != NULL ? strchr(open, '}') : NULL;
        if (close == NULL) {
            buf_add_text(&text, template);
            break;
        }
        size_t len = (size_t)(close - open) - 1;
        const char *value = value_of(context, open + 1, len);
        buf_add(&text, template, (size_t)(open - template));
        if (value != NULL) {
            buf_add_text(&text, value);
        } else {
            buf_add_format(&text, "<%.*s>", (int)len, open + 1);
        }
        template = close + 1;
    }
    return arena_strndup(arena, text.data, text.len);
}

bool remedy_find(struct arena *arena, const char *cause_text, const struct remedy_context *context,
                 struct remedy *ret)
{
    const struct remedy_row *row = find_row(fold(arena, cause_text));
    if (row == NULL) {
        return false;
    }
    *ret = (struct remedy){
        .id = row->id,
        .means = row->means,
        .next_step = fill(arena, row->next_step, context),
        .link = row->link,
    };
    return true;
}

bool remedy_find_first(struct arena *arena, const struct cause_list *causes,
                       const struct remedy_context *context, struct remedy *ret)
{
    for (size_t i = 0; i < causes->count; i++) {
        if (remedy_find(arena, causes->items[i].text, context, ret)) {
            return true;
        }
    }
    return false;
}
