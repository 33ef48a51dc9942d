// SPDX-License-Identifier: MIT
#include "core/alert_class.h"

#include <string.h>

#include "base/banned.h"

static const char *const words[ALERT_CLASS_COUNT] = {
    [ALERT_FAILED] = "failed",       [ALERT_EXCEPTIONS] = "exceptions",
    [ALERT_STUCK] = "stuck",         [ALERT_OVERDUE] = "overdue",
    [ALERT_INVALID] = "invalid",     [ALERT_UNREACHABLE] = "unreachable",
    [ALERT_EXPIRING] = "expiring",   [ALERT_RECOVERED] = "recovered",
    [ALERT_CANCELLED] = "cancelled", [ALERT_SKIPPED] = "skipped",
};

const char *alert_class_word(enum alert_class class)
{
    return words[class];
}

bool alert_class_is_of_runs(enum alert_class class)
{
    return class == ALERT_FAILED || class == ALERT_EXCEPTIONS;
}

bool alert_class_is_condition(enum alert_class class)
{
    return class == ALERT_STUCK || class == ALERT_OVERDUE || class == ALERT_INVALID ||
           class == ALERT_EXPIRING;
}

bool alert_class_from_word(const char *word, enum alert_class *ret)
{
    for (size_t i = 0; i < ALERT_CLASS_COUNT; i++) {
        if (strcmp(words[i], word) == 0) {
            *ret = (enum alert_class)i;
            return true;
        }
    }
    return false;
}
