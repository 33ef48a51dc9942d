// SPDX-License-Identifier: MIT
// The rows of the HTML mail's data table, and what all tables share.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "report/digest.h"

// Characters of a word that fit into a line of one of four columns, and of all four, at 320 px.
enum { HTML_COLUMN_RUN = 10, HTML_LINE_RUN = 28 };

// The colour of a state on white, and as a band below white text: contrast at least 4.5:1; and the
// class that replaces it on a dark ground.
void html_colour(struct buf *out, enum digest_state state);
void html_colour_class(struct buf *out, enum digest_state state);

// The heading of a group of several rows.
void html_group_heading(struct buf *out, const struct digest_group *group);

// Two table rows: the four short columns, then error and details across them. False when not all
// namespaces and causes were written.
bool html_row(struct buf *out, const struct digest_row *row);

// A line break and a command in a fixed-width font.
void html_command(struct buf *out, const char *command);
