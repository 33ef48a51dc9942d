// SPDX-License-Identifier: MIT
// Where something happened, from members such as appNamespace, pvc and subject: names, objects or
// JSON in a string.
#pragma once

#include "k10/error_builder.h"

// Adds what a place member of that kind ("namespace") says to node's where.
void error_place_read(struct error_builder *builder, struct error_node *node, const char *kind,
                      const struct error_value *value);
