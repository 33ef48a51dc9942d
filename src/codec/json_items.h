// SPDX-License-Identifier: MIT
// Cuts the elements of a Kubernetes list's `items` array out of a byte stream, whatever the order
// of the root object's keys and the sizes of the chunks. Each element is handed out as exact bytes
// as soon as it is complete; all else (kind, metadata, a Status) is kept as a small skeleton that
// the caller parses at the end. Memory does not grow with the list. Nothing here parses numbers
// or strings: an element is bytes between matching braces.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

struct json_items;

struct json_items_limits {
    size_t item_bytes;     // largest element, e.g. 16 MiB
    size_t skeleton_bytes; // everything outside items, e.g. 256 KiB
    size_t total_bytes;    // the whole body
};

struct json_items_sink {
    // One element, an object from '{' to '}' (bytes are not NUL-terminated and die with the
    // call). False, with error set, stops the stream.
    bool (*item)(void *context, const char *bytes, size_t len, struct error *error);
    void *context;
};

struct json_items *json_items_create(const struct json_items_limits *limits,
                                     const struct json_items_sink *sink);
void json_items_destroy(struct json_items *items);
DEFINE_CLEANUP_PTR(json_items, json_items_destroy)

// The next bytes of the body, any number. ERROR_PROTOCOL when the root is no JSON object (an HTML
// page), when braces do not match, when an element of items is not an object, when items is
// neither array nor null, or comes twice; ERROR_LIMIT past a limit. After a failure every call
// fails the same way.
bool json_items_feed(struct json_items *items, const char *bytes, size_t len,
                     struct error *error) MUST_USE;

// The end of the body: ERROR_PROTOCOL when the root object has not closed or other than white space
// follows it. The skeleton is the root object with `"items":[]` (or null) in place of the elements;
// it lives until destroy. ret_has_items tells whether the root had an items member.
bool json_items_finish(struct json_items *items, const char **ret_skeleton, size_t *ret_len,
                       bool *ret_has_items, struct error *error) MUST_USE;

// Elements handed out so far.
size_t json_items_count(const struct json_items *items);
