// SPDX-License-Identifier: MIT
// When K10 runs a policy: the instants at which a run is due, in UTC, from frequency, subFrequency
// and backupWindow (docs.kasten.io, API "Policies", "Policy Scheduling" and the Policy API type;
// usage "Protecting Applications"). Pure, without a clock or a zone: daylight saving does not move
// K10's schedules either. The rules, with what K10's pages leave open marked (open):
//
// - hourly: at each of minutes (:00); daily: at each of hours (00) at the first of minutes; weekly:
//   on each of weekdays (Sunday); monthly: on each of days (the 1st); yearly: on the first of days
//   of each of months (January), all three at the first of hours and minutes. Every other list only
//   marks what K10 retains longer and moves no run.
// - A day that its month lacks (31 April, 29 February) is left out, as cron does (open: K10 may
//   move it to the month's last day; a run then comes before it is due here, never after).
// - backupWindow: minutes and hours do not count, a run is due at its start, on the day on which it
//   starts. Hourly: also every 60 minutes after it before its end, so that a window of exactly one
//   hour has one run. An end not later than the start is on the next day; equal means 24 hours
//   (open).
// - enableStaggering: due times stay, a run may begin later by schedule_stagger.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

// From the finest to the coarsest; at the last five a run is due by itself.
enum schedule_frequency {
    SCHEDULE_NONE,    // not said
    SCHEDULE_UNKNOWN, // a word that K10 added later
    SCHEDULE_ON_DEMAND,
    SCHEDULE_HOURLY,
    SCHEDULE_DAILY,
    SCHEDULE_WEEKLY,
    SCHEDULE_MONTHLY,
    SCHEDULE_YEARLY,
};

// One list of subFrequency: bit n is entry n, 0 is no list. K10 gives the first entry, which need
// not be the smallest, a meaning of its own.
struct schedule_list {
    uint64_t set;
    int first;
};

struct schedule {
    enum schedule_frequency frequency;
    struct schedule_list minutes;  // 0 to 59
    struct schedule_list hours;    // 0 to 23
    struct schedule_list weekdays; // 0 to 6, Sunday is 0 (K10's 7 is Sunday too)
    struct schedule_list days;     // 1 to 31
    struct schedule_list months;   // 1 to 12
    bool has_window;
    int window_start; // minutes of the day, 0 to 1439
    int window_end;
    bool staggered;     // K10 chooses when inside the window
    bool first_weekday; // monthly, yearly: on the month's first such weekday (schedule_for_export)
};

struct schedule_span {
    int64_t previous; // the last due instant not after
    int64_t next;     // the first due instant after
};

// "hourly", "on demand", ...; "unknown" for what is none of them.
const char *schedule_frequency_name(enum schedule_frequency frequency);

// True when runs come by themselves: hourly to yearly.
bool schedule_is_periodic(const struct schedule *schedule);

// The due instants around an instant, in whole minutes. The distance between them is the interval
// in force there; the one before the last is found around previous - 1. False, *ret untouched, for
// a schedule that is not periodic or never due (30 February), and for instants outside 1970 to
// 9999.
bool schedule_around(const struct schedule *schedule, int64_t instant,
                     struct schedule_span *ret) MUST_USE;

// By how many seconds a run may begin after it is due: 0 unless staggered, else what the window
// leaves when its runs keep their number and their distance of 60 minutes.
int64_t schedule_stagger(const struct schedule *schedule);

// The schedule of exports with a frequency of their own: a coarser one exports the run that K10
// retains for that tier, which is the one at the first entry of each list. Every run, for
// SCHEDULE_NONE or one not coarser. A weekly policy's monthly export is taken to be the one of the
// month's first such weekday (open: it may be another of that month).
struct schedule schedule_for_export(const struct schedule *schedule,
                                    enum schedule_frequency frequency);

// Equal for schedules with equal due times and stagger, whatever else they say; to see that a
// policy was edited. Stable: it may be stored.
uint64_t schedule_fingerprint(const struct schedule *schedule);
