// SPDX-License-Identifier: MIT
#include "report/html_lines.h"

#include "codec/html.h"
#include "report/html_row.h"
#include "report/text.h"

#include "base/banned.h"

// How much of a mail the lines of one list and the names behind them take at most.
struct budget {
    size_t lines;
    size_t names;
};

void html_begin_table(struct buf *out)
{
    html_raw(out, "<tr><td style=\"padding:8px 4px\"><table class=\"c\" width=\"100%\" "
                  "cellpadding=\"4\" cellspacing=\"0\" border=\"0\" style=\"table-layout:fixed;"
                  "width:100%;border-collapse:collapse;font:13px/19px Arial,Helvetica,sans-serif;"
                  "color:#1f2933;text-align:left;word-wrap:break-word;overflow-wrap:anywhere;"
                  "word-break:break-word\">\n<caption style=\"text-align:left;font-size:16px;"
                  "line-height:24px;font-weight:bold;padding:0 4px 4px\">");
}

static void begin_line(struct buf *out, const char *cluster, enum digest_state state)
{
    html_raw(out, "<tr valign=\"top\"><th scope=\"row\" align=\"left\" class=\"b\" "
                  "style=\"border-top:1px solid #9aa5b1\">");
    html_text_breakable(out, cluster, HTML_COLUMN_RUN);
    html_raw(out, "</th><td class=\"b\" style=\"border-top:1px solid #9aa5b1\"><b class=\"");
    html_colour_class(out, state);
    html_raw(out, "\" style=\"color:");
    html_colour(out, state);
    html_raw(out, "\">");
}

static void write_unread_line(struct buf *out, const struct digest_unread *line)
{
    begin_line(out, line->cluster, DIGEST_WARNING);
    html_text_breakable(out, line->what, HTML_LINE_RUN - 8);
    html_raw(out, "</b>");
    if (*line->since != '\0') {
        html_raw(out, "<br>Since ");
        html_text(out, line->since);
    }
    if (*line->reason != '\0') {
        html_raw(out, "<br>");
        html_text_breakable(out, line->reason, HTML_LINE_RUN - 8);
    }
    if (*line->remedy != '\0') {
        html_raw(out, "<br><b>Next step:</b> ");
        html_text_breakable(out, line->remedy, HTML_LINE_RUN - 8);
    }
    if (*line->told != '\0') {
        html_raw(out, "<br><span class=\"m\" style=\"color:#52606d\">");
        html_text(out, line->told);
        html_raw(out, "</span>");
    }
    html_raw(out, "</td></tr>\n");
}

static void write_ending_line(struct buf *out, const struct digest_ending *line,
                              enum digest_state state)
{
    begin_line(out, line->cluster, state);
    if (*line->policy != '\0') {
        html_text_breakable(out, line->policy, HTML_LINE_RUN - 8);
        html_raw(out, ": ");
    }
    html_text_breakable(out, line->what, HTML_LINE_RUN - 8);
    html_raw(out, "</b><br>");
    html_text_breakable(out, line->story, HTML_LINE_RUN - 8);
    html_raw(out, "</td></tr>\n");
}

static void begin_names(struct buf *out, size_t count)
{
    html_raw(out, "<tr><td colspan=\"2\" class=\"b\" style=\"border-top:1px solid #9aa5b1\">and ");
    html_number(out, count);
    html_raw(out, " more:");
}

// One name of a list; false when the list has come to its end.
static bool add_name(struct buf *out, size_t index, size_t end, const char *cluster,
                     const char *policy)
{
    if (index == ROW_UNREAD_NAMES || out->len > end) {
        html_raw(out, " ...");
        return false;
    }
    if (index > 0) {
        html_raw(out, ",");
    }
    html_raw(out, " ");
    html_text_breakable(out, cluster, HTML_LINE_RUN);
    if (*policy != '\0') {
        html_raw(out, " ");
        html_text_breakable(out, policy, HTML_LINE_RUN);
    }
    return true;
}

static void end_names(struct buf *out)
{
    html_raw(out, "</td></tr>\n");
}

static void write_unread_names(struct buf *out, const struct digest_unread *lines, size_t count,
                               size_t max_bytes)
{
    size_t end = out->len + max_bytes;
    begin_names(out, count);
    for (size_t i = 0; i < count && add_name(out, i, end, lines[i].cluster, ""); i++) {
    }
    end_names(out);
}

static void write_ending_names(struct buf *out, const struct digest_ending *lines, size_t count,
                               size_t max_bytes)
{
    size_t end = out->len + max_bytes;
    begin_names(out, count);
    for (size_t i = 0; i < count && add_name(out, i, end, lines[i].cluster, lines[i].policy); i++) {
    }
    end_names(out);
}

static void end_table(struct buf *out)
{
    html_raw(out, "</tbody></table></td></tr>\n");
}

// Takes a line back that passed the end; true when it stays.
static bool keep_line(struct buf *out, size_t before, size_t end)
{
    if (out->len <= end) {
        return true;
    }
    buf_truncate(out, before);
    return false;
}

static void write_unread_rows(struct buf *out, const struct digest_unread *lines, size_t count,
                              struct budget budget)
{
    size_t end = out->len + budget.lines;
    html_raw(out, "</caption>\n<thead><tr class=\"s\" bgcolor=\"#e3e8ed\">"
                  "<th scope=\"col\" width=\"26%\" align=\"left\">Cluster</th>"
                  "<th scope=\"col\" width=\"74%\" align=\"left\">What, why, next step</th></tr>"
                  "</thead>\n<tbody>\n");
    size_t done = 0;
    for (bool kept = true; kept && done < count && done < ROW_UNREAD; done += kept ? 1 : 0) {
        size_t before = out->len;
        write_unread_line(out, &lines[done]);
        kept = keep_line(out, before, end);
    }
    if (done < count) {
        write_unread_names(out, lines + done, count - done, budget.names);
    }
    end_table(out);
}

void html_unread(struct buf *out, const struct digest *digest)
{
    static const struct budget budget = {16000, 4000};
    if (digest->unread_count > 0) {
        html_begin_table(out);
        html_raw(out, "Could not be read: ");
        html_number(out, digest->unread_count);
        write_unread_rows(out, digest->unread, digest->unread_count, budget);
    }
}

void html_limited(struct buf *out, const struct digest *digest)
{
    static const struct budget budget = {6000, 2000};
    if (digest->limited_count > 0) {
        html_begin_table(out);
        html_raw(out, "Limits of what could be read: ");
        html_number(out, digest->limited_count);
        write_unread_rows(out, digest->limited, digest->limited_count, budget);
    }
}

static void write_endings(struct buf *out, const struct digest_endings *endings,
                          struct budget budget)
{
    if (endings->count == 0) {
        return;
    }
    html_begin_table(out);
    html_text(out, endings->title);
    html_raw(out, ": ");
    html_number(out, endings->count);
    html_raw(out, "</caption>\n<thead><tr class=\"s\" bgcolor=\"#e3e8ed\">"
                  "<th scope=\"col\" width=\"26%\" align=\"left\">Cluster</th>"
                  "<th scope=\"col\" width=\"74%\" align=\"left\">What, after what</th></tr>"
                  "</thead>\n<tbody>\n");
    size_t end = out->len + budget.lines;
    size_t done = 0;
    for (bool kept = true; kept && done < endings->count && done < ROW_UNREAD;
         done += kept ? 1 : 0) {
        size_t before = out->len;
        write_ending_line(out, &endings->items[done], endings->state);
        kept = keep_line(out, before, end);
    }
    if (done < endings->count) {
        write_ending_names(out, endings->items + done, endings->count - done, budget.names);
    }
    end_table(out);
}

void html_endings(struct buf *out, const struct digest *digest)
{
    static const struct budget budget = {6000, 2000};
    static const struct budget recovered_budget = {10000, 3000};
    write_endings(out, &digest->readable, budget);
    write_endings(out, &digest->recovered, recovered_budget);
    write_endings(out, &digest->ended, budget);
}
