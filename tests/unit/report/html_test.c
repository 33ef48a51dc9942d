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
#include "base/map.h"
#include "base/utf8.h"
#include "report/html.h"

enum { BUFFER_BYTES = 4 * 1024 * 1024, DEPTH = 64 };

static void render(struct arena *arena, const char *name, struct buf *out)
{
    struct digest digest;
    assert_true(sample_make(arena, name, &digest));
    (void)html_render(out, &digest, HTML_MAIL_BYTES);
}

// Calls back with every tag, "<" to ">".
static void each_tag(struct arena *arena, const char *html, void (*visit)(void *, const char *),
                     void *context)
{
    for (const char *tag = strchr(html, '<'); tag != NULL; tag = strchr(tag, '<')) {
        const char *end = strchr(tag, '>');
        assert_non_null(end);
        visit(context, arena_strndup(arena, tag, (size_t)(end - tag + 1)));
        tag = end;
    }
}

static void remember(void *context, const char *tag)
{
    map_set(context, tag, NULL);
}

static void expect_known(void *context, const char *tag)
{
    const struct map *known = context;
    for (size_t i = 0; i < known->count; i++) {
        if (strcmp(known->entries[i].key, tag) == 0) {
            return;
        }
    }
    fail_msg("a tag came from data: %s", tag);
}

// Every tag of a mail of hostile values also stands in a mail of harmless ones, so it came from a
// literal; and outside of tags every character with a meaning is a reference.
static void check_hostile(const char *name)
{
    AUTO_PTR(arena) arena = arena_create();
    AUTO(buf) out;
    struct map known;
    static const char *const harmless[] = {"typical", "first", "unread", "fleet", "story"};
    map_init(&known, arena);
    buf_init(&out, BUFFER_BYTES);
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        buf_reset(&out);
        render(arena, harmless[i], &out);
        each_tag(arena, out.data, remember, &known);
    }
    buf_reset(&out);
    render(arena, name, &out);
    each_tag(arena, out.data, expect_known, &known);
    assert_true(utf8_is_valid(out.data, out.len));
    bool in_tag = false;
    const char *style = strstr(out.data, "</style>");
    for (const char *c = style; *c != '\0'; c++) {
        in_tag = *c == '<' || (in_tag && c[-1] != '>');
        assert_true((unsigned char)*c >= 0x20 || *c == '\n');
        assert_true(in_tag || (*c != '"' && *c != '\''));
        if (*c == '&') {
            size_t len = strcspn(c, "; <");
            assert_true(c[len] == ';' && len <= 7);
        }
    }
    assert_null(strstr(out.data, "javascript:"));
    assert_null(strstr(out.data, "href"));
}

static void test_hostile_values_make_no_markup(void **state)
{
    (void)state;
    check_hostile("hostile");
    check_hostile("hostile-story");
}

struct open_tags {
    const char *names[DEPTH];
    size_t count;
};

static void match_tag(void *context, const char *tag)
{
    static const char *const empty[] = {"<!DOCTYPE", "<meta", "<br>", "<wbr>"};
    struct open_tags *open = context;
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        if (strncmp(tag, empty[i], strlen(empty[i])) == 0) {
            return;
        }
    }
    if (tag[1] == '/') {
        size_t len = strlen(tag) - 3;
        assert_true(open->count > 0);
        const char *last = open->names[--open->count];
        if (strncmp(last + 1, tag + 2, len) != 0 || strchr(" >", last[1 + len]) == NULL) {
            fail_msg("%s is closed by %s", last, tag);
        }
        return;
    }
    assert_true(open->count < DEPTH);
    open->names[open->count++] = tag;
}

static void test_tags_are_balanced(void **state)
{
    (void)state;
    for (size_t i = 0; sample_name(i) != NULL; i++) {
        AUTO_PTR(arena) arena = arena_create();
        AUTO(buf) out;
        struct open_tags open = {.count = 0};
        buf_init(&out, BUFFER_BYTES);
        render(arena, sample_name(i), &out);
        each_tag(arena, out.data, match_tag, &open);
        assert_int_equal(open.count, 0);
    }
}

static void test_size(void **state)
{
    (void)state;
    for (size_t i = 0; sample_name(i) != NULL; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct digest digest;
        AUTO(buf) out;
        buf_init(&out, BUFFER_BYTES);
        assert_true(sample_make(arena, sample_name(i), &digest));
        struct rendered rendered = html_render(&out, &digest, HTML_MAIL_BYTES);
        assert_false(out.overflow);
        assert_true(out.len < HTML_MAIL_BYTES);
        bool crowded = strcmp(sample_name(i), "endings") == 0; // every list at its limit
        assert_true(rendered.rows == digest.row_count || rendered.rows >= (crowded ? 20 : 50));
        if (rendered.rows < digest.row_count) {
            char total[64];
            (void)snprintf(total, sizeof total, "and %zu more are not", 5000 - rendered.rows);
            assert_non_null(strstr(out.data, total));
            assert_non_null(strstr(out.data, "Failed runs: 5000"));
        }
    }
}

// What there is to say of a thing stands in the order in which it is needed.
static void test_order(void **state)
{
    static const char *const order[] = {
        "Note:</b> This mail repeats one",
        "Note:</b> This pass catches up",
        "Failed runs: 7, still failing: 1</caption>",
        "up to 3 failed runs in a row",
        "AccessDenied on profile",
        "Next step:",
        "Ended: ",
        "Why here: ",
        "Could not be read: 1",
        "Can be read again: 2",
        "Recovered: 2",
        "Ended without a good run: 1",
        "In all: 7 failed runs",
        "You get this mail because",
        "Next reminder",
        "state silence k3s:",
        "kasten-alerter 0.1.0",
    };
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    AUTO(buf) out;
    buf_init(&out, BUFFER_BYTES);
    render(arena, "story", &out);
    const char *at = out.data;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const char *next = strstr(at, order[i]);
        if (next == NULL) {
            fail_msg("not there, or too early: %s", order[i]);
        }
        at = next;
    }
}

// Of thousands of endings both parts show some and state all.
static void test_many_endings(void **state)
{
    static const char *const totals[] = {"Recovered: 2500", "Ended without a good run: 2500",
                                         "Can be read again: 5000", "Could not be read: 5000"};
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    AUTO(buf) html;
    AUTO(buf) text;
    struct digest digest;
    buf_init(&html, BUFFER_BYTES);
    buf_init(&text, BUFFER_BYTES);
    assert_true(sample_make(arena, "endings", &digest));
    (void)html_render(&html, &digest, HTML_MAIL_BYTES);
    (void)text_render(&text, &digest, 200 * 1000);
    assert_true(text.len <= 200 * 1000);
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        assert_non_null(strstr(html.data, totals[i]));
        assert_non_null(strstr(text.data, totals[i]));
    }
    assert_non_null(strstr(text.data, "and 2475 more: K3s policy-of-some-length-50"));
}

// What mail readers drop or refuse is not used.
static void test_markup(void **state)
{
    static const char *const absent[] = {
        "<form", "<img", "<script", "display:flex", "float", "background-image",
        "url(",  "<div", "<link",   "@import"};
    static const char *const present[] = {"<html lang=\"en\">",
                                          "<title>[Kasten Backup] 4 backup failures",
                                          "<caption",
                                          "scope=\"col\"",
                                          "scope=\"row\"",
                                          "name=\"color-scheme\" content=\"light dark\"",
                                          "prefers-color-scheme:dark",
                                          "<span class=\"l\" style=\"color:#0b5394\">",
                                          "<wbr>",
                                          "<a href=\"https://k10.apps.ocp.example.com/k10/\""};
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    AUTO(buf) out;
    buf_init(&out, BUFFER_BYTES);
    render(arena, "typical", &out);
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        assert_null(strstr(out.data, absent[i]));
    }
    for (size_t i = 0; i < sizeof present / sizeof *present; i++) {
        assert_non_null(strstr(out.data, present[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_values_make_no_markup),
        cmocka_unit_test(test_tags_are_balanced),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_markup),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_many_endings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
