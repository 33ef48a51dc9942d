// SPDX-License-Identifier: MIT
#include "codec/json_items.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/json_items_scan.h"
#include "codec/json_skeleton.h"

#include "base/banned.h"

// Where the next byte of the array stands.
enum place { BEFORE_FIRST_ITEM, BEFORE_ITEM, IN_ITEM, AFTER_ITEM };

struct json_items {
    struct json_items_limits limits;
    struct json_items_sink sink;
    struct error error; // the first failure
    size_t total;
    size_t count;
    struct json_skeleton skeleton;
    enum place place;      // means something while the skeleton stands in items
    size_t depth;          // brackets open within the item
    struct json_scan scan; // within the array
    struct buf carry;      // the part of an item that came with earlier chunks
};

// The bytes at hand, and where the item began: 0 for one that began before them.
struct chunk {
    const char *bytes;
    size_t len;
    size_t item_start;
};

struct json_items *json_items_create(const struct json_items_limits *limits,
                                     const struct json_items_sink *sink)
{
    struct json_items *items = memory_alloc(sizeof *items);
    items->limits = *limits;
    items->sink = *sink;
    json_skeleton_init(&items->skeleton, limits->skeleton_bytes);
    buf_init(&items->carry, limits->item_bytes);
    return items;
}

void json_items_destroy(struct json_items *items)
{
    if (items != NULL) {
        json_skeleton_finish(&items->skeleton);
        buf_finish(&items->carry);
        free(items);
    }
}

static bool in_items(const struct json_items *items)
{
    return items->skeleton.place == SKELETON_IN_ITEMS;
}

static bool fail_item_limit(struct json_items *items)
{
    return error_set(&items->error, ERROR_LIMIT, "items[%zu] is larger than %zu bytes",
                     items->count, items->limits.item_bytes);
}

// end is the byte after the item's last one.
static bool end_item(struct json_items *items, const struct chunk *chunk, size_t end)
{
    const char *bytes = chunk->bytes + chunk->item_start;
    size_t len = end - chunk->item_start;
    if (chunk->bytes[end - 1] != '}') {
        return error_set(&items->error, ERROR_PROTOCOL,
                         "items[%zu] begins as an object and ends as an array", items->count);
    }
    if (items->carry.len > 0) {
        buf_add(&items->carry, bytes, len);
        bytes = items->carry.data;
        len = items->carry.len;
    }
    if (items->carry.overflow || len > items->limits.item_bytes) {
        return fail_item_limit(items);
    }
    if (!items->sink.item(items->sink.context, bytes, len, &items->error)) {
        return false;
    }
    buf_reset(&items->carry);
    items->count++;
    items->place = AFTER_ITEM;
    return true;
}

static bool fail_between(struct json_items *items, char c)
{
    if (items->place == AFTER_ITEM) {
        return error_set(&items->error, ERROR_PROTOCOL, "no comma after items[%zu]",
                         items->count - 1);
    }
    if (c == ',' || c == ']') {
        return error_set(&items->error, ERROR_PROTOCOL, "a comma too many before items[%zu]",
                         items->count);
    }
    return error_set(&items->error, ERROR_PROTOCOL, "items[%zu] is %s, not an object", items->count,
                     json_skeleton_kind(c));
}

// One byte outside an item.
static bool take_between(struct json_items *items, char c)
{
    if (json_skeleton_is_blank(c)) {
        return true;
    }
    if (c == '{' && items->place != AFTER_ITEM) {
        items->place = IN_ITEM;
        items->depth = 0;
    } else if (c == ',' && items->place == AFTER_ITEM) {
        items->place = BEFORE_ITEM;
    } else if (c == ']' && items->place != BEFORE_ITEM) {
        json_skeleton_end_items(&items->skeleton);
    } else {
        return fail_between(items, c);
    }
    return true;
}

// Follows the brackets of a block in which an item begins or may end. *at goes to the end of the
// block, or to the byte after the array when that ends before.
static bool walk_block(struct json_items *items, struct chunk *chunk,
                       const struct json_scan_block *block, size_t *at, size_t end)
{
    size_t base = *at;
    while (*at < end && in_items(items)) {
        if (items->place != IN_ITEM) {
            chunk->item_start = *at;
            if (!take_between(items, chunk->bytes[*at])) {
                return false;
            }
            *at += items->place == IN_ITEM ? 0 : 1;
            continue;
        }
        uint64_t brackets = (block->open | block->close) >> (*at - base);
        if (brackets == 0) {
            *at = end;
            return true;
        }
        *at += (size_t)__builtin_ctzll(brackets);
        bool opens = (block->open >> (*at - base) & 1) != 0;
        *at += 1;
        if (opens) {
            items->depth++;
        } else if (--items->depth == 0 && !end_item(items, chunk, *at)) {
            return false;
        }
    }
    return true;
}

static bool take_items(struct json_items *items, struct chunk *chunk, size_t *at)
{
    while (*at < chunk->len && in_items(items)) {
        size_t len = chunk->len - *at;
        len = len < JSON_SCAN_BLOCK ? len : JSON_SCAN_BLOCK;
        struct json_scan_block block;
        json_scan_block(&items->scan, chunk->bytes + *at, len, &block);
        size_t closing = (size_t)__builtin_popcountll(block.close);
        if (items->place == IN_ITEM && items->depth > closing) {
            items->depth += (size_t)__builtin_popcountll(block.open) - closing;
            *at += len;
        } else if (!walk_block(items, chunk, &block, at, *at + len)) {
            return false;
        }
    }
    return true;
}

static bool take_chunk(struct json_items *items, struct chunk *chunk)
{
    if (chunk->len > items->limits.total_bytes - items->total) {
        return error_set(&items->error, ERROR_LIMIT, "the body is larger than %zu bytes",
                         items->limits.total_bytes);
    }
    items->total += chunk->len;
    size_t at = 0;
    while (at < chunk->len) {
        bool was_in_items = in_items(items);
        if (!json_skeleton_take(&items->skeleton, chunk->bytes, chunk->len, &at, &items->error)) {
            return false;
        }
        if (in_items(items) && !was_in_items) {
            items->place = BEFORE_FIRST_ITEM;
            items->scan = (struct json_scan){0};
        }
        if (!take_items(items, chunk, &at)) {
            return false;
        }
    }
    if (in_items(items) && items->place == IN_ITEM) {
        buf_add(&items->carry, chunk->bytes + chunk->item_start, chunk->len - chunk->item_start);
    }
    return !items->carry.overflow || fail_item_limit(items);
}

static bool report(const struct json_items *items, struct error *error)
{
    if (items->error.class != ERROR_NONE) {
        *error = items->error;
    }
    return items->error.class == ERROR_NONE;
}

bool json_items_feed(struct json_items *items, const char *bytes, size_t len, struct error *error)
{
    struct chunk chunk = {.bytes = bytes, .len = len};
    bool failed = items->error.class == ERROR_NONE && !take_chunk(items, &chunk);
    if (failed && items->error.class == ERROR_NONE) {
        // A sink that fails without saying why must not pass for success.
        (void)error_set(&items->error, ERROR_INTERNAL, "items[%zu] was refused", items->count);
    }
    return report(items, error);
}

bool json_items_finish(struct json_items *items, const char **ret_skeleton, size_t *ret_len,
                       bool *ret_has_items, struct error *error)
{
    if (!report(items, error)) {
        return false;
    }
    if (items->skeleton.place == SKELETON_BEFORE_ROOT) {
        return error_set(error, ERROR_PROTOCOL, "the body is empty, not a JSON object");
    }
    if (items->skeleton.place != SKELETON_AFTER_ROOT) {
        return error_set(error, ERROR_PROTOCOL,
                         "the body was cut: it ends inside its JSON object, after %zu bytes and "
                         "%zu items",
                         items->total, items->count);
    }
    *ret_skeleton = items->skeleton.text.data;
    *ret_len = items->skeleton.text.len;
    *ret_has_items = items->skeleton.has_items;
    return true;
}

size_t json_items_count(const struct json_items *items)
{
    return items->count;
}
