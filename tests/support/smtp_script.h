// SPDX-License-Identifier: MIT
// SMTP sessions by script, and a sender for them, for tests of net/smtp.
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "net/smtp.h"
#include "support/net_server.h"

// Replies that are none.
#define SMTP_SCRIPT_CLOSE "close"
#define SMTP_SCRIPT_RESET "reset"
#define SMTP_SCRIPT_HANG "hang"

// What the server says; NULL is the ordinary reply.
struct smtp_script {
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

// One session and all that is to be seen of it.
struct smtp_probe {
    struct smtp_script script;
    struct smtp_server server; // host, port and CA are filled in
    struct smtp_message message;
    const char *ca_pem;
    const struct net_identity *identity; // of the server
    struct net_server *listener;
    struct arena *arena;
    struct smtp_result result;
    struct error error;
    bool accepted;
};

// cmocka group fixtures: make and free the CAs and the server's certificate for localhost and
// 127.0.0.1.
int smtp_script_set_up(void **state);
int smtp_script_tear_down(void **state);
extern struct net_identity *smtp_script_ca;
extern struct net_identity *smtp_script_other_ca;

extern const char *const smtp_script_recipients[3];

bool smtp_line_starts(const char *line, const char *word);

// A message to the first two recipients by STARTTLS, without a login.
struct smtp_probe smtp_probe_new(void);
void smtp_probe_cleanup(struct smtp_probe *probe);

// One session against the probe's own server.
void smtp_probe_run(struct smtp_probe *probe);

// What the server received.
bool smtp_probe_got(const struct smtp_probe *probe, const char *text);

void smtp_probe_expect_accepted(const struct smtp_probe *probe);

// Not accepted, with this outcome, class and part of the error's text.
void smtp_probe_expect(const struct smtp_probe *probe, enum smtp_outcome outcome,
                       enum error_class class, const char *text);
