// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/quoted_printable.h"

struct encoding {
    const char *text;
    const char *expected;
};

static void test_encodes(void **state)
{
    static const struct encoding cases[] = {
        {"", ""},
        {"a", "a\r\n"},
        {"a\n", "a\r\n"},
        {"a\r\nb\n\nc\n", "a\r\nb\r\n\r\nc\r\n"},
        {"1=2", "1=3D2\r\n"},
        {"\xC3\xA4", "=C3=A4\r\n"},
        {"blank \nat end\t", "blank=20\r\nat end=09\r\n"},
        {"tab\tinside", "tab\tinside\r\n"},
        {".", "=2E\r\n"},
        {"..a\n.b", "=2E.a\r\n=2Eb\r\n"},
        {"From me\nFromage\n From", "=46rom me\r\nFromage\r\n From\r\n"},
        {"\r", "=0D\r\n"},
        {"-- \n", "--=20\r\n"},
        {"\x01\x7F", "=01=7F\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO(buf) out;
        buf_init(&out, 4096);
        quoted_printable_encode(&out, cases[i].text, strlen(cases[i].text));
        assert_string_equal(out.data, cases[i].expected);
    }
}

static int hex(char c)
{
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

static void decode(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (text[0] == '=' && text[1] == '\r') {
            text += 2;
        } else if (*text == '=') {
            buf_add_char(out, (char)(hex(text[1]) << 4 | hex(text[2])));
            text += 2;
        } else if (*text != '\r') {
            buf_add_char(out, *text);
        }
    }
}

// Any bytes come back, and every line keeps the rules.
static void test_round_trip(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (size_t round = 0; round < 200; round++) {
        char bytes[601];
        size_t len = round * 3;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525 + 1013904223;
            static const char alphabet[] = ".. \tFrom =\xC3\xA4xyz\x01";
            bytes[i] = round % 2 == 0 ? alphabet[(seed >> 16) % (sizeof alphabet - 1)]
                                      : (char)('a' + (seed >> 16) % 26);
        }
        bytes[len] = '\0';
        AUTO(buf) out;
        AUTO(buf) back;
        buf_init(&out, 8192);
        buf_init(&back, 8192);
        quoted_printable_encode(&out, bytes, len);
        for (const char *line = out.data; *line != '\0';) {
            const char *end = strstr(line, "\r\n");
            assert_non_null(end);
            assert_true(end - line <= 76);
            assert_true(line[0] != '.' && strncmp(line, "From ", 5) != 0);
            assert_true(end == line || (end[-1] != ' ' && end[-1] != '\t'));
            line = end + 2;
        }
        decode(&back, out.data);
        if (len > 0) {
            assert_int_equal(back.data[back.len - 1], '\n');
            buf_truncate(&back, back.len - 1);
        }
        assert_string_equal(back.data, bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encodes),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
