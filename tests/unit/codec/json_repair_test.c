// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "codec/json_repair.h"

#define R UTF8_REPLACEMENT
#define MAX_INT "9223372036854775807"
#define MIN_INT "-9223372036854775808"
#define MAX_REAL "1.7976931348623157e308"

static bool repair(const char *text, size_t len, struct buf *out)
{
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    bool changed = json_repair(copy, len, out);
    free(copy);
    return changed;
}

static void test_changes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *repaired;
    } cases[] = {
        {"\"\xFF\"", "\"" R "\""},
        {"\"\xE2\x82\"", "\"" R R "\""},
        {"\"\xED\xA0\x80\"", "\"" R R R "\""},
        {"\"\x01\t\r\n\x1F\"", "\"     \""},
        {"\"\\u0000\"", "\"\\ufffd\""},
        {"\"\\ud800\"", "\"\\ufffd\""},
        {"\"\\uDBFF!\"", "\"\\ufffd!\""},
        {"\"\\udc00\\ud800\"", "\"\\ufffd\\ufffd\""},
        {"\"\\ud800\\ud800\\udc00\"", "\"\\ufffd\\ud800\\udc00\""},
        {"\"\\ud800\\n\"", "\"\\ufffd\\n\""},
        {"\"\\ud800\\u0041\"", "\"\\ufffd\\u0041\""},
        {"\"\\\\\\ud800\"", "\"\\\\\\ufffd\""},
        {"\"\\ud800\\udc0\"", "\"\\ufffd\\udc0\""}, // a broken escape stays broken
        {"9223372036854775808", MAX_INT},
        {"-9223372036854775809", MIN_INT},
        {"[99999999999999999999999999999]", "[" MAX_INT "]"},
        {"1e309", MAX_REAL},
        {"-1E+999", "-" MAX_REAL},
        {"1.5e99999999999999999999", MAX_REAL},
        {"\"\xFF", "\"" R},
        {"\"\\ud800", "\"\\ufffd"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(buf) out;
        buf_init(&out, 1000);
        assert_true(repair(cases[i].text, strlen(cases[i].text), &out));
        assert_string_equal(out.data, cases[i].repaired);
    }
    AUTO(buf) out;
    buf_init(&out, 100);
    assert_true(repair("\"a\0b\"", 5, &out));
    assert_string_equal(out.data, "\"a b\"");
}

static void test_leaves_alone(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "{\"a\":[1,-2.5e10,true,null,\"x\\n\\u00e4\\\\\\\"\xE2\x82\xAC\"]}",
        "\"\\ud83d\\ude00\"",
        "\"\\\\u0000 \\\\ud800\"",
        MAX_INT,
        MIN_INT,
        "1e-999",
        "1.7976931348623157e308",
        "\xFF", // outside a string
        "{\x01}",
        "\"\\",
        "\"\\u",
        "\"\\u12",
        "\"\\u12g4\"",
        "\"\\x\"",
        "0099999999999999999999", // broken numbers stay broken
        "-",
        "--1",
        "1.e999",
        "1e+",
        "]]}}",
        "[}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(buf) out;
        buf_init(&out, 1000);
        bool changed = repair(cases[i], strlen(cases[i]), &out);
        // The digits behind a misplaced zero may be changed: the text is refused either way.
        if (cases[i][0] == '0') {
            assert_int_equal(strncmp(out.data, "00", 2), 0);
            continue;
        }
        assert_false(changed);
        assert_string_equal(out.data, cases[i]);
    }
}

static void add_many(struct buf *out, char c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_char(out, c);
    }
}

static void test_depth(void **state)
{
    (void)state;
    AUTO(buf) text;
    AUTO(buf) wanted;
    AUTO(buf) out;
    buf_init(&text, 10000);
    buf_init(&wanted, 10000);
    buf_init(&out, 40000);
    add_many(&text, '[', JSON_DEPTH_MAX);
    add_many(&text, ']', JSON_DEPTH_MAX);
    assert_false(repair(text.data, text.len, &out));

    buf_reset(&text);
    buf_reset(&out);
    add_many(&text, '[', JSON_DEPTH_MAX);
    buf_add_text(&text, "{\"a\":[\"]}\\\"\",{}]},[1],2");
    add_many(&text, ']', JSON_DEPTH_MAX);
    add_many(&wanted, '[', JSON_DEPTH_MAX);
    buf_add_text(&wanted, "null,null,2");
    add_many(&wanted, ']', JSON_DEPTH_MAX);
    assert_true(repair(text.data, text.len, &out));
    assert_string_equal(out.data, wanted.data);

    buf_reset(&text);
    buf_reset(&out);
    add_many(&text, '{', 5000); // never closed
    assert_true(repair(text.data, text.len, &out));
    assert_int_equal(out.len, JSON_DEPTH_MAX + 4);
}

static void test_growth_stays_below_four_times(void **state)
{
    (void)state;
    static const char *const units[] = {
        "1e999,",      "\"\xFF\"", "\"\x01\"", "9999999999999999999 ",
        "\"\\ud800\"", "-1e309 ",  "[1e309]"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        AUTO(buf) text;
        buf_init(&text, 100000);
        for (int k = 0; k < 1000; k++) {
            buf_add_text(&text, units[i]);
        }
        AUTO(buf) out;
        buf_init(&out, 4 * text.len + 64);
        assert_true(repair(text.data, text.len, &out));
        assert_false(out.overflow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_leaves_alone),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_growth_stays_below_four_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
