// SPDX-License-Identifier: MIT
#include "report/text.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "report/digest_fit.h"
#include "report/text_lines.h"
#include "report/text_wrap.h"

#include "base/banned.h"

enum { LIST_BYTES = 65536 };

static void upper(struct buf *out, const char *word)
{
    for (; *word != '\0'; word++) {
        buf_add_char(out, (char)toupper((unsigned char)*word));
    }
}

static void write_head(struct buf *out, const struct digest *digest)
{
    AUTO(buf) line;
    buf_init(&line, 1024);
    upper(&line, digest->word);
    buf_add_text(&line, ": ");
    text_wrap(out, line.data, 2, digest->headline);
    buf_reset(&line);
    for (size_t i = 0; i < digest->figure_count; i++) {
        buf_add_format(&line, "%s%s %s", i == 0 ? "" : ", ", digest->figures[i].value,
                       digest->figures[i].label);
    }
    text_wrap(out, "", 0, line.data);
    for (size_t i = 0; i < digest->notice_count; i++) {
        buf_add_char(out, '\n');
        text_wrap(out, "Note: ", 6, digest->notices[i]);
    }
}

static bool write_namespaces(struct buf *out, size_t indent, const struct digest_row *row)
{
    AUTO(buf) list;
    buf_init(&list, LIST_BYTES);
    for (size_t i = 0; i < row->namespace_count && i < ROW_NAMESPACES; i++) {
        buf_add_text(&list, i == 0 ? "" : ", ");
        buf_add_text(&list, row->namespaces[i]);
    }
    if (row->namespace_count > ROW_NAMESPACES) {
        buf_add_format(&list, " and %zu more", row->namespace_count - ROW_NAMESPACES);
    }
    text_field(out, indent, "Namespaces", list.len == 0 ? "-" : list.data);
    return row->namespace_count <= ROW_NAMESPACES;
}

static bool write_causes(struct buf *out, size_t indent, const struct digest_cause *causes,
                         size_t count, size_t omitted)
{
    for (size_t i = 0; i < count && i < ROW_CAUSES; i++) {
        AUTO(buf) text;
        buf_init(&text, 4096);
        buf_add_text(&text, causes[i].same_as_group ? "as above" : causes[i].text);
        if (*causes[i].where != '\0') {
            buf_add_format(&text, " (%s)", causes[i].where);
        }
        text_field(out, indent, i == 0 ? causes[0].label : "", text.data);
    }
    size_t more = omitted + (count > ROW_CAUSES ? count - ROW_CAUSES : 0);
    if (more > 0) {
        AUTO(buf) line;
        buf_init(&line, 64);
        buf_add_format(&line, "and %zu more causes", more);
        text_field(out, indent, "", line.data);
    }
    return count <= ROW_CAUSES;
}

static void write_line(struct buf *out, size_t indent, const char *line)
{
    for (size_t i = 0; i < indent; i++) {
        buf_add_char(out, ' ');
    }
    buf_add_text(out, line);
    buf_add_char(out, '\n');
}

static void write_remedy(struct buf *out, size_t indent, const struct digest_remedy *remedy)
{
    if (remedy == NULL) {
        return;
    }
    if (*remedy->means != '\0') {
        text_field(out, indent, "Means", remedy->means);
    }
    text_field(out, indent, "Next step", remedy->next_step);
    if (remedy->link != NULL) {
        write_line(out, indent + 2, remedy->link);
    }
}

static bool write_fields(struct buf *out, size_t indent, const struct digest_row *row)
{
    text_field(out, indent, "Cluster", row->cluster);
    text_field(out, indent, "Run Action", row->run_action);
    text_field(out, indent, "Policy", *row->policy == '\0' ? "-" : row->policy);
    bool complete = write_namespaces(out, indent, row);
    text_field(out, indent, "What", row->what);
    if (*row->story != '\0') {
        text_field(out, indent, "History", row->story);
    }
    complete =
        write_causes(out, indent, row->causes, row->cause_count, row->causes_omitted) && complete;
    write_remedy(out, indent, row->remedy);
    if (row->ended != NULL) {
        text_field(out, indent, "Ended", *row->ended == '\0' ? "not known" : row->ended);
    }
    text_field(out, indent, "Why here", row->reason);
    if (row->command != NULL) {
        text_field(out, indent, "Look", row->command_note);
        write_line(out, indent + 2, row->command);
    }
    if (row->dashboard_url != NULL) {
        write_line(out, indent, "Dashboard");
        write_line(out, indent + 2, row->dashboard_url);
    }
    return complete;
}

// Several rows of a group stand below its heading.
static size_t group_indent(const struct digest_group *group)
{
    return group->row_count > 1 ? 2 : 0;
}

static void begin_group(struct buf *out, const struct digest_group *group)
{
    buf_add_char(out, '\n');
    if (group->heading != NULL) {
        text_wrap(out, "", 0, group->heading);
        if (*group->story != '\0') {
            text_field(out, 0, "History", group->story);
        }
        (void)write_causes(out, 0, group->causes, group->cause_count, group->causes_omitted);
        write_remedy(out, 0, group->remedy);
        buf_add_char(out, '\n');
    }
}

static bool write_row(struct buf *out, const struct digest_group *group, size_t index)
{
    buf_add_text(out, index == 0 ? "" : "\n");
    return write_fields(out, group_indent(group), &group->rows[index]);
}

static void write_more(struct buf *out, const struct digest_group *group, size_t count)
{
    AUTO(buf) line;
    buf_init(&line, 64);
    buf_add_format(&line, "and %zu more%s", count,
                   group->cause_count > 0 ? " with this cause" : "");
    buf_add_char(out, '\n');
    write_line(out, group_indent(group), line.data);
}

// The next group, or what follows, begins with an empty line itself.
static void end_group(struct buf *out, const struct digest_group *group)
{
    (void)out;
    (void)group;
}

static const struct digest_layout layout = {begin_group, write_row, write_more, end_group};

static struct digest_shown write_rows(struct buf *out, const struct digest *digest, size_t end)
{
    if (digest->row_count == 0) {
        return (struct digest_shown){.complete = true, .fits = true};
    }
    buf_add_char(out, '\n');
    text_wrap(out, "", 0, digest->rows_title);
    text_rule(out);
    struct digest_shown shown = digest_fit_groups(out, digest, &layout, end);
    if (shown.rows < digest->row_count) {
        AUTO(buf) line;
        buf_init(&line, 256);
        buf_add_format(&line,
                       "%zu of %zu %s are shown, %zu more are not. The mail has all of them "
                       "attached as CSV.",
                       shown.rows, digest->row_count, digest->rows_noun,
                       digest->row_count - shown.rows);
        buf_add_char(out, '\n');
        text_wrap(out, "", 0, line.data);
    }
    return shown;
}

static void write_list(struct buf *out, const char *const *sentences, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_wrap(out, "", 0, sentences[i]);
    }
}

static void write_tail(struct buf *out, const struct digest *digest)
{
    text_unread(out, "Could not be read", digest->unread, digest->unread_count);
    text_endings(out, &digest->readable);
    text_endings(out, &digest->recovered);
    text_endings(out, &digest->ended);
    text_unread(out, "Limits of what could be read", digest->limited, digest->limited_count);
    if (digest->count_count > 0) {
        buf_add_char(out, '\n');
        write_list(out, digest->counts, digest->count_count);
    }
    buf_add_text(out, "\n-- \n");
    for (size_t i = 0; i < digest->footer_count; i++) {
        text_wrap(out, "", 0, digest->footer[i].text);
        if (digest->footer[i].command != NULL) {
            write_line(out, 2, digest->footer[i].command);
        }
    }
}

struct rendered text_render(struct buf *out, const struct digest *digest, size_t max_bytes)
{
    enum { LEFT_OUT_BYTES = 1024 }; // for the lines that count what is left out
    size_t start = out->len;
    AUTO(buf) tail;
    buf_init(&tail, out->max);
    write_tail(&tail, digest);
    write_head(out, digest);
    size_t reserved = tail.len + LEFT_OUT_BYTES;
    size_t end = max_bytes == 0         ? SIZE_MAX
                 : max_bytes < reserved ? start
                                        : start + max_bytes - reserved;
    struct digest_shown shown = write_rows(out, digest, end);
    buf_add(out, tail.data, tail.len);
    return (struct rendered){.rows = shown.rows, .complete = shown.complete};
}
