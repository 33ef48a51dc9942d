// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/sample_story.h"
#include "base/arena.h"
#include "base/utf8.h"
#include "report/text.h"
#include "report/text_wrap.h"

enum { BUFFER_BYTES = 32 * 1024 * 1024 };

static void test_wrapping(void **state)
{
    (void)state;
    AUTO(buf) out;
    buf_init(&out, 4096);
    text_wrap(&out, "Note: ", 6, "");
    assert_string_equal(out.data, "Note: \n");
    buf_reset(&out);
    text_wrap(&out, "", 2,
              "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 012345678 x y");
    assert_string_equal(
        out.data, "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 012345678\n"
                  "  x y\n");
    buf_reset(&out);
    // A wide character counts two columns and is not cut.
    char wide[3 * 50 + 1];
    for (size_t i = 0; i < 50; i++) {
        memcpy(wide + 3 * i, "\xE5\xAD\x97", 3);
    }
    wide[150] = '\0';
    text_field(&out, 0, "Error", wide);
    size_t first = strcspn(out.data, "\n");
    assert_int_equal(utf8_width(out.data, first), TEXT_COLUMNS);
    assert_true(utf8_is_valid(out.data, first));
}

static bool may_be_long(const char *line)
{
    return strstr(line, "  kubectl ") != NULL || strstr(line, "  https://") != NULL ||
           strncmp(line, "  kasten-alerter ", 17) == 0;
}

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; sample_name(i) != NULL; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct digest digest;
        assert_true(sample_make(arena, sample_name(i), &digest));
        AUTO(buf) out;
        buf_init(&out, BUFFER_BYTES);
        struct rendered rendered = text_render(&out, &digest, 0);
        assert_int_equal(rendered.rows, digest.row_count);
        assert_true(utf8_is_valid(out.data, out.len));
        for (char *line = out.data; *line != '\0';) {
            size_t len = strcspn(line, "\n");
            line[len] = '\0';
            if (utf8_width(line, len) > TEXT_COLUMNS && !may_be_long(line)) {
                fail_msg("%s: wide line \"%s\"", sample_name(i), line);
            }
            for (size_t j = 0; j < len; j++) {
                assert_true((unsigned char)line[j] >= 0x20 && line[j] != 0x7F);
            }
            line += len + 1;
        }
    }
}

static void test_limit(void **state)
{
    enum { LIMIT = 50000 };
    (void)state;
    static const char *const names[] = {"many", "distinct"};
    for (size_t i = 0; i < 2; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct digest digest;
        assert_true(sample_make(arena, names[i], &digest));
        AUTO(buf) out;
        buf_init(&out, BUFFER_BYTES);
        struct rendered rendered = text_render(&out, &digest, LIMIT);
        assert_true(out.len <= LIMIT);
        assert_false(rendered.complete);
        assert_true(rendered.rows > 50);
        char total[64];
        (void)snprintf(total, sizeof total, "%zu of 5000 failed runs are shown", rendered.rows);
        assert_non_null(strstr(out.data, total));
        assert_non_null(strstr(out.data, "In all: 5000 failed runs"));
    }
}

// Of "many" all causes are shown, the four rare ones too.
static void test_large_groups_leave_room(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct digest digest;
    assert_true(sample_make(arena, "many", &digest));
    AUTO(buf) out;
    buf_init(&out, BUFFER_BYTES);
    (void)text_render(&out, &digest, 20000);
    assert_non_null(strstr(out.data, "writing block 999\n"));
    assert_non_null(strstr(out.data, "writing block 4999\n"));
    assert_non_null(strstr(out.data, "more with this cause"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrapping),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_large_groups_leave_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
