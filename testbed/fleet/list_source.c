// SPDX-License-Identifier: MIT
#include "fleet/list_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#include "base/banned.h"

enum { REFILL_BYTES = 32768, DEEP_LEVELS = 2000 };

struct list_source {
    struct source base;
    struct content *content;
    const struct resource *resource;
    char *namespace;
    struct selector selector;
    struct action_style style;
    char *tail;
    size_t at;
    size_t end;
    size_t cursor;
    size_t items;       // written so far
    size_t break_after; // items, then half of the next and no more; SIZE_MAX: never
    bool duplicate;
    bool ended;
    struct buf ready;
    size_t taken;
};

static bool matches(const struct content *content, const struct resource *resource,
                    const char *namespace, const struct selector *selector,
                    const struct content_entry *entry)
{
    const char *of = entry->item != NULL ? entry->item->namespace
                                         : generator_namespace(resource, &entry->generated);
    if (namespace[0] != '\0' && strcmp(of, namespace) != 0) {
        return false;
    }
    if (selector->count == 0) {
        return true;
    }
    json_t *object = content_entry_object(content, resource, entry);
    bool matched = selector_matches(selector, object);
    json_decref(object);
    return matched;
}

bool list_page_has(const struct list_page *page, size_t position, size_t *cursor)
{
    struct content_entry entry;
    return content_entry_at(page->content, page->resource, position, cursor, &entry) &&
           matches(page->content, page->resource, page->namespace, page->selector, &entry);
}

static void add_item(struct list_source *self, const char *text, size_t len)
{
    if (self->items > 0) {
        buf_add_char(&self->ready, ',');
    }
    if (self->items == self->break_after) {
        buf_add(&self->ready, text, len / 2);
        self->ended = true;
        return;
    }
    buf_add(&self->ready, text, len);
    self->items++;
}

static void add_entry(struct list_source *self, const struct content_entry *entry)
{
    if (entry->item != NULL) {
        add_item(self, entry->item->text, entry->item->len);
        return;
    }
    struct buf text;
    buf_init(&text, OBJECT_TEXT_MAX);
    generator_render(self->content->generator, self->resource, &entry->generated, entry->index,
                     &text);
    add_item(self, text.data, text.len);
    buf_finish(&text);
}

// Renders until there is a good block of bytes or the list is over.
static void refill(struct list_source *self)
{
    buf_reset(&self->ready);
    self->taken = 0;
    while (self->ready.len < REFILL_BYTES && !self->ended) {
        struct content_entry entry;
        if (self->at >= self->end ||
            !content_entry_at(self->content, self->resource, self->at, &self->cursor, &entry)) {
            buf_add_char(&self->ready, ']');
            buf_add_text(&self->ready, self->tail);
            self->ended = true;
            return;
        }
        self->at++;
        if (!matches(self->content, self->resource, self->namespace, &self->selector, &entry)) {
            continue;
        }
        add_entry(self, &entry);
        if (self->duplicate && !self->ended) {
            add_entry(self, &entry);
        }
    }
}

static size_t read_list(struct source *source, char *out, size_t max)
{
    struct list_source *self = (struct list_source *)source;
    if (self->taken == self->ready.len && !self->ended) {
        refill(self);
    }
    size_t len = self->ready.len - self->taken;
    len = len > max ? max : len;
    memcpy(out, self->ready.data + self->taken, len);
    self->taken += len;
    return len;
}

static void destroy_list(struct source *source)
{
    struct list_source *self = (struct list_source *)source;
    content_release(self->content);
    buf_finish(&self->ready);
    free(self->namespace);
    free(self->tail);
    free(self);
}

// An extra failed object whose error message is the given text in JSON's spelling.
static void add_odd_item(struct list_source *self, const char *name, const char *message,
                         size_t len)
{
    char run[64];
    struct buf text;
    (void)snprintf(run, sizeof run, "run-%s", name);
    json_t *action = json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:{s:s}}", "name", name, "run", run, "app",
                               "odd-app", "policy", "odd-policy", "state", "Failed", "minutes_ago",
                               5, "error", "message", "@MESSAGE@");
    json_t *object = action_object(&self->style, self->resource, action, 0);
    buf_init(&text, OBJECT_TEXT_MAX);
    action_write_element(&text, &self->style, object);
    const char *place = strstr(text.data, "@MESSAGE@");
    struct buf odd;
    buf_init(&odd, OBJECT_TEXT_MAX);
    if (place != NULL) {
        buf_add(&odd, text.data, (size_t)(place - text.data));
        buf_add(&odd, message, len);
        buf_add_text(&odd, place + strlen("@MESSAGE@"));
        add_item(self, odd.data, odd.len);
    }
    buf_finish(&odd);
    buf_finish(&text);
    json_decref(object);
    json_decref(action);
}

static void add_deep_item(struct list_source *self)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_add_text(&text, "{\"metadata\":{\"name\":\"deep-item\"},\"status\":");
    for (int i = 0; i < DEEP_LEVELS; i++) {
        buf_add_text(&text, "{\"cause\":");
    }
    buf_add_text(&text, "null");
    for (int i = 0; i < DEEP_LEVELS; i++) {
        buf_add_char(&text, '}');
    }
    buf_add_char(&text, '}');
    add_item(self, text.data, text.len);
    buf_finish(&text);
}

static void add_fault_items(struct list_source *self, const struct fault_set *faults)
{
    static const char bad_utf8[] = "bad \xff\xfe\xc3( \xed\xa0\x80 \xf5 bytes";
    static const char surrogate[] = "lone \\ud800 and \\udc00 surrogates";
    static const char nul[] = "before \\u0000 after";
    const json_t *not_object = fault_set_get(faults, FAULT_ITEM_NOT_OBJECT);
    if (fault_set_get(faults, FAULT_BAD_UTF8) != NULL) {
        add_odd_item(self, "bad-utf8", bad_utf8, sizeof bad_utf8 - 1);
    }
    if (fault_set_get(faults, FAULT_LONE_SURROGATE) != NULL) {
        add_odd_item(self, "lone-surrogate", surrogate, sizeof surrogate - 1);
    }
    if (fault_set_get(faults, FAULT_NUL_ESCAPE) != NULL) {
        add_odd_item(self, "nul-escape", nul, sizeof nul - 1);
    }
    if (fault_set_get(faults, FAULT_DEEP_ITEM) != NULL) {
        add_deep_item(self);
    }
    if (not_object != NULL) {
        const char *items = object_string(not_object, "items", "1,\"text\",null,[]");
        add_item(self, items, strlen(items));
    }
}

static size_t break_after(const struct fault_set *faults)
{
    static const enum fault_id ids[] = {FAULT_TRUNCATED, FAULT_TRUNCATED_CHUNKED,
                                        FAULT_TRUNCATED_JSON, FAULT_HANG_BODY};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        long after = object_long(fault_set_get(faults, ids[i]), "after_items", -1);
        if (after >= 0) {
            return (size_t)after;
        }
    }
    return SIZE_MAX;
}

static char *copy_text(const char *text)
{
    size_t len = strlen(text) + 1;
    return memcpy(memory_alloc(len), text, len);
}

struct source *list_source_create(const struct list_page *page, const char *head, const char *tail)
{
    struct list_source *self = memory_alloc(sizeof *self);
    memset(self, 0, sizeof *self);
    self->base = (struct source){read_list, destroy_list};
    self->content = content_retain(page->content);
    self->resource = page->resource;
    self->namespace = copy_text(page->namespace);
    self->style = page->style;
    self->tail = copy_text(tail);
    self->at = page->start;
    self->end = page->end;
    self->break_after = break_after(page->faults);
    self->duplicate = fault_set_get(page->faults, FAULT_DUPLICATE_ITEMS) != NULL;
    buf_init(&self->ready, OBJECT_TEXT_MAX);
    buf_add_text(&self->ready, head);
    self->selector = *page->selector;
    if (fault_set_get(page->faults, FAULT_ITEMS_NULL) != NULL) {
        buf_add_text(&self->ready, "null");
        buf_add_text(&self->ready, tail);
        self->ended = true;
        return &self->base;
    }
    buf_add_char(&self->ready, '[');
    if (page->start == 0) {
        add_fault_items(self, page->faults);
    }
    return &self->base;
}
