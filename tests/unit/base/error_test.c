// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

static void test_set_and_prefix(void **state)
{
    (void)state;
    struct error error = {.class = ERROR_NONE};
    assert_false(error_set(&error, ERROR_FORBIDDEN, "list %s", "backupactions"));
    assert_int_equal(error.class, ERROR_FORBIDDEN);
    assert_false(error_prefix(&error, "cluster \"%s\"", "rke2"));
    assert_int_equal(error.class, ERROR_FORBIDDEN);
    assert_string_equal(error.text, "cluster \"rke2\": list backupactions");
}

static void test_text_may_come_from_the_error_itself(void **state)
{
    (void)state;
    struct error error = {.text = "inner"};
    (void)error_set(&error, ERROR_TLS, "outer (%s)", error.text);
    assert_string_equal(error.text, "outer (inner)");
    (void)error_prefix(&error, "%s", error.text);
    assert_string_equal(error.text, "outer (inner): outer (inner)");
}

static void assert_cut(const struct error *error)
{
    size_t len = strlen(error->text);
    assert_true(len < ERROR_TEXT_BYTES);
    assert_true(len > ERROR_TEXT_BYTES - 10);
    assert_string_equal(error->text + len - 3, "...");
    assert_true(utf8_is_valid(error->text, len));
}

static void test_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"x", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t c = 0; c < sizeof characters / sizeof characters[0]; c++) {
        for (size_t shift = 0; shift < 4; shift++) {
            char text[3000] = "";
            size_t len = strlen(characters[c]);
            memset(text, 'a', shift);
            for (size_t i = shift; i + len < sizeof text; i += len) {
                memcpy(text + i, characters[c], len);
            }
            struct error error;
            (void)error_set(&error, ERROR_LIMIT, "%s", text);
            assert_cut(&error);
            (void)error_prefix(&error, "%s", text);
            assert_cut(&error);
        }
    }
}

static void test_exact_fit_is_not_cut(void **state)
{
    (void)state;
    char text[ERROR_TEXT_BYTES];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct error error;
    (void)error_set(&error, ERROR_LIMIT, "%s", text);
    assert_string_equal(error.text, text);
}

static void test_every_class_has_a_name(void **state)
{
    (void)state;
    for (int class = ERROR_NONE; class <= ERROR_INTERNAL; class ++) {
        assert_non_null(error_class_name((enum error_class) class));
        assert_true(strlen(error_class_name((enum error_class) class)) > 2);
    }
    assert_string_equal(error_class_name(ERROR_NOT_FOUND), "not found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_and_prefix),
        cmocka_unit_test(test_text_may_come_from_the_error_itself),
        cmocka_unit_test(test_long_text_is_cut_between_characters),
        cmocka_unit_test(test_exact_fit_is_not_cut),
        cmocka_unit_test(test_every_class_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
