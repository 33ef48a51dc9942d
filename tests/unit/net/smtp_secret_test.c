// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/smtp_secret.h"
#include "net/smtp_session.h"

// user "user", password "hunter 22": base64 dXNlcg==, aHVudGVyIDIy, AHVzZXIAaHVudGVyIDIy.
static const struct {
    const char *text;
    const char *plain;
    const char *cut;
} rows[] = {
    {"", "", ""},
    {"nothing here", "nothing here", "nothing here"},
    {"hunter 22, hunter22", "***, ***", "***, ***"},
    {"hun ter 2 2", "***", "***"},
    {"bad aHVudGVyIDIy", "bad ***", "bad ***"},
    {"dXNlcg== dXNlcg", "*** ***", "*** ***"},
    {"AHVzZXIA aHVudGVyIDIy.", "***.", "***."},
    {"A H V z Z X I A a H V u d G V y I D I y", "***", "***"},
    {"c2Vuda== is sent", "*** is sent", "*** is sent"},
    {"cut at hunter", "cut at hunter", "cut at ***"},
    {"cut at AHVzZX", "cut at AHVzZX", "cut at ***"},
    {"cut at hun", "cut at hun", "cut at hun"},
};

static void test_mask(void **state)
{
    (void)state;
    AUTO(smtp_secret) secret;
    smtp_secret_init(&secret, "user", "hunter 22", "c2Vuda");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int cut = 0; cut < 2; cut++) {
            AUTO(buf) text;
            buf_init(&text, 100);
            buf_add_text(&text, rows[i].text);
            smtp_secret_mask(&secret, cut == 1, &text);
            assert_string_equal(text.data, cut == 1 ? rows[i].cut : rows[i].plain);
            assert_int_equal(text.len, strlen(text.data));
        }
    }
}

static void test_short_and_missing(void **state)
{
    (void)state;
    AUTO(buf) text;
    buf_init(&text, 100);
    buf_add_text(&text, "a b c abc u");
    AUTO(smtp_secret) none;
    smtp_secret_init(&none, NULL, NULL, "");
    smtp_secret_mask(&none, true, &text);
    AUTO(smtp_secret) brief;
    smtp_secret_init(&brief, "u", "abc", "");
    smtp_secret_mask(&brief, true, &text);
    assert_string_equal(text.data, "a b c abc u");
    struct smtp_secret never = {.count = 0};
    smtp_secret_finish(&never);
}

static void expect_mechanisms(const char *list, const char *wanted)
{
    struct smtp_session session = {.stop = SMTP_STOP_NONE};
    smtp_secret_init(&session.secret, "user", "HUNTER-22", session.sent);
    smtp_session_note_mechanisms(&session, list, strlen(list));
    assert_string_equal(session.mechanisms, wanted);
    smtp_secret_finish(&session.secret);
}

static void test_mechanisms(void **state)
{
    (void)state;
    expect_mechanisms("", "");
    expect_mechanisms("\r\n", "");
    expect_mechanisms("SCRAM-SHA-256  X_OTHER\tLOGIN\r\n", "SCRAM-SHA-256 X_OTHER LOGIN");
    expect_mechanisms("PLAIN hunter22 aHVudGVy= \x1b[31m LOGIN", "PLAIN LOGIN");
    expect_mechanisms("PLAIN HUNTER-22 X-HUNTER-22", "PLAIN *** X-***");
    expect_mechanisms("HUNTER -22 PLAIN", "*** PLAIN");
    expect_mechanisms("ABCDEFGHIJKLMNOPQRST ABCDEFGHIJKLMNOPQRSTU B", "ABCDEFGHIJKLMNOPQRST B");
    expect_mechanisms("A B C D E F G H I J K L M N", "A B C D E F G H I J K L");
    char longest[21 * 20 + 1];
    for (size_t i = 0; i < 20; i++) {
        memcpy(longest + 21 * i, "ABCDEFGHIJKLMNOPQRST ", 22);
    }
    longest[12 * 21 - 1] = '\0';
    char wanted[sizeof longest];
    memcpy(wanted, longest, 12 * 21);
    longest[12 * 21 - 1] = ' ';
    expect_mechanisms(longest, wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mask),
        cmocka_unit_test(test_short_and_missing),
        cmocka_unit_test(test_mechanisms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
