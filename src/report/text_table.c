// SPDX-License-Identifier: MIT
#include "report/text_table.h"

#include "base/arena.h"
#include "base/buf.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum { CELL_BYTES = 300, GAP = 2 };

void text_table_init(struct text_table *table, struct arena *arena, size_t columns)
{
    *table = (struct text_table){.arena = arena, .columns = columns};
}

void text_table_add(struct text_table *table, const char *cell)
{
    const char *clean = digest_clean(table->arena, cell, CELL_BYTES);
    table->cells = arena_grow(table->arena, table->cells, &table->capacity, table->count,
                              sizeof *table->cells);
    table->cells[table->count++] = *clean == '\0' ? "-" : clean;
}

void text_table_write(const struct text_table *table, struct buf *out)
{
    size_t widths[TEXT_TABLE_COLUMNS] = {0};
    size_t rows = table->count / table->columns;
    for (size_t i = 0; i < rows * table->columns; i++) {
        size_t width = digest_characters(table->cells[i]);
        size_t column = i % table->columns;
        widths[column] = width > widths[column] ? width : widths[column];
    }
    for (size_t i = 0; i < rows * table->columns; i++) {
        size_t column = i % table->columns;
        bool is_last = column + 1 == table->columns;
        buf_add_text(out, table->cells[i]);
        size_t blanks = is_last ? 0 : widths[column] - digest_characters(table->cells[i]) + GAP;
        for (size_t j = 0; j < blanks; j++) {
            buf_add_char(out, ' ');
        }
        if (is_last) {
            buf_add_char(out, '\n');
        }
    }
}
