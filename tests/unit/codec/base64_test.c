// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "codec/base64.h"

// RFC 4648 section 10 and bytes that use the whole alphabet.
static void test_both_ways(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } cases[] = {
        {"", 0, ""},
        {"f", 1, "Zg=="},
        {"fo", 2, "Zm8="},
        {"foo", 3, "Zm9v"},
        {"foob", 4, "Zm9vYg=="},
        {"fooba", 5, "Zm9vYmE="},
        {"foobar", 6, "Zm9vYmFy"},
        {"\0", 1, "AA=="},
        {"\0\0\0", 3, "AAAA"},
        {"\xFB\xFF\xBF", 3, "+/+/"},
        {"\xFF\xFF\xFF\xFF", 4, "/////w=="},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(buf) text;
        AUTO(buf) bytes;
        buf_init(&text, 100);
        buf_init(&bytes, 100);
        base64_encode(cases[i].bytes, cases[i].len, &text);
        assert_string_equal(text.data, cases[i].text);
        assert_true(base64_decode(cases[i].text, strlen(cases[i].text), &bytes));
        assert_int_equal(bytes.len, cases[i].len);
        assert_memory_equal(bytes.data, cases[i].bytes, cases[i].len);
    }
}

static void test_every_byte_at_every_place(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        for (size_t len = 1; len <= 4; len++) {
            char source[4] = {(char)c, (char)(c ^ 0x5A), (char)(255 - c), (char)(c * 7)};
            AUTO(buf) text;
            AUTO(buf) bytes;
            buf_init(&text, 100);
            buf_init(&bytes, 100);
            base64_encode(source, len, &text);
            assert_true(base64_decode(text.data, text.len, &bytes));
            assert_int_equal(bytes.len, len);
            assert_memory_equal(bytes.data, source, len);
        }
    }
}

static void test_line_ends_are_skipped(void **state)
{
    (void)state;
    static const char *const cases[] = {"Zm9v\nYmFy\n", "Zm9v\r\nYmFy\r\n", "\nZ\nm\n9\nv\nYmFy",
                                        "Zm9vYmFy\n\n"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(buf) bytes;
        buf_init(&bytes, 100);
        assert_true(base64_decode(cases[i], strlen(cases[i]), &bytes));
        assert_string_equal(bytes.data, "foobar");
    }
    AUTO(buf) padded;
    buf_init(&padded, 100);
    assert_true(base64_decode("Zg=\n=\n", 6, &padded));
    assert_string_equal(padded.data, "f");
}

static void test_refuses(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "Z",
        "Zg",
        "Zg=",
        "Zm8",
        "Zm9vY",
        "Zg===",
        "=",
        "====",
        "=Zg=",
        "Z===",
        "Z=g=",
        "Zm8=Zm8=",
        "Zg==Zg==",
        "Zm9v=",
        "Zm9v====",
        "Zm 9v",
        " Zm9v",
        "Zm9v ",
        "Zm9v\t",
        "Zm9v\r",
        "Zm\r9v",
        "Zm9-",
        "Zm9_",
        "Zm9*",
        "Zh==",
        "Zm9=",
        "Zm\x80v",
        "Zm9v\x0B",
        "-----BEGIN CERTIFICATE-----",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(buf) bytes;
        buf_init(&bytes, 100);
        buf_add_text(&bytes, "kept");
        if (base64_decode(cases[i], strlen(cases[i]), &bytes)) {
            fail_msg("\"%s\" was accepted", cases[i]);
        }
        assert_string_equal(bytes.data, "kept");
    }
    AUTO(buf) bytes;
    buf_init(&bytes, 100);
    assert_false(base64_decode("Zm9v\0", 5, &bytes));
}

static void test_overflow(void **state)
{
    (void)state;
    AUTO(buf) bytes;
    buf_init(&bytes, 5);
    assert_false(base64_decode("Zm9vYmFy", 8, &bytes));
    assert_int_equal(bytes.len, 0);
    assert_true(bytes.overflow);
}

static void test_url_alphabet(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *bytes; // NULL: refused
        size_t len;
    } rows[] = {
        {"", "", 0},
        {"Zg", "f", 1},
        {"Zm8", "fo", 2},
        {"Zm9v", "foo", 3},
        {"Zm9vYg", "foob", 4},
        {"-_-_", "\xFB\xFF\xBF", 3},
        {"_____w", "\xFF\xFF\xFF\xFF", 4},
        {"Zg==", NULL, 0},
        {"Z", NULL, 0},
        {"Zm9vY", NULL, 0},
        {"Zh", NULL, 0}, // bits left over
        {"+/+/", NULL, 0},
        {"Zm\n8", NULL, 0},
        {"Zm8!", NULL, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO(buf) bytes;
        buf_init(&bytes, 100);
        buf_add_text(&bytes, "kept");
        bool taken = base64_decode_url(rows[i].text, strlen(rows[i].text), &bytes);
        assert_int_equal(taken, rows[i].bytes != NULL);
        assert_int_equal(bytes.len, 4 + rows[i].len);
        assert_memory_equal(bytes.data, "kept", 4);
        assert_memory_equal(bytes.data + 4, taken ? rows[i].bytes : "", rows[i].len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_every_byte_at_every_place),
        cmocka_unit_test(test_line_ends_are_skipped),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_url_alphabet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
