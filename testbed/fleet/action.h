// SPDX-License-Identifier: MIT
// An action in the short form of a scenario becomes the object K10 would serve: labels, times,
// subject, status.
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "fleet/object.h"
#include "fleet/resource.h"

// How a cluster renders its objects.
struct action_style {
    const char *cluster;
    uint64_t seed;
    int64_t now;
    enum key_order order;
    bool k10_v4;    // RunActions without namespace, no runActionNamespace label
    bool item_kind; // elements of a list carry kind and apiVersion
};

// The full object for the scenario's short form; the caller owns the reference. index makes up a
// name when none is given.
json_t *action_object(const struct action_style *style, const struct resource *resource,
                      const json_t *action, size_t index);

// The object with status.actionDetails filled in, as GET .../details answers.
json_t *action_details(const json_t *object, const json_t *phases);

// Appends the object as an element of a list.
void action_write_element(struct buf *out, const struct action_style *style, const json_t *object);
