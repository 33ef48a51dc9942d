// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/timestamp.h"
#include "core/overdue.h"
#include "schedule_text.h"

enum { HOUR = 3600, DAY = 86400 };

// Without seconds, for a table that can be read; NULL is no time.
static int64_t at(const char *text)
{
    char full[40];
    int64_t instant = TIMESTAMP_NONE;
    if (text == NULL || strcmp(text, "none") == 0) {
        return TIMESTAMP_NONE;
    }
    (void)snprintf(full, sizeof full, "%s%s", text, strlen(text) == 16 ? ":00Z" : "Z");
    if (!timestamp_parse(full, &instant)) {
        fail_msg("no time: %s", text);
    }
    return instant;
}

static struct policy a_policy(const char *schedule)
{
    return (struct policy){
        .object = {.name = "nightly",
                   .namespace_name = "kasten-io",
                   .created = at("2020-01-01T00:00"),
                   .validation = POLICY_VALIDATION_SUCCESS},
        .actions = POLICY_BACKS_UP,
        .schedule = schedule_of(schedule),
        .preset = {"", ""},
    };
}

static struct policy_preset a_preset(const char *schedule)
{
    return (struct policy_preset){
        .object = {.name = "gold",
                   .namespace_name = "kasten-io",
                   .validation = POLICY_VALIDATION_SUCCESS},
        .schedule = schedule_of(schedule),
    };
}

// All that a question is made of, in one place.
struct scene {
    struct policy policy;
    struct policy_preset preset;
    struct overdue_runs runs;
    struct overdue_question question;
};

static void set_preset(struct scene *scene, const char *schedule)
{
    char text[128];
    (void)snprintf(text, sizeof text, "%s", schedule);
    for (char *at_blank = strchr(text, '_'); at_blank != NULL; at_blank = strchr(text, '_')) {
        *at_blank = ' ';
    }
    scene->preset = a_preset(text);
    scene->policy.preset = (struct policy_reference){"gold", ""};
    scene->question.preset = &scene->preset;
}

static void set_word(struct scene *scene, const char *word)
{
    if (strcmp(word, "paused") == 0) {
        scene->policy.paused = true;
    } else if (strcmp(word, "failed") == 0) {
        scene->policy.object.validation = POLICY_VALIDATION_FAILED;
    } else if (strcmp(word, "pending") == 0) {
        scene->policy.object.validation = POLICY_VALIDATION_PENDING;
    } else if (strcmp(word, "preset-missing") == 0) {
        scene->policy.preset = (struct policy_reference){"gold", ""};
    } else if (strcmp(word, "preset-failed") == 0) {
        set_preset(scene, "@daily");
        scene->preset.object.validation = POLICY_VALIDATION_FAILED;
    } else if (strcmp(word, "open") == 0) {
        scene->question.failure_open = true;
    } else if (strcmp(word, "unread") == 0) {
        scene->question.runs = NULL;
    } else if (strcmp(word, "exports") == 0) {
        scene->question.subject = OVERDUE_EXPORTS;
        scene->policy.export_to.enabled = true;
    } else {
        fail_msg("no fact: %s", word);
    }
}

static void set_fact(struct scene *scene, const char *key, const char *value)
{
    if (strcmp(key, "created") == 0) {
        scene->policy.object.created = at(value);
    } else if (strcmp(key, "since") == 0) {
        scene->question.since = at(value);
    } else if (strcmp(key, "skipped") == 0) {
        scene->runs.last_skipped = at(value);
        scene->runs.skip_reason = "noapplicationselected";
    } else if (strcmp(key, "other") == 0) {
        scene->runs.last_other = at(value);
    } else if (strcmp(key, "running") == 0) {
        scene->runs.under_way_since = at(value);
    } else if (strcmp(key, "patience") == 0) {
        scene->question.patience_seconds = HOUR * strtol(value, NULL, 10);
    } else if (strcmp(key, "preset") == 0) {
        set_preset(scene, value);
    } else if (strcmp(key, "export") == 0) {
        set_word(scene, "exports");
        scene->policy.export_to.frequency = frequency_of(value);
    } else if (strcmp(key, "preset-export") == 0) {
        scene->question.subject = OVERDUE_EXPORTS;
        scene->preset.export_to = (struct policy_export){true, frequency_of(value)};
    } else {
        fail_msg("no fact: %s", key);
    }
}

static void set_scene(struct scene *scene, const char *schedule, const char *facts,
                      const char *success)
{
    char copy[256];
    char *rest;
    *scene = (struct scene){.policy = a_policy(schedule), .runs = overdue_runs_none()};
    scene->runs.last_success = at(success);
    scene->question = (struct overdue_question){
        .policy = &scene->policy, .runs = &scene->runs, .since = TIMESTAMP_NONE};
    (void)snprintf(copy, sizeof copy, "%s", facts);
    for (char *part = strtok_r(copy, " ", &rest); part != NULL; part = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(part, '=');
        if (equals == NULL) {
            set_word(scene, part);
        } else {
            *equals = '\0';
            set_fact(scene, part, equals + 1);
        }
    }
}

enum outcome { ON_TIME, UNDER_WAY, LATE, NEVER, ONLY_SKIPPED, NEW };

static const struct {
    enum overdue_verdict verdict;
    enum overdue_exemption exemption;
} outcomes[] = {
    [ON_TIME] = {OVERDUE_ON_TIME, OVERDUE_JUDGED},
    [UNDER_WAY] = {OVERDUE_UNDER_WAY, OVERDUE_JUDGED},
    [LATE] = {OVERDUE_LATE, OVERDUE_JUDGED},
    [NEVER] = {OVERDUE_NEVER, OVERDUE_JUDGED},
    [ONLY_SKIPPED] = {OVERDUE_ONLY_SKIPPED, OVERDUE_JUDGED},
    [NEW] = {OVERDUE_NOT_DUE, OVERDUE_NEW},
};

// 2026-04-02 is a Thursday. The limit is looked at twice: at it nothing is told yet, a second later
// all that the case has is.
static const struct {
    const char *what;
    const char *schedule;
    const char *facts;
    const char *success;
    const char *now;
    enum outcome outcome;
    const char *due;
    const char *limit;
} cases[] = {
    {"hourly, in time", "@hourly", "", "2026-04-02T10:05", "2026-04-02T10:30", ON_TIME,
     "2026-04-02T11:00", "2026-04-02T12:00"},
    {"hourly, at the limit", "@hourly", "", "2026-04-02T10:05", "2026-04-02T12:00", ON_TIME,
     "2026-04-02T11:00", "2026-04-02T12:00"},
    {"hourly, a second behind it", "@hourly", "", "2026-04-02T10:05", "2026-04-02T12:00:01", LATE,
     "2026-04-02T11:00", "2026-04-02T12:00"},
    {"hourly over new year, in time", "@hourly", "", "2026-12-31T23:05", "2027-01-01T00:59",
     ON_TIME, "2027-01-01T00:00", "2027-01-01T01:00"},
    {"hourly over new year", "@hourly", "", "2026-12-31T23:05", "2027-01-01T01:30", LATE,
     "2027-01-01T00:00", "2027-01-01T01:00"},
    {"twice an hour", "@hourly minutes=45,15", "", "2026-04-02T10:16", "2026-04-02T11:45", ON_TIME,
     "2026-04-02T10:45", "2026-04-02T11:45"},
    {"twice an hour, late", "@hourly minutes=45,15", "", "2026-04-02T10:16", "2026-04-02T11:46",
     LATE, "2026-04-02T10:45", "2026-04-02T11:45"},
    {"every five minutes", "@hourly minutes=0,5,10,15,20,25,30,35,40,45,50,55", "",
     "2026-04-02T10:01", "2026-04-02T11:11", LATE, "2026-04-02T10:10", "2026-04-02T11:10"},
    {"hourly, days only mark what is kept", "@hourly weekdays=1 days=7 months=5 hours=3", "",
     "2026-04-02T10:05", "2026-04-02T12:01", LATE, "2026-04-02T11:00", "2026-04-02T12:00"},
    {"hourly by day, between two", "@hourly window=08:00-12:00", "", "2026-04-02T09:05",
     "2026-04-02T11:01", LATE, "2026-04-02T10:00", "2026-04-02T11:00"},
    {"hourly by day, over night", "@hourly window=08:00-12:00", "", "2026-04-02T11:10",
     "2026-04-03T18:30", ON_TIME, "2026-04-03T08:00", "2026-04-03T18:30"},
    {"hourly by day, late on the next day", "@hourly window=08:00-12:00", "", "2026-04-02T11:10",
     "2026-04-03T18:31", LATE, "2026-04-03T08:00", "2026-04-03T18:30"},
    {"hourly by night, after midnight", "@hourly window=22:00-02:00", "", "2026-04-02T00:10",
     "2026-04-02T02:01", LATE, "2026-04-02T01:00", "2026-04-02T02:00"},
    {"hourly by night, before midnight", "@hourly window=22:00-02:00", "", "2026-04-01T23:10",
     "2026-04-02T01:00", ON_TIME, "2026-04-02T00:00", "2026-04-02T01:00"},
    {"hourly by night, the day between", "@hourly window=22:00-02:00", "", "2026-04-02T01:10",
     "2026-04-03T08:30", ON_TIME, "2026-04-02T22:00", "2026-04-03T08:30"},
    {"hourly by night, staggered", "@hourly window=22:00-06:00 staggered", "", "2026-04-02T22:50",
     "2026-04-03T01:01", LATE, "2026-04-02T23:00", "2026-04-03T01:00"},
    {"daily, in time", "@daily", "", "2026-04-02T00:10", "2026-04-03T11:59:59", ON_TIME,
     "2026-04-03T00:00", "2026-04-03T12:00"},
    {"daily, late", "@daily", "", "2026-04-02T00:10", "2026-04-03T12:00:01", LATE,
     "2026-04-03T00:00", "2026-04-03T12:00"},
    {"daily, silent for weeks", "@daily", "", "2026-03-01T00:10", "2026-04-02T10:00", LATE,
     "2026-03-02T00:00", "2026-03-02T12:00"},
    {"daily at two and fourteen", "@daily hours=14,2", "", "2026-04-02T02:20", "2026-04-02T20:01",
     LATE, "2026-04-02T14:00", "2026-04-02T20:00"},
    {"daily, short gap", "@daily hours=2,6", "", "2026-04-02T02:20", "2026-04-02T08:00", ON_TIME,
     "2026-04-02T06:00", "2026-04-02T08:00"},
    {"daily, long gap", "@daily hours=2,6", "", "2026-04-02T06:20", "2026-04-03T12:01", LATE,
     "2026-04-03T02:00", "2026-04-03T12:00"},
    {"daily in a window", "@daily window=22:30-07:00", "", "2026-04-02T01:00", "2026-04-03T10:31",
     LATE, "2026-04-02T22:30", "2026-04-03T10:30"},
    {"daily, staggered in a window", "@daily window=22:30-07:00 staggered", "", "2026-04-02T06:50",
     "2026-04-03T19:00", ON_TIME, "2026-04-02T22:30", "2026-04-03T19:00"},
    {"daily, staggered and late", "@daily window=22:30-07:00 staggered", "", "2026-04-02T06:50",
     "2026-04-03T19:01", LATE, "2026-04-02T22:30", "2026-04-03T19:00"},
    {"daily, end of February", "@daily", "", "2026-02-28T00:10", "2026-03-01T12:01", LATE,
     "2026-03-01T00:00", "2026-03-01T12:00"},
    {"daily, leap day", "@daily", "", "2024-02-28T00:10", "2024-02-29T12:01", LATE,
     "2024-02-29T00:00", "2024-02-29T12:00"},
    {"daily, after the leap day", "@daily", "", "2024-02-29T00:10", "2024-03-01T12:00", ON_TIME,
     "2024-03-01T00:00", "2024-03-01T12:00"},
    {"daily over new year", "@daily", "", "2026-12-31T00:10", "2027-01-01T12:01", LATE,
     "2027-01-01T00:00", "2027-01-01T12:00"},
    {"daily, clocks go forward somewhere", "@daily", "", "2026-03-28T00:10", "2026-03-29T12:00",
     ON_TIME, "2026-03-29T00:00", "2026-03-29T12:00"},
    {"daily, a run of 25 hours", "@daily", "", "2026-04-03T01:00", "2026-04-04T12:00", ON_TIME,
     "2026-04-04T00:00", "2026-04-04T12:00"},
    {"daily, begun three minutes early", "@daily", "", "2026-04-01T23:57", "2026-04-02T13:00",
     ON_TIME, "2026-04-03T00:00", "2026-04-03T12:00"},
    {"daily, begun five minutes early", "@daily", "", "2026-04-01T23:55", "2026-04-02T13:00",
     ON_TIME, "2026-04-03T00:00", "2026-04-03T12:00"},
    {"daily, one more is another run", "@daily", "", "2026-04-01T23:54", "2026-04-02T13:00", LATE,
     "2026-04-02T00:00", "2026-04-02T12:00"},
    {"daily, an end in the future", "@daily", "", "2026-04-02T15:00", "2026-04-02T10:00", ON_TIME,
     "2026-04-03T00:00", "2026-04-03T12:00"},
    {"hourly, an end in the future counts as now", "@hourly", "", "2026-04-02T15:00",
     "2026-04-02T10:30", ON_TIME, "2026-04-02T11:00", "2026-04-02T12:00"},
    {"weekly, in time", "@weekly", "", "2026-03-29T00:10", "2026-04-08T12:00", ON_TIME,
     "2026-04-05T00:00", "2026-04-08T12:00"},
    {"weekly, late", "@weekly", "", "2026-03-29T00:10", "2026-04-08T12:00:01", LATE,
     "2026-04-05T00:00", "2026-04-08T12:00"},
    {"weekly on working days", "@weekly weekdays=1,2,3,4,5 hours=20", "", "2026-04-02T20:30",
     "2026-04-04T08:01", LATE, "2026-04-03T20:00", "2026-04-04T08:00"},
    {"weekly on working days, weekend", "@weekly weekdays=1,2,3,4,5 hours=20", "",
     "2026-04-03T20:30", "2026-04-08T08:00", ON_TIME, "2026-04-06T20:00", "2026-04-08T08:00"},
    {"weekly in a window over midnight", "@weekly weekdays=6 window=22:00-04:00 staggered", "",
     "2026-04-05T03:00", "2026-04-15T16:01", LATE, "2026-04-11T22:00", "2026-04-15T16:00"},
    {"weekly over new year", "@weekly", "", "2026-12-27T00:10", "2027-01-06T12:00", ON_TIME,
     "2027-01-03T00:00", "2027-01-06T12:00"},
    {"weekly, leap day", "@weekly weekdays=4", "", "2024-02-22T00:10", "2024-03-03T12:01", LATE,
     "2024-02-29T00:00", "2024-03-03T12:00"},
    {"monthly", "@monthly", "", "2026-04-01T00:10", "2026-05-16T00:00", ON_TIME, "2026-05-01T00:00",
     "2026-05-16T00:00"},
    {"monthly, late", "@monthly", "", "2026-04-01T00:10", "2026-05-16T00:01", LATE,
     "2026-05-01T00:00", "2026-05-16T00:00"},
    {"monthly, February", "@monthly", "", "2026-02-01T00:10", "2026-03-15T00:01", LATE,
     "2026-03-01T00:00", "2026-03-15T00:00"},
    {"monthly, February of a leap year", "@monthly", "", "2024-02-01T00:10", "2024-03-15T12:00",
     ON_TIME, "2024-03-01T00:00", "2024-03-15T12:00"},
    {"monthly on the 31st, over February", "@monthly days=31", "", "2026-01-31T00:10",
     "2026-03-10T00:00", ON_TIME, "2026-03-31T00:00", "2026-04-29T12:00"},
    {"monthly on the 29th, leap year", "@monthly days=29", "", "2024-01-29T01:00",
     "2024-03-15T12:01", LATE, "2024-02-29T00:00", "2024-03-15T12:00"},
    {"monthly on two days, first gap", "@monthly days=15,1", "", "2026-04-01T00:10",
     "2026-04-22T00:01", LATE, "2026-04-15T00:00", "2026-04-22T00:00"},
    {"monthly on two days, second gap", "@monthly days=15,1", "", "2026-04-15T00:10",
     "2026-05-09T00:00", ON_TIME, "2026-05-01T00:00", "2026-05-09T00:00"},
    {"monthly over new year", "@monthly", "", "2026-12-01T00:10", "2027-01-16T12:01", LATE,
     "2027-01-01T00:00", "2027-01-16T12:00"},
    {"monthly in a window over the month's end", "@monthly days=31 window=23:00-01:00 staggered",
     "", "2026-08-01T00:50", "2026-09-16T13:01", LATE, "2026-08-31T23:00", "2026-09-16T13:00"},
    {"yearly", "@yearly", "", "2026-01-01T00:10", "2027-07-02T12:00", ON_TIME, "2027-01-01T00:00",
     "2027-07-02T12:00"},
    {"yearly, late", "@yearly", "", "2026-01-01T00:10", "2027-07-02T12:01", LATE,
     "2027-01-01T00:00", "2027-07-02T12:00"},
    {"yearly, a leap year", "@yearly", "", "2028-01-01T00:10", "2029-07-03T00:01", LATE,
     "2029-01-01T00:00", "2029-07-03T00:00"},
    {"yearly in two months", "@yearly months=7,1", "", "2026-01-01T00:10", "2026-09-29T12:01", LATE,
     "2026-07-01T00:00", "2026-09-29T12:00"},
    {"yearly on leap days", "@yearly months=2 days=29", "", "2024-02-29T00:10", "2029-06-01T00:00",
     ON_TIME, "2028-02-29T00:00", "2030-02-28T12:00"},
    // never completed
    {"daily, made yesterday", "@daily", "created=2026-04-01T15:00", NULL, "2026-04-02T10:00", NEW,
     "2026-04-02T00:00", "2026-04-02T15:00"},
    {"daily, one interval old", "@daily", "created=2026-04-01T15:00", NULL, "2026-04-02T15:00", NEW,
     "2026-04-02T00:00", "2026-04-02T15:00"},
    {"daily, older than that", "@daily", "created=2026-04-01T15:00", NULL, "2026-04-02T15:00:01",
     NEVER, "2026-04-02T00:00", "2026-04-02T15:00"},
    {"daily, made just before it is due", "@daily", "created=2026-04-01T23:59", NULL,
     "2026-04-02T23:59:01", NEVER, "2026-04-02T00:00", "2026-04-02T23:59"},
    {"hourly, made just before it is due", "@hourly", "created=2026-04-02T10:59", NULL,
     "2026-04-02T12:00", NEW, "2026-04-02T11:00", "2026-04-02T12:00"},
    {"hourly, made when it is due", "@hourly", "created=2026-04-02T10:00", NULL, "2026-04-02T12:01",
     NEVER, "2026-04-02T11:00", "2026-04-02T12:00"},
    {"weekly, made on Saturday", "@weekly", "created=2026-04-04T23:00", NULL, "2026-04-11T23:01",
     NEVER, "2026-04-05T00:00", "2026-04-11T23:00"},
    {"monthly, made in January", "@monthly", "created=2026-01-20T00:00", NULL, "2026-02-19T00:00",
     NEW, "2026-02-01T00:00", "2026-02-20T00:00"},
    {"yearly, made in April", "@yearly", "created=2026-04-02T00:00", NULL, "2027-06-01T00:00", NEW,
     "2027-01-01T00:00", "2027-07-02T12:00"},
    {"made in the future", "@daily", "created=2026-04-03T00:00", NULL, "2026-04-02T10:00", NEW,
     "2026-04-04T00:00", "2026-04-04T12:00"},
    {"no time of creation, first seen yesterday", "@daily", "created=none since=2026-04-01T15:00",
     NULL, "2026-04-02T15:01", NEVER, "2026-04-02T00:00", "2026-04-02T15:00"},
    {"no time of creation, but a success", "@daily", "created=none", "2026-04-02T00:10",
     "2026-04-03T12:01", LATE, "2026-04-03T00:00", "2026-04-03T12:00"},
    // unpaused, valid again, edited
    {"unpaused this morning", "@daily", "since=2026-04-02T09:00", "2026-03-01T00:10",
     "2026-04-02T10:00", ON_TIME, "2026-04-03T00:00", "2026-04-03T12:00"},
    {"unpaused, and still no run", "@daily", "since=2026-04-02T09:00", "2026-03-01T00:10",
     "2026-04-03T12:01", LATE, "2026-04-03T00:00", "2026-04-03T12:00"},
    {"valid again, never completed", "@daily", "since=2026-04-02T13:00", NULL, "2026-04-03T13:01",
     NEVER, "2026-04-03T00:00", "2026-04-03T13:00"},
    {"a success since", "@daily", "since=2026-03-30T00:00", "2026-04-02T00:10", "2026-04-03T12:01",
     LATE, "2026-04-03T00:00", "2026-04-03T12:00"},
    {"a success soon after", "@hourly", "since=2026-04-02T00:00", "2026-04-02T10:05",
     "2026-04-02T12:01", LATE, "2026-04-02T11:00", "2026-04-02T12:00"},
    {"edited from weekly to hourly", "@hourly", "since=2026-04-02T10:20", "2026-03-29T00:10",
     "2026-04-02T10:30", ON_TIME, "2026-04-02T11:00", "2026-04-02T12:00"},
    {"edited from hourly to weekly", "@weekly", "since=2026-04-02T10:20", "2026-04-02T10:05",
     "2026-04-09T10:20", ON_TIME, "2026-04-05T00:00", "2026-04-09T10:20"},
    {"edited when nobody looked", "@hourly", "", "2026-03-29T00:10", "2026-04-02T10:30", LATE,
     "2026-03-29T01:00", "2026-03-29T02:00"},
    // presets
    {"the preset's schedule counts", "@daily", "preset=@hourly", "2026-04-02T10:05",
     "2026-04-02T12:01", LATE, "2026-04-02T11:00", "2026-04-02T12:00"},
    {"a preset with parts", "", "preset=@daily_hours=3_minutes=30", "2026-04-02T03:40",
     "2026-04-03T15:30", ON_TIME, "2026-04-03T03:30", "2026-04-03T15:30"},
    {"the preset was replaced", "", "preset=@hourly since=2026-04-02T10:20", "2026-03-29T00:10",
     "2026-04-02T12:01", LATE, "2026-04-02T11:00", "2026-04-02T12:00"},
    {"a window in a preset", "", "preset=@daily_window=23:00-01:00_staggered", "2026-04-02T00:10",
     "2026-04-03T13:00", ON_TIME, "2026-04-02T23:00", "2026-04-03T13:00"},
    // validation that is not known
    {"pending for days", "@daily", "pending", "2026-03-30T00:10", "2026-04-02T10:00", LATE,
     "2026-03-31T00:00", "2026-03-31T12:00"},
    // skipped
    {"only skipped", "@daily", "skipped=2026-04-02T00:01", "2026-04-01T00:10",
     "2026-04-02T12:00:01", ONLY_SKIPPED, "2026-04-02T00:00", "2026-04-02T12:00"},
    {"skipped, in time", "@daily", "skipped=2026-04-02T00:01", "2026-04-01T00:10",
     "2026-04-02T12:00", ON_TIME, "2026-04-02T00:00", "2026-04-02T12:00"},
    {"skipped before the success", "@daily", "skipped=2026-03-31T00:01", "2026-04-01T00:10",
     "2026-04-02T12:01", LATE, "2026-04-02T00:00", "2026-04-02T12:00"},
    {"skipped and failed", "@daily", "skipped=2026-04-02T00:01 other=2026-04-02T05:00",
     "2026-04-01T00:10", "2026-04-02T12:01", LATE, "2026-04-02T00:00", "2026-04-02T12:00"},
    {"failed, completed, skipped", "@daily", "skipped=2026-04-02T00:01 other=2026-03-31T05:00",
     "2026-04-01T00:10", "2026-04-02T12:01", ONLY_SKIPPED, "2026-04-02T00:00", "2026-04-02T12:00"},
    {"skipped since it was made", "@daily", "created=2026-03-01T15:00 skipped=2026-04-02T00:01",
     NULL, "2026-04-02T12:01", ONLY_SKIPPED, "2026-03-02T00:00", "2026-03-02T15:00"},
    // under way
    {"a long run", "@daily", "running=2026-04-02T00:00 patience=24", "2026-04-01T00:10",
     "2026-04-02T13:00", UNDER_WAY, "2026-04-02T00:00", "2026-04-02T12:00"},
    {"a long run, in time", "@daily", "running=2026-04-02T00:00 patience=24", "2026-04-01T00:10",
     "2026-04-02T12:00", ON_TIME, "2026-04-02T00:00", "2026-04-02T12:00"},
    {"too long a run", "@daily", "running=2026-04-02T00:00 patience=24", "2026-04-01T00:10",
     "2026-04-03T00:00", LATE, "2026-04-02T00:00", "2026-04-02T12:00"},
    {"a long run without patience", "@daily", "running=2026-04-02T00:00", "2026-04-01T00:10",
     "2026-04-02T13:00", LATE, "2026-04-02T00:00", "2026-04-02T12:00"},
    {"ever new runs", "@hourly", "running=2026-04-02T12:30 patience=24", "2026-03-31T00:10",
     "2026-04-02T13:00", LATE, "2026-03-31T01:00", "2026-03-31T02:00"},
    {"a long first run", "@daily", "created=2026-04-01T15:00 running=2026-04-02T00:00 patience=24",
     NULL, "2026-04-02T20:00", UNDER_WAY, "2026-04-02T00:00", "2026-04-02T15:00"},
    {"a long run after skipped ones", "@daily",
     "skipped=2026-04-02T00:01 running=2026-04-02T08:00 patience=24", "2026-04-01T00:10",
     "2026-04-02T13:00", UNDER_WAY, "2026-04-02T00:00", "2026-04-02T12:00"},
    // exports with a frequency of their own
    {"weekly exports, in time", "@daily", "export=@weekly", "2026-03-29T00:40", "2026-04-08T12:00",
     ON_TIME, "2026-04-05T00:00", "2026-04-08T12:00"},
    {"weekly exports, late", "@daily", "export=@weekly", "2026-03-29T00:40", "2026-04-08T12:01",
     LATE, "2026-04-05T00:00", "2026-04-08T12:00"},
    {"weekly exports, never", "@daily", "export=@weekly created=2026-04-01T15:00", NULL,
     "2026-04-08T15:01", NEVER, "2026-04-05T00:00", "2026-04-08T15:00"},
    {"monthly exports of the 15th", "@daily weekdays=5 days=15 window=22:30-07:00",
     "export=@monthly", "2026-03-16T04:00", "2026-05-01T10:30", ON_TIME, "2026-04-15T22:30",
     "2026-05-01T10:30"},
    {"daily exports of hourly runs", "@hourly minutes=45,15 hours=6", "export=@daily",
     "2026-04-02T06:50", "2026-04-03T18:46", LATE, "2026-04-03T06:45", "2026-04-03T18:45"},
    {"monthly exports of weekly runs", "@weekly weekdays=3 hours=4", "export=@monthly",
     "2026-04-01T05:00", "2026-05-23T16:01", LATE, "2026-05-06T04:00", "2026-05-23T16:00"},
    {"exports of a preset", "", "preset=@hourly preset-export=@daily", "2026-04-02T00:20",
     "2026-04-03T12:01", LATE, "2026-04-03T00:00", "2026-04-03T12:00"},
    {"a long export", "@daily", "export=@weekly running=2026-04-05T00:30 patience=240",
     "2026-03-29T00:40", "2026-04-09T00:00", UNDER_WAY, "2026-04-05T00:00", "2026-04-08T12:00"},
};

static void check_answer(size_t i, const struct overdue_answer *answer)
{
    enum outcome outcome = cases[i].outcome;
    if (answer->verdict != outcomes[outcome].verdict ||
        answer->exemption != outcomes[outcome].exemption || answer->due != at(cases[i].due) ||
        answer->limit != at(cases[i].limit)) {
        char due[TIMESTAMP_TEXT_BYTES];
        char limit[TIMESTAMP_TEXT_BYTES];
        timestamp_format(answer->due, due);
        timestamp_format(answer->limit, limit);
        fail_msg("%s: verdict %d, exemption %d, due %s, limit %s", cases[i].what,
                 (int)answer->verdict, (int)answer->exemption, due, limit);
    }
    bool skipped = outcome == ONLY_SKIPPED;
    assert_string_equal(answer->skip_reason, skipped ? "noapplicationselected" : "");
    assert_int_equal(overdue_is_told(answer->verdict),
                     outcome == LATE || outcome == NEVER || outcome == ONLY_SKIPPED);
}

static void verdicts_of_the_table(void **state)
{
    (void)state;
    assert_true(sizeof cases / sizeof cases[0] >= 80);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        set_scene(&scene, cases[i].schedule, cases[i].facts, cases[i].success);
        struct overdue_answer answer = overdue_judge(&scene.question, at(cases[i].now));
        check_answer(i, &answer);
        if (scene.question.patience_seconds != 0 || at(cases[i].success) > at(cases[i].now)) {
            continue;
        }
        struct overdue_answer before = overdue_judge(&scene.question, answer.limit);
        struct overdue_answer after = overdue_judge(&scene.question, answer.limit + 1);
        if (overdue_is_told(before.verdict) || !overdue_is_told(after.verdict)) {
            fail_msg("%s: not told at its limit", cases[i].what);
        }
    }
}

static void what_is_not_judged(void **state)
{
    (void)state;
    static const struct {
        const char *schedule;
        const char *facts;
        enum overdue_exemption exemption;
    } exempt[] = {
        {"@onDemand", "", OVERDUE_ON_DEMAND},
        {"@onDemand", "export=@onDemand", OVERDUE_ON_DEMAND},
        {"@daily", "paused", OVERDUE_PAUSED},
        {"@daily", "paused failed", OVERDUE_PAUSED},
        {"@daily", "failed", OVERDUE_INVALID},
        {"", "preset-failed", OVERDUE_INVALID},
        {"", "preset-missing", OVERDUE_NO_PRESET},
        {"@daily", "preset-missing", OVERDUE_NO_PRESET},
        {"", "", OVERDUE_UNREADABLE_SCHEDULE},
        {"?", "", OVERDUE_UNREADABLE_SCHEDULE},
        {"?", "export=@weekly", OVERDUE_UNREADABLE_SCHEDULE},
        {"@yearly months=2 days=30", "", OVERDUE_UNREADABLE_SCHEDULE},
        {"@daily", "unread", OVERDUE_UNREAD},
        {"@daily", "unread open", OVERDUE_UNREAD},
        {"@daily", "open", OVERDUE_FAILURE_OPEN},
        {"@onDemand", "open unread", OVERDUE_ON_DEMAND},
        {"@daily", "created=none", OVERDUE_NO_START},
        {"@daily", "exports", OVERDUE_NOT_APART},
        {"@daily", "export=@daily", OVERDUE_NOT_APART},
        {"@daily", "export=@hourly", OVERDUE_NOT_APART},
        {"@daily", "export=@onDemand", OVERDUE_NOT_APART},
        {"@daily", "export=?", OVERDUE_NOT_APART},
        {"@weekly", "preset=@hourly preset-export=@hourly", OVERDUE_NOT_APART},
    };
    for (size_t i = 0; i < sizeof exempt / sizeof exempt[0]; i++) {
        struct scene scene;
        set_scene(&scene, exempt[i].schedule, exempt[i].facts, NULL);
        struct overdue_answer answer = overdue_judge(&scene.question, at("2026-04-02T10:00"));
        if (answer.verdict != OVERDUE_NOT_DUE || answer.exemption != exempt[i].exemption) {
            fail_msg("%s, %s: verdict %d, exemption %d", exempt[i].schedule, exempt[i].facts,
                     (int)answer.verdict, (int)answer.exemption);
        }
        assert_string_equal(answer.skip_reason, "");
    }
    struct scene scene;
    set_scene(&scene, "@daily", "export=@weekly", NULL);
    scene.policy.export_to.enabled = false;
    struct overdue_answer answer = overdue_judge(&scene.question, at("2026-04-02T10:00"));
    assert_int_equal(answer.exemption, OVERDUE_NOT_APART);
    for (int i = OVERDUE_JUDGED; i <= OVERDUE_NO_START; i++) {
        assert_true(strlen(overdue_exemption_text((enum overdue_exemption)i)) > 5);
    }
}

static void an_answer_says_how_it_was_found(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene, "@daily window=22:00-04:00 staggered", "", "2026-03-30T23:00");
    struct overdue_answer answer = overdue_judge(&scene.question, at("2026-04-02T23:00"));
    assert_int_equal(answer.verdict, OVERDUE_LATE);
    assert_int_equal(answer.counted_from, at("2026-03-30T23:00"));
    assert_int_equal(answer.due, at("2026-03-31T22:00"));
    assert_int_equal(answer.last_due, at("2026-04-02T22:00"));
    assert_int_equal(answer.interval_seconds, DAY);
    assert_int_equal(answer.stagger_seconds, 6 * HOUR);
    assert_int_equal(answer.tolerance_seconds, 12 * HOUR);
    assert_int_equal(answer.limit, at("2026-04-01T16:00"));
}

static void times_that_cannot_be_are_survived(void **state)
{
    (void)state;
    static const int64_t times[] = {INT64_MIN, INT64_MIN + 1,         -1,
                                    0,         INT64_C(253402300799), INT64_MAX - DAY * 100000LL};
    size_t count = sizeof times / sizeof times[0];
    for (size_t i = 0; i < count * count * count; i++) {
        struct scene scene;
        set_scene(&scene, "@daily", "", NULL);
        scene.policy.object.created = times[i % count];
        scene.runs.last_success = times[i / count % count];
        struct overdue_answer answer = overdue_judge(&scene.question, times[i / count / count]);
        assert_true(answer.verdict != OVERDUE_ONLY_SKIPPED);
    }
}

static void runs_are_added_in_any_order(void **state)
{
    (void)state;
    static const struct {
        enum action_state state;
        const char *at;
        const char *reason;
    } runs[] = {
        {ACTION_COMPLETE, "2026-04-01T00:10", ""},
        {ACTION_COMPLETE, "2026-03-31T00:10", ""},
        {ACTION_COMPLETE, "2026-04-04T00:00", ""}, // a clock was wrong by days
        {ACTION_COMPLETE, NULL, ""},
        {ACTION_SKIPPED, "2026-03-30T00:01", "old"},
        {ACTION_SKIPPED, "2026-03-31T00:01", "noapplicationselected"},
        {ACTION_FAILED, "2026-03-29T00:10", ""},
        {ACTION_CANCELLED, "2026-03-29T00:20", ""},
        {ACTION_RUNNING, "2026-04-02T00:00", ""},
        {ACTION_PENDING, "2026-04-01T00:00", ""},
        {ACTION_UNKNOWN, "2026-04-02T09:00", ""},
        {ACTION_DELETING, "2026-04-02T09:00", ""},
    };
    enum { COUNT = sizeof runs / sizeof runs[0] };
    static const int steps[] = {1, 5, 7, 11}; // without a common divisor: each run once
    int64_t now = at("2026-04-02T10:00");
    for (size_t order = 0; order < 4; order++) {
        struct overdue_runs sum = overdue_runs_none();
        for (int i = 0; i < COUNT; i++) {
            int n = i * steps[order] % COUNT;
            overdue_runs_add(&sum, runs[n].state, at(runs[n].at), runs[n].reason, now);
        }
        assert_int_equal(sum.last_success, at("2026-04-01T00:10"));
        assert_int_equal(sum.last_skipped, at("2026-03-31T00:01"));
        assert_string_equal(sum.skip_reason, "noapplicationselected");
        assert_int_equal(sum.last_other, at("2026-03-29T00:20"));
        assert_int_equal(sum.under_way_since, at("2026-04-02T00:00"));
    }
    struct overdue_runs sum = overdue_runs_none();
    overdue_runs_add(&sum, ACTION_COMPLETE, now + DAY, "", now);
    assert_int_equal(sum.last_success, now + DAY);
    overdue_runs_add(&sum, ACTION_ATTEMPT_FAILED, TIMESTAMP_NONE, "", now);
    assert_int_equal(sum.under_way_since, now);
}

static bool update(struct overdue_watch *watch, bool known, struct scene *scene, const char *now)
{
    return overdue_watch_update(watch, known, scene->question.subject, &scene->policy,
                                scene->question.preset, at(now));
}

static void a_watch_remembers_when_judging_begins(void **state)
{
    (void)state;
    struct scene scene;
    struct overdue_watch watch = {0};
    set_scene(&scene, "@daily", "", NULL);
    assert_true(update(&watch, false, &scene, "2026-04-01T10:00"));
    assert_int_equal(watch.since, TIMESTAMP_NONE); // its creation counts
    assert_false(watch.exempt);
    assert_false(update(&watch, true, &scene, "2026-04-01T11:00"));
    scene.policy.paused = true;
    assert_true(update(&watch, true, &scene, "2026-04-01T12:00"));
    assert_int_equal(watch.since, TIMESTAMP_NONE);
    assert_false(update(&watch, true, &scene, "2026-04-01T13:00"));
    scene.policy.paused = false;
    assert_true(update(&watch, true, &scene, "2026-04-01T14:00"));
    assert_int_equal(watch.since, at("2026-04-01T14:00"));
    assert_false(update(&watch, true, &scene, "2026-04-01T15:00"));
    scene.policy.object.validation = POLICY_VALIDATION_FAILED;
    assert_true(update(&watch, true, &scene, "2026-04-01T16:00"));
    scene.policy.object.validation = POLICY_VALIDATION_SUCCESS;
    assert_true(update(&watch, true, &scene, "2026-04-01T17:00"));
    assert_int_equal(watch.since, at("2026-04-01T17:00"));
    scene.policy.schedule.days = list_of("5"); // only what is kept
    assert_false(update(&watch, true, &scene, "2026-04-01T18:00"));
    scene.policy.schedule.hours = list_of("5");
    assert_true(update(&watch, true, &scene, "2026-04-01T19:00"));
    assert_int_equal(watch.since, at("2026-04-01T19:00"));
    scene.policy.object.created = TIMESTAMP_NONE;
    assert_true(update(&watch, false, &scene, "2026-04-01T20:00"));
    assert_int_equal(watch.since, at("2026-04-01T20:00"));
}

static void a_watch_follows_presets_and_exports(void **state)
{
    (void)state;
    struct scene scene;
    struct overdue_watch watch = {0};
    set_scene(&scene, "", "preset=@daily", NULL);
    assert_true(update(&watch, false, &scene, "2026-04-01T10:00"));
    scene.preset.schedule = schedule_of("@hourly");
    assert_true(update(&watch, true, &scene, "2026-04-01T11:00"));
    assert_int_equal(watch.since, at("2026-04-01T11:00"));
    scene.question.preset = NULL; // not read: nothing is known to have changed
    assert_true(update(&watch, true, &scene, "2026-04-01T12:00"));
    assert_true(watch.exempt);
    assert_int_equal(watch.since, at("2026-04-01T11:00"));
    scene.question.preset = &scene.preset;
    assert_true(update(&watch, true, &scene, "2026-04-01T13:00"));
    assert_int_equal(watch.since, at("2026-04-01T13:00"));
    set_scene(&scene, "@daily", "exports", NULL);
    assert_true(update(&watch, false, &scene, "2026-04-01T10:00"));
    assert_true(watch.exempt);
    scene.policy.export_to.frequency = SCHEDULE_WEEKLY;
    assert_true(update(&watch, true, &scene, "2026-04-01T11:00"));
    assert_int_equal(watch.since, at("2026-04-01T11:00"));
}

struct tallied {
    const char *schedule;
    const char *facts;
    const char *success;
};

static bool stands_still(const struct tallied *policies, size_t count, const char *now)
{
    struct overdue_tally tally = {0};
    for (size_t i = 0; i < count; i++) {
        struct scene scene;
        set_scene(&scene, policies[i].schedule, policies[i].facts, policies[i].success);
        struct overdue_answer answer = overdue_judge(&scene.question, at(now));
        overdue_tally_add(&tally, &answer, scene.question.runs);
    }
    return overdue_tally_is_standstill(&tally);
}

static void a_cluster_that_stands_still(void **state)
{
    (void)state;
    static const struct tallied all[] = {
        {"@hourly", "", "2026-04-02T10:05"},
        {"@daily", "", "2026-04-02T00:10"},
        {"@monthly", "", "2026-04-01T00:30"},     // not due for weeks
        {"@daily", "paused", "2026-03-20T00:00"}, // long ago
        {"@onDemand", "unread", NULL},
    };
    assert_true(stands_still(all, 5, "2026-04-03T13:00"));
    assert_false(stands_still(all, 5, "2026-04-02T13:00")); // one policy alone
    static const struct tallied works[] = {
        {"@hourly", "", "2026-04-02T10:05"},
        {"@daily", "", "2026-04-02T00:10"},
        {"@onDemand", "", "2026-04-03T09:00"}, // somebody ran it
    };
    assert_false(stands_still(works, 3, "2026-04-03T13:00"));
    static const struct tallied failing[] = {
        {"@hourly", "", "2026-04-02T10:05"},
        {"@daily", "", "2026-04-02T00:10"},
        {"@daily", "other=2026-04-03T00:20", "2026-04-03T00:10"},
    };
    assert_false(stands_still(failing, 3, "2026-04-03T13:00"));
    static const struct tallied never[] = {
        {"@daily", "created=2026-03-01T15:00", NULL},
        {"@daily", "created=2026-03-02T15:00", NULL},
    };
    assert_true(stands_still(never, 2, "2026-04-03T13:00"));
    assert_false(stands_still(never, 0, "2026-04-03T13:00"));
}

static uint64_t random_state = UINT64_C(0x2545f4914f6cdd1d);

static int random_below(int bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (int)((random_state >> 33) % (uint64_t)bound);
}

// By walking: the first due instant behind the success, and the one before it, one minute at a
// time. Schedules of one time a day, hour or week, that the walk can know by arithmetic.
static bool walk_is_due(const struct schedule *schedule, int64_t instant)
{
    int64_t of_day = instant % DAY / 60;
    int minute = schedule->minutes.set != 0 ? schedule->minutes.first : 0;
    int hour = schedule->hours.set != 0 ? schedule->hours.first : 0;
    if (schedule->frequency == SCHEDULE_HOURLY) {
        return of_day % 60 == minute;
    }
    int64_t weekday = (instant / DAY + 4) % 7;
    return of_day == hour * 60 + minute &&
           (schedule->frequency == SCHEDULE_DAILY ||
            weekday == (schedule->weekdays.set != 0 ? schedule->weekdays.first : 0));
}

static int64_t walk_to_limit(const struct schedule *schedule, int64_t success)
{
    int64_t start = (success + 300) / 60 * 60;
    int64_t next = start + 60;
    int64_t previous = start;
    while (!walk_is_due(schedule, next)) {
        next += 60;
    }
    while (!walk_is_due(schedule, previous)) {
        previous -= 60;
    }
    int64_t half = (next - previous) / 2;
    return next + (half > HOUR ? half : HOUR);
}

static void every_minute_agrees(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct scene scene;
        set_scene(&scene, "@daily", "", NULL);
        struct schedule *schedule = &scene.policy.schedule;
        *schedule = (struct schedule){
            .frequency = (enum schedule_frequency)(SCHEDULE_HOURLY + random_below(3)),
            .minutes = {.set = 1, .first = random_below(60)},
            .hours = {.set = 1, .first = random_below(24)},
            .weekdays = {.set = 1, .first = random_below(7)},
        };
        schedule->minutes.set <<= schedule->minutes.first;
        schedule->hours.set <<= schedule->hours.first;
        schedule->weekdays.set <<= schedule->weekdays.first;
        int64_t success = at("2026-01-01T00:00") + random_below(400 * DAY);
        scene.runs.last_success = success;
        int64_t limit = walk_to_limit(schedule, success);
        for (int64_t now = success; now <= limit + DAY; now += 60 * (1 + random_below(200))) {
            struct overdue_answer answer = overdue_judge(&scene.question, now);
            assert_int_equal(answer.limit, limit);
            assert_int_equal(answer.verdict, now > limit ? OVERDUE_LATE : OVERDUE_ON_TIME);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_of_the_table),
        cmocka_unit_test(what_is_not_judged),
        cmocka_unit_test(an_answer_says_how_it_was_found),
        cmocka_unit_test(times_that_cannot_be_are_survived),
        cmocka_unit_test(runs_are_added_in_any_order),
        cmocka_unit_test(a_watch_remembers_when_judging_begins),
        cmocka_unit_test(a_watch_follows_presets_and_exports),
        cmocka_unit_test(a_cluster_that_stands_still),
        cmocka_unit_test(every_minute_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
