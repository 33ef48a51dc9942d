// SPDX-License-Identifier: MIT
// Instants as whole seconds since 1970-01-01T00:00:00Z (proleptic Gregorian, no leap seconds).
// TIMESTAMP_NONE means "not known"; it is smaller than every real instant.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct arena;

#define TIMESTAMP_NONE INT64_MIN

enum { TIMESTAMP_TEXT_BYTES = 48, TIMESTAMP_DAY_SECONDS = 86400 };

// Reads an RFC 3339 date-time (section 5.6): fraction dropped, any offset, 't' and 'z' in either
// case, years 0001 to 9999. False for anything else; *ret is then untouched.
bool timestamp_parse(const char *text, int64_t *ret) MUST_USE;

// "2026-04-02T10:00:00Z"; TIMESTAMP_NONE and years outside 1..9999 give "unknown".
void timestamp_format(int64_t instant, char ret[TIMESTAMP_TEXT_BYTES]);

// The same, in arena.
const char *timestamp_text(struct arena *arena, int64_t instant);

// "2026-04-02", the UTC day.
void timestamp_format_day(int64_t instant, char ret[TIMESTAMP_TEXT_BYTES]);

// "2026-04-02 12:00 CEST" in the process's time zone (timestamp_use_zone), UTC when none was set.
void timestamp_format_local(int64_t instant, char ret[TIMESTAMP_TEXT_BYTES]);

// RFC 5322 date-time in UTC: "Thu, 02 Apr 2026 10:00:00 +0000".
void timestamp_format_mail(int64_t instant, char ret[TIMESTAMP_TEXT_BYTES]);

// "45 s", "12 min", "3 h 20 min", "2 d 4 h": a length of time for people; negative counts as 0.
void timestamp_format_age(int64_t seconds, char ret[TIMESTAMP_TEXT_BYTES]);

// True when the system's tz database (TZDIR, else /usr/share/zoneinfo) has this IANA zone, or it is
// "UTC". Changes nothing.
bool timestamp_zone_exists(const char *name) MUST_USE;

// Makes an IANA zone the process's zone; false when the system's tz database lacks it.
// Called once, before any thread or formatting.
bool timestamp_use_zone(const char *name) MUST_USE;
