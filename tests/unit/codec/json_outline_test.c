// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "codec/json_outline.h"
#include "codec/json_repair.h"

static void add_many(struct buf *text, char c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_char(text, c);
    }
}

static bool draw(struct arena *arena, const struct buf *bytes, struct buf *text,
                 struct json_outline *ret)
{
    buf_init(text, bytes->len);
    *ret = (struct json_outline){.text = text};
    return json_outline_draw(arena, bytes->data, bytes->len, ret);
}

// {"a":"x..","y..": ["z..", "w.."]}: long values go, a long key and a short value stay.
static void test_long_values_are_taken_out(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    AUTO(buf) bytes;
    AUTO(buf) wanted;
    AUTO(buf) text;
    struct json_outline outline;
    buf_init(&bytes, 4096);
    buf_init(&wanted, 4096);
    buf_add_text(&bytes, "{\"a\":\"");
    add_many(&bytes, 'x', JSON_OUTLINE_LONG);
    buf_add_text(&bytes, "\",\"");
    add_many(&bytes, 'y', 100);
    buf_add_text(&bytes, "\" : [\"");
    add_many(&bytes, 'z', JSON_OUTLINE_LONG - 1);
    buf_add_text(&bytes, "\" , \"\\\"");
    add_many(&bytes, 'w', 98);
    buf_add_text(&bytes, "\"]}");

    buf_add_text(&wanted, "{\"a\":\"");
    add_many(&wanted, '0', JSON_OUTLINE_LONG);
    buf_add_text(&wanted, "\",\"");
    add_many(&wanted, 'y', 100);
    buf_add_text(&wanted, "\" : [\"");
    add_many(&wanted, 'z', JSON_OUTLINE_LONG - 1);
    buf_add_text(&wanted, "\" , \"");
    add_many(&wanted, '0', JSON_OUTLINE_LONG - 1);
    buf_add_text(&wanted, "1\"]}");

    assert_true(draw(arena, &bytes, &text, &outline));
    assert_string_equal(text.data, wanted.data);
    assert_int_equal(outline.count, 2);
    assert_int_equal(outline.strings[0].len, JSON_OUTLINE_LONG);
    assert_int_equal(outline.strings[1].len, 100);
    assert_int_equal(outline.longest, 100);
    const char *second = strstr(text.data, "01\"]}") + 2 - JSON_OUTLINE_LONG;
    assert_int_equal(json_outline_index(second), 1);
}

static void test_what_has_no_long_value_stays_undrawn(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    AUTO(buf) bytes;
    AUTO(buf) text;
    struct json_outline outline;
    buf_init(&bytes, 4096);
    buf_add_text(&bytes, "{\"a\":\"b\",\"c\":[1,\"\\\"\"]}");
    assert_true(draw(arena, &bytes, &text, &outline));
    assert_int_equal(outline.count, 0);
    assert_int_equal(text.len, 0);
}

static void test_deep_and_open_are_refused(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    AUTO(buf) bytes;
    AUTO(buf) text;
    struct json_outline outline;
    buf_init(&bytes, 10000);
    add_many(&bytes, '[', JSON_DEPTH_MAX);
    buf_add_text(&bytes, "\"[[\",[],{}");
    assert_false(draw(arena, &bytes, &text, &outline));
    buf_truncate(&bytes, JSON_DEPTH_MAX + 4);
    assert_true(draw(arena, &bytes, &text, &outline));
    buf_truncate(&bytes, JSON_DEPTH_MAX + 3); // the string is open
    assert_false(draw(arena, &bytes, &text, &outline));
    buf_reset(&bytes);
    buf_add_text(&bytes, "\"a\\\""); // its closing quote is escaped
    assert_false(draw(arena, &bytes, &text, &outline));
}

// What stands in a string, and what it means; NULL for what jansson refuses or repair changes.
static const struct {
    const char *written;
    const char *meaning;
} strings[] = {
    {"", ""},
    {"plain, \xC3\xA4 \xF0\x9F\x98\x80 \x7F", "plain, \xC3\xA4 \xF0\x9F\x98\x80 \x7F"},
    {"\\\" \\\\ \\/ \\b \\f \\n \\r \\t", "\" \\ / \b \f \n \r \t"},
    {"\\u0041\\u00e4\\u20AC\\ud83d\\ude00", "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
    {"\\\\u0041", "\\u0041"},
    {"\\\\\\\\", "\\\\"},
    {"{\\\"a\\\":\\\"b\\\"}", "{\"a\":\"b\"}"},
    {"a\\u0000b", NULL},
    {"\\ud83d", NULL},
    {"\\ude00\\ud83d", NULL},
    {"\\ud83dx", NULL},
    {"\\q", NULL},
    {"\\u12", NULL},
    {"\\u12g4", NULL},
    {"\t", NULL},
    {"\x01", NULL},
    {"\xFF", NULL},
    {"\xC0\xAF", NULL},
    {"\xED\xA0\x80", NULL},
    {"\xC3", NULL},
};

static void test_decode(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        size_t written = strlen(strings[i].written);
        AUTO_PTR(arena) arena = arena_create();
        char *bytes = arena_strdup(arena, strings[i].written);
        char *out = arena_alloc(arena, written);
        size_t len = SIZE_MAX;
        bool ok = json_outline_decode(&(struct json_outline_string){bytes, written}, out, &len);
        assert_true(ok == (strings[i].meaning != NULL));
        if (ok) {
            assert_int_equal(len, strlen(strings[i].meaning));
            assert_memory_equal(out, strings[i].meaning, len);
        } else {
            assert_int_equal(len, SIZE_MAX);
        }
    }
    size_t len;
    char out[4];
    assert_false(json_outline_decode(&(struct json_outline_string){"a\0b", 3}, out, &len));
    assert_false(json_outline_decode(&(struct json_outline_string){"abc\\", 4}, out, &len));
}

// json_parse gives the same for a text whether it is long enough to be taken out or not.
static void test_long_and_short_mean_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        AUTO(buf) shorter;
        AUTO(buf) longer;
        buf_init(&shorter, 4096);
        buf_init(&longer, 4096);
        buf_add_format(&shorter, "[\"%s\"]", strings[i].written);
        buf_add_text(&longer, "{\"k\":[\"");
        add_many(&longer, '0', 70); // digits, as stand-ins have
        buf_add_format(&longer, "%s\", \"tail\"]}", strings[i].written);
        struct json *one = NULL;
        struct json *other = NULL;
        struct error error;
        bool ok = json_parse(shorter.data, shorter.len, &one, &error);
        assert_true(json_parse(longer.data, longer.len, &other, &error) == ok);
        if (ok) {
            AUTO_PTR(json) first = one;
            AUTO_PTR(json) second = other;
            const struct json *list = json_get(second, "k");
            const char *text = json_text(json_at(list, 0));
            assert_int_equal(strspn(text, "0"), 70);
            assert_string_equal(text + 70, json_text(json_at(first, 0)));
            assert_string_equal(json_text(json_at(list, 1)), "tail");
        }
    }
}

// A stand-in is told by its length alone: strings around it must not be taken for one.
static void test_lengths_around_the_bound(void **state)
{
    (void)state;
    for (size_t len = JSON_OUTLINE_LONG - 2; len <= JSON_OUTLINE_LONG + 2; len++) {
        AUTO(buf) bytes;
        buf_init(&bytes, 4096);
        buf_add_text(&bytes, "[\"");
        add_many(&bytes, '7', len);
        buf_add_text(&bytes, "\",\"\\u0037");
        add_many(&bytes, '7', len - 6);
        buf_add_text(&bytes, "\",{\"");
        add_many(&bytes, '7', len);
        buf_add_text(&bytes, "\":\"");
        add_many(&bytes, '7', len);
        buf_add_text(&bytes, "\"}]");
        struct json *parsed = NULL;
        struct error error;
        assert_true(json_parse(bytes.data, bytes.len, &parsed, &error));
        AUTO_PTR(json) value = parsed;
        assert_int_equal(strlen(json_text(json_at(value, 0))), len);
        assert_int_equal(strspn(json_text(json_at(value, 0)), "7"), len);
        assert_int_equal(strspn(json_text(json_at(value, 1)), "7"), len - 5);
        assert_int_equal(strlen(json_text(json_at(value, 1))), len - 5);
        AUTO(buf) out;
        buf_init(&out, 4096);
        json_write(json_at(value, 2), JSON_COMPACT, &out);
        assert_int_equal(out.len, 2 * len + 7);
        assert_int_equal(strspn(out.data + 2, "7"), len);
        assert_int_equal(strspn(out.data + 5 + len, "7"), len);
    }
}

// Of equal keys the last wins, whatever was taken out of the others.
static void test_equal_keys(void **state)
{
    (void)state;
    AUTO(buf) bytes;
    buf_init(&bytes, 4096);
    buf_add_text(&bytes, "{\"a\":\"");
    add_many(&bytes, 'x', 80);
    buf_add_text(&bytes, "\",\"b\":\"");
    add_many(&bytes, 'y', 80);
    buf_add_text(&bytes, "\",\"a\":\"");
    add_many(&bytes, 'z', 80);
    buf_add_text(&bytes, "\"}");
    struct json *parsed = NULL;
    struct error error;
    assert_true(json_parse(bytes.data, bytes.len, &parsed, &error));
    AUTO_PTR(json) value = parsed;
    assert_int_equal(json_count(value), 2);
    assert_int_equal(strspn(json_text(json_get(value, "a")), "z"), 80);
    assert_int_equal(strspn(json_text(json_get(value, "b")), "y"), 80);

    // one that is lost must be right all the same
    struct error error_of_lost = {.class = ERROR_NONE};
    buf_reset(&bytes);
    buf_add_text(&bytes, "{\"a\":\"\\q");
    add_many(&bytes, 'x', 80);
    buf_add_text(&bytes, "\",\"a\":1}");
    assert_false(json_parse(bytes.data, bytes.len, &parsed, &error_of_lost));
    assert_int_equal(error_of_lost.class, ERROR_PROTOCOL);
}

// Where the structure is broken around a long string, it is refused as without one.
static void test_broken_structure(void **state)
{
    (void)state;
    static const char *const frames[] = {"[%s",     "%s]",          "[%s %s]", "{%s}",
                                         "{%s %s}", "{\"a\" %s}",   "[%s:1]",  "{1:%s}",
                                         "%s%s",    "{\"a\":%s:1}", "[%s,]"};
    AUTO(buf) string;
    buf_init(&string, 4096);
    buf_add_char(&string, '"');
    add_many(&string, 'x', 80);
    buf_add_char(&string, '"');
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        AUTO(buf) bytes;
        buf_init(&bytes, 4096);
        for (const char *p = frames[i]; *p != '\0'; p++) {
            bool is_string = p[0] == '%';
            buf_add(&bytes, is_string ? string.data : p, is_string ? string.len : 1);
            p += is_string;
        }
        struct json *parsed = NULL;
        struct error error = {.class = ERROR_NONE};
        assert_false(json_parse(bytes.data, bytes.len, &parsed, &error));
        assert_int_equal(error.class, ERROR_PROTOCOL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_values_are_taken_out),
        cmocka_unit_test(test_what_has_no_long_value_stays_undrawn),
        cmocka_unit_test(test_deep_and_open_are_refused),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_long_and_short_mean_the_same),
        cmocka_unit_test(test_lengths_around_the_bound),
        cmocka_unit_test(test_equal_keys),
        cmocka_unit_test(test_broken_structure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
