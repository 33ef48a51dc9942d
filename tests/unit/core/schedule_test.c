// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/timestamp.h"
#include "core/schedule.h"
#include "schedule_text.h"

// Without seconds, for a table that can be read.
static int64_t at(const char *text)
{
    char full[32];
    int64_t instant;
    (void)snprintf(full, sizeof full, "%s%s", text, strlen(text) == 16 ? ":00Z" : "Z");
    if (!timestamp_parse(full, &instant)) {
        fail_msg("no time: %s", text);
    }
    return instant;
}

static const struct {
    const char *schedule;
    const char *instant;
    const char *previous;
    const char *next;
} cases[] = {
    // hourly
    {"@hourly", "2026-04-02T10:30", "2026-04-02T10:00", "2026-04-02T11:00"},
    {"@hourly", "2026-04-02T10:00", "2026-04-02T10:00", "2026-04-02T11:00"},
    {"@hourly", "2026-04-02T10:59:59", "2026-04-02T10:00", "2026-04-02T11:00"},
    {"@hourly", "2026-12-31T23:30", "2026-12-31T23:00", "2027-01-01T00:00"},
    {"@hourly minutes=30", "2026-04-02T10:29", "2026-04-02T09:30", "2026-04-02T10:30"},
    {"@hourly minutes=45,15", "2026-04-02T10:20", "2026-04-02T10:15", "2026-04-02T10:45"},
    {"@hourly minutes=45,15", "2026-04-02T00:05", "2026-04-01T23:45", "2026-04-02T00:15"},
    {"@hourly minutes=0,10,5,15,20,25,30,35,40,45,50,55", "2026-04-02T10:58", "2026-04-02T10:55",
     "2026-04-02T11:00"},
    {"@hourly hours=3 weekdays=5 days=15 months=6", "2026-04-02T10:30", "2026-04-02T10:00",
     "2026-04-02T11:00"},
    // hourly inside a window
    {"@hourly window=08:00-12:00", "2026-04-02T11:30", "2026-04-02T11:00", "2026-04-03T08:00"},
    {"@hourly window=08:00-12:00", "2026-04-02T12:00", "2026-04-02T11:00", "2026-04-03T08:00"},
    {"@hourly window=08:00-12:05", "2026-04-02T12:00", "2026-04-02T12:00", "2026-04-03T08:00"},
    {"@hourly window=08:15-09:15", "2026-04-02T09:00", "2026-04-02T08:15", "2026-04-03T08:15"},
    {"@hourly window=08:15-09:20", "2026-04-02T09:16", "2026-04-02T09:15", "2026-04-03T08:15"},
    {"@hourly window=22:00-02:00", "2026-04-02T00:30", "2026-04-02T00:00", "2026-04-02T01:00"},
    {"@hourly window=22:00-02:00", "2026-04-02T01:30", "2026-04-02T01:00", "2026-04-02T22:00"},
    {"@hourly window=22:00-02:00", "2026-04-02T23:59", "2026-04-02T23:00", "2026-04-03T00:00"},
    {"@hourly window=23:30-01:00", "2026-12-31T23:45", "2026-12-31T23:30", "2027-01-01T00:30"},
    {"@hourly window=06:00-06:00", "2026-04-02T05:30", "2026-04-02T05:00", "2026-04-02T06:00"},
    {"@hourly window=06:30-06:00", "2026-04-02T06:10", "2026-04-02T05:30", "2026-04-02T06:30"},
    {"@hourly minutes=20,40 window=08:00-10:00", "2026-04-02T08:30", "2026-04-02T08:00",
     "2026-04-02T09:00"},
    // daily
    {"@daily", "2026-04-02T10:30", "2026-04-02T00:00", "2026-04-03T00:00"},
    {"@daily", "2026-04-02T00:00", "2026-04-02T00:00", "2026-04-03T00:00"},
    {"@daily", "2026-04-01T23:59:59", "2026-04-01T00:00", "2026-04-02T00:00"},
    {"@daily hours=2 minutes=30", "2026-04-02T02:29", "2026-04-01T02:30", "2026-04-02T02:30"},
    {"@daily hours=14,2", "2026-04-02T10:30", "2026-04-02T02:00", "2026-04-02T14:00"},
    {"@daily hours=14,2 minutes=30,10", "2026-04-02T14:30", "2026-04-02T14:30", "2026-04-03T02:30"},
    {"@daily minutes=45", "2026-03-01T00:10", "2026-02-28T00:45", "2026-03-01T00:45"},
    {"@daily minutes=45", "2024-03-01T00:10", "2024-02-29T00:45", "2024-03-01T00:45"},
    {"@daily weekdays=5 days=15", "2026-04-02T10:30", "2026-04-02T00:00", "2026-04-03T00:00"},
    {"@daily window=22:30-07:00", "2026-04-02T03:00", "2026-04-01T22:30", "2026-04-02T22:30"},
    {"@daily window=22:30-07:00 hours=5 minutes=1", "2026-04-02T22:30", "2026-04-02T22:30",
     "2026-04-03T22:30"},
    {"@daily window=22:30-07:00 staggered", "2027-01-01T03:00", "2026-12-31T22:30",
     "2027-01-01T22:30"},
    {"@daily", "2026-03-29T01:30", "2026-03-29T00:00", "2026-03-30T00:00"}, // clocks go forward
    {"@daily", "2026-10-25T01:30", "2026-10-25T00:00", "2026-10-26T00:00"}, // and back
    // weekly; 2026-04-02 is a Thursday
    {"@weekly", "2026-04-02T10:30", "2026-03-29T00:00", "2026-04-05T00:00"},
    {"@weekly", "2026-04-05T00:00", "2026-04-05T00:00", "2026-04-12T00:00"},
    {"@weekly weekdays=4", "2026-04-02T10:30", "2026-04-02T00:00", "2026-04-09T00:00"},
    {"@weekly weekdays=5,1 hours=3 minutes=15", "2026-04-02T10:30", "2026-03-30T03:15",
     "2026-04-03T03:15"},
    {"@weekly weekdays=1,2,3,4,5 hours=20", "2026-04-04T10:00", "2026-04-03T20:00",
     "2026-04-06T20:00"},
    {"@weekly weekdays=1 hours=3,9", "2026-04-06T10:00", "2026-04-06T03:00", "2026-04-13T03:00"},
    {"@weekly weekdays=6 window=22:00-04:00", "2026-04-05T01:00", "2026-04-04T22:00",
     "2026-04-11T22:00"},
    {"@weekly", "2027-01-01T12:00", "2026-12-27T00:00", "2027-01-03T00:00"},
    // monthly
    {"@monthly", "2026-04-02T10:30", "2026-04-01T00:00", "2026-05-01T00:00"},
    {"@monthly", "2026-12-31T23:59", "2026-12-01T00:00", "2027-01-01T00:00"},
    {"@monthly days=15,1 hours=4", "2026-04-15T04:00", "2026-04-15T04:00", "2026-05-01T04:00"},
    {"@monthly days=31", "2026-04-30T12:00", "2026-03-31T00:00", "2026-05-31T00:00"},
    {"@monthly days=31", "2026-02-10T12:00", "2026-01-31T00:00", "2026-03-31T00:00"},
    {"@monthly days=30", "2026-02-28T12:00", "2026-01-30T00:00", "2026-03-30T00:00"},
    {"@monthly days=29", "2026-02-28T12:00", "2026-01-29T00:00", "2026-03-29T00:00"},
    {"@monthly days=29", "2024-02-28T12:00", "2024-01-29T00:00", "2024-02-29T00:00"},
    {"@monthly days=29", "2100-02-28T12:00", "2100-01-29T00:00", "2100-03-29T00:00"},
    {"@monthly days=29", "2000-02-28T12:00", "2000-01-29T00:00", "2000-02-29T00:00"},
    {"@monthly days=31,30", "2026-07-30T12:00", "2026-07-30T00:00", "2026-07-31T00:00"},
    {"@monthly days=31 window=23:00-01:00", "2026-08-01T00:30", "2026-07-31T23:00",
     "2026-08-31T23:00"},
    {"@monthly weekdays=3", "2026-04-02T10:30", "2026-04-01T00:00", "2026-05-01T00:00"},
    // yearly
    {"@yearly", "2026-04-02T10:30", "2026-01-01T00:00", "2027-01-01T00:00"},
    {"@yearly", "2027-01-01T00:00", "2027-01-01T00:00", "2028-01-01T00:00"},
    {"@yearly months=10,4 days=3 hours=6 minutes=30", "2026-04-03T06:29", "2025-10-03T06:30",
     "2026-04-03T06:30"},
    {"@yearly months=4 days=15,20", "2026-04-16T00:00", "2026-04-15T00:00", "2027-04-15T00:00"},
    {"@yearly months=2 days=29", "2026-06-01T00:00", "2024-02-29T00:00", "2028-02-29T00:00"},
    {"@yearly months=2 days=29", "2099-06-01T00:00", "2096-02-29T00:00", "2104-02-29T00:00"},
    {"@yearly months=2,12 days=30", "2026-06-01T00:00", "2025-12-30T00:00", "2026-12-30T00:00"},
    {"@yearly months=12 days=31 window=22:00-06:00", "2027-01-01T03:00", "2026-12-31T22:00",
     "2027-12-31T22:00"},
    // the ends of time
    {"@daily hours=12", "1970-01-01T00:00", "1969-12-31T12:00", "1970-01-01T12:00"},
    {"@yearly months=2 days=29", "1970-01-01T00:00", "1968-02-29T00:00", "1972-02-29T00:00"},
    {"@weekly", "1970-01-01T00:00", "1969-12-28T00:00", "1970-01-04T00:00"},
};

static void due_times_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct schedule schedule = schedule_of(cases[i].schedule);
        struct schedule_span span;
        if (!schedule_around(&schedule, at(cases[i].instant), &span) ||
            span.previous != at(cases[i].previous) || span.next != at(cases[i].next)) {
            char previous[TIMESTAMP_TEXT_BYTES];
            char next[TIMESTAMP_TEXT_BYTES];
            timestamp_format(span.previous, previous);
            timestamp_format(span.next, next);
            fail_msg("%s at %s: %s, %s", cases[i].schedule, cases[i].instant, previous, next);
        }
    }
}

static void what_is_never_due(void **state)
{
    (void)state;
    static const char *const schedules[] = {"",
                                            "?",
                                            "@onDemand",
                                            "@onDemand hours=3",
                                            "@yearly months=2 days=30",
                                            "@yearly months=4,6,9,11 days=31"};
    for (size_t i = 0; i < sizeof schedules / sizeof schedules[0]; i++) {
        struct schedule schedule = schedule_of(schedules[i]);
        struct schedule_span span = {7, 7};
        assert_false(schedule_around(&schedule, at("2026-04-02T10:00"), &span));
        assert_int_equal(span.previous, 7);
    }
    struct schedule daily = schedule_of("@daily");
    static const int64_t instants[] = {INT64_MIN, -1, INT64_C(253402300800), INT64_MAX};
    for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
        struct schedule_span span;
        assert_false(schedule_around(&daily, instants[i], &span));
    }
    struct schedule_span span;
    assert_true(schedule_around(&daily, INT64_C(253402300799), &span));
}

static void exports_of_their_own(void **state)
{
    (void)state;
    static const struct {
        const char *schedule;
        const char *frequency;
        const char *instant;
        const char *previous;
        const char *next;
    } exports[] = {
        {"@daily", "", "2026-04-02T10:00", "2026-04-02T00:00", "2026-04-03T00:00"},
        {"@daily hours=2,14", "@daily", "2026-04-02T10:00", "2026-04-02T02:00", "2026-04-02T14:00"},
        {"@daily hours=14,2", "@weekly", "2026-04-02T10:00", "2026-03-29T14:00",
         "2026-04-05T14:00"},
        {"@daily weekdays=5 days=15 window=22:30-07:00", "@monthly", "2026-04-02T10:00",
         "2026-03-15T22:30", "2026-04-15T22:30"},
        {"@daily weekdays=5 days=15 window=22:30-07:00", "@weekly", "2026-04-02T10:00",
         "2026-03-27T22:30", "2026-04-03T22:30"},
        {"@daily weekdays=5 days=15 window=22:30-07:00", "@yearly", "2026-04-02T10:00",
         "2026-01-15T22:30", "2027-01-15T22:30"},
        {"@daily days=15,1", "@monthly", "2026-04-02T10:00", "2026-03-15T00:00",
         "2026-04-15T00:00"},
        {"@hourly hours=6,18", "@daily", "2026-04-02T20:00", "2026-04-02T06:00",
         "2026-04-03T06:00"},
        {"@hourly minutes=45,15 hours=6", "@daily", "2026-04-02T10:00", "2026-04-02T06:45",
         "2026-04-03T06:45"},
        {"@hourly window=20:00-04:00", "@daily", "2026-04-02T21:30", "2026-04-02T20:00",
         "2026-04-03T20:00"},
        {"@weekly weekdays=3,5 hours=4", "@monthly", "2026-04-02T10:00", "2026-04-01T04:00",
         "2026-05-06T04:00"},
        {"@weekly weekdays=3 months=6", "@yearly", "2026-04-02T10:00", "2025-06-04T00:00",
         "2026-06-03T00:00"},
        {"@monthly days=20,5 months=7,1", "@yearly", "2026-04-02T10:00", "2025-07-20T00:00",
         "2026-07-20T00:00"},
        {"@daily", "@hourly", "2026-04-02T10:00", "2026-04-02T00:00", "2026-04-03T00:00"},
    };
    for (size_t i = 0; i < sizeof exports / sizeof exports[0]; i++) {
        struct schedule schedule = schedule_of(exports[i].schedule);
        struct schedule judged = schedule_for_export(&schedule, frequency_of(exports[i].frequency));
        struct schedule_span span;
        assert_true(schedule_around(&judged, at(exports[i].instant), &span));
        if (span.previous != at(exports[i].previous) || span.next != at(exports[i].next)) {
            fail_msg("%s, exports %s", exports[i].schedule, exports[i].frequency);
        }
    }
    struct schedule daily = schedule_of("@daily");
    struct schedule odd = schedule_for_export(&daily, SCHEDULE_UNKNOWN);
    assert_false(schedule_is_periodic(&odd));
}

static void staggering_leaves_what_the_window_has(void **state)
{
    (void)state;
    static const struct {
        const char *schedule;
        int minutes;
    } staggers[] = {
        {"@daily", 0},
        {"@daily staggered", 0},
        {"@daily window=22:00-06:00", 0},
        {"@daily window=22:00-06:00 staggered", 480},
        {"@weekly window=01:00-01:30 staggered", 30},
        {"@monthly window=05:00-05:00 staggered", 1440},
        {"@hourly window=22:00-06:00 staggered", 60},
        {"@hourly window=22:00-06:30 staggered", 30},
        {"@hourly window=22:00-23:00 staggered", 60},
        {"@onDemand window=22:00-23:00 staggered", 0},
    };
    for (size_t i = 0; i < sizeof staggers / sizeof staggers[0]; i++) {
        struct schedule schedule = schedule_of(staggers[i].schedule);
        assert_int_equal(schedule_stagger(&schedule), 60 * staggers[i].minutes);
    }
}

static void fingerprints_see_what_moves_a_run(void **state)
{
    (void)state;
    static const struct {
        const char *one;
        const char *other;
        bool equal;
    } pairs[] = {
        {"@daily", "@daily hours=0 minutes=0", true},
        {"@daily", "@daily weekdays=5 days=3 months=2", true},
        {"@daily hours=2,14", "@daily hours=14,2", true},
        {"@daily minutes=30,10", "@daily minutes=10,30", false},
        {"@daily", "@daily hours=1", false},
        {"@daily", "@hourly", false},
        {"@daily", "@weekly", false},
        {"@daily", "@onDemand", false},
        {"@weekly", "@weekly weekdays=0", true},
        {"@weekly", "@weekly weekdays=1", false},
        {"@weekly weekdays=1,2", "@weekly weekdays=2,1", true},
        {"@monthly days=1", "@monthly", true},
        {"@monthly days=1,2", "@monthly days=1", false},
        {"@yearly days=1,2", "@yearly days=1", true},
        {"@yearly days=2,1", "@yearly days=1", false},
        {"@yearly months=2", "@yearly", false},
        {"@daily window=01:00-02:00", "@daily hours=1", true},
        {"@daily window=01:00-02:00", "@daily window=01:00-03:00", true},
        {"@daily window=01:00-02:00 staggered", "@daily window=01:00-03:00 staggered", false},
        {"@hourly window=01:00-02:00", "@hourly window=01:00-03:00", false},
        {"@onDemand", "@onDemand hours=3", true},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct schedule one = schedule_of(pairs[i].one);
        struct schedule other = schedule_of(pairs[i].other);
        if ((schedule_fingerprint(&one) == schedule_fingerprint(&other)) != pairs[i].equal) {
            fail_msg("%s, %s", pairs[i].one, pairs[i].other);
        }
    }
    struct schedule weekly = schedule_of("@weekly weekdays=3");
    struct schedule monthly = schedule_for_export(&weekly, SCHEDULE_MONTHLY);
    struct schedule plain = schedule_of("@monthly weekdays=3");
    assert_int_not_equal(schedule_fingerprint(&monthly), schedule_fingerprint(&plain));
    struct schedule daily = schedule_of("@daily");
    assert_true(schedule_fingerprint(&daily) == UINT64_C(0x4738eedfb45ebcf0)); // is stored
}

// The other way round: each minute is asked whether a run is due in it, by the rules as they are
// written in schedule.h and the C library's calendar.
static bool listed(const struct schedule_list *list, int entry, int otherwise)
{
    return list->set == 0 ? entry == otherwise : (list->set & UINT64_C(1) << entry) != 0;
}

static bool is_first(const struct schedule_list *list, int entry, int otherwise)
{
    return entry == (list->set == 0 ? otherwise : list->first);
}

static bool day_has_runs(const struct schedule *schedule, const struct tm *day)
{
    switch (schedule->frequency) {
    case SCHEDULE_WEEKLY:
        return listed(&schedule->weekdays, day->tm_wday, 0);
    case SCHEDULE_MONTHLY:
        return schedule->first_weekday
                   ? is_first(&schedule->weekdays, day->tm_wday, 0) && day->tm_mday <= 7
                   : listed(&schedule->days, day->tm_mday, 1);
    case SCHEDULE_YEARLY:
        return listed(&schedule->months, day->tm_mon + 1, 1) &&
               (schedule->first_weekday
                    ? is_first(&schedule->weekdays, day->tm_wday, 0) && day->tm_mday <= 7
                    : is_first(&schedule->days, day->tm_mday, 1));
    default:
        return true;
    }
}

static bool minute_has_run(const struct schedule *schedule, const struct tm *hour, int minute)
{
    int of_day = hour->tm_hour * 60 + minute;
    bool hourly = schedule->frequency == SCHEDULE_HOURLY;
    if (schedule->has_window && hourly) {
        int length = (schedule->window_end - schedule->window_start + 1440) % 1440;
        int since = (of_day - schedule->window_start + 1440) % 1440;
        return since % 60 == 0 && since < (length == 0 ? 1440 : length);
    }
    if (schedule->has_window) {
        return of_day == schedule->window_start;
    }
    if (hourly) {
        return listed(&schedule->minutes, minute, 0);
    }
    return is_first(&schedule->minutes, minute, 0) &&
           (schedule->frequency == SCHEDULE_DAILY ? listed(&schedule->hours, hour->tm_hour, 0)
                                                  : is_first(&schedule->hours, hour->tm_hour, 0));
}

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static unsigned random_below(unsigned bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % bound;
}

static struct schedule_list random_list(unsigned least, unsigned most, unsigned longest)
{
    struct schedule_list list = {.set = 0};
    for (unsigned n = random_below(longest + 1); n > 0; n--) {
        int entry = (int)(least + random_below(most - least + 1));
        list.first = list.set == 0 ? entry : list.first;
        list.set |= UINT64_C(1) << entry;
    }
    return list;
}

static struct schedule random_schedule(void)
{
    struct schedule schedule = {
        .frequency = (enum schedule_frequency)(SCHEDULE_HOURLY + (int)random_below(5)),
        .minutes = random_list(0, 59, 5),
        .hours = random_list(0, 23, 4),
        .weekdays = random_list(0, 6, 4),
        .days = random_below(3) == 0 ? random_list(28, 31, 2) : random_list(1, 31, 4),
        .months = random_list(1, 12, 3),
        .has_window = random_below(3) == 0,
        .window_start = (int)random_below(1440),
        .window_end = (int)random_below(1440),
    };
    return random_below(4) == 0
               ? schedule_for_export(
                     &schedule, (enum schedule_frequency)(SCHEDULE_DAILY + (int)random_below(4)))
               : schedule;
}

struct walk {
    struct schedule schedule;
    int64_t last; // due instant; 0 before the first
    size_t seen;
};

static void check_around(const struct walk *walk, int64_t instant, int64_t previous, int64_t next)
{
    struct schedule_span span = {0, 0};
    bool due = schedule_around(&walk->schedule, instant, &span);
    if (!due || span.previous != previous || (next != 0 && span.next != next)) {
        fail_msg("frequency %d, instant %lld: %lld, %lld", (int)walk->schedule.frequency,
                 (long long)instant, (long long)span.previous, (long long)span.next);
    }
}

static void check_due(struct walk *walk, int64_t due)
{
    check_around(walk, due, due, 0);
    check_around(walk, due + 59, due, 0);
    if (walk->last != 0) {
        int64_t minutes = (due - walk->last) / 60;
        int64_t between = walk->last + 60 * (int64_t)random_below((unsigned)minutes);
        check_around(walk, walk->last, walk->last, due);
        check_around(walk, due - 1, walk->last, due);
        check_around(walk, between, walk->last, due);
    }
    walk->last = due;
    walk->seen++;
}

static size_t walk_minutes(const struct schedule *schedule, int64_t from, int64_t days)
{
    struct walk walk = {.schedule = *schedule};
    for (int64_t hour = from; hour < from + days * 86400; hour += 3600) {
        time_t time = (time_t)hour;
        struct tm tm;
        assert_non_null(gmtime_r(&time, &tm));
        for (int minute = 0; minute < 60 && day_has_runs(schedule, &tm); minute++) {
            if (minute_has_run(schedule, &tm, minute)) {
                check_due(&walk, hour + 60 * (int64_t)minute);
            }
        }
    }
    if (walk.seen == 0 && days > 3000) {
        struct schedule_span span;
        assert_false(schedule_around(schedule, from, &span));
    }
    return walk.seen;
}

static void every_minute_agrees(void **state)
{
    (void)state;
    static const int days[] = {3, 8, 40, 400, 3300};
    size_t seen = 0;
    for (int i = 0; i < 400; i++) {
        struct schedule schedule = random_schedule();
        int64_t from = 86400 * (int64_t)(9000 + random_below(48000)); // 1994 to 2126
        seen += walk_minutes(&schedule, from, days[schedule.frequency - SCHEDULE_HOURLY]);
    }
    assert_true(seen > 10000);
}

static void frequencies_have_names(void **state)
{
    (void)state;
    assert_string_equal(schedule_frequency_name(SCHEDULE_NONE), "unknown");
    assert_string_equal(schedule_frequency_name(SCHEDULE_ON_DEMAND), "on demand");
    assert_string_equal(schedule_frequency_name(SCHEDULE_YEARLY), "yearly");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_times_of_the_table),
        cmocka_unit_test(what_is_never_due),
        cmocka_unit_test(exports_of_their_own),
        cmocka_unit_test(staggering_leaves_what_the_window_has),
        cmocka_unit_test(fingerprints_see_what_moves_a_run),
        cmocka_unit_test(every_minute_agrees),
        cmocka_unit_test(frequencies_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
