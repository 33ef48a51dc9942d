// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "codec/json_string.h"

static void test_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t end;
    } cases[] = {
        {"", 0},        {"\"", 0},  {"ab\"c", 2}, {"ab", 2},         {"a\\\"b\"", 4},
        {"a\\\\\"", 3}, {"a\\", 2}, {"a\\\"", 3}, {"\\\\\\\"\"", 4}, {"\\u0022\"", 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = strlen(cases[i].text);
        char *copy = malloc(len > 0 ? len : 1);
        assert_non_null(copy);
        memcpy(copy, cases[i].text, len);
        assert_int_equal(json_string_end(copy, len), cases[i].end);
        free(copy);
    }
}

static void test_read_unicode(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t taken;
        uint32_t point;
    } cases[] = {
        {"\\u0041", 6, 'A'},
        {"\\u00e4x", 6, 0xE4},
        {"\\uFfFd", 6, 0xFFFD},
        {"\\u0000", 6, 0},
        {"\\ud83d\\ude00", 12, 0x1F600},
        {"\\uDBFF\\uDFFF", 12, 0x10FFFF},
        {"\\ud800\\udc00", 12, 0x10000},
        // a half stays what it is
        {"\\ud83d", 6, 0xD83D},
        {"\\ud83d\\ud83d", 6, 0xD83D},
        {"\\ud83d\\u0041", 6, 0xD83D},
        {"\\ude00\\ud83d", 6, 0xDE00},
        {"\\ud83d\\ude0", 6, 0xD83D},
        // no escape of this kind
        {"", 0, 1},
        {"\\", 0, 1},
        {"\\u", 0, 1},
        {"\\u12", 0, 1},
        {"\\u12g4", 0, 1},
        {"\\n0041", 0, 1},
        {"u00411", 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t point = 1;
        assert_int_equal(json_string_read_unicode(cases[i].text, strlen(cases[i].text), &point),
                         cases[i].taken);
        assert_int_equal(point, cases[i].point);
    }
}

static void test_put_utf8_is_what_utf8_decode_reads(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x10FFFF; point++) {
        char bytes[4];
        uint32_t read = 0;
        size_t len = json_string_put_utf8(bytes, point);
        if (point >= 0xD800 && point <= 0xDFFF) {
            continue;
        }
        assert_int_equal(utf8_decode(bytes, len, &read), len);
        assert_int_equal(read, point);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_read_unicode),
        cmocka_unit_test(test_put_utf8_is_what_utf8_decode_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
