// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/smtp_script.h"

// Every step before the message; nothing of it may reach the server.
static const struct {
    struct smtp_script script;
    bool login;
    enum error_class class;
    const char *text;
    const char *never; // must not have been received
} refusals[] = {
    {{.greeting = "554 5.7.1 go away\r\n"},
     false,
     ERROR_REFUSED,
     "the server takes no mail from here: 554 5.7.1 go away",
     "EHLO"},
    {{.greeting = "421 4.3.2 busy\r\n"}, false, ERROR_UNAVAILABLE, "421 4.3.2 busy", "EHLO"},
    {{.greeting = SMTP_SCRIPT_CLOSE},
     false,
     ERROR_NETWORK,
     "closed instead of the greeting: a server",
     "EHLO"},
    {{.ehlo_plain = "250-mail.example\r\n250 SIZE 10\r\n"},
     true,
     ERROR_TLS,
     "offers no STARTTLS, nothing was sent: SMTP_TLS=implicit",
     "AUTH"},
    {{.starttls = "454 4.7.0 not now\r\n"},
     true,
     ERROR_UNAVAILABLE,
     "STARTTLS was refused: 454 4.7.0 not now",
     "AUTH"},
    {{.ehlo_tls = "250-mail.example\r\n250 SIZE 100000\r\n"},
     true,
     ERROR_AUTH,
     "the server offers no AUTH, nothing was sent",
     "MAIL FROM"},
    {{.ehlo_tls = "250-mail.example\r\n250 auth plain\r\n"},
     true,
     ERROR_AUTH,
     "the server offers no AUTH",
     "MAIL FROM"},
    {{.ehlo_tls = "502 no EHLO here\r\n"},
     true,
     ERROR_REFUSED,
     "EHLO was refused: 502",
     "MAIL FROM"},
    {{.ehlo_tls = "250-mail.example\r\n250 AUTH SCRAM-SHA-256 X-OTHER\r\n"},
     true,
     ERROR_AUTH,
     "the server offers AUTH SCRAM-SHA-256 X-OTHER: set SMTP_AUTH",
     "MAIL FROM"},
    {{.ehlo_tls = "250-mail.example\r\n250-SIZE 40\r\n250 AUTH PLAIN\r\n"},
     true,
     ERROR_LIMIT,
     "the message of 49 bytes is larger than the 40 bytes the server takes",
     "AUTH"},
    {{.auth = "535-5.7.8 bad login\r\n535 5.7.8 c2VjcmV0\r\n"},
     true,
     ERROR_AUTH,
     "the login was not accepted: 535 5.7.8 bad login c2VjcmV0: check SMTP_USER and",
     "MAIL FROM"},
    {{.auth = "454 4.7.0 directory down\r\n"},
     true,
     ERROR_UNAVAILABLE,
     "the login cannot be checked now: 454",
     "MAIL FROM"},
    {{.auth = "535 bad AHVzZXIAaHVudGVyMg== hunter2\r\n"},
     true,
     ERROR_AUTH,
     "535 bad *** ***",
     "MAIL FROM"},
    {{.auth = "535 bad aHVudGVyMg== dXNlcg\r\n"}, true, ERROR_AUTH, "535 bad *** ***", "MAIL FROM"},
    {{.auth = "535-bad AHVzZXIAaHVu\r\n535 dGVyMg== end\r\n"},
     true,
     ERROR_AUTH,
     "535 bad *** end",
     "MAIL FROM"},
    {{.ehlo_tls = "250-mail.example\r\n250 AUTH hunter2 X-OTHER aHVudGVyMg==\r\n"},
     true,
     ERROR_AUTH,
     "the server offers AUTH X-OTHER: set SMTP_AUTH",
     "MAIL FROM"},
    {{.ehlo_tls = "250-mail.example\r\n250 AUTH hunter2\r\n"},
     true,
     ERROR_AUTH,
     "the server offers AUTH without a mechanism: set SMTP_AUTH",
     "MAIL FROM"},
    {{.auth = SMTP_SCRIPT_CLOSE},
     true,
     ERROR_NETWORK,
     "closed instead of the reply to AUTH",
     "MAIL FROM"},
    {{.mail = "550 5.7.1 not you\r\n"},
     true,
     ERROR_REFUSED,
     "the sender alerts@example.com was refused: 550 5.7.1 not you",
     "RCPT TO"},
    {{.mail = "530 5.7.0 login first\r\n"},
     false,
     ERROR_AUTH,
     "530 5.7.0 login first: it may want a login (SMTP_USER)",
     "RCPT TO"},
    {{.mail = "552 5.3.4 too big\r\n"}, true, ERROR_LIMIT, "552 5.3.4 too big", "RCPT TO"},
    {{.rcpt = {"550 5.1.1 no a\r\n", "550 5.1.1 no b\r\n"}},
     true,
     ERROR_REFUSED,
     "no recipient was accepted: a@example.org: 550 5.1.1 no a; b@example.org: 550 5.1.1 no b",
     "DATA"},
    {{.rcpt = {"550 5.1.1 no a\r\n", "451 4.2.0 b later\r\n"}},
     true,
     ERROR_UNAVAILABLE,
     "b@example.org: 451 4.2.0 b later",
     "DATA"},
    {{.rcpt = {NULL, SMTP_SCRIPT_CLOSE}},
     true,
     ERROR_NETWORK,
     "closed instead of the reply to RCPT TO",
     "DATA"},
    {{.data = "554 5.5.1 no\r\n"},
     true,
     ERROR_REFUSED,
     "DATA was refused: 554 5.5.1 no",
     "Subject"},
    {{.data = SMTP_SCRIPT_CLOSE},
     true,
     ERROR_NETWORK,
     "closed instead of the reply to DATA",
     "Subject"},
    {{.rcpt = {NULL, "550 no b\r\n"}, .data = SMTP_SCRIPT_RESET},
     true,
     ERROR_NETWORK,
     "closed instead of the reply to DATA",
     "Subject"},
    {{.final = "451 4.3.0 later\r\n"},
     true,
     ERROR_UNAVAILABLE,
     "the message was refused: 451 4.3.0 later",
     "no such text"},
    {{.final = "554 5.7.1 spam\r\n"},
     true,
     ERROR_REFUSED,
     "the message was refused: 554 5.7.1 spam",
     "no such text"},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        AUTO(smtp_probe) p = smtp_probe_new();
        p.script = refusals[i].script;
        if (refusals[i].login) {
            p.server.user = "user";
            p.server.password = "hunter2";
        }
        smtp_probe_run(&p);
        smtp_probe_expect(&p, SMTP_REFUSED, refusals[i].class, refusals[i].text);
        if (smtp_probe_got(&p, refusals[i].never)) {
            fail_msg("row %zu: the server smtp_probe_got %s", i, refusals[i].never);
        }
    }
}

static void test_unknown_ca(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.ca_pem = net_identity_pem(smtp_script_other_ca);
    p.server.user = "u";
    p.server.password = "hunter2";
    smtp_probe_run(&p);
    smtp_probe_expect(&p, SMTP_REFUSED, ERROR_TLS, "not signed by the CA given for it (x509: ");
    assert_non_null(strstr(p.error.text, ": give the CA that signed it in SMTP_CA_FILE"));
    assert_false(smtp_probe_got(&p, "AUTH"));
}

static void test_system_ca(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.ca_pem = NULL;
    smtp_probe_run(&p);
    smtp_probe_expect(&p, SMTP_REFUSED, ERROR_TLS, "not signed by a CA that this system trusts");
}

static void test_wrong_name(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    AUTO_PTR(net_identity)
    elsewhere = net_identity_create(smtp_script_ca, "DNS:elsewhere.example", -60, 3600);
    p.identity = elsewhere;
    smtp_probe_run(&p);
    smtp_probe_expect(&p, SMTP_REFUSED, ERROR_TLS, "another name than 127.0.0.1");
    assert_non_null(strstr(p.error.text, ": set SMTP_HOST to a name that stands in it"));
}

static void test_expired(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    AUTO_PTR(net_identity)
    expired = net_identity_create(smtp_script_ca, "IP:127.0.0.1", -7200, -3600);
    p.identity = expired;
    smtp_probe_run(&p);
    smtp_probe_expect(&p, SMTP_REFUSED, ERROR_TLS, "has expired");
}

static void test_implicit_to_plain(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.server.tls = SMTP_TLS_IMPLICIT;
    smtp_probe_run(&p);
    smtp_probe_expect(&p, SMTP_REFUSED, ERROR_TLS, "SMTP_TLS=starttls");
}

static void test_starttls_to_implicit(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.script.implicit = true;
    p.server.timeout_ms = 400;
    smtp_probe_run(&p);
    smtp_probe_expect(&p, SMTP_REFUSED, ERROR_NETWORK, "SMTP_TLS=implicit");
}

static void serve_nobody(struct net_peer *peer, void *context)
{
    (void)peer, (void)context;
}

static void test_no_server(void **state)
{
    (void)state;
    AUTO(smtp_probe) p = smtp_probe_new();
    p.arena = arena_create();
    struct net_server_options options = {.serve = serve_nobody};
    struct net_server *server = net_server_start(&options);
    p.server.port = (uint16_t)net_server_port(server);
    net_server_stop(server);
    assert_false(smtp_send(p.arena, &p.server, &p.message, NULL, &p.result, &p.error));
    smtp_probe_expect(&p, SMTP_REFUSED, ERROR_NETWORK,
                      "connection refused: check SMTP_HOST and SMTP_PORT");
    // A label longer than 63 octets: fails without asking any name server.
    p.server.host = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid";
    assert_false(smtp_send(p.arena, &p.server, &p.message, NULL, &p.result, &p.error));
    smtp_probe_expect(&p, SMTP_REFUSED, ERROR_NETWORK,
                      "the name does not resolve: check SMTP_HOST");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_unknown_ca),
        cmocka_unit_test(test_system_ca),
        cmocka_unit_test(test_wrong_name),
        cmocka_unit_test(test_expired),
        cmocka_unit_test(test_implicit_to_plain),
        cmocka_unit_test(test_starttls_to_implicit),
        cmocka_unit_test(test_no_server),
    };
    return cmocka_run_group_tests(tests, smtp_script_set_up, smtp_script_tear_down);
}
