// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "codec/json.h"

#define R UTF8_REPLACEMENT

// The text lies in memory of its exact size, so that the sanitizer sees a read past it.
static bool parse(const char *text, size_t len, struct json **ret, struct error *error)
{
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    bool ok = json_parse(copy, len, ret, error);
    free(copy);
    return ok;
}

static struct json *parsed(const char *text)
{
    struct error error;
    struct json *value = NULL;
    if (!parse(text, strlen(text), &value, &error)) {
        fail_msg("%s: %s", text, error.text);
    }
    return value;
}

static void assert_written(const struct json *value, const char *text)
{
    AUTO(buf) out;
    buf_init(&out, 1 << 20);
    json_write(value, JSON_COMPACT, &out);
    assert_string_equal(out.data, text);
}

static void test_parse_and_write(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *written;
    } cases[] = {
        {"null", "null"},
        {" true ", "true"},
        {"\"x\"", "\"x\""},
        {"-0", "0"},
        {"[1, 2.5, -3]", "[1,2.5,-3]"},
        {"{\"b\":1,\"a\":{}}", "{\"b\":1,\"a\":{}}"},
        {"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"},
        {"\"\\u003cb\\u003e \\/ \\u00e4\\n\"", "\"<b> / \xC3\xA4\\n\""},
        {"\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\""},
        {"9223372036854775807", "9223372036854775807"},
        // and what repair makes of odd values
        {"\"a\\u0000b\"", "\"a" R "b\""},
        {"{\"k\\u0000\":1}", "{\"k" R "\":1}"},
        {"\"\xFF\xC0\xAF\"", "\"" R R R "\""},
        {"\"\\ud83d\"", "\"" R "\""},
        {"\"a\tb\nc\x01\"", "\"a b c \""},
        {"[9223372036854775808,-9999999999999999999999]",
         "[9223372036854775807,-9223372036854775808]"},
        {"[1e400,-1e400,1e-400]", "[1.7976931348623157e308,-1.7976931348623157e308,0.0]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(json) value = parsed(cases[i].text);
        assert_written(value, cases[i].written);
    }
}

static void test_parse_refuses_broken_structure(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "{",
        "[",
        "}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1",
        "{a:1}",
        "{\"a\":1,}",
        "[1,]",
        "[1 2]",
        "1 2",
        "{} x",
        "nul",
        "tru",
        "'a'",
        "\"a",
        "\"a\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "01",
        "+1",
        "-",
        "1.",
        ".5",
        "1e",
        "0x10",
        "NaN",
        "Infinity",
        "// c\n1",
        "\xEF\xBB\xBF{}",
        "[1}",
        "\xFF",
        "[\0011]",
        "<html>",
        "9223372036854775808-2",
        "0099999999999999999999",
        "1.e999",
        "99999999999999999999.",
        "[\"\xFF\", tru]",
        "\"\\u0000\" \"\"",
        "{\"a\tb\":1 \"c\":2}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {.class = ERROR_NONE};
        struct json *value = NULL;
        if (parse(cases[i], strlen(cases[i]), &value, &error)) {
            fail_msg("\"%s\" was accepted", cases[i]);
        }
        assert_null(value);
        assert_int_equal(error.class, ERROR_PROTOCOL);
        assert_int_equal(strncmp(error.text, "broken JSON ", 12), 0);
    }
    struct error error = {.class = ERROR_NONE};
    struct json *value = NULL;
    assert_false(parse("{}\0", 3, &value, &error));
    assert_false(parse("{\0}", 3, &value, &error));
    assert_false(parse("{\"password\": hunter2}", 21, &value, &error));
    assert_null(strstr(error.text, "hunter2"));
    assert_string_equal(error.text, "broken JSON near byte 19 of 21: it breaks the grammar");
    assert_false(json_parse("", (size_t)64 * 1024 * 1024 + 1, &value, &error));
    assert_int_equal(error.class, ERROR_LIMIT);
}

static struct json *nested(size_t depth, char open, const char *between, char close)
{
    AUTO(buf) text;
    buf_init(&text, 1 << 22);
    for (size_t i = 0; i < depth; i++) {
        buf_add_text(&text, i > 0 ? between : "");
        buf_add_char(&text, open);
    }
    for (size_t i = 0; i < depth; i++) {
        buf_add_char(&text, close);
    }
    struct error error;
    struct json *value = NULL;
    assert_true(parse(text.data, text.len, &value, &error));
    return value;
}

static size_t depth_of(const struct json *value)
{
    size_t depth = 0;
    while (json_is_array(value) || json_is_object(value)) {
        depth++;
        value = json_is_array(value) ? json_at(value, 0) : json_get(value, "a");
    }
    return depth;
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    static const struct {
        size_t depth;
        size_t kept;
    } cases[] = {{1, 1},     {499, 499},  {500, 500},   {501, 500},
                 {502, 500}, {3000, 500}, {500000, 500}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(json) array = nested(cases[i].depth, '[', "", ']');
        assert_int_equal(depth_of(array), cases[i].kept);
        AUTO_PTR(json) object = nested(cases[i].depth, '{', "\"a\":", '}');
        assert_int_equal(depth_of(object), cases[i].kept);
    }
    AUTO_PTR(json) brackets = parsed("\"[[[[{{{{\"");
    assert_string_equal(json_text(brackets), "[[[[{{{{");
}

static void test_reading(void **state)
{
    (void)state;
    AUTO_PTR(json)
    value =
        parsed("{\"metadata\":{\"name\":\"n\",\"labels\":null},\"list\":[1,\"two\"],\"yes\":true}");
    assert_string_equal(json_text(json_path(value, "metadata", "name", NULL)), "n");
    assert_ptr_equal(json_path(value, NULL), value);
    assert_null(json_path(value, "metadata", "name", "deeper", NULL));
    assert_null(json_path(value, "missing", "name", NULL));
    assert_null(json_path(NULL, "a", NULL));
    assert_null(json_get(json_get(value, "list"), "0"));
    assert_null(json_get(NULL, "a"));
    assert_null(json_text(json_path(value, "metadata", "labels", NULL)));
    assert_true(json_is_object(value));
    assert_false(json_is_object(NULL));
    assert_true(json_is_array(json_get(value, "list")));
    assert_int_equal(json_count(value), 3);
    assert_int_equal(json_count(json_get(value, "list")), 2);
    assert_int_equal(json_count(json_get(value, "yes")), 0);
    assert_int_equal(json_count(NULL), 0);
    assert_string_equal(json_text(json_at(json_get(value, "list"), 1)), "two");
    assert_null(json_at(json_get(value, "list"), 2));
    assert_null(json_at(value, 0));
    assert_null(json_at(NULL, 0));
    assert_null(json_text(value));
    assert_null(json_text(NULL));
    bool yes = false;
    assert_true(json_bool(json_get(value, "yes"), &yes));
    assert_true(yes);
    assert_false(json_bool(json_get(value, "list"), &yes));
    assert_false(json_bool(NULL, &yes));
    json_free(NULL);
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-7", true, -7},
        {"2.999", true, 2},
        {"-2.999", true, -2},
        {"1e3", true, 1000},
        {"1e19", true, INT64_MAX},
        {"-1e19", true, INT64_MIN},
        {"1e400", true, INT64_MAX},
        {"9223372036854775808", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775809", true, INT64_MIN},
        {"9223372036854775807.0", true, INT64_MAX},
        {"\"1\"", false, 0},
        {"true", false, 0},
        {"null", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(json) value = parsed(cases[i].text);
        int64_t number = 77;
        assert_int_equal(json_integer(value, &number), cases[i].ok);
        assert_int_equal(number, cases[i].ok ? cases[i].value : 77);
    }
}

struct visit {
    struct buf keys;
    size_t limit;
};

static bool visit_member(void *context, const char *key, const struct json *value)
{
    struct visit *visit = context;
    int64_t number;
    buf_add_text(&visit->keys, key);
    buf_add_text(&visit->keys, json_integer(value, &number) ? "=number " : " ");
    return --visit->limit > 0;
}

static void test_each_in_order_until_false(void **state)
{
    (void)state;
    AUTO_PTR(json) value = parsed("{\"z\":1,\"a\":null,\"m\":3}");
    struct visit visit = {.limit = 10};
    buf_init(&visit.keys, 100);
    json_each(value, visit_member, &visit);
    assert_string_equal(visit.keys.data, "z=number a m=number ");
    buf_reset(&visit.keys);
    visit.limit = 2;
    json_each(value, visit_member, &visit);
    assert_string_equal(visit.keys.data, "z=number a ");
    buf_reset(&visit.keys);
    json_each(NULL, visit_member, &visit);
    json_each(json_get(value, "z"), visit_member, &visit);
    assert_string_equal(visit.keys.data, "");
    buf_finish(&visit.keys);
}

static void test_building(void **state)
{
    (void)state;
    AUTO_PTR(json) object = json_new_object();
    json_set_text(object, "b", "one");
    json_set(object, "a", json_new_integer(INT64_MIN));
    json_set(object, "c", json_new_bool(false));
    json_set_text(object, "b", "two \xFF\n<&>");
    json_set_text(object, "bad\xC0key", "");
    struct json *array = json_new_array();
    json_append(array, json_new_text(""));
    json_append(array, json_new_bool(true));
    json_set(object, "d", array);
    assert_written(object, "{\"b\":\"two " R "\\n<&>\",\"a\":-9223372036854775808,\"c\":false,"
                           "\"bad" R "key\":\"\",\"d\":[\"\",true]}");
    json_set(array, "not an object", json_new_bool(true));
    json_append(object, json_new_bool(true));
    json_set(NULL, "a", json_new_bool(true));
    json_append(NULL, json_new_bool(true));
    assert_int_equal(json_count(array), 2);
    assert_int_equal(json_count(object), 5);
}

static void test_ensure_object(void **state)
{
    (void)state;
    AUTO_PTR(json) value = parsed("{\"data\":null,\"metadata\":{\"a\":1},\"x\":\"y\"}");
    json_set_text(json_ensure_object(value, "data"), "sent", "{}");
    json_set_text(json_ensure_object(value, "metadata"), "name", "n");
    (void)json_ensure_object(json_ensure_object(value, "new"), "inner");
    assert_written(value, "{\"data\":{\"sent\":\"{}\"},\"metadata\":{\"a\":1,\"name\":\"n\"},"
                          "\"x\":\"y\",\"new\":{\"inner\":{}}}");
    assert_null(json_ensure_object(NULL, "a"));
    AUTO_PTR(json) text = json_new_text("t");
    assert_null(json_ensure_object(text, "a"));
}

static void test_writing(void **state)
{
    (void)state;
    AUTO_PTR(json) value = parsed("{\"a\":[1,{\"b\":\"\xE2\x82\xAC\\u0001\\\"\"}],\"c\":{}}");
    AUTO(buf) out;
    buf_init(&out, 1000);
    json_write(value, JSON_PRETTY, &out);
    assert_string_equal(out.data, "{\n  \"a\": [\n    1,\n    {\n      \"b\": "
                                  "\"\xE2\x82\xAC\\u0001\\\"\"\n    }\n  ],\n  \"c\": {}\n}");
    buf_reset(&out);
    json_write(NULL, JSON_COMPACT, &out);
    assert_string_equal(out.data, "null");
    AUTO(buf) small;
    buf_init(&small, 10);
    json_write(value, JSON_COMPACT, &small);
    assert_true(small.overflow);
    assert_true(small.len <= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_and_write),
        cmocka_unit_test(test_parse_refuses_broken_structure),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_each_in_order_until_false),
        cmocka_unit_test(test_building),
        cmocka_unit_test(test_ensure_object),
        cmocka_unit_test(test_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
