// SPDX-License-Identifier: MIT
#include "core/schedule.h"

#include "base/banned.h"

enum {
    MINUTE_SECONDS = 60,
    HOUR_MINUTES = 60,
    DAY_MINUTES = 24 * HOUR_MINUTES,
    // 29 February of a year before one without (1896 to 1904) is eight years from the next.
    SEARCH_DAYS = 8 * 366 + 2,
};

static const int64_t last_instant = INT64_C(253402300799); // 9999-12-31T23:59:59Z

struct date {
    int month; // 1 to 12
    int day;   // 1 to 31
    int weekday;
};

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0 ? 1 : 0);
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// The day number, from 1970-01-01, of the first day of a year.
static int64_t year_start(int64_t year)
{
    int64_t before = year - 1;
    int64_t leap_days = before / 4 - before / 100 + before / 400 - 477; // 477 of them before 1970
    return (year - 1970) * 365 + leap_days;
}

static struct date date_of(int64_t day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year = 1969 + floor_divide(day, 366); // early by some years at most
    while (year_start(year + 1) <= day) {
        year++;
    }
    int left = (int)(day - year_start(year));
    int month = 0;
    for (; month < 11; month++) {
        int length = lengths[month] + (month == 1 && is_leap(year) ? 1 : 0);
        if (left < length) {
            break;
        }
        left -= length;
    }
    int64_t since_sunday = day + 4; // 1970-01-01 was a Thursday
    return (struct date){
        .month = month + 1,
        .day = left + 1,
        .weekday = (int)(since_sunday - 7 * floor_divide(since_sunday, 7)),
    };
}

static bool holds(const struct schedule_list *list, int entry, int otherwise)
{
    return list->set == 0 ? entry == otherwise : (list->set >> entry & 1) != 0;
}

static int first_of(const struct schedule_list *list, int otherwise)
{
    return list->set == 0 ? otherwise : list->first;
}

static bool is_due_in_month(const struct schedule *schedule, const struct date *date)
{
    if (schedule->first_weekday) {
        return date->day <= 7 && date->weekday == first_of(&schedule->weekdays, 0);
    }
    return schedule->frequency == SCHEDULE_MONTHLY ? holds(&schedule->days, date->day, 1)
                                                   : date->day == first_of(&schedule->days, 1);
}

static bool is_due_on(const struct schedule *schedule, int64_t day)
{
    if (schedule->frequency <= SCHEDULE_DAILY) {
        return true;
    }
    struct date date = date_of(day);
    if (schedule->frequency == SCHEDULE_WEEKLY) {
        return holds(&schedule->weekdays, date.weekday, 0);
    }
    return is_due_in_month(schedule, &date) &&
           (schedule->frequency == SCHEDULE_MONTHLY || holds(&schedule->months, date.month, 1));
}

// The minutes after the midnight of a day of runs at which they are due, in order; those of a
// window may lie behind the next midnight.
struct times {
    int count;
    int minutes[DAY_MINUTES];
};

static int window_minutes(const struct schedule *schedule)
{
    int minutes = schedule->window_end - schedule->window_start;
    return minutes > 0 ? minutes : minutes + DAY_MINUTES;
}

static bool is_due_at(const struct schedule *schedule, int hour, int minute)
{
    switch (schedule->frequency) {
    case SCHEDULE_HOURLY:
        return holds(&schedule->minutes, minute, 0);
    case SCHEDULE_DAILY:
        return minute == first_of(&schedule->minutes, 0) && holds(&schedule->hours, hour, 0);
    default:
        return minute == first_of(&schedule->minutes, 0) && hour == first_of(&schedule->hours, 0);
    }
}

static void fill_times(const struct schedule *schedule, struct times *times)
{
    times->count = 0;
    if (schedule->has_window) {
        int length = schedule->frequency == SCHEDULE_HOURLY ? window_minutes(schedule) : 1;
        for (int after = 0; after < length; after += HOUR_MINUTES) {
            times->minutes[times->count++] = schedule->window_start + after;
        }
        return;
    }
    for (int minute = 0; minute < DAY_MINUTES; minute++) {
        if (is_due_at(schedule, minute / HOUR_MINUTES, minute % HOUR_MINUTES)) {
            times->minutes[times->count++] = minute;
        }
    }
}

static bool find_previous(const struct schedule *schedule, const struct times *times,
                          int64_t minute, int64_t *ret)
{
    int64_t today = floor_divide(minute, DAY_MINUTES);
    for (int64_t day = today; day > today - SEARCH_DAYS; day--) {
        for (int i = is_due_on(schedule, day) ? times->count : 0; i > 0; i--) {
            int64_t due = day * DAY_MINUTES + times->minutes[i - 1];
            if (due <= minute) {
                *ret = due;
                return true;
            }
        }
    }
    return false;
}

// Begins a day before: a window may reach over midnight.
static bool find_next(const struct schedule *schedule, const struct times *times, int64_t minute,
                      int64_t *ret)
{
    int64_t today = floor_divide(minute, DAY_MINUTES);
    for (int64_t day = today - 1; day < today + SEARCH_DAYS; day++) {
        int count = is_due_on(schedule, day) ? times->count : 0;
        for (int i = 0; i < count; i++) {
            int64_t due = day * DAY_MINUTES + times->minutes[i];
            if (due > minute) {
                *ret = due;
                return true;
            }
        }
    }
    return false;
}

const char *schedule_frequency_name(enum schedule_frequency frequency)
{
    static const char *const names[] = {"unknown", "unknown", "on demand", "hourly",
                                        "daily",   "weekly",  "monthly",   "yearly"};
    return names[frequency];
}

bool schedule_is_periodic(const struct schedule *schedule)
{
    return schedule->frequency >= SCHEDULE_HOURLY;
}

bool schedule_around(const struct schedule *schedule, int64_t instant, struct schedule_span *ret)
{
    if (!schedule_is_periodic(schedule) || instant < 0 || instant > last_instant) {
        return false;
    }
    struct times times;
    int64_t previous;
    int64_t next;
    int64_t minute = instant / MINUTE_SECONDS;
    fill_times(schedule, &times);
    if (!find_previous(schedule, &times, minute, &previous) ||
        !find_next(schedule, &times, minute, &next)) {
        return false;
    }
    *ret = (struct schedule_span){
        .previous = previous * MINUTE_SECONDS,
        .next = next * MINUTE_SECONDS,
    };
    return true;
}

int64_t schedule_stagger(const struct schedule *schedule)
{
    if (!schedule->staggered || !schedule->has_window || !schedule_is_periodic(schedule)) {
        return 0;
    }
    int minutes = window_minutes(schedule);
    if (schedule->frequency == SCHEDULE_HOURLY) {
        minutes -= (minutes - 1) / HOUR_MINUTES * HOUR_MINUTES;
    }
    return (int64_t)minutes * MINUTE_SECONDS;
}

static void keep_first(struct schedule_list *list)
{
    if (list->set != 0) {
        list->set = UINT64_C(1) << list->first;
    }
}

struct schedule schedule_for_export(const struct schedule *schedule,
                                    enum schedule_frequency frequency)
{
    struct schedule result = *schedule;
    if (frequency == SCHEDULE_NONE || !schedule_is_periodic(schedule) ||
        (frequency >= SCHEDULE_HOURLY && frequency <= schedule->frequency)) {
        return result;
    }
    result.frequency = frequency;
    result.first_weekday = schedule->frequency == SCHEDULE_WEEKLY;
    keep_first(&result.hours);
    keep_first(&result.weekdays);
    keep_first(&result.days);
    keep_first(&result.months);
    return result;
}

// FNV-1a, 64 bits, over the value's bytes from the lowest on.
static uint64_t mix(uint64_t hash, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        hash = (hash ^ (value >> 8 * i & 0xff)) * UINT64_C(1099511628211);
    }
    return hash;
}

static uint64_t set_of(const struct schedule_list *list, int otherwise)
{
    return list->set != 0 ? list->set : UINT64_C(1) << otherwise;
}

// The days that runs are due on, as one set: of weekdays, of days of the month, or both ends of it.
static uint64_t mix_days(uint64_t hash, const struct schedule *schedule)
{
    if (schedule->frequency == SCHEDULE_WEEKLY) {
        return mix(hash, set_of(&schedule->weekdays, 0));
    }
    if (schedule->frequency < SCHEDULE_WEEKLY) {
        return hash;
    }
    bool yearly = schedule->frequency == SCHEDULE_YEARLY;
    uint64_t days =
        yearly ? UINT64_C(1) << first_of(&schedule->days, 1) : set_of(&schedule->days, 1);
    uint64_t weekday = UINT64_C(1) << first_of(&schedule->weekdays, 0);
    hash = mix(hash, schedule->first_weekday ? weekday << 32 : days);
    return mix(hash, yearly ? set_of(&schedule->months, 1) : 0);
}

uint64_t schedule_fingerprint(const struct schedule *schedule)
{
    uint64_t hash = mix(UINT64_C(14695981039346656037), (uint64_t)schedule->frequency);
    if (!schedule_is_periodic(schedule)) {
        return hash;
    }
    struct times times;
    fill_times(schedule, &times);
    for (int i = 0; i < times.count; i++) {
        hash = mix(hash, (uint64_t)times.minutes[i]);
    }
    hash = mix(hash, (uint64_t)schedule_stagger(schedule) | UINT64_C(1) << 32);
    return mix_days(hash, schedule);
}
