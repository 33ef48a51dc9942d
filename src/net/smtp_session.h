// SPDX-License-Identifier: MIT
// One SMTP session by libcurl, watched: libcurl 7.88 reports neither who was refused nor whether it
// logged in at all, so every command it sends and every line it gets is followed here, and the
// session is broken off before the message goes out in a way that was not asked for.
#pragma once

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/smtp.h"
#include "net/smtp_reply.h"

enum smtp_step {
    SMTP_STEP_CONNECT, // until the greeting
    SMTP_STEP_EHLO,
    SMTP_STEP_STARTTLS,
    SMTP_STEP_AUTH,
    SMTP_STEP_MAIL,
    SMTP_STEP_RCPT,
    SMTP_STEP_DATA,
    SMTP_STEP_BODY, // from the 354 to the reply after the final dot
};

// Why the session was broken off by us.
enum smtp_stop {
    SMTP_STOP_NONE,
    SMTP_STOP_NO_AUTH,   // a user is set and the server offers no AUTH
    SMTP_STOP_NO_LOGIN,  // a user is set and no 235 came before MAIL FROM
    SMTP_STOP_NO_TLS,    // MAIL FROM before TLS
    SMTP_STOP_TOO_LARGE, // for the server's SIZE
};

enum { SMTP_MECHANISMS_BYTES = 256, SMTP_SENT_BYTES = 4096 };

struct smtp_session {
    const struct smtp_server *server;
    const struct smtp_message *message;
    struct arena *arena;
    struct smtp_recipient *recipients;
    int64_t deadline_ms; // on the monotonic clock

    enum smtp_step step;
    enum smtp_stop stop;
    struct smtp_reply reply; // the last one before QUIT
    bool answered;           // it belongs to the last command
    bool quitting;           // libcurl says good-bye; it does so after a lost reply, too
    bool greeted;
    bool secured;
    bool authenticated;
    bool auth_tried;
    bool auth_offered;
    char mechanisms[SMTP_MECHANISMS_BYTES]; // the server's, masked; "" for none
    uint64_t size_limit;                    // 0: none told
    size_t rcpt_count;                      // RCPT commands sent
    size_t offset;                          // of the message, handed to libcurl
    int final_code;                         // after the final dot, 0 when none came
    int64_t final_ms;
    char sent[SMTP_SENT_BYTES]; // the last word of the AUTH dialogue: secret
    struct smtp_secret secret;

    char curl_text[CURL_ERROR_SIZE];
    CURLcode code;
    long verify_result;
    long os_errno;
    bool resolved;
    bool connected;
    int64_t elapsed_ms;
};

// Runs the whole session. auth is LOGIN_OPTIONS' value, NULL without a user. False only when
// libcurl could not be set up; otherwise the session's fields tell what happened.
bool smtp_session_run(struct smtp_session *session, const char *auth, struct error *error) MUST_USE;

// Puts the mechanisms of an EHLO reply's AUTH line (after "AUTH ") into the session: words as RFC
// 4422 3.1 has them, at most 12, without the login's secrets.
void smtp_session_note_mechanisms(struct smtp_session *session, const char *list, size_t len);

// Wipes the secrets and frees the reply.
void smtp_session_finish(struct smtp_session *session);
