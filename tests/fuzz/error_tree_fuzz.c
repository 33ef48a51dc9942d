// SPDX-License-Identifier: MIT
// An error of any bytes gives causes: at least one and at most ROOT_CAUSE_MAX_CAUSES, each one line
// of valid UTF-8 within its bound, without braces, escapes or control characters. The input is an
// exact, unterminated copy. The first byte picks the way in.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "core/remedy.h"
#include "core/root_cause.h"
#include "k10/error_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void check_text(const char *text)
{
    size_t len = strlen(text);
    require(utf8_is_valid(text, len) && strpbrk(text, "{}\n\x1b") == NULL);
    uint32_t point = 0;
    for (size_t i = 0; i < len; i += utf8_decode(text + i, len - i, &point)) {
        require(utf8_decode(text + i, len - i, &point) > 0 && !utf8_is_unprintable(point));
    }
}

static void check(struct arena *arena, const struct statement *root)
{
    struct cause_list list;
    struct cause_list merged = {.count = 0};
    root_cause_find(arena, root, &list);
    require(list.count >= 1 && list.count <= ROOT_CAUSE_MAX_CAUSES);
    for (size_t i = 0; i < list.count; i++) {
        const struct cause *cause = &list.items[i];
        struct remedy remedy;
        struct remedy_context context = {.policy = cause->where};
        require(*cause->text != '\0' && strlen(cause->text) <= ROOT_CAUSE_MAX_BYTES);
        check_text(cause->text);
        (void)!remedy_find(arena, cause->text, &context, &remedy);
    }
    root_cause_merge(arena, &merged, &list);
    root_cause_merge(arena, &merged, &list);
    require(merged.count >= 1 && merged.count <= ROOT_CAUSE_MAX_CAUSES);
}

static const struct statement *build(struct arena *arena, uint8_t way, const char *bytes,
                                     size_t size)
{
    struct json *parsed = NULL;
    struct error error;
    if (way % 4 == 0 || !json_parse(bytes, size, &parsed, &error)) {
        return error_tree_build_text(arena, bytes, size);
    }
    AUTO_PTR(json) value = parsed;
    switch (way % 4) {
    case 1:
        return error_tree_build(arena, value);
    case 2:
        return error_tree_build_exceptions(arena, value);
    default:
        return error_tree_build_details(arena, value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    AUTO_PTR(arena) arena = arena_create();
    char *bytes = memory_alloc(size - 1);
    memcpy(bytes, data + 1, size - 1);
    const struct statement *root = build(arena, data[0], bytes, size - 1);
    // The tree keeps nothing of its input.
    free(bytes);
    check(arena, root);
    return 0;
}
