// SPDX-License-Identifier: MIT
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "core/root_cause.h"
#include "k10/error_tree.h"

static const char *const fixture_files[] = {
    "shapes.json", "lists.json",   "text.json",       "choice.json",   "places.json",
    "cut.json",    "secrets.json", "degenerate.json", "programs.json",
};

enum { FILE_COUNT = sizeof fixture_files / sizeof fixture_files[0], LEAST_CASES = 60 };

static void read_fixture(const char *name, struct buf *out)
{
    struct error error;
    char path[512];
    snprintf(path, sizeof path, "%s/causes/%s", TEST_FIXTURES, name);
    buf_init(out, 4 << 20);
    if (!file_read(path, 4 << 20, out, &error)) {
        fail_msg("%s: %s", path, error.text);
    }
}

static struct json *parse(const char *bytes, size_t len)
{
    struct json *value = NULL;
    struct error error;
    if (!json_parse(bytes, len, &value, &error)) {
        fail_msg("fixture: %s", error.text);
    }
    return value;
}

static struct statement *build_case(struct arena *arena, const struct json *test)
{
    if (json_get(test, "exceptions") != NULL) {
        return error_tree_build_exceptions(arena, json_get(test, "exceptions"));
    }
    if (json_get(test, "details") != NULL) {
        return error_tree_build_details(arena, json_get(test, "details"));
    }
    return error_tree_build(arena, json_get(test, "error"));
}

static const char *text_or_empty(const struct json *value)
{
    const char *text = json_text(value);
    return text != NULL ? text : "";
}

static bool flag_or(const struct json *value, bool otherwise)
{
    bool flag = otherwise;
    return json_bool(value, &flag) ? flag : otherwise;
}

static int differs(const char *name, const char *what, const char *expected, const char *actual)
{
    if (strcmp(expected, actual) == 0) {
        return 0;
    }
    print_error("%s: %s\n  expected: %s\n  found:    %s\n", name, what, expected, actual);
    return 1;
}

static int check_cause(const char *name, const struct json *expected, const struct cause *cause)
{
    char fingerprint[20];
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, cause->fingerprint);
    int bad = differs(name, "text", text_or_empty(json_get(expected, "text")), cause->text);
    bad += differs(name, "where", text_or_empty(json_get(expected, "where")), cause->where);
    bad +=
        differs(name, "fingerprint", text_or_empty(json_get(expected, "fingerprint")), fingerprint);
    bad += differs(name, "informative",
                   flag_or(json_get(expected, "informative"), true) ? "yes" : "no",
                   cause->informative ? "yes" : "no");
    bad +=
        differs(name, "truncated", flag_or(json_get(expected, "truncated"), false) ? "yes" : "no",
                cause->truncated ? "yes" : "no");
    return bad;
}

static int check_case(const struct json *test)
{
    AUTO_PTR(arena) arena = arena_create();
    const char *name = text_or_empty(json_get(test, "name"));
    const struct json *expected = json_get(test, "causes");
    struct cause_list causes;
    root_cause_find(arena, build_case(arena, test), &causes);
    if (causes.count != json_count(expected)) {
        print_error("%s: %zu causes expected, %zu found\n", name, json_count(expected),
                    causes.count);
        return 1;
    }
    int bad = 0;
    for (size_t i = 0; i < causes.count; i++) {
        bad += check_cause(name, json_at(expected, i), &causes.items[i]);
    }
    return bad;
}

static void fixtures_give_their_causes(void **state)
{
    (void)state;
    size_t count = 0;
    int bad = 0;
    for (size_t f = 0; f < FILE_COUNT; f++) {
        AUTO(buf) bytes;
        read_fixture(fixture_files[f], &bytes);
        AUTO_PTR(json) cases = parse(bytes.data, bytes.len);
        for (size_t i = 0; i < json_count(cases); i++) {
            bad += check_case(json_at(cases, i));
        }
        count += json_count(cases);
    }
    assert_int_equal(bad, 0);
    assert_true(count >= LEAST_CASES);
}

static bool is_sentence(const struct cause *cause)
{
    size_t len = strlen(cause->text);
    return len > 0 && len <= ROOT_CAUSE_MAX_BYTES && utf8_is_valid(cause->text, len) &&
           strpbrk(cause->text, "{}\n\x1b") == NULL && strstr(cause->text, "\\\"") == NULL &&
           strstr(cause->text, "linenumber") == NULL &&
           strstr(cause->text, "kasten.io/k10/") == NULL;
}

static void assert_sentences(const char *input, const struct statement *root, struct arena *arena)
{
    struct cause_list causes;
    root_cause_find(arena, root, &causes);
    assert_true(causes.count >= 1 && causes.count <= ROOT_CAUSE_MAX_CAUSES);
    for (size_t i = 0; i < causes.count; i++) {
        if (!is_sentence(&causes.items[i])) {
            fail_msg("no sentence: %s\n  of: %.2000s", causes.items[i].text, input);
        }
    }
}

// Every prefix as a document cut by a store, and as a text in a cause.
static void check_prefixes(const char *text)
{
    size_t len = strlen(text);
    size_t step = len > 3000 ? len / 500 : 1;
    for (size_t cut = 0; cut <= len; cut += step) {
        AUTO_PTR(arena) arena = arena_create();
        // An exact copy, so that a sanitizer sees a read past the end.
        char *copy = memory_alloc(cut);
        memcpy(copy, text, cut);
        assert_sentences(text, error_tree_build_text(arena, copy, cut), arena);
        free(copy);
        AUTO_PTR(json) error = json_new_object();
        json_set_text(error, "message", "Job failed to be executed");
        json_set_text(error, "cause", arena_strndup(arena, text, cut));
        assert_sentences(text, error_tree_build(arena, error), arena);
    }
}

static void every_prefix_gives_a_sentence(void **state)
{
    (void)state;
    for (size_t f = 0; f < FILE_COUNT; f++) {
        AUTO(buf) bytes;
        read_fixture(fixture_files[f], &bytes);
        AUTO_PTR(json) cases = parse(bytes.data, bytes.len);
        for (size_t i = 0; i < json_count(cases); i++) {
            const struct json *test = json_at(cases, i);
            const struct json *error = json_get(test, "error");
            error = error != NULL ? error : json_get(test, "exceptions");
            AUTO(buf) text;
            buf_init(&text, 4 << 20);
            json_write(error != NULL ? error : json_get(test, "details"), JSON_COMPACT, &text);
            check_prefixes(text.data);
        }
    }
}

// --- a known cause in random wrappings

static const char *const wrappers[] = {
    "Job failed to be executed",         "Failed checking jobs in group",
    "Failure in exporting restorepoint", "ActionSet Failed",
    "Failed to copy artifacts",          "operation error",
    "Failed to exec command in pod",
};

static unsigned next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33);
}

static struct json *as_string(struct json *value)
{
    AUTO(buf) text;
    buf_init(&text, 16 << 20);
    json_write(value, JSON_COMPACT, &text);
    json_free(value);
    assert_false(text.overflow);
    return json_new_text(text.data);
}

static struct json *new_field(const char *name, struct json *value)
{
    struct json *field = json_new_object();
    json_set_text(field, "name", name);
    json_set(field, "value", value);
    struct json *fields = json_new_array();
    json_append(fields, field);
    return fields;
}

static struct json *in_sub_phases(struct json *inner)
{
    struct json *element = json_new_object();
    json_set(element, "Err", inner);
    json_set_text(element, "ID", "4d6c9d0f-c8f0-11ec-9a1f-3a5d4ff7a0c1");
    struct json *list = json_new_array();
    json_append(list, element);
    return new_field("FailedSubPhases", list);
}

static struct json *in_errors(struct json *inner)
{
    struct json *list = json_new_array();
    struct json *effect = json_new_object();
    json_set_text(effect, "message", "context canceled");
    json_append(list, effect);
    json_append(list, inner);
    return list;
}

static struct json *in_text(struct json *inner)
{
    struct json *string = as_string(inner);
    AUTO(buf) text;
    buf_init(&text, 16 << 20);
    buf_add_text(&text, "ActionSet Failed: ");
    buf_add_text(&text, json_text(string));
    json_free(string);
    return json_new_text(text.data);
}

static struct json *wrap(struct json *inner, uint64_t *seed, int *strings)
{
    struct json *outer = json_new_object();
    const char *message = wrappers[next_random(seed) % (sizeof wrappers / sizeof wrappers[0])];
    bool message_first = next_random(seed) % 2 == 0;
    if (message_first) {
        json_set_text(outer, "message", message);
    }
    json_set_text(outer, "function", "kasten.io/k10/kio/exec/phases/phase.run");
    unsigned shape = next_random(seed) % 6;
    if ((shape == 1 || shape == 2 || shape == 5) && (*strings)++ >= 8) {
        shape = 0;
    }
    switch (shape) {
    case 1:
        json_set(outer, "cause", as_string(inner));
        break;
    case 2:
        json_set(outer, "fields", new_field("message", as_string(inner)));
        break;
    case 3:
        json_set(outer, "fields", in_sub_phases(inner));
        break;
    case 4:
        json_set(outer, "errors", in_errors(inner));
        break;
    case 5:
        json_set(outer, "cause", in_text(inner));
        break;
    default:
        json_set(outer, "cause", inner);
        break;
    }
    if (!message_first) {
        json_set_text(outer, "message", message);
    }
    return outer;
}

static void random_wrappings_give_the_cause(void **state)
{
    (void)state;
    static const char known[] = "unable to open \"vol 7\": stale handle of nas-2";
    uint64_t seed = 20260402;
    for (int round = 0; round < 400; round++) {
        struct json *leaf = json_new_object();
        json_set_text(leaf, "message", known);
        AUTO_PTR(json) error = leaf;
        int strings = 0;
        unsigned depth = next_random(&seed) % 40;
        for (unsigned i = 0; i < depth; i++) {
            error = wrap(TAKE(error), &seed, &strings);
        }
        AUTO_PTR(arena) arena = arena_create();
        struct cause_list causes;
        root_cause_find(arena, error_tree_build(arena, error), &causes);
        assert_int_equal(causes.count, 1);
        assert_string_equal(causes.items[0].text, known);
    }
}

// --- bounds

static void wide_and_deep_input_ends(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "{\"cause\":", "[",   "{\"a\":[", "{\"Err\":{\"message\":\"", "{\\\"",
        "a{b:",        "x: ", "{",        "\"{\\\"message\\\":\\\"",  "://@"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        AUTO(buf) text;
        buf_init(&text, 1 << 20);
        buf_add_text(&text, "x ");
        while (text.len < 200000) {
            buf_add_text(&text, parts[i]);
        }
        assert_sentences(parts[i], error_tree_build_text(arena, text.data, text.len), arena);
    }
}

static void many_branches_are_counted(void **state)
{
    (void)state;
    AUTO_PTR(json) list = json_new_array();
    for (int i = 0; i < 9000; i++) {
        char text[64];
        snprintf(text, sizeof text, "disk %c%c%c failed", 'a' + i % 26, 'a' + i / 26 % 26,
                 'a' + i / 676 % 26);
        json_append(list, json_new_text(text));
    }
    AUTO_PTR(arena) arena = arena_create();
    struct cause_list causes;
    root_cause_find(arena, error_tree_build(arena, list), &causes);
    assert_int_equal(causes.count, ROOT_CAUSE_MAX_CAUSES);
    assert_non_null(strstr(causes.items[causes.count - 1].text, "more causes"));
}

static void null_is_no_tree(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    assert_null(error_tree_build(arena, NULL));
    assert_null(error_tree_build_exceptions(arena, NULL));
    assert_null(error_tree_build_details(arena, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixtures_give_their_causes),
        cmocka_unit_test(every_prefix_gives_a_sentence),
        cmocka_unit_test(random_wrappings_give_the_cause),
        cmocka_unit_test(wide_and_deep_input_ends),
        cmocka_unit_test(many_branches_are_counted),
        cmocka_unit_test(null_is_no_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
