// SPDX-License-Identifier: MIT
// A rendered object cut at its placeholders, so that filling it is a few copies.
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "fleet/generator.h"

enum { STENCIL_PIECES_MAX = 96 };

struct stencil {
    char *text;
    struct {
        size_t start;
        size_t len;
        int field; // the placeholder after the piece, -1 after the last
    } pieces[STENCIL_PIECES_MAX];
    size_t count;
    size_t noise_bytes;
};

// The placeholder of each field, for building the object the stencil is made from.
extern const char stencil_name[];
extern const char stencil_run[];
extern const char stencil_app[];
extern const char stencil_policy[];

// Puts the placeholders of uid and times into object, pads metadata.managedFields so that a filled
// element has about bytes bytes, and cuts it.
void stencil_create(struct stencil *stencil, const struct action_style *style, json_t *object,
                    size_t bytes);
void stencil_finish(struct stencil *stencil);

void stencil_fill(const struct stencil *stencil, const struct generated *values, struct buf *out);
