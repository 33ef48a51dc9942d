// SPDX-License-Identifier: MIT
// Collects what is wrong with the settings: every problem and warning, up to a bound. A text reads
// on from its key ("KEY: TEXT"). Values come in by settings_report_quote only, secrets by
// settings_report_shape only.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "config/settings.h"

enum { SETTINGS_REPORT_MESSAGES = 100, SETTINGS_REPORT_VALUE_BYTES = 60 };

struct settings_report {
    struct arena *arena;
    struct settings_messages messages;
    size_t more_problems; // counted, not kept
    size_t more_warnings;
};

void settings_report_init(struct settings_report *report, struct arena *arena);

// Adds a message; a text past 1 KiB is cut.
void settings_report_problem(struct settings_report *report, const char *key, const char *format,
                             ...) PRINTF_LIKE(3, 4);
void settings_report_warning(struct settings_report *report, const char *key, const char *format,
                             ...) PRINTF_LIKE(3, 4);

// True when a problem of this key was kept: what follows from its value need not be said too.
bool settings_report_blames(const struct settings_report *report, const char *key);

// The messages, with a last one "and N more" (key "settings") where the bound was passed.
void settings_report_finish(struct settings_report *report, struct settings_messages *ret);

// A value as "value": cleaned, cut at SETTINGS_REPORT_VALUE_BYTES, with a note in parentheses
// about line breaks, blanks at the ends and control characters, which would not be seen.
const char *settings_report_quote(struct settings_report *report, const char *value, size_t len);

// A secret's shape: "19 characters with a blank inside".
const char *settings_report_shape(struct settings_report *report, const char *value, size_t len);
