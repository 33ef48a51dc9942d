// SPDX-License-Identifier: MIT
// Long histories that need no memory: object number i of a kind is computed from the seed when it
// is asked for, by filling a stencil rendered once. The same number gives the same object always,
// so that pages fit together. Immutable once created; shared by threads.
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/timestamp.h"
#include "fleet/action.h"

struct generator;

// What differs from one generated object to the next.
struct generated {
    char name[32];
    char run[32];
    char app[32];
    char policy[32];
    char uid[OBJECT_UID_BYTES];
    char created[TIMESTAMP_TEXT_BYTES];
    char scheduled[TIMESTAMP_TEXT_BYTES];
    char start[TIMESTAMP_TEXT_BYTES];
    char end[TIMESTAMP_TEXT_BYTES];
    uint64_t noise; // seeds the part of an object that does not compress
    bool failed;
};

// From the scenario's "generate" object; errors is a non-empty array of status.error values in
// which @APP@, @RUN@ and @POLICY@ are replaced. ERROR_SETTINGS for an unknown key or a bad value.
bool generator_create(const struct action_style *style, const json_t *settings,
                      const json_t *errors, struct generator **ret, struct error *error) MUST_USE;
void generator_destroy(struct generator *generator);

// The number of objects of a kind; 0 for a NULL generator.
size_t generator_count(const struct generator *generator, const struct resource *resource);

void generator_describe(const struct generator *generator, const struct resource *resource,
                        size_t index, struct generated *ret);

// The namespace object index is in, "" for none.
const char *generator_namespace(const struct resource *resource, const struct generated *generated);

// Appends object index as an element of a list.
void generator_render(const struct generator *generator, const struct resource *resource,
                      const struct generated *generated, size_t index, struct buf *out);
