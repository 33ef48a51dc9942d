// SPDX-License-Identifier: MIT
// The texts made from the table, and the table itself. With a file name as argument, writes
// docs/settings.md there instead of testing.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "config/settings.h"
#include "config/settings_table.h"
#include "core/action.h"
#include "core/alert_class.h"

enum { DOC_BYTES = 64 * 1024, COLUMNS = 80 };

static const char doc_path[] = TEST_FIXTURES "/../../docs/settings.md";

static void test_table_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTINGS_KEY_COUNT; i++) {
        const struct settings_key *key = &settings_table[i];
        assert_non_null(key->name);
        assert_non_null(key->group);
        assert_non_null(key->help);
        assert_ptr_equal(settings_table_find(key->scope, key->name), key);
        assert_int_equal(settings_table_index(key), i);
        assert_false(key->required && key->fallback != NULL);
        if (key->instead_of != NULL) {
            const struct settings_key *other = settings_table_find(key->scope, key->instead_of);
            assert_non_null(other);
            assert_int_equal(other->offset, key->offset);
        }
    }
    assert_null(settings_table_find(SETTINGS_GLOBAL, "NAME"));
}

// config/ may not know core/; their words for the kinds must be the same.
static void test_kind_words(void **state)
{
    (void)state;
    for (enum action_kind kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        assert_string_equal(settings_kind_words[kind], action_kind_word(kind));
    }
    assert_null(settings_kind_words[ACTION_KIND_COUNT]);
}

static void test_class_words(void **state)
{
    (void)state;
    for (enum alert_class class = 0; class < ALERT_CLASS_COUNT; class ++) {
        assert_string_equal(settings_class_words[class], alert_class_word(class));
    }
    assert_null(settings_class_words[ALERT_CLASS_COUNT]);
}

static void test_help(void **state)
{
    (void)state;
    AUTO(buf) help;
    buf_init(&help, DOC_BYTES);
    settings_write_help(&help);
    assert_false(help.overflow);
    for (const char *line = help.data; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        if (utf8_width(line, len) > COLUMNS) {
            fail_msg("wider than %d columns: %.*s", COLUMNS, (int)len, line);
        }
        line += len + 1;
    }
    for (size_t i = 0; i < SETTINGS_KEY_COUNT; i++) {
        assert_non_null(strstr(help.data, settings_table[i].name));
    }
    assert_non_null(strstr(help.data, "  SMTP_PORT\n      port; default: 587\n      Its port.\n"));
    assert_non_null(strstr(help.data, "  CLUSTER_<N>_NAME\n      name; required\n"));
}

static void test_markdown(void **state)
{
    (void)state;
    struct error error;
    AUTO(buf) made;
    AUTO(buf) committed;
    buf_init(&made, DOC_BYTES);
    buf_init(&committed, DOC_BYTES);
    settings_write_markdown(&made);
    assert_false(made.overflow);
    if (!file_read(doc_path, DOC_BYTES, &committed, &error)) {
        fail_msg("%s", error.text);
    }
    if (strcmp(made.data, committed.data) != 0) {
        fail_msg("docs/settings.md is not what the table says; run this test with its path as "
                 "argument");
    }
}

static int write_markdown(const char *path)
{
    AUTO(buf) made;
    buf_init(&made, DOC_BYTES);
    settings_write_markdown(&made);
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    bool written = fwrite(made.data, 1, made.len, file) == made.len;
    return fclose(file) == 0 && written ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        return write_markdown(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_complete), cmocka_unit_test(test_kind_words),
        cmocka_unit_test(test_class_words),       cmocka_unit_test(test_help),
        cmocka_unit_test(test_markdown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
