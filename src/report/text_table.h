// SPDX-License-Identifier: MIT
// Tables for a terminal: columns as wide as their widest cell, two blanks between them, no lines.
#pragma once

#include <stddef.h>

struct arena;
struct buf;

enum { TEXT_TABLE_COLUMNS = 10 };

struct text_table {
    struct arena *arena;
    const char **cells; // row by row; borrowed
    size_t columns;
    size_t count; // of cells
    size_t capacity;
};

// columns: at most TEXT_TABLE_COLUMNS.
void text_table_init(struct text_table *table, struct arena *arena, size_t columns);

// The next cell, one clean line; "" is shown as "-".
void text_table_add(struct text_table *table, const char *cell);

// Appends the rows that are complete.
void text_table_write(const struct text_table *table, struct buf *out);
