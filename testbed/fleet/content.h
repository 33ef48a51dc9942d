// SPDX-License-Identifier: MIT
// What a cluster holds at one moment: written items and, before them in every list, the generated
// history. Contents are immutable and counted; a change makes a new one, so that a list being
// streamed or paged keeps the one it began with.
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "fleet/generator.h"
#include "fleet/item.h"

struct content {
    atomic_size_t references;
    const struct generator *generator; // borrowed from the cluster; NULL without a history
    struct item **items;
    size_t count;
    unsigned long version;
};

// One reference, no items.
struct content *content_create(const struct generator *generator);
struct content *content_retain(struct content *content);
void content_release(struct content *content);

// A new content with the actions of an array (short form) added; one of the same kind, namespace
// and name takes the old one's place.
bool content_add(const struct content *content, const struct action_style *style,
                 const struct resource *fallback, const json_t *actions, struct content **ret,
                 struct error *error) MUST_USE;

// A new content without the written items that fit; NULL fits all. With neither, the generated
// history goes too.
struct content *content_remove(const struct content *content, const struct resource *resource,
                               const char *namespace, const char *name);

// The number of objects of a kind, and one by its number: positions run from 0, generated first.
size_t content_count(const struct content *content, const struct resource *resource);

// A place in a list. item is NULL for a generated object.
struct content_entry {
    const struct item *item;
    struct generated generated;
    size_t index;
};

// Walks the objects of a kind from position on: *cursor is private, 0 at first.
bool content_entry_at(const struct content *content, const struct resource *resource,
                      size_t position, size_t *cursor, struct content_entry *ret);

// A new reference to the object of an entry; NULL for a raw_text.
json_t *content_entry_object(const struct content *content, const struct resource *resource,
                             const struct content_entry *entry);
