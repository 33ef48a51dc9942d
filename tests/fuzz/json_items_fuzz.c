// SPDX-License-Identifier: MIT
// json_items: the first two bytes choose how the rest is cut into chunks; the outcome must be that
// of the whole in one chunk, and for what a parser accepts the items must be the parser's.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/json.h"
#include "codec/json_items.h"

enum { LIMIT = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

struct outcome {
    bool ok;
    bool has_items;
    size_t count;
    struct buf items; // each with its length before it
    struct buf skeleton;
    struct error error;
};

static bool keep_item(void *context, const char *bytes, size_t len, struct error *error)
{
    (void)error;
    struct outcome *outcome = context;
    require(len >= 2 && bytes[0] == '{' && bytes[len - 1] == '}');
    buf_add_format(&outcome->items, "%zu:", len);
    buf_add(&outcome->items, bytes, len);
    return true;
}

static void outcome_cleanup(struct outcome *outcome)
{
    buf_finish(&outcome->items);
    buf_finish(&outcome->skeleton);
}

static bool feed_copy(struct json_items *items, const uint8_t *data, size_t size,
                      struct error *error)
{
    char *copy = malloc(size > 0 ? size : 1); // no NUL behind it
    require(copy != NULL);
    memcpy(copy, data, size);
    bool ok = json_items_feed(items, copy, size, error);
    free(copy);
    return ok;
}

// step 0: all in one chunk; else sizes from 1 to step, in an order that seed chooses.
static void cut(const uint8_t *data, size_t size, size_t step, uint32_t seed, struct outcome *ret)
{
    *ret = (struct outcome){.ok = true, .error = {.class = ERROR_NONE}};
    buf_init(&ret->items, (size_t)16 * LIMIT);
    buf_init(&ret->skeleton, LIMIT);
    struct json_items_limits limits = {LIMIT, LIMIT, LIMIT};
    struct json_items_sink sink = {keep_item, ret};
    AUTO_PTR(json_items) items = json_items_create(&limits, &sink);
    for (size_t at = 0; at < size && ret->ok;) {
        seed = seed * 1664525U + 1013904223U;
        size_t len = step == 0 ? size : 1 + (seed >> 8) % step;
        len = len < size - at ? len : size - at;
        ret->ok = feed_copy(items, data + at, len, &ret->error);
        at += len;
    }
    const char *skeleton = NULL;
    size_t len = 0;
    ret->ok = ret->ok && json_items_finish(items, &skeleton, &len, &ret->has_items, &ret->error);
    ret->count = json_items_count(items);
    if (ret->ok) {
        buf_add(&ret->skeleton, skeleton, len);
    }
}

static bool same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void compare_with_parser(const struct json *whole, const struct outcome *outcome)
{
    const char *at = outcome->items.data;
    for (size_t i = 0; i < outcome->count; i++) {
        char *bytes = NULL;
        size_t len = strtoul(at, &bytes, 10);
        struct json *item = NULL;
        struct error error;
        require(json_parse(bytes + 1, len, &item, &error));
        AUTO(buf) ours;
        AUTO(buf) theirs;
        buf_init(&ours, 64 * LIMIT);
        buf_init(&theirs, 64 * LIMIT);
        json_write(item, JSON_COMPACT, &ours);
        json_write(json_at(json_get(whole, "items"), i), JSON_COMPACT, &theirs);
        // Depth counts from the root, so an item alone may keep two levels more.
        require(same(&ours, &theirs) || outcome->items.len > 900);
        json_free(item);
        at = bytes + 1 + len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    size_t step = 1 + data[0];
    uint32_t seed = data[1];
    data += 2;
    size -= 2;
    AUTO(outcome) one;
    AUTO(outcome) many;
    cut(data, size, 0, 0, &one);
    cut(data, size, step, seed, &many);
    require(one.ok == many.ok && one.count == many.count && same(&one.items, &many.items));
    require(one.ok || strcmp(one.error.text, many.error.text) == 0);
    require(one.error.class == many.error.class);
    require(!one.ok || (one.has_items == many.has_items && same(&one.skeleton, &many.skeleton)));

    struct json *whole = NULL;
    struct json *skeleton = NULL;
    struct error error;
    require(!one.ok || one.has_items || one.count == 0);
    if (one.ok && json_parse((const char *)data, size, &whole, &error)) {
        require(json_parse(one.skeleton.data, one.skeleton.len, &skeleton, &error));
        require(json_is_object(skeleton));
        // An escaped spelling of the key is "items" to the parser only.
        if (memmem(data, size, "\\u", 2) == NULL) {
            require(json_count(json_get(whole, "items")) == one.count);
            compare_with_parser(whole, &one);
        }
    }
    json_free(whole);
    json_free(skeleton);
    return 0;
}
