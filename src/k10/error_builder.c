// SPDX-License-Identifier: MIT
#include "k10/error_builder.h"

#include "base/arena.h"

#include "base/banned.h"

struct error_node *error_builder_add(struct error_builder *builder, struct error_node *parent)
{
    if (builder->statements == 0 || parent->depth + 1 >= ERROR_TREE_MAX_DEPTH) {
        return NULL;
    }
    builder->statements--;
    struct error_node *node = arena_alloc(builder->arena, sizeof *node);
    node->depth = parent->depth + 1;
    if (parent->last_child == NULL) {
        parent->statement.first_child = &node->statement;
    } else {
        parent->last_child->statement.next_sibling = &node->statement;
    }
    parent->last_child = node;
    return node;
}
