// SPDX-License-Identifier: MIT
#include "report/csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"

#include "base/banned.h"

// One cell is bounded, so that a run with 5,000 namespaces does not cost the other rows.
enum { CELL_BYTES = 16 * 1024, CAUSES_BYTES = 64 * 1024 };

static void add_cell(struct buf *out, const char *value)
{
    // What a spreadsheet would take for the beginning of a formula. A full-width sign counts too.
    static const char *const formulas[] = {
        "=",           "+", "-", "@", "\t", "\r", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D",
        "\xEF\xBC\xA0"};
    buf_add_char(out, '"');
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
        if (strncmp(value, formulas[i], strlen(formulas[i])) == 0) {
            buf_add_char(out, '\'');
            break;
        }
    }
    for (; *value != '\0'; value++) {
        if (*value == '"') {
            buf_add_char(out, '"');
        }
        buf_add_char(out, *value);
    }
    buf_add_char(out, '"');
}

static void end_cell(struct buf *out)
{
    buf_add_char(out, ',');
}

static void add_namespaces(struct buf *out, const struct digest_row *row)
{
    AUTO(buf) list;
    buf_init(&list, CELL_BYTES);
    size_t done = 0;
    for (; done < row->namespace_count && list.len < CELL_BYTES - 512; done++) {
        buf_add_text(&list, done == 0 ? "" : " ");
        buf_add_text(&list, row->namespaces[done]);
    }
    if (done < row->namespace_count) {
        buf_add_format(&list, " and %zu more", row->namespace_count - done);
    }
    add_cell(out, list.data);
}

static void add_causes(struct buf *out, const struct digest_row *row)
{
    AUTO(buf) list;
    buf_init(&list, CAUSES_BYTES);
    for (size_t i = 0; i < row->cause_count; i++) {
        buf_add_text(&list, i == 0 ? "" : " | ");
        buf_add_text(&list, row->causes[i].text);
        if (*row->causes[i].where != '\0') {
            buf_add_format(&list, " (%s)", row->causes[i].where);
        }
    }
    if (row->causes_omitted > 0) {
        buf_add_format(&list, " | and %zu more causes", row->causes_omitted);
    }
    add_cell(out, list.data);
}

// Both are empty where they are not known.
static void add_since(struct buf *out, const struct digest_row *row)
{
    char since[TIMESTAMP_TEXT_BYTES] = "";
    char runs[16] = "";
    if (row->since != TIMESTAMP_NONE) {
        timestamp_format(row->since, since);
    }
    if (row->runs > 0) {
        (void)snprintf(runs, sizeof runs, "%" PRIu32, row->runs);
    }
    add_cell(out, since);
    end_cell(out);
    add_cell(out, runs);
}

static void add_row(struct buf *out, const struct digest_row *row)
{
    char ended[TIMESTAMP_TEXT_BYTES] = "";
    if (row->ended != NULL) {
        timestamp_format(row->ended_at, ended);
    }
    add_cell(out, row->cluster);
    end_cell(out);
    add_cell(out, row->run_action);
    end_cell(out);
    add_cell(out, row->policy);
    end_cell(out);
    add_namespaces(out, row);
    end_cell(out);
    add_causes(out, row);
    end_cell(out);
    add_cell(out, row->what);
    end_cell(out);
    add_cell(out, ended);
    end_cell(out);
    add_cell(out, row->reason);
    end_cell(out);
    add_cell(out, row->id);
    end_cell(out);
    add_cell(out, row->reason_word);
    end_cell(out);
    add_since(out, row);
    end_cell(out);
    add_cell(out, row->class_word);
    buf_add_text(out, "\r\n");
}

size_t csv_render(struct buf *out, const struct digest *digest, size_t max_bytes)
{
    enum { LAST_LINE_BYTES = 128 };
    size_t end = out->len + (max_bytes < LAST_LINE_BYTES ? 0 : max_bytes - LAST_LINE_BYTES);
    size_t rows = 0;
    buf_add_text(out, "\xEF\xBB\xBF" // without it spreadsheets take UTF-8 for the local code page
                      "Cluster,Run Action,Policy,Namespaces,Error,What,Ended,Reason,Alert ID,"
                      "Reason Word,Since,Failed Runs,Class\r\n");
    for (size_t i = 0; i < digest->group_count; i++) {
        for (size_t j = 0; j < digest->groups[i].row_count; j++) {
            size_t before = out->len;
            add_row(out, &digest->groups[i].rows[j]);
            if (out->len > end || out->overflow) {
                buf_truncate(out, before);
                buf_add_format(out, "and %zu more,,,,,,,,,,,,\r\n", digest->row_count - rows);
                return rows;
            }
            rows++;
        }
    }
    return rows;
}
