// SPDX-License-Identifier: MIT
#include "report/html_row.h"

#include "codec/html.h"
#include "report/text.h"

#include "base/banned.h"

void html_colour(struct buf *out, enum digest_state state)
{
    switch (state) {
    case DIGEST_FAILED:
        html_raw(out, "#b3261e");
        break;
    case DIGEST_WARNING:
        html_raw(out, "#8a5300");
        break;
    case DIGEST_OK:
        html_raw(out, "#1b6b3a");
        break;
    }
}

void html_colour_class(struct buf *out, enum digest_state state)
{
    switch (state) {
    case DIGEST_FAILED:
        html_raw(out, "r");
        break;
    case DIGEST_WARNING:
        html_raw(out, "a");
        break;
    case DIGEST_OK:
        html_raw(out, "g");
        break;
    }
}

static void error_label(struct buf *out, const char *label)
{
    html_raw(out, "<br><b class=\"r\" style=\"color:#b3261e\">");
    html_text(out, label);
    html_raw(out, ":</b> ");
}

static bool add_causes(struct buf *out, const struct digest_cause *causes, size_t count,
                       size_t omitted)
{
    for (size_t i = 0; i < count && i < ROW_CAUSES; i++) {
        error_label(out, causes[i].label);
        if (causes[i].same_as_group) {
            html_raw(out, "as above");
        } else {
            html_text_breakable(out, causes[i].text, HTML_LINE_RUN);
        }
        if (*causes[i].where != '\0') {
            html_raw(out, " (");
            html_text_breakable(out, causes[i].where, HTML_LINE_RUN);
            html_raw(out, ")");
        }
    }
    size_t more = omitted + (count > ROW_CAUSES ? count - ROW_CAUSES : 0);
    if (more > 0) {
        html_raw(out, "<br>and ");
        html_number(out, more);
        html_raw(out, " more causes");
    }
    return count <= ROW_CAUSES;
}

static void add_link(struct buf *out, const char *url)
{
    html_raw(out, "<a href=\"");
    html_url(out, url);
    html_raw(out, "\" style=\"color:#0b5394\"><span class=\"l\" style=\"color:#0b5394\">");
}

static void add_remedy(struct buf *out, const struct digest_remedy *remedy)
{
    if (remedy == NULL) {
        return;
    }
    if (*remedy->means != '\0') {
        html_raw(out, "<br><b>Means:</b> ");
        html_text_breakable(out, remedy->means, HTML_LINE_RUN);
    }
    html_raw(out, "<br><b>Next step:</b> ");
    html_text_breakable(out, remedy->next_step, HTML_LINE_RUN);
    if (remedy->link != NULL) {
        html_raw(out, " ");
        add_link(out, remedy->link);
        html_raw(out, "Read more</span></a>");
    }
}

void html_group_heading(struct buf *out, const struct digest_group *group)
{
    html_raw(out, "<tr><th scope=\"rowgroup\" colspan=\"4\" align=\"left\" class=\"s\" "
                  "bgcolor=\"#f0f3f6\" style=\"font-weight:normal;border-top:2px solid "
                  "#9aa5b1;border-left:3px solid ");
    html_colour(out, group->state);
    html_raw(out, "\"><b>");
    html_text_breakable(out, group->heading, HTML_LINE_RUN);
    html_raw(out, "</b>");
    if (*group->story != '\0') {
        html_raw(out, "<br>");
        html_text_breakable(out, group->story, HTML_LINE_RUN);
    }
    (void)add_causes(out, group->causes, group->cause_count, group->causes_omitted);
    add_remedy(out, group->remedy);
    html_raw(out, "</th></tr>\n");
}

static bool add_namespaces(struct buf *out, const struct digest_row *row)
{
    for (size_t i = 0; i < row->namespace_count && i < ROW_NAMESPACES; i++) {
        if (i > 0) {
            html_raw(out, ", ");
        }
        html_text_breakable(out, row->namespaces[i], HTML_COLUMN_RUN);
    }
    if (row->namespace_count == 0) {
        html_raw(out, "-");
    }
    if (row->namespace_count > ROW_NAMESPACES) {
        html_raw(out, " and ");
        html_number(out, row->namespace_count - ROW_NAMESPACES);
        html_raw(out, " more");
    }
    return row->namespace_count <= ROW_NAMESPACES;
}

static bool add_columns(struct buf *out, const struct digest_row *row)
{
    html_raw(out, "<tr valign=\"top\"><td class=\"b\" style=\"border-top:2px solid #9aa5b1;"
                  "border-left:3px solid ");
    html_colour(out, row->state);
    html_raw(out, "\">");
    html_text_breakable(out, row->cluster, HTML_COLUMN_RUN);
    html_raw(out, "</td><th scope=\"row\" align=\"left\" class=\"b\" "
                  "style=\"border-top:2px solid #9aa5b1;font-weight:normal\">");
    html_text_breakable(out, row->run_action, HTML_COLUMN_RUN);
    html_raw(out, "</th><td class=\"b\" style=\"border-top:2px solid #9aa5b1\">");
    html_text_breakable(out, *row->policy == '\0' ? "-" : row->policy, HTML_COLUMN_RUN);
    html_raw(out, "</td><td class=\"b\" style=\"border-top:2px solid #9aa5b1\">");
    bool complete = add_namespaces(out, row);
    html_raw(out, "</td></tr>\n");
    return complete;
}

void html_command(struct buf *out, const char *command)
{
    html_raw(out, "<br><code style=\"font:12px/18px Consolas,Menlo,'Liberation Mono',monospace\">");
    html_text_breakable(out, command, HTML_LINE_RUN);
    html_raw(out, "</code>");
}

static void add_dashboard(struct buf *out, const struct digest_row *row)
{
    html_raw(out, "<br>");
    add_link(out, row->dashboard_url);
    html_raw(out, "K10 dashboard of ");
    html_text_breakable(out, row->cluster, HTML_LINE_RUN);
    html_raw(out, "</span></a>");
}

// What broke and since when, before the cause.
static void add_story(struct buf *out, const struct digest_row *row)
{
    html_raw(out, "<b>");
    html_text_breakable(out, row->what, HTML_LINE_RUN - 4);
    html_raw(out, "</b>");
    if (*row->story != '\0') {
        html_raw(out, "<br>");
        html_text_breakable(out, row->story, HTML_LINE_RUN);
    }
}

static void add_details(struct buf *out, const struct digest_row *row)
{
    html_raw(out, "<br><span class=\"m\" style=\"color:#52606d\">");
    if (row->ended != NULL) {
        html_raw(out, "Ended: ");
        html_text(out, *row->ended == '\0' ? "not known" : row->ended);
        html_raw(out, "<br>");
    }
    html_raw(out, "Why here: ");
    html_text_breakable(out, row->reason, HTML_LINE_RUN);
    if (row->command != NULL) {
        html_raw(out, "<br>Look ");
        html_text_breakable(out, row->command_note, HTML_LINE_RUN);
        html_raw(out, ":");
    }
    html_raw(out, "</span>");
}

bool html_row(struct buf *out, const struct digest_row *row)
{
    bool complete = add_columns(out, row);
    html_raw(out, "<tr><td colspan=\"4\" style=\"border-left:3px solid ");
    html_colour(out, row->state);
    html_raw(out, "\">");
    add_story(out, row);
    complete = add_causes(out, row->causes, row->cause_count, row->causes_omitted) && complete;
    add_remedy(out, row->remedy);
    add_details(out, row);
    if (row->command != NULL) {
        html_command(out, row->command);
    }
    if (row->dashboard_url != NULL) {
        add_dashboard(out, row);
    }
    html_raw(out, "</td></tr>\n");
    return complete;
}
