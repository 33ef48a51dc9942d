// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/html.h"

struct text_case {
    const char *value;
    const char *expected;
};

typedef void (*encoder)(struct buf *out, const char *value);

static void check(encoder encode, const struct text_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO(buf) out;
        buf_init(&out, 4096);
        encode(&out, cases[i].value);
        assert_string_equal(out.data, cases[i].expected);
    }
}

#define CHECK(encode, cases) check(encode, cases, sizeof(cases) / sizeof *(cases))

static void test_values_stay_text(void **state)
{
    static const struct text_case cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"<b>&amp;\"'`", "&lt;b&gt;&amp;amp;&quot;&#39;&#96;"},
        {"a\r\nb\tc", "a  b c"},
        {"\x01\x1B[31m\x7F", "\xEF\xBF\xBD\xEF\xBF\xBD[31m\xEF\xBF\xBD"},
        {"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x92\xA5", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x92\xA5"},
        {"\xFF|\xC0\x80|\xED\xA0\x80",
         "\xEF\xBF\xBD|\xEF\xBF\xBD\xEF\xBF\xBD|\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xE2\x80\xAE", "\xEF\xBF\xBD"}, // right-to-left override
        {"cut \xE2\x82", "cut \xEF\xBF\xBD\xEF\xBF\xBD"},
    };
    (void)state;
    CHECK(html_text, cases);
}

static void breakable(struct buf *out, const char *value)
{
    html_text_breakable(out, value, 10);
}

static void test_long_words_may_break(void **state)
{
    static const struct text_case cases[] = {
        {"short words stay as they are", "short words stay as they are"},
        {"run-f2776nnj4l", "run-<wbr>f2776nnj4l"},
        {"abcdefghijklmnop", "abcdefghij<wbr>klmnop"},
        {"production-backup", "production-<wbr>backup"},
        {"<<<<<<<<<<<<", "&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;<wbr>&lt;&lt;"},
        {"https://a.example/path", "https://<wbr>a.example/<wbr>path"},
        {"ends-with-dashes--- x", "ends-<wbr>with-<wbr>dashes--- x"},
        {"\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4",
         "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4<wbr>"
         "\xC3\xA4"},
    };
    (void)state;
    CHECK(breakable, cases);
}

static void test_only_https_urls_become_links(void **state)
{
    static const char *const refused[] = {
        "",
        "http://k10.example/",
        "javascript:alert(1)",
        "https://",
        "https://:443/",
        "https:///path",
        "https://user:password@k10.example/",
        "https://k10.example/\"onmouseover=x",
        "https://k10.example/<b>",
        "https://k10.example/a b",
        "https://k10.example/\n",
        "https://k10.example/\xC3\xA4",
        " https://k10.example/",
        "HTTPS://k10.example/",
    };
    (void)state;
    AUTO(buf) out;
    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_false(html_url_is_safe(refused[i]));
        buf_reset(&out);
        html_url(&out, refused[i]);
        assert_string_equal(out.data, "#");
    }
    buf_reset(&out);
    html_url(&out, "https://k10.example:8443/k10/?a=1&b='2'#/x@y");
    assert_string_equal(out.data, "https://k10.example:8443/k10/?a=1&amp;b=&#39;2&#39;#/x@y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_stay_text),
        cmocka_unit_test(test_long_words_may_break),
        cmocka_unit_test(test_only_https_urls_become_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
