// SPDX-License-Identifier: MIT
// What the members of an error object say, by k10/error_fields' table, as statements.
#pragma once

#include <stddef.h>

#include "k10/error_builder.h"

// What a value says, as statements below parent. level counts JSON in strings.
void error_walk_value(struct error_builder *builder, struct error_node *parent,
                      const struct error_value *value, size_t level);

// The same for the value that is the whole error: what an object or a text says becomes root's own
// message.
void error_walk_root(struct error_builder *builder, struct error_node *root,
                     const struct error_value *value);
