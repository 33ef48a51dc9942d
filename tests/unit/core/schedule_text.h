// SPDX-License-Identifier: MIT
// Schedules as the tests of the core write them: "@daily minutes=30 hours=2,14 window=22:30-07:00
// staggered". The order of a list is kept: its first entry counts.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/schedule.h"

static inline enum schedule_frequency frequency_of(const char *word)
{
    static const char *const words[] = {"",       "?",       "@onDemand", "@hourly",
                                        "@daily", "@weekly", "@monthly",  "@yearly"};
    for (int i = 0; i < 8; i++) {
        if (strcmp(words[i], word) == 0) {
            return (enum schedule_frequency)i;
        }
    }
    abort();
}

static inline struct schedule_list list_of(const char *text)
{
    struct schedule_list list = {.set = 0};
    while (*text != '\0') {
        char *end;
        long entry = strtol(text, &end, 10);
        if (end == text || entry < 0 || entry > 63) {
            abort();
        }
        list.first = list.set == 0 ? (int)entry : list.first;
        list.set |= UINT64_C(1) << entry;
        text = *end == ',' ? end + 1 : end;
    }
    return list;
}

static inline void set_window(struct schedule *schedule, const char *text)
{
    int start_hour;
    int start_minute;
    int end_hour;
    int end_minute;
    if (sscanf(text, "%2d:%2d-%2d:%2d", &start_hour, &start_minute, &end_hour, &end_minute) != 4) {
        abort();
    }
    schedule->has_window = true;
    schedule->window_start = start_hour * 60 + start_minute;
    schedule->window_end = end_hour * 60 + end_minute;
}

static inline void set_part(struct schedule *schedule, const char *key, const char *value)
{
    if (strcmp(key, "minutes") == 0) {
        schedule->minutes = list_of(value);
    } else if (strcmp(key, "hours") == 0) {
        schedule->hours = list_of(value);
    } else if (strcmp(key, "weekdays") == 0) {
        schedule->weekdays = list_of(value);
    } else if (strcmp(key, "days") == 0) {
        schedule->days = list_of(value);
    } else if (strcmp(key, "months") == 0) {
        schedule->months = list_of(value);
    } else if (strcmp(key, "window") == 0) {
        set_window(schedule, value);
    } else if (strcmp(key, "staggered") == 0) {
        schedule->staggered = true;
    } else {
        abort();
    }
}

static inline struct schedule schedule_of(const char *text)
{
    struct schedule schedule = {.frequency = SCHEDULE_NONE};
    char copy[256];
    (void)snprintf(copy, sizeof copy, "%s", text);
    char *rest;
    for (char *part = strtok_r(copy, " ", &rest); part != NULL; part = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(part, '=');
        if (*part == '@' || *part == '?') {
            schedule.frequency = frequency_of(part);
        } else if (equals != NULL) {
            *equals = '\0';
            set_part(&schedule, part, equals + 1);
        } else {
            set_part(&schedule, part, "");
        }
    }
    return schedule;
}
