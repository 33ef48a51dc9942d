// SPDX-License-Identifier: MIT
// One object of a cluster, rendered. Items are immutable once built and counted by reference, so
// that a list being streamed is not disturbed when the cluster's content changes.
#pragma once

#include <jansson.h>
#include <stdatomic.h>

#include "base/error.h"
#include "fleet/action.h"

struct item {
    atomic_size_t references;
    const struct resource *resource;
    char *namespace; // "" for none
    char *name;
    char *text; // as an element of a list
    size_t len;
    json_t *object; // NULL for a raw_text: its bytes need not be JSON
    json_t *phases; // what /details shows, or NULL to make it up
};

// An item with one reference. ERROR_SETTINGS names what is wrong with the short form; fallback is
// its resource when it names no kind (NULL: it must).
bool item_create(const struct action_style *style, const struct resource *fallback,
                 const json_t *action, size_t index, struct item **ret,
                 struct error *error) MUST_USE;

struct item *item_retain(struct item *item);
void item_release(struct item *item);
