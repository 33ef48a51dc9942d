// SPDX-License-Identifier: MIT
// Log lines on a stream: as text for people (colour only on a terminal that wants it) or as one
// JSON object per line. Values are encoded for either, whatever they hold.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/log.h"

enum log_sink_style { LOG_SINK_TEXT, LOG_SINK_COLOUR, LOG_SINK_JSON };

struct log_sink {
    struct log log;
    FILE *stream; // borrowed
    enum log_sink_style style;
};

void log_sink_init(struct log_sink *sink, FILE *stream, enum log_sink_style style,
                   enum log_level level);

// True when text on this stream may be coloured: a terminal, NO_COLOR unset or empty
// (no-color.org), TERM not "dumb"; FORCE_COLOR decides before all of these.
bool log_sink_wants_colour(FILE *stream);
