// SPDX-License-Identifier: MIT
// What a sentence of an error says: plain text, JSON within it (whole, cut, with a layer of escapes
// left), what stands behind the JSON.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "k10/error_builder.h"

// What a text says: becomes node's message and children. The text lives in the builder's arena
// and is NUL-terminated; cut tells that its source ended inside it.
struct error_text {
    const char *text;
    size_t len;
    bool cut;
    size_t level;
};

void error_text_speak(struct error_builder *builder, struct error_node *node,
                      const struct error_text *text);
