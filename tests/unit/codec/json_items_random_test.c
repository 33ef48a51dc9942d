// SPDX-License-Identifier: MIT
// Random lists, cut at many chunk sizes, against what the JSON parser makes of the whole.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "codec/json.h"
#include "json_items_cutting.h"

static void add_blank(struct buf *out, uint64_t *seed)
{
    static const char *const blanks[] = {
        "",   "",     "",
        " ",  "\n",   "  ",
        "\t", "\r\n", "\n                                            "};
    buf_add_text(out, blanks[next_random(seed, sizeof blanks / sizeof blanks[0])]);
}

static void add_string(struct buf *out, uint64_t *seed)
{
    static const char *const parts[] = {
        "a",
        "items",
        "}",
        "{",
        "[",
        "]",
        "\\\"",
        "\\\\",
        "\\n",
        ":",
        ",",
        " ",
        "\xE2\x80\xA8",
        "0",
        "\\u0022",
        "\\u005c",
        "\\/",
        "\xC3\xA4",
        "\\\\\\\"",
        "Failed",
        "\\\\\\\\\\\\",
        "null",
        "<",
        "\\u2028",
        "0123456789012345678901234567890123456789",
    };
    buf_add_char(out, '"');
    for (size_t n = next_random(seed, 12); n > 0; n--) {
        buf_add_text(out, parts[next_random(seed, sizeof parts / sizeof parts[0])]);
    }
    buf_add_char(out, '"');
}

static void add_value(struct buf *out, uint64_t *seed, int depth);

static void add_members(struct buf *out, uint64_t *seed, int depth)
{
    size_t count = next_random(seed, 5);
    for (size_t i = 0; i < count; i++) {
        buf_add_text(out, i > 0 ? "," : "");
        add_blank(out, seed);
        add_string(out, seed);
        add_blank(out, seed);
        buf_add_char(out, ':');
        add_value(out, seed, depth);
    }
    add_blank(out, seed);
}

static void add_object(struct buf *out, uint64_t *seed, int depth)
{
    buf_add_char(out, '{');
    add_members(out, seed, depth - 1);
    buf_add_char(out, '}');
}

static void add_value(struct buf *out, uint64_t *seed, int depth)
{
    static const char *const literals[] = {"0", "-1", "12.5e-3", "true", "false", "null"};
    add_blank(out, seed);
    size_t kind = next_random(seed, depth > 0 ? 6 : 3);
    if (kind < 2) {
        add_string(out, seed);
    } else if (kind == 2) {
        buf_add_text(out, literals[next_random(seed, sizeof literals / sizeof literals[0])]);
    } else if (kind < 5) {
        add_object(out, seed, depth);
    } else {
        buf_add_char(out, '[');
        for (size_t i = 0, n = next_random(seed, 4); i < n; i++) {
            buf_add_text(out, i > 0 ? "," : "");
            add_value(out, seed, depth - 1);
        }
        buf_add_char(out, ']');
    }
    add_blank(out, seed);
}

static void add_list(struct buf *out, uint64_t *seed)
{
    static const char *const keys[] = {"\"apiVersion\"", "\"kind\"", "\"metadata\"", "\"x\""};
    size_t count = sizeof keys / sizeof keys[0];
    size_t place = next_random(seed, count + 1);
    add_blank(out, seed);
    buf_add_char(out, '{');
    for (size_t i = 0; i <= count; i++) {
        buf_add_text(out, i > 0 ? "," : "");
        add_blank(out, seed);
        if (i != place) {
            buf_add_text(out, keys[i > place ? i - 1 : i]);
            add_blank(out, seed);
            buf_add_char(out, ':');
            add_value(out, seed, 3);
            continue;
        }
        buf_add_text(out, "\"items\"");
        add_blank(out, seed);
        buf_add_char(out, ':');
        add_blank(out, seed);
        buf_add_char(out, '[');
        for (size_t k = 0, n = next_random(seed, 12); k < n; k++) {
            buf_add_text(out, k > 0 ? "," : "");
            add_blank(out, seed);
            add_object(out, seed, 4);
            add_blank(out, seed);
        }
        add_blank(out, seed);
        buf_add_char(out, ']');
        add_blank(out, seed);
    }
    buf_add_char(out, '}');
    add_blank(out, seed);
}

// The cutter's words for the list, from the parsed whole; takes its items away.
static void write_reference(struct json *list, struct buf *items, struct buf *skeleton)
{
    const struct json *array = json_get(list, "items");
    for (size_t i = 0; i < json_count(array); i++) {
        json_write(json_at(array, i), JSON_COMPACT, items);
        buf_add_char(items, '\x01');
    }
    json_set(list, "items", json_new_array());
    json_write(list, JSON_COMPACT, skeleton);
}

static void parse_again(const char *text, size_t len, struct buf *out)
{
    struct error error;
    struct json *value = NULL;
    if (!json_parse(text, len, &value, &error)) {
        fail_msg("%.*s: %s", (int)len, text, error.text);
    }
    json_write(value, JSON_COMPACT, out);
    json_free(value);
}

static void write_result(const struct result *result, struct buf *items, struct buf *skeleton)
{
    const char *at = result->items.data;
    for (size_t i = 0; i < result->count; i++) {
        size_t len = strcspn(at, "\x01");
        parse_again(at, len, items);
        buf_add_char(items, '\x01');
        at += len + 1;
    }
    parse_again(result->skeleton.data, result->skeleton.len, skeleton);
}

static void compare_at(const struct buf *text, size_t chunk, uint64_t seed, const struct buf *items,
                       const struct buf *skeleton)
{
    AUTO(result) result;
    AUTO(buf) own_items;
    AUTO(buf) own_skeleton;
    result_init(&result);
    buf_init(&own_items, LIMIT);
    buf_init(&own_skeleton, LIMIT);
    cut(text->data, text->len, chunk, seed, &wide, &result);
    if (!result.ok) {
        fail_msg("%s: %s", text->data, result.error.text);
    }
    write_result(&result, &own_items, &own_skeleton);
    assert_string_equal(own_items.data, items->data);
    assert_string_equal(own_skeleton.data, skeleton->data);
}

static void test_random_documents_against_the_parser(void **state)
{
    (void)state;
    static const size_t chunks[] = {0, 1, 7, 63, 64, 65, 1000, LIMIT};
    uint64_t seed = UINT64_C(0x2545F4914F6CDD1D);
    for (int i = 0; i < 200; i++) {
        AUTO(buf) text;
        AUTO(buf) items;
        AUTO(buf) skeleton;
        buf_init(&text, LIMIT);
        buf_init(&items, LIMIT);
        buf_init(&skeleton, LIMIT);
        add_list(&text, &seed);
        struct error error;
        struct json *list = NULL;
        if (!json_parse(text.data, text.len, &list, &error)) {
            fail_msg("%s: %s", text.data, error.text);
        }
        write_reference(list, &items, &skeleton);
        json_free(list);
        for (size_t k = 0; k < sizeof chunks / sizeof chunks[0]; k++) {
            compare_at(&text, chunks[k], seed, &items, &skeleton);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_documents_against_the_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
