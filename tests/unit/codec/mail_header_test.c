// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "codec/mail_header.h"

struct field_case {
    const char *value;
    const char *expected;
};

static void test_text(void **state)
{
    static const struct field_case cases[] = {
        {"", "Subject:\r\n"},
        {"plain words", "Subject: plain words\r\n"},
        {"inject\r\nBcc: x@y\r\n\r\nbody", "Subject: inject Bcc: x@y body\r\n"},
        {"\xC3\xA4", "Subject: =?UTF-8?B?w6Q=?=\r\n"},
        {"Gr\xC3\xB6\xC3\x9F"
         "e and more",
         "Subject: =?UTF-8?B?R3LDtsOfZQ==?= and more\r\n"},
        {"a na\xC3\xAFve-approach here", "Subject: a =?UTF-8?Q?na=C3=AFve-approach?= here\r\n"},
        {"\xC3\xA4 \xC3\xB6", "Subject: =?UTF-8?B?w6Qgw7Y=?=\r\n"},
        {"=?UTF-8?Q?forged?=", "Subject: =?UTF-8?B?PT9VVEYtOD9RP2ZvcmdlZD89?=\r\n"},
        {"1 = 2?", "Subject: 1 = 2?\r\n"},
        {"a word that makes this subject so long that it must be folded before column eighty",
         "Subject: a word that makes this subject so long that it must be folded\r\n"
         " before column eighty\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO(buf) out;
        buf_init(&out, 4096);
        mail_header_text(&out, "Subject", cases[i].value);
        assert_string_equal(out.data, cases[i].expected);
    }
}

// Lines of a field: folded where they must be, ASCII, encoded words within their bounds.
static void check_lines(const char *field)
{
    for (const char *line = field; *line != '\0';) {
        const char *end = strstr(line, "\r\n");
        assert_non_null(end);
        assert_true(end > line);
        assert_true(end - line <= 76);
        assert_true(line == field || line[0] == ' ');
        for (const char *c = line; c < end; c++) {
            assert_true(*c >= 0x20 && *c < 0x7F);
        }
        line = end + 2;
    }
}

static void test_any_bytes_are_folded(void **state)
{
    static const char *const pieces[] = {
        "\xC3\xA4", "\xF0\x9F\x92\xA5", "\xE2\x82\xAC", "x", " ", "=?", "\r\n", "\x01", "\xFF"};
    (void)state;
    uint32_t seed = 7;
    for (size_t round = 0; round < 300; round++) {
        AUTO(buf) value;
        AUTO(buf) out;
        buf_init(&value, 65536);
        buf_init(&out, 1 << 20);
        for (size_t i = 0; i < round * 2; i++) {
            seed = seed * 1664525 + 1013904223;
            buf_add_text(&value, pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)]);
        }
        mail_header_text(&out, "Subject", value.data);
        check_lines(out.data);
        buf_reset(&out);
        struct mail_header_mailbox mailbox = {value.data, "a@example.com"};
        mail_header_mailboxes(&out, "From", &mailbox, 1);
        check_lines(out.data);
    }
}

static void test_tokens(void **state)
{
    (void)state;
    AUTO(buf) out;
    buf_init(&out, 8192);
    mail_header_tokens(&out, "X-Names", "a,\r\nX-Evil: b \xC3\xA4");
    assert_string_equal(out.data, "X-Names: a, X-Evil: b ??\r\n");
    char longest[3001];
    memset(longest, 'x', 3000);
    longest[3000] = '\0';
    buf_reset(&out);
    mail_header_tokens(&out, "X-Names", longest);
    assert_true(out.len < 998);
}

static void test_mailboxes(void **state)
{
    static const struct mail_header_mailbox mailboxes[] = {
        {"", "plain@example.com"},
        {"Backup Team", "team@example.com"},
        {"Team, \"Backup\" \\ Co.", "quoted@example.com"},
        {"J\xC3\xBCrgen", "j@example.com"},
        {"evil\r\nBcc: x@y", "bad address\r\n@example.com"},
    };
    (void)state;
    AUTO(buf) out;
    buf_init(&out, 4096);
    mail_header_mailboxes(&out, "To", mailboxes, 5);
    assert_string_equal(out.data, "To: plain@example.com, Backup Team <team@example.com>,\r\n"
                                  " \"Team, \\\"Backup\\\" \\\\ Co.\" <quoted@example.com>,\r\n"
                                  " =?UTF-8?Q?J=C3=BCrgen?= <j@example.com>,"
                                  " \"evil Bcc: x@y\" <invalid@invalid>\r\n");
}

static void test_addresses(void **state)
{
    static const char *const good[] = {"a@b", "first.last+tag@mail.example.com", "x@[192.0.2.1]",
                                       "x@[IPv6:2001:db8::1]"};
    static const char *const bad[] = {"",           "a",          "@b",      "a@",      "a b@c",
                                      "a@b c",      "<a@b>",      "a@b\r\n", "a@b,c@d", "\"a\"@b",
                                      "a@b@c",      ".a@b",       "a..b@c",  "a.@b",    "a@.b",
                                      "\xC3\xA4@b", "a@\xC3\xA4", "a@[x]",   "a@[]",    "a;b@c"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(mail_header_address_is_safe(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(mail_header_address_is_safe(bad[i]));
    }
    assert_string_equal(mail_header_domain("a@example.com"), "example.com");
    assert_string_equal(mail_header_domain("a@b\r\nc"), "localhost");
}

static void test_message_ids(void **state)
{
    (void)state;
    assert_true(mail_header_message_id_is_safe("<0123abc.4@example.com>"));
    assert_true(mail_header_message_id_is_safe("<a@[192.0.2.1]>"));
    static const char *const bad[] = {"",        "a@b",  "<a@b", "<ab>",    "<a@b>\r\n", "<a b@c>",
                                      "<a@b c>", "<@b>", "<a@>", "<a@b@c>", "<a>@b>",    "<>@<>"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(mail_header_message_id_is_safe(bad[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),      cmocka_unit_test(test_any_bytes_are_folded),
        cmocka_unit_test(test_tokens),    cmocka_unit_test(test_mailboxes),
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_message_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
