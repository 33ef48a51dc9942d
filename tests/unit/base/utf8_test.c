// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/utf8.h"

#define R UTF8_REPLACEMENT

static void test_decode(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        size_t count;
        uint32_t point;
    } cases[] = {
        {"", 1, 1, 0},
        {"a", 1, 1, 'a'},
        {"\x7F", 1, 1, 0x7F},
        {"\xC2\x80", 2, 2, 0x80},
        {"\xDF\xBF", 2, 2, 0x7FF},
        {"\xE0\xA0\x80", 3, 3, 0x800},
        {"\xED\x9F\xBF", 3, 3, 0xD7FF},
        {"\xEE\x80\x80", 3, 3, 0xE000},
        {"\xEF\xBF\xBF", 3, 3, 0xFFFF},
        {"\xF0\x90\x80\x80", 4, 4, 0x10000},
        {"\xF4\x8F\xBF\xBF", 4, 4, 0x10FFFF},
        {"\x80", 1, 0, 0}, // continuation alone
        {"\xBF", 1, 0, 0},
        {"\xC0\x80", 2, 0, 0}, // overlong
        {"\xC1\xBF", 2, 0, 0},
        {"\xE0\x9F\xBF", 3, 0, 0},
        {"\xF0\x8F\xBF\xBF", 4, 0, 0},
        {"\xED\xA0\x80", 3, 0, 0}, // surrogates
        {"\xED\xBF\xBF", 3, 0, 0},
        {"\xF4\x90\x80\x80", 4, 0, 0}, // above U+10FFFF
        {"\xF5\x80\x80\x80", 4, 0, 0},
        {"\xFE", 1, 0, 0},
        {"\xFF", 1, 0, 0},
        {"\xC2", 1, 0, 0}, // cut
        {"\xE2\x82", 2, 0, 0},
        {"\xF0\x9F\x98", 3, 0, 0},
        {"\xE2\x28\xA1", 3, 0, 0}, // no continuation
        {"\xC2\xC2", 2, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t point = 0;
        assert_int_equal(utf8_decode(cases[i].bytes, cases[i].len, &point), cases[i].count);
        assert_int_equal(point, cases[i].point);
        assert_int_equal(utf8_is_valid(cases[i].bytes, cases[i].len), cases[i].count != 0);
    }
    assert_true(utf8_is_valid("", 0));
}

static void test_repair_and_clean(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *repaired;
        const char *cleaned;
    } cases[] = {
        {"", "", ""},
        {"plain", "plain", "plain"},
        {"\xC3\xA4\xE2\x82\xAC", "\xC3\xA4\xE2\x82\xAC", "\xC3\xA4\xE2\x82\xAC"},
        {"a\xFFz", "a" R "z", "a" R "z"},
        {"\xE2\x82", R R, R R},
        {"\xC0\xAF", R R, R R},
        {"  a \t\r\n b  ", "  a \t\r\n b  ", "a b"},
        {" \n ", " \n ", ""},
        {"a\x1B[31mb", "a\x1B[31mb", "a" R "[31mb"},
        {"a\x7F", "a\x7F", "a" R},
        {"a\xC2\x85z", "a\xC2\x85z", "a z"},                     // NEL is white space
        {"a\xC2\x9Bz", "a\xC2\x9Bz", "a" R "z"},                 // CSI
        {"a\xC2\xA0z", "a\xC2\xA0z", "a z"},                     // no-break space
        {"a\xE2\x80\xA8z", "a\xE2\x80\xA8z", "a z"},             // line separator
        {"a\xE3\x80\x80z", "a\xE3\x80\x80z", "a z"},             // ideographic space
        {"a\xE2\x80\xAEz", "a\xE2\x80\xAEz", "a" R "z"},         // right-to-left override
        {"a\xE2\x81\xA6z", "a\xE2\x81\xA6z", "a" R "z"},         // isolate
        {"a\xE2\x80\x8Bz", "a\xE2\x80\x8Bz", "a" R "z"},         // zero width space
        {"a\xEF\xBB\xBFz", "a\xEF\xBB\xBFz", "a" R "z"},         // byte order mark
        {"a\xD8\x9Cz", "a\xD8\x9Cz", "a" R "z"},                 // Arabic letter mark
        {"a\xE3\x85\xA4z", "a\xE3\x85\xA4z", "a" R "z"},         // Hangul filler
        {"\xF3\xA0\x81\x81", "\xF3\xA0\x81\x81", R},             // tag character
        {"\xF3\xA0\x84\x80", "\xF3\xA0\x84\x80", R},             // variation selector 17
        {"\xE2\x9D\xA4\xEF\xB8\x8F", "\xE2\x9D\xA4\xEF\xB8\x8F", // emoji style stays
         "\xE2\x9D\xA4\xEF\xB8\x8F"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(buf) repaired;
        AUTO(buf) cleaned;
        buf_init(&repaired, 100);
        buf_init(&cleaned, 100);
        utf8_repair(&repaired, cases[i].bytes, strlen(cases[i].bytes));
        utf8_clean(&cleaned, cases[i].bytes, strlen(cases[i].bytes));
        assert_string_equal(repaired.data, cases[i].repaired);
        assert_string_equal(cleaned.data, cases[i].cleaned);
    }
    AUTO(buf) nul;
    buf_init(&nul, 100);
    utf8_clean(&nul, "a\0b", 3);
    assert_string_equal(nul.data, "a" R "b");
}

static void test_cut(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        size_t max;
        size_t cut;
    } cases[] = {
        {"abc", 3, 5, 3},
        {"abc", 3, 3, 3},
        {"abc", 3, 2, 2},
        {"abc", 3, 0, 0},
        {"", 0, 0, 0},
        {"\xC3\xA4", 2, 1, 0},
        {"a\xC3\xA4", 3, 2, 1},
        {"a\xE2\x82\xAC", 4, 3, 1},
        {"a\xE2\x82\xAC", 4, 2, 1},
        {"a\xE2\x82\xAC", 4, 1, 1},
        {"\xF0\x9F\x98\x80z", 5, 4, 4},
        {"\xF0\x9F\x98\x80z", 5, 3, 0},
        {"\x80\x80\x80\x80\x80\x80\x80", 7, 5, 5}, // no character: nothing to protect
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(utf8_cut(cases[i].bytes, cases[i].len, cases[i].max), cases[i].cut);
    }
}

static void test_width(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t width;
    } cases[] = {
        {"", 0},
        {"abc", 3},
        {"\xC3\xA4", 1},
        {"a\xCC\x88", 1},        // a with a combining diaeresis
        {"\xE6\x97\xA5", 2},     // CJK
        {"\xEF\xBC\xA1", 2},     // full width A
        {"\xF0\x9F\x98\x80", 2}, // emoji
        {"\xED\x95\x9C", 2},     // Hangul
        {"\xFF\xFF", 2},         // one replacement each
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(utf8_width(cases[i].bytes, strlen(cases[i].bytes)), cases[i].width);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_repair_and_clean),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
