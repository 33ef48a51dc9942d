// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "json_items_cutting.h"

#define I "\x01"

static void test_cuts_at_every_chunk_size(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *items;
        const char *skeleton;
        bool has_items;
    } cases[] = {
        {"{}", "", "{}", false},
        {" \r\n\t{ } \n", "", "{}", false},
        {"{\"items\":[]}", "", "{\"items\":[]}", true},
        {"{\"items\":[ \n ]}", "", "{\"items\":[]}", true},
        {"{\"items\":null}", "", "{\"items\":null}", true},
        {"{\"items\" : null , \"kind\" : \"L\"}", "", "{\"items\":null,\"kind\":\"L\"}", true},
        {"{\"items\":[{}]}", "{}" I, "{\"items\":[]}", true},
        {"{\"items\":[{},{},{ }]}", "{}" I "{}" I "{ }" I, "{\"items\":[]}", true},
        {"{\"kind\":\"L\",\"metadata\":{\"continue\":\"x\"},\"items\":[{\"a\":1}]}", "{\"a\":1}" I,
         "{\"kind\":\"L\",\"metadata\":{\"continue\":\"x\"},\"items\":[]}", true},
        {"{\"apiVersion\":\"v1\",\"items\":[{\"a\":1},{\"b\":[[{}]]}],\"kind\":\"L\","
         "\"metadata\":{\"continue\":\"t\\\"}\"}}\n",
         "{\"a\":1}" I "{\"b\":[[{}]]}" I,
         "{\"apiVersion\":\"v1\",\"items\":[],\"kind\":\"L\",\"metadata\":{\"continue\":\"t\\\"}\"}"
         "}",
         true},
        {"{\n  \"items\": [\n    {\n      \"a\": 1\n    },\n    {\n      \"b\": 2\n    }\n  ],\n"
         "  \"metadata\": {\n    \"n\": [ 1, 2 ]\n  }\n}\n",
         "{\n      \"a\": 1\n    }" I "{\n      \"b\": 2\n    }" I,
         "{\"items\":[],\"metadata\":{ \"n\": [ 1, 2 ] }}", true},
        {"{\"items\":[{\"s\":\"}]{[\\\"\\\\\"},{\"t\":\"\\\\\\\\\\\"}\"}]}",
         "{\"s\":\"}]{[\\\"\\\\\"}" I "{\"t\":\"\\\\\\\\\\\"}\"}" I, "{\"items\":[]}", true},
        {"{\"kind\":\"items\",\"x\":[\"items\",{\"items\":[1,{}]}],\"y\":{\"items\":[{}]}}", "",
         "{\"kind\":\"items\",\"x\":[\"items\",{\"items\":[1,{}]}],\"y\":{\"items\":[{}]}}", false},
        {"{\"item\":1,\"items2\":2,\"\":3,\"Items\":[{}],\"items\\n\":4,\"\\\"items\":5}", "",
         "{\"item\":1,\"items2\":2,\"\":3,\"Items\":[{}],\"items\\n\":4,\"\\\"items\":5}", false},
        {"{\"\\u0069tems\":[{\"a\":1}],\"b\":-1.5e3 ,\"c\":true\n}", "",
         "{\"\\u0069tems\":[{\"a\":1}],\"b\":-1.5e3,\"c\":true}", false},
        {"{\"items\":[{\"items\":[{},{\"items\":[]}]}]}", "{\"items\":[{},{\"items\":[]}]}" I,
         "{\"items\":[]}", true},
        {"{\"a\":\"  two  blanks \\\\\",\"items\":[{\"k\":\"\\\\\"} , {}\t]  , \"z\":[]}",
         "{\"k\":\"\\\\\"}" I "{}" I, "{\"a\":\"  two  blanks \\\\\",\"items\":[],\"z\":[]}", true},
        {"{\"items\":[{\"a\":\"0123456789012345678901234567890123456789012345678901234567\\\\\","
         "\"b\":\"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"\"},{}]}",
         "{\"a\":\"0123456789012345678901234567890123456789012345678901234567\\\\\","
         "\"b\":\"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"\"}" I
         "{}" I,
         "{\"items\":[]}", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = strlen(cases[i].text);
        for (size_t chunk = 0; chunk <= 130; chunk++) {
            AUTO(result) result;
            result_init(&result);
            cut(cases[i].text, len, chunk, chunk + i + 1, &wide, &result);
            assert_true(result.ok);
            assert_string_equal(result.items.data, cases[i].items);
            assert_string_equal(result.skeleton.data, cases[i].skeleton);
            assert_int_equal(result.has_items, cases[i].has_items);
        }
    }
}

static void test_refuses_at_every_chunk_size(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"", "the body is empty"},
        {" \n", "the body is empty"},
        {"<!DOCTYPE html><html>", "the body is HTML, not JSON"},
        {"\n <html>{}", "the body is HTML, not JSON"},
        {"service unavailable", "the body is not a JSON object"},
        {"[]", "the body is not a JSON object"},
        {"\"items\"", "the body is not a JSON object"},
        {"null", "the body is not a JSON object"},
        {"\xEF\xBB\xBF{}", "the body is not a JSON object"},
        {"{", "the body was cut"},
        {"{\"items\":[{\"a\":1},{\"b\":2}]", "the body was cut"},
        {"{\"items\":[{\"a\":1},{\"b\":", "after 23 bytes and 1 items"},
        {"{\"items\":[{\"a\":1},", "the body was cut"},
        {"{\"items\":[", "the body was cut"},
        {"{\"items", "the body was cut"},
        {"{\"a\":\"b", "the body was cut"},
        {"{\"a\":[", "the body was cut"},
        {"{\"a\":1", "the body was cut"},
        {"{} {}", "goes on after"},
        {"{\"items\":[]}x", "goes on after"},
        {"{\"items\":[]}}", "goes on after"},
        {"{\"items\":{}}", "items of the list is an object"},
        {"{\"items\":3}", "items of the list is a number"},
        {"{\"items\":-3}", "items of the list is a number"},
        {"{\"items\":\"[]\"}", "items of the list is a string"},
        {"{\"items\":true}", "items of the list is a boolean"},
        {"{\"items\":}", "items of the list is no JSON value"},
        {"{\"items\":[],\"items\":[]}", "the list has items twice"},
        {"{\"items\":null,\"items\":[]}", "the list has items twice"},
        {"{\"items\":[1]}", "items[0] is a number, not an object"},
        {"{\"items\":[{},-1]}", "items[1] is a number, not an object"},
        {"{\"items\":[{},\"x\"]}", "items[1] is a string, not an object"},
        {"{\"items\":[{},{},[]]}", "items[2] is an array, not an object"},
        {"{\"items\":[null]}", "items[0] is null, not an object"},
        {"{\"items\":[false]}", "items[0] is a boolean, not an object"},
        {"{\"items\":[\x01]}", "items[0] is no JSON value, not an object"},
        {"{\"items\":[{}{}]}", "no comma after items[0]"},
        {"{\"items\":[{} {}]}", "no comma after items[0]"},
        {"{\"items\":[{}}", "no comma after items[0]"},
        {"{\"items\":[{},,{}]}", "a comma too many before items[1]"},
        {"{\"items\":[{},]}", "a comma too many before items[1]"},
        {"{\"items\":[,{}]}", "a comma too many before items[0]"},
        {"{\"items\":[{\"a\":1]]}", "items[0] begins as an object and ends as an array"},
        {"{items:[]}", "a broken key"},
        {"{\"a\":1,}", "a broken key"},
        {"{,}", "a broken key"},
        {"{\"a\" \"b\"}", "a key without a value"},
        {"{\"items\"[]}", "a key without a value"},
        {"{\"a\":1 2}", "no comma between two members"},
        {"{\"a\":\"x\"\"items\":[]}", "no comma between two members"},
        {"{\"items\":[]]}", "no comma between two members"},
        {"{\"items\":[] \"a\":1}", "no comma between two members"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t chunk = 0; chunk <= 70; chunk++) {
            AUTO(result) result;
            result_init(&result);
            cut(cases[i].text, strlen(cases[i].text), chunk, chunk + 1, &wide, &result);
            assert_false(result.ok);
            assert_int_equal(result.error.class, ERROR_PROTOCOL);
            if (strstr(result.error.text, cases[i].reason) == NULL) {
                fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].text, result.error.text,
                         cases[i].reason);
            }
        }
    }
}

static void test_limits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct json_items_limits limits;
        bool ok;
        const char *reason;
    } cases[] = {
        {"{\"items\":[{\"a\":12}]}", {8, 100, 100}, true, NULL},
        {"{\"items\":[{\"a\":123}]}", {8, 100, 100}, false, "items[0] is larger than 8 bytes"},
        {"{\"items\":[{},{\"a\":123", {8, 100, 100}, false, NULL},
        {"{\"items\":[]}", {8, 12, 12}, true, NULL},
        {"{\"items\":[]}", {8, 11, 12}, false, "more than 11 bytes outside its items"},
        {"{\"items\":[]}", {8, 12, 11}, false, "the body is larger than 11 bytes"},
        {"{\"items\":[{},{},{},{},{},{}]}", {2, 12, 100}, true, NULL},
        {"{\"a\":[          1,        2]}", {2, 12, 100}, false, "more than 12 bytes"},
        {"{\"a\":[          1,        2]}", {2, 16, 100}, true, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t chunk = 1; chunk <= 40; chunk++) {
            AUTO(result) result;
            result_init(&result);
            cut(cases[i].text, strlen(cases[i].text), chunk, 0, &cases[i].limits, &result);
            assert_int_equal(result.ok, cases[i].ok);
            if (cases[i].reason != NULL) {
                assert_int_equal(result.error.class, ERROR_LIMIT);
                assert_non_null(strstr(result.error.text, cases[i].reason));
            }
        }
    }
}

struct refusal {
    size_t calls;
    bool says_why;
};

static bool refuse_second(void *context, const char *bytes, size_t len, struct error *error)
{
    (void)bytes;
    (void)len;
    struct refusal *refusal = context;
    if (++refusal->calls < 2) {
        return true;
    }
    return refusal->says_why ? error_set(error, ERROR_LIMIT, "enough") : false;
}

static void test_sink_stops_the_stream(void **state)
{
    (void)state;
    static const char text[] = "{\"items\":[{},{},{}]}";
    for (int says_why = 0; says_why < 2; says_why++) {
        struct refusal refusal = {.says_why = says_why != 0};
        struct json_items_sink sink = {refuse_second, &refusal};
        AUTO_PTR(json_items) items = json_items_create(&wide, &sink);
        struct error error = {.class = ERROR_NONE};
        assert_false(json_items_feed(items, text, strlen(text), &error));
        assert_int_equal(error.class, says_why ? ERROR_LIMIT : ERROR_INTERNAL);
        assert_false(json_items_feed(items, text, strlen(text), &error));
        assert_int_equal(refusal.calls, 2);
        assert_int_equal(json_items_count(items), 1);
    }
}

static void test_deep_item_needs_no_stack(void **state)
{
    (void)state;
    AUTO(buf) text;
    buf_init(&text, LIMIT);
    buf_add_text(&text, "{\"items\":[{\"a\":");
    for (int i = 0; i < 200000; i++) {
        buf_add_char(&text, '[');
    }
    for (int i = 0; i < 200000; i++) {
        buf_add_char(&text, ']');
    }
    buf_add_text(&text, "}]}");
    AUTO(result) result;
    result_init(&result);
    cut(text.data, text.len, 1000, 0, &wide, &result);
    assert_true(result.ok);
    assert_int_equal(result.count, 1);
    assert_int_equal(result.items.len, 400006 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_at_every_chunk_size),
        cmocka_unit_test(test_refuses_at_every_chunk_size),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_sink_stops_the_stream),
        cmocka_unit_test(test_deep_item_needs_no_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
