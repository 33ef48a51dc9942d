// SPDX-License-Identifier: MIT
#include "config/settings_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"

#include "base/banned.h"

enum { TEXT_BYTES = 1024 };

void settings_report_init(struct settings_report *report, struct arena *arena)
{
    *report = (struct settings_report){.arena = arena};
    size_t count = SETTINGS_REPORT_MESSAGES + 1;
    report->messages.problems = arena_alloc_array(arena, count, sizeof(struct settings_message));
    report->messages.warnings = arena_alloc_array(arena, count, sizeof(struct settings_message));
}

static struct settings_message make_message(struct settings_report *report, const char *key,
                                            const char *text)
{
    size_t len = utf8_cut(text, strlen(text), TEXT_BYTES - 4);
    return (struct settings_message){.key = arena_strdup(report->arena, key),
                                     .text = arena_strndup(report->arena, text, len)};
}

void settings_report_problem(struct settings_report *report, const char *key, const char *format,
                             ...)
{
    if (report->messages.problem_count == SETTINGS_REPORT_MESSAGES) {
        report->more_problems++;
        return;
    }
    char text[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    report->messages.problems[report->messages.problem_count++] = make_message(report, key, text);
}

void settings_report_warning(struct settings_report *report, const char *key, const char *format,
                             ...)
{
    if (report->messages.warning_count == SETTINGS_REPORT_MESSAGES) {
        report->more_warnings++;
        return;
    }
    char text[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    report->messages.warnings[report->messages.warning_count++] = make_message(report, key, text);
}

bool settings_report_blames(const struct settings_report *report, const char *key)
{
    for (size_t i = 0; i < report->messages.problem_count; i++) {
        if (strcmp(report->messages.problems[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

static void add_more(struct arena *arena, struct settings_message *messages, size_t *count,
                     size_t more, const char *what)
{
    if (more > 0) {
        messages[(*count)++] = (struct settings_message){
            .key = "settings",
            .text = arena_format(arena, "and %zu more %s%s", more, what, more == 1 ? "" : "s")};
    }
}

void settings_report_finish(struct settings_report *report, struct settings_messages *ret)
{
    struct settings_messages *messages = &report->messages;
    add_more(report->arena, messages->problems, &messages->problem_count, report->more_problems,
             "problem");
    add_more(report->arena, messages->warnings, &messages->warning_count, report->more_warnings,
             "warning");
    report->more_problems = 0;
    report->more_warnings = 0;
    *ret = *messages;
}

struct traits {
    size_t characters;
    bool invalid;          // bytes that are no UTF-8
    bool line_break;       // not at the end
    bool line_break_ended; // at the end
    bool blank;            // between the ends
    bool blank_ended;      // at an end
    bool unprintable;      // neither of these
    bool beyond_ascii;
};

static struct traits traits_of(const char *value, size_t len)
{
    struct traits traits = {0};
    for (size_t i = 0; i < len; traits.characters++) {
        uint32_t point = 0;
        size_t count = utf8_decode(value + i, len - i, &point);
        bool first = i == 0;
        i += count == 0 ? 1 : count;
        bool last = i == len;
        if (count == 0) {
            traits.invalid = true;
        } else if (point == '\n' || point == '\r') {
            *(last ? &traits.line_break_ended : &traits.line_break) = true;
        } else if (point == ' ' || point == '\t') {
            *(first || last ? &traits.blank_ended : &traits.blank) = true;
        } else if (utf8_is_unprintable(point)) {
            traits.unprintable = true;
        } else if (point > 0x7F) {
            traits.beyond_ascii = true;
        }
    }
    return traits;
}

static const char *hidden_trait(const struct traits *traits)
{
    if (traits->line_break) {
        return "with a line break inside";
    }
    if (traits->unprintable) {
        return "with a control or invisible character inside";
    }
    if (traits->invalid) {
        return "with bytes that are not UTF-8";
    }
    if (traits->line_break_ended) {
        return "with a line break at the end";
    }
    return traits->blank_ended ? "with a blank at the start or end" : NULL;
}

const char *settings_report_quote(struct settings_report *report, const char *value, size_t len)
{
    struct traits traits = traits_of(value, len);
    const char *note = hidden_trait(&traits);
    AUTO(buf) text;
    buf_init(&text, (size_t)SETTINGS_REPORT_VALUE_BYTES * 8);
    // utf8_clean makes a byte three at most; what lies past the cut is not shown anyway.
    size_t considered = utf8_cut(value, len, (size_t)SETTINGS_REPORT_VALUE_BYTES * 2);
    utf8_clean(&text, value, considered);
    bool is_cut = considered < len || text.len > SETTINGS_REPORT_VALUE_BYTES;
    buf_truncate(&text, utf8_cut(text.data, text.len, SETTINGS_REPORT_VALUE_BYTES));
    return arena_format(report->arena, "\"%s%s\"%s%s%s", text.data, is_cut ? "..." : "",
                        note != NULL ? " (" : "", note != NULL ? note : "",
                        note != NULL ? ")" : "");
}

const char *settings_report_shape(struct settings_report *report, const char *value, size_t len)
{
    struct traits traits = traits_of(value, len);
    const char *trait = hidden_trait(&traits);
    if (trait == NULL && traits.blank) {
        trait = "with a blank inside";
    }
    if (trait == NULL && traits.beyond_ascii) {
        trait = "with characters outside ASCII";
    }
    return arena_format(report->arena, "%zu character%s%s%s", traits.characters,
                        traits.characters == 1 ? "" : "s", trait != NULL ? " " : "",
                        trait != NULL ? trait : "");
}
