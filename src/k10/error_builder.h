// SPDX-License-Identifier: MIT
// A tree of statements being built, and its bounds. error_walk (objects) calls error_text
// (sentences) for the texts in objects; error_text finds objects in texts and hands them to walk.
// Only the error_* files of this layer use it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/root_cause.h"
#include "k10/error_value.h"

struct error_node {
    struct statement statement; // first: a statement made here is the start of its node
    struct error_node *last_child;
    size_t depth;
};

struct error_builder {
    struct arena *arena;
    struct error_budget budget;
    size_t statements; // that may still be made
    size_t nesting;    // of calls at this moment
    // What a value says, as statements below parent; level counts JSON in strings.
    void (*walk)(struct error_builder *builder, struct error_node *parent,
                 const struct error_value *value, size_t level);
};

enum {
    ERROR_TREE_MAX_STATEMENTS = 4096,
    ERROR_TREE_MAX_DEPTH = 400, // of statements; below ROOT_CAUSE_MAX_DEPTH
    ERROR_TREE_MAX_LEVELS = 16, // of JSON in strings
    ERROR_TREE_MAX_NESTING = 1024,
    ERROR_TREE_MAX_BYTES = 4 << 20,
};

// A new statement below parent; NULL when a bound is reached: what was said above then counts.
struct error_node *error_builder_add(struct error_builder *builder, struct error_node *parent);
