// SPDX-License-Identifier: MIT
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "base/buf.h"
#include "report/digest_fit.h"

// Groups of 1, 5 and 2 rows: the largest is not the first.
static struct digest_row rows[5] = {{.what = "a"}, {.what = "b"}, {.what = "c"}, {.what = "d"}};
static struct digest_group groups[] = {
    {.rows = rows, .row_count = 1},
    {.rows = rows, .row_count = 5},
    {.rows = rows, .row_count = 2},
};
static const struct digest digest = {.groups = groups, .group_count = 3, .row_count = 8};

static void begin(struct buf *out, const struct digest_group *group)
{
    (void)group;
    buf_add_char(out, '(');
}

// The second row of any group is shortened.
static bool row(struct buf *out, const struct digest_group *group, size_t index)
{
    buf_add_text(out, group->rows[index].what != NULL ? group->rows[index].what : "e");
    return index != 1;
}

static void more(struct buf *out, const struct digest_group *group, size_t count)
{
    (void)group;
    buf_add_format(out, "+%zu", count);
}

static void end(struct buf *out, const struct digest_group *group)
{
    (void)group;
    buf_add_char(out, ')');
}

static const struct digest_layout layout = {begin, row, more, end};

static void as_many_rows_of_each_group_as_fit(void **state)
{
    (void)state;
    static const struct {
        size_t end;
        const char *expected;
        size_t rows;
        bool fits;
    } cases[] = {
        {SIZE_MAX, "<(a)(abcde)(ab)", 8, true},
        {14, "<(a)(abcde)(ab)", 8, true},
        {13, "<(a)(ab+3)(ab)", 5, true},
        {12, "<(a)(a+4)(a+1)", 3, true},
        {7, "<(a)(a+4)", 2, false},
        {3, "<(a)", 1, false},
        {0, "<", 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(buf) out;
        buf_init(&out, 1000);
        buf_add_char(&out, '<');
        struct digest_shown shown = digest_fit_groups(&out, &digest, &layout, cases[i].end);
        assert_string_equal(out.data, cases[i].expected);
        assert_int_equal(shown.rows, cases[i].rows);
        assert_int_equal(shown.fits, cases[i].fits);
        assert_false(shown.complete);
    }
}

static void a_full_buffer_ends_it(void **state)
{
    (void)state;
    AUTO(buf) out;
    buf_init(&out, 6);
    struct digest_shown shown = digest_fit_groups(&out, &digest, &layout, SIZE_MAX);
    assert_false(shown.fits);
    assert_false(shown.complete);
}

static void whole_rows_are_complete(void **state)
{
    (void)state;
    AUTO(buf) out;
    buf_init(&out, 100);
    struct digest one = {.groups = groups, .group_count = 1, .row_count = 1};
    struct digest_shown shown = digest_fit_groups(&out, &one, &layout, SIZE_MAX);
    assert_string_equal(out.data, "(a)");
    assert_true(shown.complete && shown.fits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_rows_of_each_group_as_fit),
        cmocka_unit_test(a_full_buffer_ends_it),
        cmocka_unit_test(whole_rows_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
