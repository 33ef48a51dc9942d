// SPDX-License-Identifier: MIT
// What is known about K10's phrases: which are true of every failure, which merely follow from a
// cause. Data only; docs/root-cause.md says how to add a row.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/cause.h"

struct cause_phrase {
    enum statement_class class;
    const char *pattern; // lower case; '*' is any text, '#' a whole number
    bool names_what;     // says what failed: worth keeping before an effect ("Failure in X: ...")
    const char *seen;    // the case that needed the row
};

// All rows; ends with a NULL pattern.
extern const struct cause_phrase cause_table_rows[];

// The first row whose pattern is the whole segment (a part of a message between ": "), or NULL.
// With is_cut a segment that is the beginning of a pattern matches too.
const struct cause_phrase *cause_table_find(const char *segment, size_t len, bool is_cut);

struct cause_judgement {
    enum statement_class class; // informative when any segment is
    size_t skip; // bytes at the start of an informative message that are wrappers naming nothing
};

// Judges a message segment by segment. is_cut: its source ended inside it.
struct cause_judgement cause_table_judge(const char *message, size_t len, bool is_cut);

// The class alone.
enum statement_class cause_table_class(const char *message, size_t len, bool is_cut);

// True when the message names what failed although it is a wrapper.
bool cause_table_names_what(const char *message, size_t len);
