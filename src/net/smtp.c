// SPDX-License-Identifier: MIT
#include "net/smtp.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/monotonic.h"
#include "net/smtp_error.h"
#include "net/smtp_session.h"
#include "net/target.h"

#include "base/banned.h"

enum { AUTH_BYTES = 48 };

static bool check_address(const char *address, const char *which, struct error *error)
{
    if (address[0] == '\0') {
        return error_set(error, ERROR_SETTINGS, "the %s address is empty", which);
    }
    for (const char *c = address; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7F || *c == '<' || *c == '>') {
            return error_set(error, ERROR_SETTINGS,
                             "the %s address holds a control character, '<' or '>'", which);
        }
    }
    return true;
}

static bool check_addresses(const struct smtp_message *message, struct error *error)
{
    if (message->to_count == 0) {
        return error_set(error, ERROR_SETTINGS, "no recipient");
    }
    for (size_t i = 0; i < message->to_count; i++) {
        if (!check_address(message->to[i], "recipient", error)) {
            return false;
        }
    }
    return check_address(message->from, "sender", error);
}

// A bare CR or LF would be a line end to some servers and none to others (SMTP smuggling).
static bool check_data(const struct smtp_message *message, struct error *error)
{
    const char *data = message->data;
    size_t len = message->data_len;
    for (size_t i = 0; i < len; i++) {
        bool good = data[i] == '\r'   ? i + 1 < len && data[i + 1] == '\n'
                    : data[i] == '\n' ? i > 0 && data[i - 1] == '\r'
                                      : data[i] != '\0';
        if (!good) {
            return error_set(error, ERROR_INTERNAL,
                             "the message holds a bare CR, LF or NUL at byte %zu", i);
        }
    }
    if (len < 2 || data[len - 1] != '\n') {
        return error_set(error, ERROR_INTERNAL, "the message does not end in CRLF");
    }
    return true;
}

static bool check_server(const struct smtp_server *server, struct error *error)
{
    static const char host_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789-._:";
    static const char auth_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    const char *host = server->host;
    if (host[0] == '\0' || strspn(host, host_letters) != strlen(host)) {
        return error_set(error, ERROR_SETTINGS, "the mail server's name is no host name");
    }
    if (server->port == 0 || server->timeout_ms <= 0) {
        return error_set(error, ERROR_SETTINGS, "the mail server's port or timeout is 0");
    }
    if (server->auth != NULL &&
        (server->auth[0] == '\0' || strlen(server->auth) >= AUTH_BYTES - 8 ||
         strspn(server->auth, auth_letters) != strlen(server->auth))) {
        return error_set(error, ERROR_SETTINGS,
                         "the SMTP AUTH mechanism is no name like PLAIN or LOGIN");
    }
    if (server->user != NULL && server->tls == SMTP_TLS_NONE && !target_host_is_loopback(host)) {
        return error_set(error, ERROR_SETTINGS,
                         "%s: a login without TLS is allowed on loopback only: set SMTP_TLS", host);
    }
    return true;
}

static void reset(struct smtp_session *s, struct smtp_result *result)
{
    const struct smtp_message *message = s->message;
    smtp_session_finish(s);
    *s = (struct smtp_session){.server = s->server,
                               .message = message,
                               .arena = s->arena,
                               .recipients = result->recipients,
                               .deadline_ms = s->deadline_ms};
    smtp_secret_init(&s->secret, s->server->user, s->server->password, s->sent);
    smtp_reply_init(&s->reply, &s->secret);
    for (size_t i = 0; i < message->to_count; i++) {
        result->recipients[i] =
            (struct smtp_recipient){.address = arena_strdup(s->arena, message->to[i]), .text = ""};
    }
}

// Without a mechanism of the user's choice the plain password goes through TLS: what a server
// offers beside it (GSSAPI, NTLM, DIGEST-MD5) libcurl would prefer and often cannot complete. Only
// a server with neither PLAIN nor LOGIN is asked again with whatever both sides know.
static bool run(struct smtp_session *s, struct smtp_result *result, struct error *error)
{
    char auth[AUTH_BYTES] = "AUTH=PLAIN;AUTH=LOGIN";
    bool chosen = s->server->auth != NULL;
    if (chosen) {
        (void)snprintf(auth, sizeof auth, "AUTH=%s", s->server->auth);
    }
    reset(s, result);
    if (!smtp_session_run(s, auth, error)) {
        return false;
    }
    if (!chosen && s->code == CURLE_LOGIN_DENIED && s->auth_offered && !s->auth_tried) {
        reset(s, result);
        return smtp_session_run(s, "AUTH=*", error);
    }
    return true;
}

static bool judge(struct smtp_session *s, struct smtp_result *result, struct error *error)
{
    result->code = s->reply.code;
    result->reply = arena_strdup(s->arena, s->reply.text.data);
    if (s->final_code / 100 == 2) {
        result->outcome = SMTP_ACCEPTED;
        for (size_t i = 0; i < result->recipient_count; i++) {
            result->recipients[i].accepted = result->recipients[i].code / 100 == 2;
        }
        return true;
    }
    (void)smtp_error_explain(s, error);
    bool handed_over = s->step == SMTP_STEP_BODY && s->offset == s->message->data_len;
    if (s->final_code == 0 && handed_over) {
        result->outcome = SMTP_AMBIGUOUS;
        return error_set(error, error->class,
                         "%s; the message was sent whole and may have been accepted", error->text);
    }
    return false;
}

static void log_session(struct log *log, const struct smtp_session *s)
{
    if (log == NULL || !log_enabled(log, LOG_DEBUG)) {
        return;
    }
    char code[16];
    (void)snprintf(code, sizeof code, "%d", s->reply.code);
    log_line(log, LOG_DEBUG, "SMTP session ended", {"server", s->server->host}, {"code", code},
             {"reply", s->reply.text.data}, {"tls", s->secured ? "yes" : "no"},
             {"login", s->authenticated ? "yes" : "no"});
}

static void fill(struct arena *arena, const struct smtp_message *message, struct smtp_result *ret)
{
    *ret = (struct smtp_result){
        .outcome = SMTP_REFUSED,
        .recipients = arena_alloc_array(arena, message->to_count, sizeof(struct smtp_recipient)),
        .recipient_count = message->to_count,
        .reply = "",
    };
    for (size_t i = 0; i < message->to_count; i++) {
        ret->recipients[i] =
            (struct smtp_recipient){.address = arena_strdup(arena, message->to[i]), .text = ""};
    }
}

bool smtp_send(struct arena *arena, const struct smtp_server *server,
               const struct smtp_message *message, struct log *log, struct smtp_result *ret,
               struct error *error)
{
    fill(arena, message, ret);
    if (!check_addresses(message, error) || !check_server(server, error) ||
        !check_data(message, error)) {
        return false;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return error_set(error, ERROR_INTERNAL, "libcurl could not be set up");
    }
    struct smtp_session session = {.server = server,
                                   .message = message,
                                   .arena = arena,
                                   .deadline_ms = monotonic_ms() + server->timeout_ms};
    smtp_reply_init(&session.reply, NULL);
    bool sent = run(&session, ret, error) && judge(&session, ret, error);
    log_session(log, &session);
    smtp_session_finish(&session);
    curl_global_cleanup();
    return sent;
}
