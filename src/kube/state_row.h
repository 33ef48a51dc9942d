// SPDX-License-Identifier: MIT
// A JSON array under construction whose last elements are left out while they are defaults: the
// short form of told records and incidents.
#pragma once

#include <stddef.h>

#include "codec/json.h"

enum { STATE_ROW_MAX = 12 };

struct state_row {
    struct json *array;
    struct json *waiting[STATE_ROW_MAX]; // defaults that something else may follow
    size_t waiting_count;
};

void state_row_init(struct state_row *row);

// Adds an element; takes value. At most STATE_ROW_MAX defaults may follow each other.
void state_row_add(struct state_row *row, struct json *value);
void state_row_add_default(struct state_row *row, struct json *value);

// A number, which is the default when it equals usual.
void state_row_add_number(struct state_row *row, int64_t number, int64_t usual);

// The array, the caller's; the row may then be begun again.
struct json *state_row_take(struct state_row *row);
