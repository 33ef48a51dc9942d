// SPDX-License-Identifier: MIT
// Cuts a text with json_items in chunks of any size, for the tests of it. cmocka.h comes before.
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/json_items.h"

enum { LIMIT = 1 << 20 };

static const struct json_items_limits wide = {LIMIT, LIMIT, (size_t)4 * LIMIT};

// What a stream gave: each item followed by a byte 1, which no test has in an item.
struct result {
    bool ok;
    struct buf items;
    struct buf skeleton;
    bool has_items;
    size_t count;
    struct error error;
};

static inline bool keep_item(void *context, const char *bytes, size_t len, struct error *error)
{
    (void)error;
    struct buf *items = context;
    buf_add(items, bytes, len);
    buf_add_char(items, '\x01');
    return true;
}

static inline void result_init(struct result *result)
{
    *result = (struct result){.error = {.class = ERROR_NONE}};
    buf_init(&result->items, (size_t)8 * LIMIT);
    buf_init(&result->skeleton, LIMIT);
}

static inline void result_cleanup(struct result *result)
{
    buf_finish(&result->items);
    buf_finish(&result->skeleton);
}

// Every chunk lies in memory of its exact size, so that the sanitizer sees a read past it.
static inline bool feed_copy(struct json_items *items, const char *bytes, size_t len,
                             struct error *error)
{
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    bool ok = json_items_feed(items, copy, len, error);
    free(copy);
    return ok;
}

static inline size_t next_random(uint64_t *state, size_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (size_t)(*state >> 11) % below;
}

// chunk 0: sizes at random from seed.
static inline void cut(const char *text, size_t len, size_t chunk, uint64_t seed,
                       const struct json_items_limits *limits, struct result *ret)
{
    struct json_items_sink sink = {keep_item, &ret->items};
    AUTO_PTR(json_items) items = json_items_create(limits, &sink);
    const char *skeleton;
    size_t skeleton_len;
    ret->ok = true;
    for (size_t at = 0; at < len && ret->ok;) {
        size_t size = chunk != 0 ? chunk : next_random(&seed, 300);
        size = size < len - at ? size : len - at;
        ret->ok = feed_copy(items, text + at, size, &ret->error);
        at += size;
    }
    struct error again;
    if (!ret->ok) {
        assert_false(json_items_feed(items, "}", 1, &again));
        assert_string_equal(again.text, ret->error.text);
        assert_false(json_items_finish(items, &skeleton, &skeleton_len, &ret->has_items, &again));
        assert_string_equal(again.text, ret->error.text);
    } else {
        ret->ok = json_items_finish(items, &skeleton, &skeleton_len, &ret->has_items, &ret->error);
    }
    if (ret->ok) {
        buf_add(&ret->skeleton, skeleton, skeleton_len);
    }
    ret->count = json_items_count(items);
}
