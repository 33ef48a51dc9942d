// SPDX-License-Identifier: MIT
#include "net/smtp_error.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "net/curl_info.h"
#include "net/smtp_session.h"
#include "net/target.h"
#include "net/tls.h"

#include "base/banned.h"

enum { NAMED_RECIPIENTS = 5, SHOWN_REPLY_BYTES = 400 };

static const char *step_name(enum smtp_step step)
{
    static const char *const names[] = {
        [SMTP_STEP_CONNECT] = "the greeting",
        [SMTP_STEP_EHLO] = "the reply to EHLO",
        [SMTP_STEP_STARTTLS] = "the reply to STARTTLS",
        [SMTP_STEP_AUTH] = "the reply to AUTH",
        [SMTP_STEP_MAIL] = "the reply to MAIL FROM",
        [SMTP_STEP_RCPT] = "the reply to RCPT TO",
        [SMTP_STEP_DATA] = "the reply to DATA",
        [SMTP_STEP_BODY] = "the reply to the message",
    };
    return names[step];
}

static enum error_class class_of(int code)
{
    return code / 100 == 4 ? ERROR_UNAVAILABLE : code == 552 ? ERROR_LIMIT : ERROR_REFUSED;
}

// "550 5.1.1 no such user", cut to what fits a line of several.
static void add_reply(struct buf *out, int code, const char *text)
{
    if (code == 0) {
        buf_add_text(out, "no reply");
        return;
    }
    buf_add_format(out, "%d", code);
    size_t len = utf8_cut(text, strlen(text), SHOWN_REPLY_BYTES);
    buf_add_text(out, len > 0 ? " " : "");
    buf_add(out, text, len);
}

static bool explain_stop(const struct smtp_session *s, struct error *error)
{
    switch (s->stop) {
    case SMTP_STOP_NO_AUTH:
        return error_set(error, ERROR_AUTH,
                         "the server offers no AUTH, nothing was sent: use its submission port "
                         "(587 or 465), or unset SMTP_USER if it takes mail without a login");
    case SMTP_STOP_TOO_LARGE:
        return error_set(error, ERROR_LIMIT,
                         "the message of %zu bytes is larger than the %" PRIu64
                         " bytes the server takes (SIZE)",
                         s->message->data_len, s->size_limit);
    case SMTP_STOP_NO_TLS:
        return error_set(error, ERROR_TLS, "the session was not encrypted, nothing was sent");
    case SMTP_STOP_NO_LOGIN:
    case SMTP_STOP_NONE:
        break;
    }
    return error_set(error, ERROR_AUTH, "the server did not confirm the login, nothing was sent");
}

static bool is_gmail(const char *host)
{
    static const char *const ends[] = {"gmail.com", "googlemail.com"};
    size_t len = strlen(host);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t end_len = strlen(ends[i]);
        if (len >= end_len && strcasecmp(host + len - end_len, ends[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool explain_login(const struct smtp_session *s, const char *reply, struct error *error)
{
    if (s->reply.code / 100 == 4) {
        return error_set(error, ERROR_UNAVAILABLE, "the login cannot be checked now: %s", reply);
    }
    return error_set(error, ERROR_AUTH, "the login was not accepted: %s: %s", reply,
                     is_gmail(s->server->host)
                         ? "Gmail wants an app password (myaccount.google.com/apppasswords) in "
                           "SMTP_PASSWORD, not the account's own"
                         : "check SMTP_USER and SMTP_PASSWORD");
}

static bool explain_recipients(const struct smtp_session *s, struct error *error)
{
    AUTO(buf) list;
    buf_init(&list, ERROR_TEXT_BYTES);
    bool all_final = true;
    for (size_t i = 0; i < s->message->to_count; i++) {
        const struct smtp_recipient *recipient = &s->recipients[i];
        all_final = all_final && recipient->code / 100 == 5;
        if (i < NAMED_RECIPIENTS) {
            buf_add_format(&list, "%s%s: ", i > 0 ? "; " : "", recipient->address);
            add_reply(&list, recipient->code, recipient->text);
        }
    }
    if (s->message->to_count > NAMED_RECIPIENTS) {
        buf_add_format(&list, "; and %zu more", s->message->to_count - NAMED_RECIPIENTS);
    }
    return error_set(error, all_final ? ERROR_REFUSED : ERROR_UNAVAILABLE,
                     "no recipient was accepted: %s", list.data);
}

static bool explain_sender(const struct smtp_session *s, const char *reply, struct error *error)
{
    int code = s->reply.code;
    bool wants_login = s->server->user == NULL && (code == 530 || code == 550 || code == 553);
    bool too_large = code == 552;
    return error_set(error, code == 530 ? ERROR_AUTH : class_of(code), "%s %s was refused: %s%s",
                     too_large ? "the size of the message from" : "the sender", s->message->from,
                     reply, wants_login ? ": it may want a login (SMTP_USER)" : "");
}

// The last reply was a refusal.
static bool explain_reply(const struct smtp_session *s, struct error *error)
{
    AUTO(buf) reply;
    buf_init(&reply, ERROR_TEXT_BYTES);
    add_reply(&reply, s->reply.code, s->reply.text.data);
    enum error_class class = class_of(s->reply.code);
    switch (s->step) {
    case SMTP_STEP_CONNECT:
        return error_set(error, class, "the server takes no mail from here: %s", reply.data);
    case SMTP_STEP_AUTH:
        return explain_login(s, reply.data, error);
    case SMTP_STEP_MAIL:
        return explain_sender(s, reply.data, error);
    case SMTP_STEP_RCPT:
        return explain_recipients(s, error);
    case SMTP_STEP_BODY:
        return error_set(error, class, "the message was refused: %s", reply.data);
    case SMTP_STEP_EHLO:
    case SMTP_STEP_STARTTLS:
    case SMTP_STEP_DATA:
        break;
    }
    static const char *const verbs[] = {
        [SMTP_STEP_EHLO] = "EHLO", [SMTP_STEP_STARTTLS] = "STARTTLS", [SMTP_STEP_DATA] = "DATA"};
    return error_set(error, class, "%s was refused: %s", verbs[s->step], reply.data);
}

static bool explain_tls(const struct smtp_session *s, enum http_failure failure,
                        struct error *error)
{
    const char *remedy = NULL;
    switch (failure) {
    case HTTP_FAILURE_UNKNOWN_CA:
    case HTTP_FAILURE_NO_CA:
        remedy = "give the CA that signed it in SMTP_CA_FILE";
        break;
    case HTTP_FAILURE_WRONG_NAME:
        remedy = "set SMTP_HOST to a name that stands in it";
        break;
    case HTTP_FAILURE_EXPIRED:
        remedy = "renew it on the mail server";
        break;
    default:
        if (s->server->tls == SMTP_TLS_IMPLICIT) {
            remedy = "SMTP_TLS=starttls is right for a server that greets in clear (port 587, 25)";
        }
        break;
    }
    if (remedy == NULL) {
        return false;
    }
    return error_set(error, error->class, "%s: %s", error->text, remedy);
}

static const char *tls_hint(const struct smtp_session *s)
{
    return s->step == SMTP_STEP_CONNECT && s->server->tls != SMTP_TLS_IMPLICIT
               ? ": a server that speaks TLS from the start (port 465) needs SMTP_TLS=implicit"
               : "";
}

static bool explain_timeout(const struct smtp_session *s, struct error *error)
{
    double seconds = (double)s->elapsed_ms / 1000.0;
    if (!s->resolved || !s->connected) {
        return error_set(error, ERROR_NETWORK,
                         "timed out after %.1f s while %s: check SMTP_HOST, "
                         "SMTP_PORT and the firewall",
                         seconds, s->resolved ? "connecting" : "looking up the name");
    }
    if (s->step == SMTP_STEP_CONNECT && s->server->tls == SMTP_TLS_IMPLICIT) {
        return error_set(error, ERROR_NETWORK,
                         "timed out after %.1f s in the TLS handshake or waiting for the greeting",
                         seconds);
    }
    return error_set(error, ERROR_NETWORK, "timed out after %.1f s waiting for %s%s", seconds,
                     step_name(s->step), tls_hint(s));
}

static bool explain_code(const struct smtp_session *s, struct error *error)
{
    switch (s->code) {
    case CURLE_USE_SSL_FAILED:
        return error_set(error, ERROR_TLS,
                         "the server offers no STARTTLS, nothing was sent: SMTP_TLS=implicit if it "
                         "speaks TLS from the start (port 465), else its submission port (587)");
    case CURLE_LOGIN_DENIED:
        return error_set(error, ERROR_AUTH,
                         "no way to log in is known to both sides, the server offers AUTH %s: set "
                         "SMTP_AUTH to one of them",
                         s->mechanisms[0] != '\0' ? s->mechanisms : "without a mechanism");
    case CURLE_COULDNT_RESOLVE_HOST:
        return error_set(error, ERROR_NETWORK, "the name does not resolve: check SMTP_HOST");
    case CURLE_COULDNT_CONNECT:
        return error_set(error, ERROR_NETWORK, "%s: check SMTP_HOST and SMTP_PORT",
                         curl_info_connect_problem(s->os_errno));
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_ABORTED_BY_CALLBACK:
        return explain_timeout(s, error);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return error_set(error, ERROR_NETWORK, "the connection was closed instead of %s%s",
                         step_name(s->step), tls_hint(s));
    case CURLE_WEIRD_SERVER_REPLY:
        return error_set(error, ERROR_PROTOCOL, "%s is not SMTP%s", step_name(s->step),
                         tls_hint(s));
    default:
        return error_set(error, ERROR_INTERNAL, "libcurl failed: %s", curl_easy_strerror(s->code));
    }
}

static void explain(const struct smtp_session *s, struct error *error)
{
    struct tls_case tls = {
        .code = s->code,
        .verify_result = s->verify_result,
        .curl_text = s->curl_text,
        .name = s->server->host,
        .own_ca = s->server->ca_pem != NULL,
    };
    enum http_failure failure;
    if (s->stop != SMTP_STOP_NONE) {
        (void)explain_stop(s, error);
    } else if (s->answered && s->reply.code >= 400) {
        (void)explain_reply(s, error);
    } else if (tls_explain(&tls, &failure, error)) {
        (void)explain_tls(s, failure, error);
    } else {
        (void)explain_code(s, error);
    }
}

bool smtp_error_explain(const struct smtp_session *session, struct error *error)
{
    AUTO(buf) endpoint;
    buf_init(&endpoint, TARGET_ENDPOINT_BYTES);
    target_add_endpoint(&endpoint, session->server->host, session->server->port);
    explain(session, error);
    return error_prefix(error, "%s", endpoint.data);
}
