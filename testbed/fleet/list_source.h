// SPDX-License-Identifier: MIT
// The items of one page as a stream: objects are rendered a few at a time, so that memory does not
// grow with the list.
#pragma once

#include "fleet/content.h"
#include "fleet/fault.h"
#include "fleet/selector.h"
#include "fleet/source.h"

struct list_page {
    struct content *content;
    const struct resource *resource;
    const char *namespace; // "" for all
    const struct selector *selector;
    const struct fault_set *faults;
    struct action_style style;
    size_t start;
    size_t end;  // positions, not counts of items
    size_t next; // where the next page begins, 0 for none
    size_t remaining;
};

// True when the object at position belongs to the list; *cursor is content_entry_at's.
bool list_page_has(const struct list_page *page, size_t position, size_t *cursor);

// The whole body: head, the items array, tail. Keeps a copy of everything it needs.
struct source *list_source_create(const struct list_page *page, const char *head, const char *tail);
