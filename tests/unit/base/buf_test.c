// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"

static void test_starts_empty_and_terminated(void **state)
{
    (void)state;
    AUTO(buf) buf;
    buf_init(&buf, 10);
    assert_string_equal(buf.data, "");
    assert_int_equal(buf.len, 0);
    buf_add(&buf, "", 0);
    buf_truncate(&buf, 0);
    buf_reset(&buf);
    buf_finish(&buf);
    assert_string_equal(buf.data, "");
}

static void test_maximum_is_reached_but_not_passed(void **state)
{
    (void)state;
    AUTO(buf) buf;
    buf_init(&buf, 5);
    buf_add_text(&buf, "12345");
    assert_false(buf.overflow);
    assert_string_equal(buf.data, "12345");
    buf_add_char(&buf, '6');
    assert_true(buf.overflow);
    assert_string_equal(buf.data, "12345");
    buf_truncate(&buf, 2);
    buf_add_char(&buf, '3');
    assert_string_equal(buf.data, "12"); // an overflow stays until reset
    buf_reset(&buf);
    assert_false(buf.overflow);
    buf_add_format(&buf, "%d", 12345);
    assert_string_equal(buf.data, "12345");
    buf_add_format(&buf, "%d", 6);
    assert_true(buf.overflow);
    assert_int_equal(buf.len, 5);
}

static void test_what_does_not_fit_is_left_out_whole(void **state)
{
    (void)state;
    AUTO(buf) buf;
    buf_init(&buf, 5);
    buf_add_text(&buf, "abc");
    buf_add_text(&buf, "def");
    assert_string_equal(buf.data, "abc");
    assert_true(buf.overflow);
}

static void test_maximum_zero_and_binary(void **state)
{
    (void)state;
    AUTO(buf) none;
    buf_init(&none, 0);
    buf_add(&none, "", 0);
    assert_false(none.overflow);
    buf_add_char(&none, 'a');
    assert_true(none.overflow);
    assert_string_equal(none.data, "");

    AUTO(buf) bytes;
    buf_init(&bytes, 100);
    buf_add(&bytes, "a\0b", 3);
    assert_int_equal(bytes.len, 3);
    assert_memory_equal(bytes.data, "a\0b", 4);
}

static void test_growth(void **state)
{
    (void)state;
    AUTO(buf) buf;
    buf_init(&buf, 100000);
    for (int i = 0; i < 100000; i++) {
        buf_add_char(&buf, (char)('a' + i % 26));
    }
    assert_false(buf.overflow);
    assert_int_equal(strlen(buf.data), 100000);
    assert_int_equal(buf.data[99999], 'a' + 99999 % 26);
    buf_truncate(&buf, 200000);
    assert_int_equal(buf.len, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_empty_and_terminated),
        cmocka_unit_test(test_maximum_is_reached_but_not_passed),
        cmocka_unit_test(test_what_does_not_fit_is_left_out_whole),
        cmocka_unit_test(test_maximum_zero_and_binary),
        cmocka_unit_test(test_growth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
