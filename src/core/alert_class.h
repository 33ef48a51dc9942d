// SPDX-License-Identifier: MIT
// The classes of what an operator is told: the words of ALERT_ON (BEHAVIOUR section 3).
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

struct buf;

enum alert_class {
    ALERT_FAILED,
    ALERT_EXCEPTIONS,
    ALERT_STUCK,
    ALERT_OVERDUE,
    ALERT_INVALID,
    ALERT_UNREACHABLE,
    ALERT_EXPIRING,
    ALERT_RECOVERED,
    ALERT_CANCELLED,
    ALERT_SKIPPED,
    ALERT_CLASS_COUNT,
};

// The word of ALERT_ON: "failed", "exceptions", ...
const char *alert_class_word(enum alert_class class);

// True for those that ALERT_ON names by default.
bool alert_class_is_default(enum alert_class class);

// The table of docs/alerts.md.
void alert_class_write_markdown(struct buf *out);

// True for failed and exceptions: bad runs that open an incident, which a clean run ends.
bool alert_class_is_of_runs(enum alert_class class);

// True for what is wrong now and no run that ended: stuck, overdue, invalid, expiring.
bool alert_class_is_condition(enum alert_class class);

// The class of a word of ALERT_ON; false for an unknown one.
bool alert_class_from_word(const char *word, enum alert_class *ret) MUST_USE;
