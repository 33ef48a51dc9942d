// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/smtp_script.h"

static void test_accepted(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.server.user = "alerts";
    p.server.password = "pass word";
    smtp_probe_run(&p);
    smtp_probe_expect_accepted(&p);
    assert_int_equal(p.result.code, 250);
    assert_string_equal(p.result.reply, "2.0.0 queued as 42");
    for (size_t i = 0; i < 2; i++) {
        assert_true(p.result.recipients[i].accepted);
        assert_int_equal(p.result.recipients[i].code, 250);
        assert_string_equal(p.result.recipients[i].address, smtp_script_recipients[i]);
    }
    assert_true(smtp_probe_got(&p, "EHLO example.com\r\n"));
    assert_true(smtp_probe_got(&p, "AUTH PLAIN AGFsZXJ0cwBwYXNzIHdvcmQ=\r\n"));
    assert_true(smtp_probe_got(&p, "MAIL FROM:<alerts@example.com> SIZE=49\r\n"));
    assert_true(smtp_probe_got(&p, "RCPT TO:<a@example.org>\r\n"));
    assert_true(smtp_probe_got(&p, "\r\n\r\n..dot at the start\r\n...\r\nthe end\r\n.\r\n"));
    assert_true(smtp_probe_got(&p, "QUIT\r\n"));
    assert_int_equal(net_server_connections(p.listener), 1);
}

// Implicit TLS.
static void test_implicit_tls(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.script.implicit = true;
    p.server.tls = SMTP_TLS_IMPLICIT;
    p.server.user = "u";
    p.server.password = "p";
    p.server.hello = "[192.0.2.1]";
    smtp_probe_run(&p);
    smtp_probe_expect_accepted(&p);
    assert_true(smtp_probe_got(&p, "EHLO [192.0.2.1]\r\n"));
}

// No TLS, no login.
static void test_no_tls(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.server.tls = SMTP_TLS_NONE;
    smtp_probe_run(&p);
    smtp_probe_expect_accepted(&p);
    assert_false(smtp_probe_got(&p, "STARTTLS"));
    assert_false(smtp_probe_got(&p, "AUTH"));
}

// A mechanism of the user's choice.
static void test_chosen_mechanism(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.server.user = "u";
    p.server.password = "p";
    p.server.auth = "LOGIN";
    smtp_probe_run(&p);
    smtp_probe_expect_accepted(&p);
    assert_true(smtp_probe_got(&p, "AUTH LOGIN"));
    assert_false(smtp_probe_got(&p, "AUTH PLAIN"));
}

// Neither PLAIN nor LOGIN: whatever both know.
static void test_other_mechanism(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.script.ehlo_tls = "250-mail.example\r\n250 AUTH CRAM-MD5\r\n";
    p.server.user = "u";
    p.server.password = "p";
    smtp_probe_run(&p);
    smtp_probe_expect_accepted(&p);
    assert_true(smtp_probe_got(&p, "AUTH CRAM-MD5"));
    assert_int_equal(net_server_received_count(p.listener, "MAIL FROM"), 1);
}

// PLAIN is taken where libcurl would rather take another.
static void test_plain_preferred(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.script.ehlo_tls = "250-mail.example\r\n250 AUTH GSSAPI NTLM DIGEST-MD5 CRAM-MD5 PLAIN\r\n";
    p.server.user = "u@example.com";
    p.server.password = "p";
    smtp_probe_run(&p);
    smtp_probe_expect_accepted(&p);
    assert_true(smtp_probe_got(&p, "AUTH PLAIN"));
}

// 2xx other than 250.
static void test_other_2xx(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.script.final = "251 taken\r\n";
    smtp_probe_run(&p);
    smtp_probe_expect_accepted(&p);
    assert_int_equal(p.result.code, 251);
}

static void test_one_refused(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.message.to_count = 3;
    p.script.rcpt[1] = "550-5.1.1 nobody\r\n550 5.1.1 of that name\r\n";
    p.script.rcpt[2] = "450 4.2.1 greylisted\r\n";
    smtp_probe_run(&p);
    smtp_probe_expect_accepted(&p);
    const struct smtp_recipient *r = p.result.recipients;
    assert_true(r[0].accepted);
    assert_false(r[1].accepted);
    assert_int_equal(r[1].code, 550);
    assert_string_equal(r[1].text, "5.1.1 nobody of that name");
    assert_false(r[2].accepted);
    assert_int_equal(r[2].code, 450);
    assert_int_equal(net_server_received_count(p.listener, "Subject: test"), 1);
}

static void test_ambiguous(void **state)
{
    (void)state;
    static const struct {
        const char *final;
        const char *text;
    } rows[] = {
        {SMTP_SCRIPT_CLOSE,
         "closed instead of the reply to the message; the message was sent whole"},
        {SMTP_SCRIPT_RESET,
         "closed instead of the reply to the message; the message was sent whole"},
        {SMTP_SCRIPT_HANG, "waiting for the reply to the message; the message was sent whole"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO(smtp_probe) p = smtp_probe_new();
        p.script.final = rows[i].final;
        p.server.timeout_ms = strcmp(rows[i].final, SMTP_SCRIPT_HANG) == 0 ? 1000 : 20000;
        smtp_probe_run(&p);
        smtp_probe_expect(&p, SMTP_AMBIGUOUS, ERROR_NETWORK, rows[i].text);
        assert_int_equal(p.result.recipients[0].code, 250);
    }
}

// A large message whose reader goes away in the middle was not handed over.
static void serve_half(struct net_peer *peer, void *context)
{
    (void)context;
    char line[4096];
    net_peer_send(peer, "220 mail.example\r\n");
    while (net_peer_read(peer, "\r\n", line, sizeof line)) {
        if (smtp_line_starts(line, "DATA")) {
            net_peer_send(peer, "354 go\r\n");
            if (net_peer_read(peer, "\r\n", line, sizeof line)) {
                net_peer_reset(peer);
            }
            return;
        }
        net_peer_send(peer, "250 ok\r\n");
    }
}

static void test_cut_message(void **state)
{
    (void)state;
    enum { LINES = 400000, LINE = 78 };
    AUTO_PTR(arena) arena = arena_create();
    char *data = arena_alloc(arena, (size_t)LINES * LINE + 1);
    for (size_t i = 0; i < LINES; i++) {
        memset(data + i * LINE, 'x', LINE - 2);
        memcpy(data + i * LINE + LINE - 2, "\r\n", 2);
    }
    struct net_server_options options = {.serve = serve_half};
    AUTO_PTR(net_server) listener = net_server_start(&options);
    struct smtp_server server = {.host = "127.0.0.1",
                                 .port = (uint16_t)net_server_port(listener),
                                 .tls = SMTP_TLS_NONE,
                                 .timeout_ms = 20000};
    struct smtp_message message = {.from = "a@example.com",
                                   .to = smtp_script_recipients,
                                   .to_count = 1,
                                   .data = data,
                                   .data_len = (size_t)LINES * LINE};
    struct smtp_result result;
    struct error error;
    assert_false(smtp_send(arena, &server, &message, NULL, &result, &error));
    assert_int_equal(result.outcome, SMTP_REFUSED);
    assert_int_equal(error.class, ERROR_NETWORK);
}

static void test_timeouts(void **state)
{
    (void)state;
    static const struct {
        struct smtp_script script;
        const char *text;
    } rows[] = {
        {{.greeting = SMTP_SCRIPT_HANG},
         "waiting for the greeting: a server that speaks TLS from the start"},
        {{.ehlo_plain = SMTP_SCRIPT_HANG}, "waiting for the reply to EHLO"},
        {{.auth = SMTP_SCRIPT_HANG}, "waiting for the reply to AUTH"},
        {{.rcpt = {SMTP_SCRIPT_HANG}}, "waiting for the reply to RCPT TO"},
        {{.data = SMTP_SCRIPT_HANG}, "waiting for the reply to DATA"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO(smtp_probe) p = smtp_probe_new();
        p.script = rows[i].script;
        p.server.user = "u";
        p.server.password = "p";
        p.server.timeout_ms = 1000;
        smtp_probe_run(&p);
        smtp_probe_expect(&p, SMTP_REFUSED, ERROR_NETWORK, rows[i].text);
    }
}

// The mail is in; a server that never says good-bye holds up nobody.
static void test_hang_at_quit(void **state)
{
    (void)state;
    struct timespec before;
    struct timespec after;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.script.quit = SMTP_SCRIPT_HANG;
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    smtp_probe_run(&p);
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    smtp_probe_expect_accepted(&p);
    assert_string_equal(p.result.reply, "2.0.0 queued as 42");
    assert_true(after.tv_sec - before.tv_sec < 10);
}

static void test_bad_input(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    static const struct {
        const char *from;
        const char *to;
        const char *data;
        const char *host;
        const char *auth;
        enum error_class class;
    } rows[] = {
        {"a@b\r\nRCPT TO:<evil@y>", "c@d", "x\r\n", "127.0.0.1", NULL, ERROR_SETTINGS},
        {"a@b", "c@d>\r\nRCPT TO:<evil@y", "x\r\n", "127.0.0.1", NULL, ERROR_SETTINGS},
        {"a@b", "c@d\n", "x\r\n", "127.0.0.1", NULL, ERROR_SETTINGS},
        {"a@b", "c@d> NOTIFY=NEVER", "x\r\n", "127.0.0.1", NULL, ERROR_SETTINGS},
        {"a@b", "Good Man <c@d>", "x\r\n", "127.0.0.1", NULL, ERROR_SETTINGS},
        {"a@b", "", "x\r\n", "127.0.0.1", NULL, ERROR_SETTINGS},
        {"", "c@d", "x\r\n", "127.0.0.1", NULL, ERROR_SETTINGS},
        {"a@b", "c@d", "x", "127.0.0.1", NULL, ERROR_INTERNAL},
        {"a@b", "c@d", "x\n.\r\nMAIL\r\n", "127.0.0.1", NULL, ERROR_INTERNAL},
        {"a@b", "c@d", "x\r.\r\n", "127.0.0.1", NULL, ERROR_INTERNAL},
        {"a@b", "c@d", "", "127.0.0.1", NULL, ERROR_INTERNAL},
        {"a@b", "c@d", "x\r\n", "host/path", NULL, ERROR_SETTINGS},
        {"a@b", "c@d", "x\r\n", "user@host", NULL, ERROR_SETTINGS},
        {"a@b", "c@d", "x\r\n", "", NULL, ERROR_SETTINGS},
        {"a@b", "c@d", "x\r\n", "127.0.0.1", "PLAIN;AUTH=*", ERROR_SETTINGS},
        {"a@b", "c@d", "x\r\n", "192.0.2.1", NULL, ERROR_SETTINGS}, // a login in clear
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct smtp_server server = {.host = rows[i].host,
                                     .port = 1,
                                     .tls = SMTP_TLS_NONE,
                                     .user = "u",
                                     .password = "hunter2",
                                     .auth = rows[i].auth,
                                     .timeout_ms = 1000};
        struct smtp_message message = {.from = rows[i].from,
                                       .to = &rows[i].to,
                                       .to_count = 1,
                                       .data = rows[i].data,
                                       .data_len = strlen(rows[i].data)};
        struct smtp_result result;
        struct error error;
        assert_false(smtp_send(arena, &server, &message, NULL, &result, &error));
        if (error.class != rows[i].class) {
            fail_msg("row %zu: %s", i, error.text);
        }
        assert_int_equal(result.outcome, SMTP_REFUSED);
        assert_string_equal(result.reply, "");
        assert_null(strstr(error.text, "hunter2"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),        cmocka_unit_test(test_implicit_tls),
        cmocka_unit_test(test_no_tls),          cmocka_unit_test(test_chosen_mechanism),
        cmocka_unit_test(test_other_mechanism), cmocka_unit_test(test_plain_preferred),
        cmocka_unit_test(test_other_2xx),       cmocka_unit_test(test_one_refused),
        cmocka_unit_test(test_ambiguous),       cmocka_unit_test(test_cut_message),
        cmocka_unit_test(test_timeouts),        cmocka_unit_test(test_hang_at_quit),
        cmocka_unit_test(test_bad_input),
    };
    return cmocka_run_group_tests(tests, smtp_script_set_up, smtp_script_tear_down);
}
