// SPDX-License-Identifier: MIT
#include "report/html.h"

#include <stdint.h>
#include <string.h>

#include "codec/html.h"
#include "report/digest_fit.h"
#include "report/html_lines.h"
#include "report/html_row.h"

#include "base/banned.h"

// Only extras: a reader that drops the style sheet loses the dark variant and nothing else.
static void write_style(struct buf *out)
{
    html_raw(out, "<style>\n"
                  ":root{color-scheme:light dark;supported-color-schemes:light dark}\n"
                  "@media (prefers-color-scheme:dark){\n"
                  ".p{background:#10151a!important;color:#e4e9ee!important}\n"
                  ".c{background:#1a2129!important;color:#e4e9ee!important}\n"
                  ".s{background:#252f39!important;color:#e4e9ee!important}\n"
                  ".n{background:#3a2c10!important;color:#f5e3bd!important}\n"
                  ".m{color:#aab6c2!important}\n"
                  ".l{color:#8cc2f5!important}\n"
                  ".r{color:#ff9d94!important}\n"
                  ".a{color:#f2c46d!important}\n"
                  ".g{color:#7fd3a2!important}\n"
                  ".b{border-top-color:#4a5763!important}\n"
                  "}\n"
                  "</style>\n");
}

static void write_begin(struct buf *out, const struct digest *digest)
{
    html_raw(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                  "<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>");
    html_text(out, digest->subject);
    html_raw(out, "</title>\n");
    write_style(out);
    html_raw(out, "</head>\n<body class=\"p\" bgcolor=\"#eef1f4\" "
                  "style=\"margin:0;padding:0;background:#eef1f4;color:#1f2933\">\n"
                  "<table role=\"presentation\" class=\"p\" width=\"100%\" cellpadding=\"0\" "
                  "cellspacing=\"0\" border=\"0\" bgcolor=\"#eef1f4\">\n"
                  "<tr><td align=\"center\" style=\"padding:4px\">\n"
                  "<table role=\"presentation\" class=\"c\" width=\"100%\" cellpadding=\"0\" "
                  "cellspacing=\"0\" border=\"0\" bgcolor=\"#ffffff\" "
                  "style=\"table-layout:fixed;width:100%;max-width:800px;background:#ffffff;"
                  "font:14px/20px Arial,Helvetica,sans-serif;color:#1f2933;text-align:left;"
                  "word-wrap:break-word;overflow-wrap:anywhere;word-break:break-word\">\n");
}

// The first text of the body is what a list of mails shows; here it may also be seen.
static void write_band(struct buf *out, const struct digest *digest)
{
    html_raw(out, "<tr><td class=\"m\" style=\"padding:6px 8px;font-size:12px;line-height:16px;"
                  "color:#52606d\">");
    html_text_breakable(out, digest->preheader, HTML_LINE_RUN);
    html_raw(out, "</td></tr>\n<tr><td bgcolor=\"");
    html_colour(out, digest->state);
    html_raw(out, "\" style=\"background:");
    html_colour(out, digest->state);
    html_raw(out, ";color:#ffffff;padding:12px 8px\">"
                  "<span style=\"color:#ffffff;font-size:12px;line-height:16px;font-weight:bold;"
                  "text-transform:uppercase;letter-spacing:1px\">");
    html_text(out, digest->word);
    html_raw(out, "</span>\n<h1 style=\"margin:2px 0 0;font-size:20px;line-height:26px;"
                  "font-weight:bold;color:#ffffff\">");
    html_text_breakable(out, digest->headline, HTML_LINE_RUN - 8);
    html_raw(out, "</h1></td></tr>\n");
}

static void write_figures(struct buf *out, const struct digest *digest)
{
    html_raw(out, "<tr><td style=\"padding:8px 0\"><table role=\"presentation\" width=\"100%\" "
                  "cellpadding=\"4\" cellspacing=\"0\" border=\"0\" "
                  "style=\"table-layout:fixed;width:100%\"><tr valign=\"top\">\n");
    for (size_t i = 0; i < digest->figure_count; i++) {
        const struct digest_figure *figure = &digest->figures[i];
        html_raw(out, "<td width=\"25%\" align=\"center\"><b class=\"");
        html_colour_class(out, figure->state);
        html_raw(out, "\" style=\"font-size:20px;line-height:26px;color:");
        html_colour(out, figure->state);
        html_raw(out, "\">");
        html_text(out, figure->value);
        html_raw(out, "</b><br><span class=\"m\" style=\"font-size:12px;line-height:16px;"
                      "color:#52606d\">");
        html_text_breakable(out, figure->label, HTML_COLUMN_RUN + 2);
        html_raw(out, "</span></td>\n");
    }
    html_raw(out, "</tr></table></td></tr>\n");
}

static void write_notices(struct buf *out, const struct digest *digest)
{
    for (size_t i = 0; i < digest->notice_count; i++) {
        html_raw(out, "<tr><td class=\"n\" bgcolor=\"#fff3dc\" style=\"background:#fff3dc;"
                      "color:#4f3500;padding:8px\"><b>Note:</b> ");
        html_text_breakable(out, digest->notices[i], HTML_LINE_RUN);
        html_raw(out, "</td></tr>\n");
    }
}

static void begin_group(struct buf *out, const struct digest_group *group)
{
    html_raw(out, "<tbody>\n");
    if (group->heading != NULL) {
        html_group_heading(out, group);
    }
}

static bool write_row(struct buf *out, const struct digest_group *group, size_t index)
{
    return html_row(out, &group->rows[index]);
}

static void write_more(struct buf *out, const struct digest_group *group, size_t count)
{
    html_raw(out,
             "<tr><td colspan=\"4\" class=\"b\" style=\"border-top:2px solid #9aa5b1\"><b>and ");
    html_number(out, count);
    html_raw(out, " more");
    if (group->cause_count > 0) {
        html_raw(out, " with this cause");
    }
    html_raw(out, "</b></td></tr>\n");
}

static void end_group(struct buf *out, const struct digest_group *group)
{
    (void)group;
    html_raw(out, "</tbody>\n");
}

static const struct digest_layout layout = {begin_group, write_row, write_more, end_group};

static struct digest_shown write_rows(struct buf *out, const struct digest *digest, size_t end)
{
    if (digest->row_count == 0) {
        return (struct digest_shown){.complete = true, .fits = true};
    }
    html_begin_table(out);
    html_text(out, digest->rows_title);
    html_raw(
        out,
        "</caption>\n<thead><tr class=\"s\" bgcolor=\"#e3e8ed\" "
        "style=\"font-size:11px;line-height:16px\">"
        "<th scope=\"col\" width=\"24%\" align=\"left\">Cluster</th>"
        "<th scope=\"col\" width=\"27%\" align=\"left\">Run Action</th>"
        "<th scope=\"col\" width=\"23%\" align=\"left\">Policy</th>"
        "<th scope=\"col\" width=\"26%\" align=\"left\">Namespaces</th></tr>\n"
        "<tr class=\"s\" bgcolor=\"#e3e8ed\" style=\"font-size:11px;line-height:16px\">"
        "<th scope=\"col\" colspan=\"4\" align=\"left\">Error and details</th></tr></thead>\n");
    struct digest_shown shown = digest_fit_groups(out, digest, &layout, end);
    html_raw(out, "</table></td></tr>\n");
    if (shown.rows < digest->row_count) {
        html_raw(out, "<tr><td style=\"padding:0 8px 8px\"><b>");
        html_number(out, shown.rows);
        html_raw(out, " of ");
        html_number(out, digest->row_count);
        html_raw(out, " ");
        html_text(out, digest->rows_noun);
        html_raw(out, " are shown, and ");
        html_number(out, digest->row_count - shown.rows);
        html_raw(out, " more are not.</b> The mail has all of them attached as CSV.</td></tr>\n");
    }
    return shown;
}

static void write_tail(struct buf *out, const struct digest *digest)
{
    html_unread(out, digest);
    html_endings(out, digest);
    html_limited(out, digest);
    for (size_t i = 0; i < digest->count_count; i++) {
        html_raw(out, "<tr><td style=\"padding:2px 8px\">");
        html_text_breakable(out, digest->counts[i], HTML_LINE_RUN);
        html_raw(out, "</td></tr>\n");
    }
    html_raw(out, "<tr><td class=\"m\" style=\"padding:12px 8px;font-size:12px;line-height:18px;"
                  "color:#52606d\">");
    for (size_t i = 0; i < digest->footer_count; i++) {
        if (i > 0) {
            html_raw(out, "<br>");
        }
        html_text_breakable(out, digest->footer[i].text, HTML_LINE_RUN);
        if (digest->footer[i].command != NULL) {
            html_command(out, digest->footer[i].command);
        }
    }
    html_raw(out, "</td></tr>\n</table>\n</td></tr>\n</table>\n</body>\n</html>\n");
}

struct rendered html_render(struct buf *out, const struct digest *digest, size_t max_bytes)
{
    enum { LEFT_OUT_BYTES = 512 }; // for the sentence that counts what is left out
    size_t start = out->len;
    AUTO(buf) tail;
    buf_init(&tail, out->max);
    write_tail(&tail, digest);
    write_begin(out, digest);
    write_band(out, digest);
    write_figures(out, digest);
    write_notices(out, digest);
    size_t reserved = tail.len + LEFT_OUT_BYTES;
    size_t end = max_bytes < reserved ? start : start + max_bytes - reserved;
    struct digest_shown shown = write_rows(out, digest, end);
    buf_add(out, tail.data, tail.len);
    return (struct rendered){.rows = shown.rows, .complete = shown.complete};
}
