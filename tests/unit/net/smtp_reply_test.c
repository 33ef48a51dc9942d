// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/smtp_reply.h"

static bool add(struct smtp_reply *reply, const char *line)
{
    return smtp_reply_add_line(reply, line, strlen(line));
}

static void test_lines(void **state)
{
    (void)state;
    AUTO(smtp_reply) reply;
    smtp_reply_init(&reply, NULL);
    assert_false(add(&reply, "250-mail.example greets you\r\n"));
    assert_false(add(&reply, "250-SIZE 1000\r\n"));
    assert_true(add(&reply, "250 HELP\r\n"));
    assert_int_equal(reply.code, 250);
    assert_string_equal(reply.text.data, "mail.example greets you SIZE 1000 HELP");
    assert_true(add(&reply, "550 5.1.1 no such user\r\n"));
    assert_int_equal(reply.code, 550);
    assert_string_equal(reply.text.data, "5.1.1 no such user");
    assert_true(add(&reply, "250\r\n"));
    assert_string_equal(reply.text.data, "");
    assert_true(add(&reply, "354"));
    assert_int_equal(reply.code, 354);
}

static void test_repeated_status(void **state)
{
    (void)state;
    AUTO(smtp_reply) reply;
    smtp_reply_init(&reply, NULL);
    assert_false(add(&reply, "535-5.7.8 Username and Password\r\n"));
    assert_false(add(&reply, "535-5.7.8\r\n"));
    assert_true(add(&reply, "535 5.7.8 not accepted\r\n"));
    assert_string_equal(reply.text.data, "5.7.8 Username and Password not accepted");
    assert_false(add(&reply, "451-4.3.0 a\r\n"));
    assert_true(add(&reply, "451 4.3.2 b\r\n"));
    assert_string_equal(reply.text.data, "4.3.0 a 4.3.2 b");
}

static void test_hostile(void **state)
{
    (void)state;
    AUTO(smtp_reply) reply;
    smtp_reply_init(&reply, NULL);
    static const char *const no_reply[] = {"",    "2",     "25",       "abc def", "150 x",
                                           "6xx", "250_x", "2500 abc", "\xff\xfe"};
    for (size_t i = 0; i < sizeof no_reply / sizeof no_reply[0]; i++) {
        assert_false(add(&reply, no_reply[i]));
        assert_int_equal(reply.code, 0);
    }
    assert_true(add(&reply, "550 \x1b[31mred\x07\xff\tend\r\n"));
    assert_string_equal(reply.text.data, "\xEF\xBF\xBD[31mred\xEF\xBF\xBD\xEF\xBF\xBD end");
    char line[8000];
    for (unsigned i = 0; i < 50; i++) {
        memset(line, 'x', sizeof line);
        memcpy(line, "550-", 4);
        assert_false(smtp_reply_add_line(&reply, line, sizeof line));
    }
    assert_true(add(&reply, "550 end"));
    assert_int_equal(reply.text.len, SMTP_REPLY_BYTES);
    assert_int_equal(reply.code, 550);
}

static void test_secrets(void **state)
{
    (void)state;
    AUTO(smtp_secret) secret;
    smtp_secret_init(&secret, "user", "hunter2", "");
    AUTO(smtp_reply) reply;
    smtp_reply_init(&reply, &secret);
    assert_true(add(&reply, "535 not hunter2, hunter2\r\n"));
    assert_string_equal(reply.text.data, "not ***, ***");
    assert_true(add(&reply, "535 again\r\n"));
    assert_string_equal(reply.text.data, "again");
    assert_false(add(&reply, "535-5.7.8 AHVzZXIAaHVu\r\n"));
    assert_true(add(&reply, "535 5.7.8 dGVyMg== bad\r\n"));
    assert_string_equal(reply.text.data, "5.7.8 *** bad");
    assert_false(add(&reply, "535-aHVudGVyMg==\r\n"));
    assert_true(add(&reply, "535 hunter\r\n"));
    assert_string_equal(reply.text.data, "*** hunter");
}

// Where the text is cut a piece of a secret would stay.
static void test_secret_at_the_cut(void **state)
{
    (void)state;
    AUTO(smtp_secret) secret;
    smtp_secret_init(&secret, "users", "hunter2", "");
    AUTO(smtp_reply) reply;
    smtp_reply_init(&reply, &secret);
    for (size_t before = SMTP_REPLY_BYTES - 24; before < SMTP_REPLY_BYTES + 2; before++) {
        char line[2 * SMTP_REPLY_BYTES];
        memset(line, 'x', sizeof line);
        memcpy(line, "535 ", 4);
        memcpy(line + 4 + before, "AHVzZXJzAGh1bnRlcjI=", 20);
        assert_true(smtp_reply_add_line(&reply, line, sizeof line));
        assert_null(strstr(reply.text.data, "AHVz"));

        line[3] = '-'; // spread over two lines
        assert_false(smtp_reply_add_line(&reply, line, 4 + before + 6));
        assert_true(add(&reply, "535 JzAGh1bnRlcjI= xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"));
        assert_null(strstr(reply.text.data, "AHVz"));
    }
    char blanks[2 * SMTP_REPLY_BYTES];
    memset(blanks, ' ', sizeof blanks);
    memcpy(blanks, "535-", 4);
    memcpy(blanks + SMTP_REPLY_BYTES - 6, "AHVzZXJzAGh1bnRlcjI=", 20);
    assert_false(smtp_reply_add_line(&reply, blanks, sizeof blanks));
    assert_true(add(&reply, "535 end"));
    assert_string_equal(reply.text.data, "*** end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_repeated_status),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_secret_at_the_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
