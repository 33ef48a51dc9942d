// SPDX-License-Identifier: MIT
// Submits one message to one SMTP server by libcurl (RFC 5321, 3207, 4954, 8314): TLS as set and
// never opportunistic, AUTH proven to have happened when a user is set, each recipient's reply
// kept, success only on the 2xx after the final dot.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct arena;
struct log;

enum smtp_tls { SMTP_TLS_STARTTLS, SMTP_TLS_IMPLICIT, SMTP_TLS_NONE };

struct smtp_server {
    const char *host;
    uint16_t port;
    enum smtp_tls tls;
    const char *ca_pem; // the only roots trusted; NULL: the system's
    size_t ca_len;
    const char *user;     // NULL: no AUTH
    const char *password; // secret
    const char *auth;     // mechanism ("PLAIN", "LOGIN", "XOAUTH2"); NULL: PLAIN or LOGIN, else any
    const char *hello;    // EHLO name; NULL: the domain of the sender
    int64_t timeout_ms;   // the whole session, > 0; a slow good-bye after the outcome adds 3 s
};

enum smtp_outcome {
    SMTP_ACCEPTED,  // 2xx after the final dot; at least one recipient was accepted
    SMTP_REFUSED,   // definitely not accepted: no connection, TLS, AUTH, 4yz, 5yz
    SMTP_AMBIGUOUS, // all of the message was handed over, the answer never seen
};

struct smtp_recipient {
    const char *address; // as given
    bool accepted;       // by RCPT TO, and the message by the final dot
    int code;            // reply to RCPT TO, 0 when none was seen
    const char *text;    // the server's words, one clean line, "" when none
};

struct smtp_result {
    enum smtp_outcome outcome;
    struct smtp_recipient *recipients; // in the order given
    size_t recipient_count;
    int code;          // last reply code of the session before QUIT, 0 when none
    const char *reply; // the server's words with it, one clean line, "" when none
};

struct smtp_message {
    const char *from;      // bare address
    const char *const *to; // bare addresses
    size_t to_count;       // at least 1
    const char *data;      // RFC 5322 message with CRLF line ends, the last line's too
    size_t data_len;
};

// Sends; the result is always filled, its texts in arena. Returns true for SMTP_ACCEPTED, with some
// recipients perhaps refused. Otherwise error names server and port, its words and the remedy:
// ERROR_NETWORK, ERROR_TLS, ERROR_AUTH, ERROR_LIMIT (SIZE), ERROR_UNAVAILABLE (4yz), ERROR_REFUSED
// (5yz), ERROR_PROTOCOL. Nothing is sent, and it is ERROR_SETTINGS, when an address is empty or
// holds a control character, '<' or '>', or when a user would log in without TLS off loopback.
bool smtp_send(struct arena *arena, const struct smtp_server *server,
               const struct smtp_message *message, struct log *log, struct smtp_result *ret,
               struct error *error) MUST_USE;
