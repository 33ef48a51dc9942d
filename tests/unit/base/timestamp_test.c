// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/timestamp.h"

static const int64_t untouched = 77;

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t instant;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59Z", -1},
        {"1970-01-01T00:00:00.999999999Z", 0},
        {"2026-04-02T10:00:00Z", 1775124000},
        {"2026-04-02t10:00:00z", 1775124000},
        {"2026-04-02T12:00:00+02:00", 1775124000},
        {"2026-04-02T04:30:00-05:30", 1775124000},
        {"2026-04-03T09:59:00+23:59", 1775124000},
        {"2026-04-02T10:00:00-00:00", 1775124000},
        {"2026-04-02T10:00:00.5+00:00", 1775124000},
        {"2000-02-29T00:00:00Z", 951782400},
        {"2024-02-29T23:59:59Z", 1709251199},
        {"2024-03-01T00:00:00Z", 1709251200},
        {"2023-12-31T23:59:59Z", 1704067199},
        {"2024-01-01T00:00:00Z", 1704067200},
        {"2024-01-01T00:30:00+01:00", 1704065400}, // still the old year in UTC
        {"2023-12-31T23:30:00-01:00", 1704069000}, // already the new one
        {"2016-12-31T23:59:60Z", 1483228800},      // a leap second is the next second
        {"0001-01-01T00:00:00Z", INT64_C(-62135596800)},
        {"9999-12-31T23:59:59Z", INT64_C(253402300799)},
        {"2038-01-19T03:14:08Z", INT64_C(2147483648)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t instant = untouched;
        assert_true(timestamp_parse(cases[i].text, &instant));
        assert_int_equal(instant, cases[i].instant);
    }
}

static void test_parse_refuses(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "2026",
        "2026-04-02",
        "2026-04-02T10:00Z",
        "2026-04-02T10:00:00",
        "2026-04-02 10:00:00Z",
        "2026-04-02T10:00:00Z ",
        " 2026-04-02T10:00:00Z",
        "2026-4-2T10:00:00Z",
        "2026-04-02T10:00:00.Z",
        "2026-04-02T10:00:00,5Z",
        "2026-04-02T10:00:00+2:00",
        "2026-04-02T10:00:00+0200",
        "2026-04-02T10:00:00+24:00",
        "2026-04-02T10:00:00+02:60",
        "2026-04-02T10:00:00+02",
        "2026-04-02T10:00:00UTC",
        "2026-04-02T24:00:00Z",
        "2026-04-02T10:60:00Z",
        "2026-04-02T10:00:61Z",
        "2026-00-02T10:00:00Z",
        "2026-13-02T10:00:00Z",
        "2026-04-00T10:00:00Z",
        "2026-04-31T10:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "-001-01-01T00:00:00Z",
        "+2026-04-02T10:00:00Z",
        "2026-04-02T1\0:00:00Z",
        "null",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t instant = untouched;
        assert_false(timestamp_parse(cases[i], &instant));
        assert_int_equal(instant, untouched);
    }
}

static void test_format(void **state)
{
    (void)state;
    static const struct {
        int64_t instant;
        const char *full;
        const char *day;
        const char *mail;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z", "1970-01-01", "Thu, 01 Jan 1970 00:00:00 +0000"},
        {1775124000, "2026-04-02T10:00:00Z", "2026-04-02", "Thu, 02 Apr 2026 10:00:00 +0000"},
        {951782400, "2000-02-29T00:00:00Z", "2000-02-29", "Tue, 29 Feb 2000 00:00:00 +0000"},
        {1704067199, "2023-12-31T23:59:59Z", "2023-12-31", "Sun, 31 Dec 2023 23:59:59 +0000"},
        {INT64_C(-62135596800), "0001-01-01T00:00:00Z", "0001-01-01",
         "Mon, 01 Jan 0001 00:00:00 +0000"},
        {INT64_C(253402300799), "9999-12-31T23:59:59Z", "9999-12-31",
         "Fri, 31 Dec 9999 23:59:59 +0000"},
        {INT64_C(-62135596801), "unknown", "unknown", "unknown"},
        {INT64_C(253402300800), "unknown", "unknown", "unknown"},
        {INT64_MAX, "unknown", "unknown", "unknown"},
        {TIMESTAMP_NONE, "unknown", "unknown", "unknown"},
        {TIMESTAMP_NONE + 1, "unknown", "unknown", "unknown"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TIMESTAMP_TEXT_BYTES];
        timestamp_format(cases[i].instant, text);
        assert_string_equal(text, cases[i].full);
        timestamp_format_day(cases[i].instant, text);
        assert_string_equal(text, cases[i].day);
        timestamp_format_mail(cases[i].instant, text);
        assert_string_equal(text, cases[i].mail);
    }
}

// Every 13 h 7 min 11 s of 250 years, forth and back.
static void test_round_trip(void **state)
{
    (void)state;
    for (int64_t instant = -INT64_C(3944678400); instant < INT64_C(3944678400); instant += 47231) {
        char text[TIMESTAMP_TEXT_BYTES];
        int64_t again = untouched;
        timestamp_format(instant, text);
        assert_true(timestamp_parse(text, &again));
        assert_int_equal(again, instant);
    }
}

static void test_age(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {
        {INT64_MIN, "0 s"},  {-1, "0 s"},           {0, "0 s"},
        {59, "59 s"},        {60, "1 min"},         {3599, "59 min"},
        {3600, "1 h 0 min"}, {12000, "3 h 20 min"}, {86399, "23 h 59 min"},
        {86400, "1 d 0 h"},  {187200, "2 d 4 h"},   {INT64_MAX, "106751991167300 d 15 h"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TIMESTAMP_TEXT_BYTES];
        timestamp_format_age(cases[i].seconds, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_zones(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",          "Europe", "Europe/",  "/etc/localtime", "../zoneinfo/UTC", "Europe/Nowhere",
        "CET-1CEST", ":UTC",   "zone.tab", "Europe/Ber lin", "leapseconds",     "EST5EDT,M3.2.0",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_false(timestamp_zone_exists(refused[i]));
        assert_false(timestamp_use_zone(refused[i]));
    }
    char text[TIMESTAMP_TEXT_BYTES];
    assert_true(timestamp_use_zone("UTC"));
    timestamp_format_local(1775124000, text);
    assert_string_equal(text, "2026-04-02 10:00 UTC");
    assert_true(timestamp_use_zone("Europe/Berlin"));
    timestamp_format_local(1775124000, text);
    assert_string_equal(text, "2026-04-02 12:00 CEST");
    timestamp_format_local(1767222000, text); // the year ends an hour earlier than in UTC
    assert_string_equal(text, "2026-01-01 00:00 CET");
    timestamp_format_local(1774746000, text); // the first second of summer time
    assert_string_equal(text, "2026-03-29 03:00 CEST");
    timestamp_format_local(TIMESTAMP_NONE, text);
    assert_string_equal(text, "unknown");
    timestamp_format(1775124000, text);
    assert_string_equal(text, "2026-04-02T10:00:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),  cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_format), cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_age),    cmocka_unit_test(test_zones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
