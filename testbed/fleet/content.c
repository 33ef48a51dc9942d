// SPDX-License-Identifier: MIT
#include "fleet/content.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#include "base/banned.h"

struct content *content_create(const struct generator *generator)
{
    struct content *content = memory_alloc(sizeof *content);
    *content = (struct content){.generator = generator, .version = 1};
    atomic_init(&content->references, 1);
    return content;
}

struct content *content_retain(struct content *content)
{
    atomic_fetch_add(&content->references, 1);
    return content;
}

void content_release(struct content *content)
{
    if (content == NULL || atomic_fetch_sub(&content->references, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < content->count; i++) {
        item_release(content->items[i]);
    }
    free(content->items);
    free(content);
}

static void append(struct content *content, struct item *item)
{
    if (content->count % 64 == 0) {
        content->items =
            memory_resize(content->items, (content->count + 64) * sizeof *content->items);
    }
    content->items[content->count++] = item;
}

static bool same_object(const struct item *a, const struct item *b)
{
    return a->resource == b->resource && strcmp(a->namespace, b->namespace) == 0 &&
           strcmp(a->name, b->name) == 0;
}

static void replace_or_append(struct content *content, struct item *item)
{
    for (size_t i = 0; i < content->count; i++) {
        if (item->object != NULL && item->name[0] != '\0' && same_object(content->items[i], item)) {
            item_release(content->items[i]);
            content->items[i] = item;
            return;
        }
    }
    append(content, item);
}

bool content_add(const struct content *content, const struct action_style *style,
                 const struct resource *fallback, const json_t *actions, struct content **ret,
                 struct error *error)
{
    if (!json_is_array(actions)) {
        return error_set(error, ERROR_SETTINGS, "a list of objects was expected");
    }
    struct content *next = content_create(content->generator);
    next->version = content->version + 1;
    for (size_t i = 0; i < content->count; i++) {
        append(next, item_retain(content->items[i]));
    }
    for (size_t i = 0; i < json_array_size(actions); i++) {
        struct item *item = NULL;
        size_t index = (size_t)content->version * 100000 + i;
        if (!item_create(style, fallback, json_array_get(actions, i), index, &item, error)) {
            content_release(next);
            return false;
        }
        replace_or_append(next, item);
    }
    *ret = next;
    return true;
}

struct content *content_remove(const struct content *content, const struct resource *resource,
                               const char *namespace, const char *name)
{
    bool all = resource == NULL && namespace == NULL && name == NULL;
    struct content *next = content_create(all ? NULL : content->generator);
    next->version = content->version + 1;
    for (size_t i = 0; i < content->count && !all; i++) {
        struct item *item = content->items[i];
        bool fits = (resource == NULL || item->resource == resource) &&
                    (namespace == NULL || strcmp(item->namespace, namespace) == 0) &&
                    (name == NULL || strcmp(item->name, name) == 0);
        if (!fits) {
            append(next, item_retain(item));
        }
    }
    return next;
}

size_t content_count(const struct content *content, const struct resource *resource)
{
    size_t count = generator_count(content->generator, resource);
    for (size_t i = 0; i < content->count; i++) {
        count += content->items[i]->resource == resource;
    }
    return count;
}

bool content_entry_at(const struct content *content, const struct resource *resource,
                      size_t position, size_t *cursor, struct content_entry *ret)
{
    size_t generated = generator_count(content->generator, resource);
    ret->item = NULL;
    ret->index = position;
    if (position < generated) {
        generator_describe(content->generator, resource, position, &ret->generated);
        return true;
    }
    // The cursor remembers where the last written item was found: (index + 1), its rank implied
    // by calls with rising positions; a jump starts over.
    size_t rank = position - generated;
    size_t from = *cursor;
    size_t skip = from == 0 ? rank : 0;
    for (size_t i = from; i < content->count; i++) {
        if (content->items[i]->resource != resource) {
            continue;
        }
        if (skip == 0) {
            ret->item = content->items[i];
            *cursor = i + 1;
            return true;
        }
        skip--;
    }
    return false;
}

json_t *content_entry_object(const struct content *content, const struct resource *resource,
                             const struct content_entry *entry)
{
    if (entry->item != NULL) {
        return json_incref(entry->item->object);
    }
    struct buf text;
    buf_init(&text, OBJECT_TEXT_MAX);
    generator_render(content->generator, resource, &entry->generated, entry->index, &text);
    json_t *object = json_loadb(text.data, text.len, 0, NULL);
    buf_finish(&text);
    return object;
}
