// SPDX-License-Identifier: MIT
#include "kube/state_row.h"

#include "base/banned.h"

void state_row_init(struct state_row *row)
{
    *row = (struct state_row){.array = json_new_array()};
}

void state_row_add(struct state_row *row, struct json *value)
{
    for (size_t i = 0; i < row->waiting_count; i++) {
        json_append(row->array, row->waiting[i]);
    }
    row->waiting_count = 0;
    json_append(row->array, value);
}

void state_row_add_default(struct state_row *row, struct json *value)
{
    if (row->waiting_count == STATE_ROW_MAX) {
        state_row_add(row, value);
    } else {
        row->waiting[row->waiting_count++] = value;
    }
}

void state_row_add_number(struct state_row *row, int64_t number, int64_t usual)
{
    if (number == usual) {
        state_row_add_default(row, json_new_integer(number));
    } else {
        state_row_add(row, json_new_integer(number));
    }
}

struct json *state_row_take(struct state_row *row)
{
    struct json *array = row->array;
    for (size_t i = 0; i < row->waiting_count; i++) {
        json_free(row->waiting[i]);
    }
    *row = (struct state_row){.array = NULL};
    return array;
}
