// SPDX-License-Identifier: MIT
#include "support/smtp_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct net_identity *smtp_script_ca;
struct net_identity *smtp_script_other_ca;
static struct net_identity *identity;

int smtp_script_set_up(void **state)
{
    (void)state;
    smtp_script_ca = net_identity_create_ca("test CA");
    smtp_script_other_ca = net_identity_create_ca("other CA");
    identity = net_identity_create(smtp_script_ca, "DNS:localhost,IP:127.0.0.1", -60, 3600);
    // No mail goes through a web proxy.
    (void)setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    return 0;
}

int smtp_script_tear_down(void **state)
{
    (void)state;
    net_identity_destroy(identity);
    net_identity_destroy(smtp_script_other_ca);
    net_identity_destroy(smtp_script_ca);
    return 0;
}

static bool reply(struct net_peer *peer, const char *text, const char *ordinary)
{
    text = text != NULL ? text : ordinary;
    if (strcmp(text, SMTP_SCRIPT_HANG) == 0) {
        net_peer_wait_closed(peer);
        return false;
    }
    if (strcmp(text, SMTP_SCRIPT_RESET) == 0) {
        net_peer_reset(peer);
        return false;
    }
    return strcmp(text, SMTP_SCRIPT_CLOSE) != 0 && net_peer_send(peer, text);
}

bool smtp_line_starts(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

static bool serve_auth(struct net_peer *peer, const struct smtp_script *script, const char *line)
{
    char answer[1024];
    unsigned questions = smtp_line_starts(line, "AUTH LOGIN")       ? 2
                         : smtp_line_starts(line, "AUTH CRAM-MD5")  ? 1
                         : smtp_line_starts(line, "AUTH PLAIN\r\n") ? 1
                                                                    : 0;
    if (smtp_line_starts(line, "AUTH LOGIN ")) {
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

static bool serve_data(struct net_peer *peer, const struct smtp_script *script)
{
    const char *go = script->data != NULL ? script->data : "354 go\r\n";
    if (!reply(peer, go, NULL)) {
        return false;
    }
    static const char end[] = "\r\n.\r\n";
    char message[64];
    return !smtp_line_starts(go, "354") ||
           (net_peer_read(peer, end, message, sizeof message) &&
            reply(peer, script->final, "250 2.0.0 queued as 42\r\n"));
}

static void serve(struct net_peer *peer, void *context)
{
    const struct smtp_script *script = context;
    static const char plain[] = "250-mail.example\r\n250-SIZE 100000\r\n250 STARTTLS\r\n";
    static const char secured[] =
        "250-mail.example\r\n250-SIZE 100000\r\n250-AUTH LOGIN PLAIN\r\n250 8BITMIME\r\n";
    bool tls = script->implicit;
    size_t rcpt = 0;
    char line[4096];
    bool go_on = reply(peer, script->greeting, "220 mail.example ESMTP\r\n");
    while (go_on && net_peer_read(peer, "\r\n", line, sizeof line)) {
        if (smtp_line_starts(line, "EHLO ") || smtp_line_starts(line, "HELO ")) {
            go_on = tls ? reply(peer, script->ehlo_tls, secured)
                        : reply(peer, script->ehlo_plain, plain);
        } else if (smtp_line_starts(line, "STARTTLS")) {
            go_on = reply(peer, script->starttls, "220 go\r\n");
            tls = go_on && script->starttls == NULL;
            go_on = go_on && (!tls || net_peer_start_tls(peer));
        } else if (smtp_line_starts(line, "AUTH ")) {
            go_on = serve_auth(peer, script, line);
        } else if (smtp_line_starts(line, "MAIL FROM:")) {
            go_on = reply(peer, script->mail, "250 2.1.0 ok\r\n");
        } else if (smtp_line_starts(line, "RCPT TO:")) {
            go_on = reply(peer, script->rcpt[rcpt < 3 ? rcpt++ : 2], "250 2.1.5 ok\r\n");
        } else if (smtp_line_starts(line, "DATA")) {
            go_on = serve_data(peer, script);
        } else if (smtp_line_starts(line, "QUIT")) {
            go_on = reply(peer, script->quit, "221 bye\r\n") && false;
        } else {
            go_on = reply(peer, NULL, "500 what?\r\n");
        }
    }
}

static const char message_text[] = "Subject: test\r\n\r\n.dot at the start\r\n..\r\nthe end\r\n";
const char *const smtp_script_recipients[3] = {"a@example.org", "b@example.org", "c@example.org"};

void smtp_probe_cleanup(struct smtp_probe *probe)
{
    net_server_stop(probe->listener);
    arena_destroy(probe->arena);
}

struct smtp_probe smtp_probe_new(void)
{
    return (struct smtp_probe){
        .server = {.host = "127.0.0.1", .timeout_ms = 20000},
        .message = {.from = "alerts@example.com",
                    .to = smtp_script_recipients,
                    .to_count = 2,
                    .data = message_text,
                    .data_len = sizeof message_text - 1},
        .ca_pem = net_identity_pem(smtp_script_ca),
        .identity = identity,
    };
}

void smtp_probe_run(struct smtp_probe *probe)
{
    struct net_server_options options = {.identity = probe->identity,
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

bool smtp_probe_got(const struct smtp_probe *probe, const char *text)
{
    return net_server_received(probe->listener, text);
}

void smtp_probe_expect_accepted(const struct smtp_probe *probe)
{
    if (!probe->accepted) {
        fail_msg("%s", probe->error.text);
    }
}

void smtp_probe_expect(const struct smtp_probe *probe, enum smtp_outcome outcome,
                       enum error_class class, const char *text)
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
