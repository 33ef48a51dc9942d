// SPDX-License-Identifier: MIT
#include "base/timestamp.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/banned.h"

// Days since 1970-01-01 of a Gregorian date, counted from March so that the leap day comes last.
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t m = month > 2 ? month - 3 : month + 9;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool read_digits(const char **text, int count, int64_t *ret)
{
    int64_t value = 0;
    for (int i = 0; i < count; i++) {
        char c = (*text)[i];
        if (c < '0' || c > '9') {
            return false;
        }
        value = value * 10 + (c - '0');
    }
    *text += count;
    *ret = value;
    return true;
}

static bool read_char(const char **text, char lower)
{
    if (tolower((unsigned char)**text) != lower) {
        return false;
    }
    (*text)++;
    return true;
}

static bool read_offset(const char **text, int64_t *ret_seconds)
{
    if (read_char(text, 'z')) {
        *ret_seconds = 0;
        return true;
    }
    int64_t sign = **text == '-' ? -1 : 1;
    if (**text != '+' && **text != '-') {
        return false;
    }
    (*text)++;
    int64_t hours;
    int64_t minutes;
    if (!read_digits(text, 2, &hours) || !read_char(text, ':') || !read_digits(text, 2, &minutes)) {
        return false;
    }
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return hours < 24 && minutes < 60;
}

static bool read_fraction(const char **text)
{
    if (**text != '.') {
        return true;
    }
    const char *start = ++*text;
    while (isdigit((unsigned char)**text)) {
        (*text)++;
    }
    return *text > start;
}

static bool is_date(int64_t year, int64_t month, int64_t day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || month < 1 || month > 12 || day < 1) {
        return false;
    }
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool timestamp_parse(const char *text, int64_t *ret)
{
    int64_t year;
    int64_t month;
    int64_t day;
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t offset;
    if (!read_digits(&text, 4, &year) || !read_char(&text, '-') || !read_digits(&text, 2, &month) ||
        !read_char(&text, '-') || !read_digits(&text, 2, &day) || !read_char(&text, 't') ||
        !read_digits(&text, 2, &hour) || !read_char(&text, ':') ||
        !read_digits(&text, 2, &minute) || !read_char(&text, ':') ||
        !read_digits(&text, 2, &second) || !read_fraction(&text) || !read_offset(&text, &offset) ||
        *text != '\0') {
        return false;
    }
    if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    *ret = days_from_date(year, month, day) * TIMESTAMP_DAY_SECONDS + hour * 3600 + minute * 60 +
           second - offset;
    return true;
}

static bool to_utc(int64_t instant, struct tm *ret)
{
    time_t time = (time_t)instant;
    return instant != TIMESTAMP_NONE && gmtime_r(&time, ret) != NULL && ret->tm_year > -1900 &&
           ret->tm_year <= 8099;
}

static const char unknown[] = "unknown";

// Not by strftime, whose %Y leaves out the leading zeros that RFC 3339 and RFC 5322 want.
void timestamp_format(int64_t instant, char ret[TIMESTAMP_TEXT_BYTES])
{
    struct tm tm;
    memcpy(ret, unknown, sizeof unknown);
    if (to_utc(instant, &tm)) {
        (void)snprintf(ret, TIMESTAMP_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02dZ",
                       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                       tm.tm_sec);
    }
}

const char *timestamp_text(struct arena *arena, int64_t instant)
{
    char text[TIMESTAMP_TEXT_BYTES];
    timestamp_format(instant, text);
    return arena_strdup(arena, text);
}

void timestamp_format_day(int64_t instant, char ret[TIMESTAMP_TEXT_BYTES])
{
    struct tm tm;
    memcpy(ret, unknown, sizeof unknown);
    if (to_utc(instant, &tm)) {
        (void)snprintf(ret, TIMESTAMP_TEXT_BYTES, "%04d-%02d-%02d", tm.tm_year + 1900,
                       tm.tm_mon + 1, tm.tm_mday);
    }
}

void timestamp_format_mail(int64_t instant, char ret[TIMESTAMP_TEXT_BYTES])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm tm;
    memcpy(ret, unknown, sizeof unknown);
    if (to_utc(instant, &tm)) {
        (void)snprintf(ret, TIMESTAMP_TEXT_BYTES, "%s, %02d %s %04d %02d:%02d:%02d +0000",
                       days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
                       tm.tm_hour, tm.tm_min, tm.tm_sec);
    }
}

void timestamp_format_local(int64_t instant, char ret[TIMESTAMP_TEXT_BYTES])
{
    struct tm tm;
    time_t time = (time_t)instant;
    memcpy(ret, unknown, sizeof unknown);
    if (to_utc(instant, &tm) && localtime_r(&time, &tm) != NULL) {
        (void)snprintf(ret, TIMESTAMP_TEXT_BYTES, "%04d-%02d-%02d %02d:%02d %s", tm.tm_year + 1900,
                       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_zone);
    }
}

void timestamp_format_age(int64_t seconds, char ret[TIMESTAMP_TEXT_BYTES])
{
    long long s = seconds > 0 ? seconds : 0;
    if (s < 60) {
        (void)snprintf(ret, TIMESTAMP_TEXT_BYTES, "%lld s", s);
    } else if (s < 3600) {
        (void)snprintf(ret, TIMESTAMP_TEXT_BYTES, "%lld min", s / 60);
    } else if (s < TIMESTAMP_DAY_SECONDS) {
        (void)snprintf(ret, TIMESTAMP_TEXT_BYTES, "%lld h %lld min", s / 3600, s % 3600 / 60);
    } else {
        (void)snprintf(ret, TIMESTAMP_TEXT_BYTES, "%lld d %lld h", s / TIMESTAMP_DAY_SECONDS,
                       s % TIMESTAMP_DAY_SECONDS / 3600);
    }
}

static bool is_zone_name(const char *name)
{
    if (*name == '\0' || *name == '/' || strlen(name) > 64 || strstr(name, "..") != NULL) {
        return false;
    }
    return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                             "0123456789+-_/")] == '\0';
}

// RFC 8536: a zone file begins with "TZif"; the database's folder holds other files and folders.
static bool is_zone_file(const char *path)
{
    char magic[4] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    bool ok = read(fd, magic, sizeof magic) == (ssize_t)sizeof magic &&
              memcmp(magic, "TZif", sizeof magic) == 0;
    (void)close(fd);
    return ok;
}

bool timestamp_zone_exists(const char *name)
{
    if (!is_zone_name(name)) {
        return false;
    }
    if (strcmp(name, "UTC") == 0) {
        return true;
    }
    const char *root = getenv("TZDIR") != NULL ? getenv("TZDIR") : "/usr/share/zoneinfo";
    char path[512];
    int len = snprintf(path, sizeof path, "%s/%s", root, name);
    return len >= 0 && (size_t)len < sizeof path && is_zone_file(path);
}

bool timestamp_use_zone(const char *name)
{
    if (!timestamp_zone_exists(name)) {
        return false;
    }
    if (setenv("TZ", strcmp(name, "UTC") == 0 ? "UTC0" : name, 1) != 0) {
        return false;
    }
    tzset();
    return true;
}
