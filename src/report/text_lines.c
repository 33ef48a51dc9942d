// SPDX-License-Identifier: MIT
#include "report/text_lines.h"

#include "report/text.h"
#include "report/text_wrap.h"

#include "base/banned.h"

enum { NAMES_BYTES = 8000 }; // of the names behind a list's lines

void text_rule(struct buf *out)
{
    for (size_t i = 0; i < TEXT_COLUMNS; i++) {
        buf_add_char(out, '-');
    }
    buf_add_char(out, '\n');
}

static void begin_list(struct buf *out, const char *title, size_t count)
{
    buf_add_format(out, "\n%s: %zu\n", title, count);
    text_rule(out);
}

static void write_unread_line(struct buf *out, const struct digest_unread *line)
{
    text_field(out, 0, "Cluster", line->cluster);
    text_field(out, 0, "Unread", line->what);
    if (*line->since != '\0') {
        text_field(out, 0, "Since", line->since);
    }
    text_field(out, 0, "Reason", *line->reason == '\0' ? "not known" : line->reason);
    if (*line->remedy != '\0') {
        text_field(out, 0, "Next step", line->remedy);
    }
    if (*line->told != '\0') {
        text_field(out, 0, "Told", line->told);
    }
}

static void write_ending_line(struct buf *out, const struct digest_ending *line)
{
    text_field(out, 0, "Cluster", line->cluster);
    if (*line->policy != '\0') {
        text_field(out, 0, "Policy", line->policy);
    }
    text_field(out, 0, "What", line->what);
    text_field(out, 0, "History", line->story);
}

// One name of a list; false when the list has come to its end.
static bool add_name(struct buf *names, size_t index, const char *cluster, const char *policy)
{
    if (index == ROW_UNREAD_NAMES || names->len > NAMES_BYTES) {
        buf_add_text(names, " ...");
        return false;
    }
    buf_add_format(names, "%s %s%s%s", index == 0 ? "" : ",", cluster, *policy == '\0' ? "" : " ",
                   policy);
    return true;
}

// Past ROW_UNREAD only the names: an outage of everything must not push out the failures.
static void write_unread_names(struct buf *out, const struct digest_unread *lines, size_t count)
{
    AUTO(buf) names;
    buf_init(&names, (size_t)2 * NAMES_BYTES);
    buf_add_format(&names, "and %zu more:", count);
    for (size_t i = 0; i < count && add_name(&names, i, lines[i].cluster, ""); i++) {
    }
    buf_add_char(out, '\n');
    text_wrap(out, "", 0, names.data);
}

static void write_ending_names(struct buf *out, const struct digest_ending *lines, size_t count)
{
    AUTO(buf) names;
    buf_init(&names, (size_t)2 * NAMES_BYTES);
    buf_add_format(&names, "and %zu more:", count);
    for (size_t i = 0; i < count && add_name(&names, i, lines[i].cluster, lines[i].policy); i++) {
    }
    buf_add_char(out, '\n');
    text_wrap(out, "", 0, names.data);
}

void text_unread(struct buf *out, const char *title, const struct digest_unread *lines,
                 size_t count)
{
    if (count == 0) {
        return;
    }
    begin_list(out, title, count);
    for (size_t i = 0; i < count && i < ROW_UNREAD; i++) {
        buf_add_text(out, i == 0 ? "" : "\n");
        write_unread_line(out, &lines[i]);
    }
    if (count > ROW_UNREAD) {
        write_unread_names(out, lines + ROW_UNREAD, count - ROW_UNREAD);
    }
}

void text_endings(struct buf *out, const struct digest_endings *endings)
{
    if (endings->count == 0) {
        return;
    }
    begin_list(out, endings->title, endings->count);
    for (size_t i = 0; i < endings->count && i < ROW_UNREAD; i++) {
        buf_add_text(out, i == 0 ? "" : "\n");
        write_ending_line(out, &endings->items[i]);
    }
    if (endings->count > ROW_UNREAD) {
        write_ending_names(out, endings->items + ROW_UNREAD, endings->count - ROW_UNREAD);
    }
}
