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

#include "base/arena.h"
#include "net/smtp.h"
#include "support/net_server.h"

static struct net_identity *ca;
static struct net_identity *other_ca;
static struct net_identity *identity;

static int set_up(void **state)
{
    (void)state;
    ca = net_identity_create_ca("test CA");
    other_ca = net_identity_create_ca("other CA");
    identity = net_identity_create(ca, "DNS:localhost,IP:127.0.0.1", -60, 3600);
    // No mail goes through a web proxy.
    (void)setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    net_identity_destroy(identity);
    net_identity_destroy(other_ca);
    net_identity_destroy(ca);
    return 0;
}

// Replies that are none.
#define CLOSE "close"
#define RESET "reset"
#define HANG "hang"

// What the server says; NULL is the ordinary reply.
struct script {
    const char *greeting;
    const char *ehlo_plain; // before STARTTLS
    const char *ehlo_tls;   // after it
    const char *starttls;
    const char *auth; // the end of the AUTH dialogue
    const char *mail;
    const char *rcpt[3];
    const char *data;
    const char *final;
    const char *quit;
    bool implicit;
};

static bool reply(struct net_peer *peer, const char *text, const char *ordinary)
{
    text = text != NULL ? text : ordinary;
    if (strcmp(text, HANG) == 0) {
        net_peer_wait_closed(peer);
        return false;
    }
    if (strcmp(text, RESET) == 0) {
        net_peer_reset(peer);
        return false;
    }
    return strcmp(text, CLOSE) != 0 && net_peer_send(peer, text);
}

static bool starts(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

static bool serve_auth(struct net_peer *peer, const struct script *script, const char *line)
{
    char answer[1024];
    unsigned questions = starts(line, "AUTH LOGIN")       ? 2
                         : starts(line, "AUTH CRAM-MD5")  ? 1
                         : starts(line, "AUTH PLAIN\r\n") ? 1
                                                          : 0;
    if (starts(line, "AUTH LOGIN ")) {
        questions = 1;
    }
    for (unsigned i = 0; i < questions; i++) {
        net_peer_send(peer, "334 PDE4OTYuNjk3MTcwOTUyQGE+\r\n");
        if (!net_peer_read(peer, "\r\n", answer, sizeof answer)) {
            return false;
        }
    }
    return reply(peer, script->auth, "235 2.7.0 ok\r\n");
}

static bool serve_data(struct net_peer *peer, const struct script *script)
{
    const char *go = script->data != NULL ? script->data : "354 go\r\n";
    if (!reply(peer, go, NULL)) {
        return false;
    }
    static const char end[] = "\r\n.\r\n";
    char message[64];
    return !starts(go, "354") || (net_peer_read(peer, end, message, sizeof message) &&
                                  reply(peer, script->final, "250 2.0.0 queued as 42\r\n"));
}

static void serve(struct net_peer *peer, void *context)
{
    const struct script *script = context;
    static const char plain[] = "250-mail.example\r\n250-SIZE 100000\r\n250 STARTTLS\r\n";
    static const char secured[] =
        "250-mail.example\r\n250-SIZE 100000\r\n250-AUTH LOGIN PLAIN\r\n250 8BITMIME\r\n";
    bool tls = script->implicit;
    size_t rcpt = 0;
    char line[4096];
    bool go_on = reply(peer, script->greeting, "220 mail.example ESMTP\r\n");
    while (go_on && net_peer_read(peer, "\r\n", line, sizeof line)) {
        if (starts(line, "EHLO ") || starts(line, "HELO ")) {
            go_on = tls ? reply(peer, script->ehlo_tls, secured)
                        : reply(peer, script->ehlo_plain, plain);
        } else if (starts(line, "STARTTLS")) {
            go_on = reply(peer, script->starttls, "220 go\r\n");
            tls = go_on && script->starttls == NULL;
            go_on = go_on && (!tls || net_peer_start_tls(peer));
        } else if (starts(line, "AUTH ")) {
            go_on = serve_auth(peer, script, line);
        } else if (starts(line, "MAIL FROM:")) {
            go_on = reply(peer, script->mail, "250 2.1.0 ok\r\n");
        } else if (starts(line, "RCPT TO:")) {
            go_on = reply(peer, script->rcpt[rcpt < 3 ? rcpt++ : 2], "250 2.1.5 ok\r\n");
        } else if (starts(line, "DATA")) {
            go_on = serve_data(peer, script);
        } else if (starts(line, "QUIT")) {
            go_on = reply(peer, script->quit, "221 bye\r\n") && false;
        } else {
            go_on = reply(peer, NULL, "500 what?\r\n");
        }
    }
}

static const char message_text[] = "Subject: test\r\n\r\n.dot at the start\r\n..\r\nthe end\r\n";
static const char *const recipients[] = {"a@example.org", "b@example.org", "c@example.org"};

// One session and all that is to be seen of it.
struct probe {
    struct script script;
    struct smtp_server server; // host, port and CA are filled in
    struct smtp_message message;
    const char *ca_pem;
    struct net_server *listener;
    struct arena *arena;
    struct smtp_result result;
    struct error error;
    bool accepted;
};

static void probe_cleanup(struct probe *probe)
{
    net_server_stop(probe->listener);
    arena_destroy(probe->arena);
}

static struct probe new_probe(void)
{
    return (struct probe){
        .server = {.host = "127.0.0.1", .timeout_ms = 20000},
        .message = {.from = "alerts@example.com",
                    .to = recipients,
                    .to_count = 2,
                    .data = message_text,
                    .data_len = sizeof message_text - 1},
        .ca_pem = net_identity_pem(ca),
    };
}

static void run(struct probe *probe)
{
    struct net_server_options options = {.identity = identity,
                                         .plain_start = !probe->script.implicit,
                                         .serve = serve,
                                         .context = &probe->script};
    probe->arena = arena_create();
    probe->listener = net_server_start(&options);
    probe->server.port = (uint16_t)net_server_port(probe->listener);
    probe->server.ca_pem = probe->ca_pem;
    probe->server.ca_len = probe->ca_pem != NULL ? strlen(probe->ca_pem) : 0;
    probe->accepted = smtp_send(probe->arena, &probe->server, &probe->message, NULL, &probe->result,
                                &probe->error);
    assert_int_equal(probe->accepted, probe->result.outcome == SMTP_ACCEPTED);
    assert_int_equal(probe->result.recipient_count, probe->message.to_count);
    if (!probe->accepted) {
        char endpoint[64];
        (void)snprintf(endpoint, sizeof endpoint, "%s:%u: ", probe->server.host,
                       probe->server.port);
        assert_memory_equal(probe->error.text, endpoint, strlen(endpoint));
    }
}

static bool got(const struct probe *probe, const char *text)
{
    return net_server_received(probe->listener, text);
}

static void expect_accepted(const struct probe *probe)
{
    if (!probe->accepted) {
        fail_msg("%s", probe->error.text);
    }
}

static void expect(const struct probe *probe, enum smtp_outcome outcome, enum error_class class,
                   const char *text)
{
    if (probe->accepted || probe->result.outcome != outcome || probe->error.class != class ||
        strstr(probe->error.text, text) == NULL) {
        fail_msg("outcome %d, class %d: %s\nwanted: %s", (int)probe->result.outcome,
                 (int)probe->error.class, probe->accepted ? "accepted" : probe->error.text, text);
    }
    for (size_t i = 0; i < probe->result.recipient_count; i++) {
        assert_false(probe->result.recipients[i].accepted);
    }
}

static void test_accepted(void **state)
{
    (void)state;
    AUTO(probe) p = new_probe();
    p.server.user = "alerts";
    p.server.password = "pass word";
    run(&p);
    expect_accepted(&p);
    assert_int_equal(p.result.code, 250);
    assert_string_equal(p.result.reply, "2.0.0 queued as 42");
    for (size_t i = 0; i < 2; i++) {
        assert_true(p.result.recipients[i].accepted);
        assert_int_equal(p.result.recipients[i].code, 250);
        assert_string_equal(p.result.recipients[i].address, recipients[i]);
    }
    assert_true(got(&p, "EHLO example.com\r\n"));
    assert_true(got(&p, "AUTH PLAIN AGFsZXJ0cwBwYXNzIHdvcmQ=\r\n"));
    assert_true(got(&p, "MAIL FROM:<alerts@example.com> SIZE=49\r\n"));
    assert_true(got(&p, "RCPT TO:<a@example.org>\r\n"));
    assert_true(got(&p, "\r\n\r\n..dot at the start\r\n...\r\nthe end\r\n.\r\n"));
    assert_true(got(&p, "QUIT\r\n"));
    assert_int_equal(net_server_connections(p.listener), 1);
}

static void test_ways(void **state)
{
    (void)state;
    {
        AUTO(probe) p = new_probe(); // implicit TLS
        p.script.implicit = true;
        p.server.tls = SMTP_TLS_IMPLICIT;
        p.server.user = "u";
        p.server.password = "p";
        p.server.hello = "[192.0.2.1]";
        run(&p);
        expect_accepted(&p);
        assert_true(got(&p, "EHLO [192.0.2.1]\r\n"));
    }
    {
        AUTO(probe) p = new_probe(); // no TLS, no login
        p.server.tls = SMTP_TLS_NONE;
        run(&p);
        expect_accepted(&p);
        assert_false(got(&p, "STARTTLS"));
        assert_false(got(&p, "AUTH"));
    }
    {
        AUTO(probe) p = new_probe(); // a mechanism of the user's choice
        p.server.user = "u";
        p.server.password = "p";
        p.server.auth = "LOGIN";
        run(&p);
        expect_accepted(&p);
        assert_true(got(&p, "AUTH LOGIN"));
        assert_false(got(&p, "AUTH PLAIN"));
    }
    {
        AUTO(probe) p = new_probe(); // neither PLAIN nor LOGIN: whatever both know
        p.script.ehlo_tls = "250-mail.example\r\n250 AUTH CRAM-MD5\r\n";
        p.server.user = "u";
        p.server.password = "p";
        run(&p);
        expect_accepted(&p);
        assert_true(got(&p, "AUTH CRAM-MD5"));
        assert_int_equal(net_server_received_count(p.listener, "MAIL FROM"), 1);
    }
    {
        AUTO(probe) p = new_probe(); // PLAIN is taken where libcurl would rather take another
        p.script.ehlo_tls =
            "250-mail.example\r\n250 AUTH GSSAPI NTLM DIGEST-MD5 CRAM-MD5 PLAIN\r\n";
        p.server.user = "u@example.com";
        p.server.password = "p";
        run(&p);
        expect_accepted(&p);
        assert_true(got(&p, "AUTH PLAIN"));
    }
    {
        AUTO(probe) p = new_probe(); // 2xx other than 250
        p.script.final = "251 taken\r\n";
        run(&p);
        expect_accepted(&p);
        assert_int_equal(p.result.code, 251);
    }
}

// Every step before the message; nothing of it may reach the server.
static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        struct script script;
        bool login;
        enum error_class class;
        const char *text;
        const char *never; // must not have been received
    } rows[] = {
        {{.greeting = "554 5.7.1 go away\r\n"},
         false,
         ERROR_REFUSED,
         "the server takes no mail from here: 554 5.7.1 go away",
         "EHLO"},
        {{.greeting = "421 4.3.2 busy\r\n"}, false, ERROR_UNAVAILABLE, "421 4.3.2 busy", "EHLO"},
        {{.greeting = CLOSE},
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
        {{.auth = CLOSE}, true, ERROR_NETWORK, "closed instead of the reply to AUTH", "MAIL FROM"},
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
        {{.rcpt = {NULL, CLOSE}},
         true,
         ERROR_NETWORK,
         "closed instead of the reply to RCPT TO",
         "DATA"},
        {{.data = "554 5.5.1 no\r\n"},
         true,
         ERROR_REFUSED,
         "DATA was refused: 554 5.5.1 no",
         "Subject"},
        {{.data = CLOSE}, true, ERROR_NETWORK, "closed instead of the reply to DATA", "Subject"},
        {{.rcpt = {NULL, "550 no b\r\n"}, .data = RESET},
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
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO(probe) p = new_probe();
        p.script = rows[i].script;
        if (rows[i].login) {
            p.server.user = "user";
            p.server.password = "hunter2";
        }
        run(&p);
        expect(&p, SMTP_REFUSED, rows[i].class, rows[i].text);
        if (got(&p, rows[i].never)) {
            fail_msg("row %zu: the server got %s", i, rows[i].never);
        }
    }
}

static void test_one_refused(void **state)
{
    (void)state;
    AUTO(probe) p = new_probe();
    p.message.to_count = 3;
    p.script.rcpt[1] = "550-5.1.1 nobody\r\n550 5.1.1 of that name\r\n";
    p.script.rcpt[2] = "450 4.2.1 greylisted\r\n";
    run(&p);
    expect_accepted(&p);
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
        {CLOSE, "closed instead of the reply to the message; the message was sent whole"},
        {RESET, "closed instead of the reply to the message; the message was sent whole"},
        {HANG, "waiting for the reply to the message; the message was sent whole"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO(probe) p = new_probe();
        p.script.final = rows[i].final;
        p.server.timeout_ms = strcmp(rows[i].final, HANG) == 0 ? 500 : 20000;
        run(&p);
        expect(&p, SMTP_AMBIGUOUS, ERROR_NETWORK, rows[i].text);
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
        if (starts(line, "DATA")) {
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
                                   .to = recipients,
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
        struct script script;
        const char *text;
    } rows[] = {
        {{.greeting = HANG}, "waiting for the greeting: a server that speaks TLS from the start"},
        {{.ehlo_plain = HANG}, "waiting for the reply to EHLO"},
        {{.auth = HANG}, "waiting for the reply to AUTH"},
        {{.rcpt = {HANG}}, "waiting for the reply to RCPT TO"},
        {{.data = HANG}, "waiting for the reply to DATA"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO(probe) p = new_probe();
        p.script = rows[i].script;
        p.server.user = "u";
        p.server.password = "p";
        p.server.timeout_ms = 400;
        run(&p);
        expect(&p, SMTP_REFUSED, ERROR_NETWORK, rows[i].text);
    }
}

// The mail is in; a server that never says good-bye holds up nobody.
static void test_hang_at_quit(void **state)
{
    (void)state;
    struct timespec before;
    struct timespec after;
    AUTO(probe) p = new_probe();
    p.script.quit = HANG;
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    run(&p);
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    expect_accepted(&p);
    assert_string_equal(p.result.reply, "2.0.0 queued as 42");
    assert_true(after.tv_sec - before.tv_sec < 10);
}

static void test_certificates(void **state)
{
    (void)state;
    {
        AUTO(probe) p = new_probe();
        p.ca_pem = net_identity_pem(other_ca);
        p.server.user = "u";
        p.server.password = "hunter2";
        run(&p);
        expect(&p, SMTP_REFUSED, ERROR_TLS, "not signed by the CA given for it (x509: ");
        assert_non_null(strstr(p.error.text, ": give the CA that signed it in SMTP_CA_FILE"));
        assert_false(got(&p, "AUTH"));
    }
    {
        AUTO(probe) p = new_probe();
        p.ca_pem = NULL;
        run(&p);
        expect(&p, SMTP_REFUSED, ERROR_TLS, "not signed by a CA that this system trusts");
    }
    struct net_identity *kept = identity;
    {
        AUTO(probe) p = new_probe();
        identity = net_identity_create(ca, "DNS:elsewhere.example", -60, 3600);
        run(&p);
        net_identity_destroy(identity);
        identity = kept;
        expect(&p, SMTP_REFUSED, ERROR_TLS, "another name than 127.0.0.1");
        assert_non_null(strstr(p.error.text, ": set SMTP_HOST to a name that stands in it"));
    }
    {
        AUTO(probe) p = new_probe();
        identity = net_identity_create(ca, "IP:127.0.0.1", -7200, -3600);
        run(&p);
        net_identity_destroy(identity);
        identity = kept;
        expect(&p, SMTP_REFUSED, ERROR_TLS, "has expired");
    }
    {
        AUTO(probe) p = new_probe(); // implicit TLS on a port that greets in clear
        p.server.tls = SMTP_TLS_IMPLICIT;
        run(&p);
        expect(&p, SMTP_REFUSED, ERROR_TLS, "SMTP_TLS=starttls");
    }
    {
        AUTO(probe) p = new_probe(); // STARTTLS on a port that speaks TLS from the start
        p.script.implicit = true;
        p.server.timeout_ms = 400;
        run(&p);
        expect(&p, SMTP_REFUSED, ERROR_NETWORK, "SMTP_TLS=implicit");
    }
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

static void test_no_server(void **state)
{
    (void)state;
    AUTO(probe) p = new_probe();
    p.arena = arena_create();
    struct net_server_options options = {.serve = serve};
    struct net_server *server = net_server_start(&options);
    p.server.port = (uint16_t)net_server_port(server);
    net_server_stop(server);
    assert_false(smtp_send(p.arena, &p.server, &p.message, NULL, &p.result, &p.error));
    expect(&p, SMTP_REFUSED, ERROR_NETWORK, "connection refused: check SMTP_HOST and SMTP_PORT");
    p.server.host = "unresolvable.invalid";
    assert_false(smtp_send(p.arena, &p.server, &p.message, NULL, &p.result, &p.error));
    expect(&p, SMTP_REFUSED, ERROR_NETWORK, "the name does not resolve: check SMTP_HOST");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),     cmocka_unit_test(test_ways),
        cmocka_unit_test(test_refusals),     cmocka_unit_test(test_one_refused),
        cmocka_unit_test(test_ambiguous),    cmocka_unit_test(test_cut_message),
        cmocka_unit_test(test_timeouts),     cmocka_unit_test(test_hang_at_quit),
        cmocka_unit_test(test_certificates), cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_no_server),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
