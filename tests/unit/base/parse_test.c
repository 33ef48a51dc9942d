// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/parse.h"

static const int64_t ten_years = INT64_C(3660) * 86400;

static void test_uint(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max;
        bool ok;
        uint64_t value;
    } cases[] = {
        {"0", 0, true, 0},
        {"1", 0, false, 0},
        {"9", 5, false, 0},
        {"5", 5, true, 5},
        {"007", 10, true, 7},
        {"65535", 65535, true, 65535},
        {"65536", 65535, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999999", UINT64_MAX, false, 0},
        {"", 10, false, 0},
        {"+1", 10, false, 0},
        {"-1", 10, false, 0},
        {" 1", 10, false, 0},
        {"1 ", 10, false, 0},
        {"1\n", 10, false, 0},
        {"0x1", 10, false, 0},
        {"1e0", 10, false, 0},
        {"\xD9\xA1", 10, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t value = 77;
        assert_int_equal(parse_uint(cases[i].text, cases[i].max, &value), cases[i].ok);
        assert_int_equal(value, cases[i].ok ? cases[i].value : 77);
    }
}

static void test_bool(void **state)
{
    (void)state;
    static const char *const trues[] = {"true", "TRUE", "True", "1", "yes", "YES"};
    static const char *const falses[] = {"false", "False", "0", "no", "No"};
    static const char *const others[] = {"", "t", "on", "off", "2", "true ", "01", "yess"};
    bool value = false;
    for (size_t i = 0; i < sizeof trues / sizeof trues[0]; i++) {
        value = false;
        assert_true(parse_bool(trues[i], &value));
        assert_true(value);
    }
    for (size_t i = 0; i < sizeof falses / sizeof falses[0]; i++) {
        value = true;
        assert_true(parse_bool(falses[i], &value));
        assert_false(value);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        value = true;
        assert_false(parse_bool(others[i], &value));
        assert_true(value);
    }
}

static void test_duration(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds; // -1: refused
    } cases[] = {
        {"0", 0},
        {"90", 90},
        {"90s", 90},
        {"5m", 300},
        {"24h", 86400},
        {"7d", 604800},
        {"3660d", 316224000},
        {"3661d", -1},
        {"316224000", 316224000},
        {"316224001", -1},
        {"87840h", 316224000},
        {"87841h", -1},
        {"", -1},
        {"s", -1},
        {"5 m", -1},
        {"5M", -1},
        {"1h30m", -1},
        {"-5m", -1},
        {"+5m", -1},
        {"5ms", -1},
        {"1.5h", -1},
        {"1w", -1},
        {"99999999999999999999d", -1},
        {"9223372036854775807d", -1},
        {"18446744073709551616", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t seconds = 77;
        assert_int_equal(parse_duration(cases[i].text, &seconds), cases[i].seconds >= 0);
        assert_int_equal(seconds, cases[i].seconds >= 0 ? cases[i].seconds : 77);
    }
}

static void test_decimal_seconds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t unit;
        int64_t seconds; // -1: refused
    } cases[] = {
        {"2", 3600, 7200},          {"0.5", 3600, 1800},
        {"1.75", 3600, 6300},       {"0.000001", 3600, 1}, // rounded up
        {"0.0", 3600, 0},           {"0.999999", 3600, 3600},
        {"87840", 3600, 316224000}, {"87840.000000", 3600, 316224000},
        {"87840.5", 3600, -1},                               // the fraction passes ten years
        {"87841", 3600, -1},        {"1.0000001", 3600, -1}, // seven digits
        {".5", 3600, -1},           {"1.", 3600, -1},
        {"1..5", 3600, -1},         {"1.-5", 3600, -1},
        {"1,5", 3600, -1},          {"1e1", 3600, -1},
        {"-1", 3600, -1},           {"", 3600, -1},
        {"nan", 3600, -1},          {"99999999999999999999", 1, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t seconds = 77;
        assert_int_equal(parse_decimal_seconds(cases[i].text, cases[i].unit, &seconds),
                         cases[i].seconds >= 0);
        assert_int_equal(seconds, cases[i].seconds >= 0 ? cases[i].seconds : 77);
        assert_true(seconds <= ten_years);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uint),
        cmocka_unit_test(test_bool),
        cmocka_unit_test(test_duration),
        cmocka_unit_test(test_decimal_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
