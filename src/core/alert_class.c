// SPDX-License-Identifier: MIT
#include "core/alert_class.h"

#include <string.h>

#include "base/buf.h"

#include "base/banned.h"

static const struct {
    const char *word;
    bool is_default;
    const char *summary; // what is wrong
    const char *opens;   // what an incident of it is about, "-" for none
    const char *ends;
} classes[ALERT_CLASS_COUNT] = {
    [ALERT_FAILED] = {"failed", true, "a watched action is Failed",
                      "per policy, application and kind", "a later clean run"},
    [ALERT_EXCEPTIONS] = {"exceptions", true, "a watched action is Complete with exceptions",
                          "per policy, application and kind", "a later clean run"},
    [ALERT_STUCK] = {"stuck", true, "an action has not ended for `STUCK_AFTER`", "per run",
                     "it ends; the mail says how"},
    [ALERT_OVERDUE] = {"overdue", true, "a policy has not completed a run that was due",
                       "per policy, runs and exports apart; per cluster that stands still",
                       "a run completes"},
    [ALERT_INVALID] = {"invalid", true,
                       "a policy, policy preset or profile failed K10's validation", "per object",
                       "its validation succeeds, or it is deleted"},
    [ALERT_UNREACHABLE] = {"unreachable", true,
                           "a cluster, or a kind of its objects, cannot be read",
                           "per cluster or kind", "it can be read again"},
    [ALERT_EXPIRING] = {"expiring", true,
                        "a token, a server's certificate or a CA in use expires within 14 days",
                        "per cluster and thing", "a new one is seen"},
    [ALERT_RECOVERED] = {"recovered", true, "one of the above is over", "-", "-"},
    [ALERT_CANCELLED] = {"cancelled", false, "a watched action was cancelled", "-", "-"},
    [ALERT_SKIPPED] = {"skipped", false, "a watched action was skipped", "-", "-"},
};

const char *alert_class_word(enum alert_class class)
{
    return classes[class].word;
}

bool alert_class_is_default(enum alert_class class)
{
    return classes[class].is_default;
}

void alert_class_write_markdown(struct buf *out)
{
    buf_add_text(out, "| class | by default | in short | opens an incident | ends by |\n"
                      "| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < ALERT_CLASS_COUNT; i++) {
        buf_add_format(out, "| [`%s`](alerts/%s.md) | %s | %s | %s | %s |\n", classes[i].word,
                       classes[i].word, classes[i].is_default ? "yes" : "no", classes[i].summary,
                       classes[i].opens, classes[i].ends);
    }
}

bool alert_class_from_word(const char *word, enum alert_class *ret)
{
    for (size_t i = 0; i < ALERT_CLASS_COUNT; i++) {
        if (strcmp(classes[i].word, word) == 0) {
            *ret = (enum alert_class)i;
            return true;
        }
    }
    return false;
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
