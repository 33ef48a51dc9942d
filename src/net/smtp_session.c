// SPDX-License-Identifier: MIT
#include "net/smtp_session.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/monotonic.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "net/curl_info.h"
#include "net/target.h"
#include "net/tls.h"

#include "base/banned.h"

enum { QUIT_MS = 2000, MECHANISMS = 12, MECHANISM_BYTES = 20, SIZE_LINE_BYTES = 160 };

static bool starts_with(const char *bytes, size_t len, const char *word)
{
    size_t word_len = strlen(word);
    return len >= word_len && memcmp(bytes, word, word_len) == 0;
}

static void keep_sent(struct smtp_session *s, const char *line, size_t len)
{
    // Only the last word is secret: "AUTH PLAIN <initial response>" or a bare response.
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r')) {
        len--;
    }
    const char *blank = memrchr(line, ' ', len);
    const char *word = blank != NULL ? blank + 1 : line;
    size_t word_len = len - (size_t)(word - line);
    while (word_len > 0 && word[word_len - 1] == '=') {
        word_len--; // a server may leave base64's padding out
    }
    word_len = word_len < sizeof s->sent ? word_len : sizeof s->sent - 1;
    memcpy(s->sent, word, word_len);
    s->sent[word_len] = '\0';
}

static void follow_command(struct smtp_session *s, const char *line, size_t len)
{
    static const struct {
        const char *verb;
        enum smtp_step step;
    } verbs[] = {
        {"EHLO ", SMTP_STEP_EHLO}, {"HELO ", SMTP_STEP_EHLO}, {"STARTTLS", SMTP_STEP_STARTTLS},
        {"AUTH ", SMTP_STEP_AUTH}, {"MAIL ", SMTP_STEP_MAIL}, {"RCPT ", SMTP_STEP_RCPT},
        {"DATA", SMTP_STEP_DATA},
    };
    bool in_dialogue = s->step == SMTP_STEP_AUTH && s->reply.code == 334;
    if (!in_dialogue && starts_with(line, len, "QUIT")) {
        s->quitting = true;
    }
    if (s->quitting) {
        return; // step and reply stay those of what was under way
    }
    s->answered = false;
    for (size_t i = 0; !in_dialogue && i < sizeof verbs / sizeof verbs[0]; i++) {
        if (starts_with(line, len, verbs[i].verb)) {
            s->step = verbs[i].step;
            break;
        }
    }
    if (s->step == SMTP_STEP_AUTH) {
        s->auth_tried = true;
        keep_sent(s, line, len);
    } else if (s->step == SMTP_STEP_EHLO) {
        s->auth_offered = false;
        s->mechanisms[0] = '\0';
        s->size_limit = 0;
    } else if (s->step == SMTP_STEP_RCPT) {
        s->rcpt_count++;
    }
}

static int on_debug(CURL *easy, curl_infotype type, char *bytes, size_t len, void *context)
{
    (void)easy;
    if (type == CURLINFO_HEADER_OUT) {
        follow_command(context, bytes, len);
    }
    return 0;
}

void smtp_session_note_mechanisms(struct smtp_session *session, const char *list, size_t len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    AUTO(buf) names;
    buf_init(&names, SMTP_MECHANISMS_BYTES - 1);
    size_t count = 0;
    for (size_t at = 0; at < len && count < MECHANISMS; at++) {
        size_t begin = at;
        bool good = true;
        for (; at < len && memchr(" \t\r\n", list[at], 4) == NULL; at++) {
            good = good && memchr(letters, list[at], sizeof letters - 1) != NULL;
        }
        if (good && at > begin && at - begin <= MECHANISM_BYTES) {
            buf_add_text(&names, count++ > 0 ? " " : "");
            buf_add(&names, list + begin, at - begin);
        }
    }
    smtp_secret_mask(&session->secret, false, &names);
    memcpy(session->mechanisms, names.data, names.len + 1);
}

// A line of the EHLO reply after its code. Keywords are matched as libcurl 7.88 matches them, case
// and all: what it does not see it does not use.
static void note_capability(struct smtp_session *s, const char *text, size_t len)
{
    AUTO(buf) line;
    buf_init(&line, SIZE_LINE_BYTES);
    if (starts_with(text, len, "AUTH ")) {
        s->auth_offered = true;
        smtp_session_note_mechanisms(s, text + 5, len - 5);
    } else if (starts_with(text, len, "SIZE ")) {
        uint64_t limit;
        utf8_clean(&line, text + 5, len - 5 < line.max / 4 ? len - 5 : line.max / 4);
        if (parse_uint(line.data, UINT64_MAX, &limit)) {
            s->size_limit = limit;
        }
    }
}

static enum smtp_stop judge_capabilities(const struct smtp_session *s)
{
    if (s->server->tls == SMTP_TLS_STARTTLS && !s->secured) {
        return SMTP_STOP_NONE; // libcurl ends it itself when there is no STARTTLS
    }
    if (s->server->user != NULL && !s->auth_offered) {
        return SMTP_STOP_NO_AUTH;
    }
    if (s->size_limit != 0 && s->message->data_len > s->size_limit) {
        return SMTP_STOP_TOO_LARGE;
    }
    return SMTP_STOP_NONE;
}

// The last fence before recipients and message are named.
static enum smtp_stop judge_envelope(const struct smtp_session *s)
{
    if (s->server->tls != SMTP_TLS_NONE && !s->secured) {
        return SMTP_STOP_NO_TLS;
    }
    return s->server->user != NULL && !s->authenticated ? SMTP_STOP_NO_LOGIN : SMTP_STOP_NONE;
}

static void note_recipient(struct smtp_session *s)
{
    if (s->rcpt_count > 0 && s->rcpt_count <= s->message->to_count) {
        struct smtp_recipient *recipient = &s->recipients[s->rcpt_count - 1];
        recipient->code = s->reply.code;
        recipient->text = arena_strdup(s->arena, s->reply.text.data);
    }
}

static void note_final(struct smtp_session *s)
{
    s->final_code = s->reply.code;
    s->final_ms = monotonic_ms();
}

// One whole reply has come. False ends the session.
static bool judge_reply(struct smtp_session *s)
{
    int code = s->reply.code;
    switch (s->step) {
    case SMTP_STEP_CONNECT:
        s->greeted = true;
        break;
    case SMTP_STEP_EHLO:
        s->stop = code / 100 == 2 ? judge_capabilities(s) : SMTP_STOP_NONE;
        break;
    case SMTP_STEP_STARTTLS:
        s->secured = s->secured || code == 220;
        break;
    case SMTP_STEP_AUTH:
        s->authenticated = code == 235;
        break;
    case SMTP_STEP_MAIL:
        s->stop = judge_envelope(s);
        break;
    case SMTP_STEP_RCPT:
        note_recipient(s);
        s->stop = judge_envelope(s);
        break;
    case SMTP_STEP_DATA:
        s->stop = judge_envelope(s);
        if (code == 354) {
            s->step = SMTP_STEP_BODY;
            s->answered = false;
        }
        break;
    case SMTP_STEP_BODY:
        note_final(s);
        break;
    }
    return s->stop == SMTP_STOP_NONE;
}

static size_t on_line(char *bytes, size_t size, size_t count, void *context)
{
    struct smtp_session *s = context;
    size_t len = size * count;
    if (s->quitting) {
        return len;
    }
    if (s->step == SMTP_STEP_EHLO && len > 4) {
        note_capability(s, bytes + 4, len - 4);
    }
    if (!smtp_reply_add_line(&s->reply, bytes, len)) {
        return len;
    }
    s->answered = true;
    return judge_reply(s) ? len : 0;
}

static size_t on_read(char *out, size_t size, size_t count, void *context)
{
    struct smtp_session *s = context;
    if (judge_envelope(s) != SMTP_STOP_NONE) {
        return CURL_READFUNC_ABORT;
    }
    size_t room = size * count;
    size_t left = s->message->data_len - s->offset;
    size_t len = left < room ? left : room;
    memcpy(out, s->message->data + s->offset, len);
    s->offset += len;
    return len;
}

// Called at least once a second, also while libcurl waits for the reply to QUIT, which its own
// timeouts do not bound.
static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    const struct smtp_session *s = context;
    int64_t now = monotonic_ms();
    return s->final_code != 0 ? now > s->final_ms + QUIT_MS : now > s->deadline_ms + QUIT_MS;
}

static void set_callbacks(struct smtp_session *s, struct curl_options *options)
{
    SET_OPTION(options, CURLOPT_ERRORBUFFER, s->curl_text);
    SET_OPTION(options, CURLOPT_VERBOSE, 1L); // without it there is no debug callback
    SET_OPTION(options, CURLOPT_DEBUGFUNCTION, on_debug);
    SET_OPTION(options, CURLOPT_DEBUGDATA, s);
    SET_OPTION(options, CURLOPT_HEADERFUNCTION, on_line);
    SET_OPTION(options, CURLOPT_HEADERDATA, s);
    SET_OPTION(options, CURLOPT_WRITEFUNCTION, on_line);
    SET_OPTION(options, CURLOPT_WRITEDATA, s);
    SET_OPTION(options, CURLOPT_READFUNCTION, on_read);
    SET_OPTION(options, CURLOPT_READDATA, s);
    SET_OPTION(options, CURLOPT_XFERINFOFUNCTION, on_progress);
    SET_OPTION(options, CURLOPT_XFERINFODATA, s);
    SET_OPTION(options, CURLOPT_NOPROGRESS, 0L);
}

static void set_login(const struct smtp_server *server, const char *auth,
                      struct curl_options *options)
{
    if (server->user == NULL) {
        return;
    }
    const char *password = server->password != NULL ? server->password : "";
    SET_OPTION(options, CURLOPT_USERNAME, server->user);
    SET_OPTION(options, CURLOPT_LOGIN_OPTIONS, auth);
    SET_OPTION(options, CURLOPT_SASL_IR, 1L);
    // A bearer beside PLAIN would send an empty password: only with a mechanism that takes it.
    if (strcmp(auth, "AUTH=XOAUTH2") == 0 || strcmp(auth, "AUTH=OAUTHBEARER") == 0) {
        SET_OPTION(options, CURLOPT_XOAUTH2_BEARER, password);
    } else {
        SET_OPTION(options, CURLOPT_PASSWORD, password);
    }
}

static void set_connection(const struct smtp_session *s, struct curl_options *options)
{
    int64_t left = s->deadline_ms - monotonic_ms();
    long timeout_ms = left > 1 ? (long)left : 1L;
    long use_ssl = (long)(s->server->tls == SMTP_TLS_NONE ? CURLUSESSL_NONE : CURLUSESSL_ALL);
    SET_OPTION(options, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET_OPTION(options, CURLOPT_USE_SSL, use_ssl);
    SET_OPTION(options, CURLOPT_PROXY, "");
    SET_OPTION(options, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET_OPTION(options, CURLOPT_TIMEOUT_MS, timeout_ms);
    // libcurl counts greeting, TLS and AUTH as connecting.
    SET_OPTION(options, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    SET_OPTION(options, CURLOPT_SERVER_RESPONSE_TIMEOUT, timeout_ms / 1000 + 1);
    SET_OPTION(options, CURLOPT_NOSIGNAL, 1L);
    SET_OPTION(options, CURLOPT_QUICK_EXIT, 1L);
    SET_OPTION(options, CURLOPT_FORBID_REUSE, 1L);
    tls_set_options(options, s->server->ca_pem, s->server->ca_len, false);
}

static void set_mail(const struct smtp_session *s, const struct curl_slist *to,
                     struct curl_options *options)
{
    SET_OPTION(options, CURLOPT_UPLOAD, 1L);
    SET_OPTION(options, CURLOPT_INFILESIZE_LARGE, (curl_off_t)s->message->data_len);
    SET_OPTION(options, CURLOPT_MAIL_FROM, s->message->from);
    SET_OPTION(options, CURLOPT_MAIL_RCPT, to);
#if LIBCURL_VERSION_NUM >= 0x080200
    SET_OPTION(options, CURLOPT_MAIL_RCPT_ALLOWFAILS, 1L);
#else
    SET_OPTION(options, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
#endif
}

static const char *hello_name(const struct smtp_session *s)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-.:[]_";
    const char *name = s->server->hello;
    if (name == NULL) {
        const char *at = strrchr(s->message->from, '@');
        name = at != NULL ? at + 1 : "";
    }
    return name[0] != '\0' && strspn(name, letters) == strlen(name) ? name : "localhost";
}

static bool set_url(const struct smtp_session *s, struct curl_options *options, struct error *error)
{
    AUTO(buf) url;
    buf_init(&url, TARGET_URL_BYTES);
    char *hello = curl_easy_escape(options->easy, hello_name(s), 0);
    buf_add_text(&url, s->server->tls == SMTP_TLS_IMPLICIT ? "smtps://" : "smtp://");
    target_add_endpoint(&url, s->server->host, s->server->port);
    buf_add_text(&url, "/");
    buf_add_text(&url, hello != NULL ? hello : "localhost");
    curl_free(hello);
    if (url.overflow) {
        return error_set(error, ERROR_SETTINGS, "the mail server's name is too long");
    }
    SET_OPTION(options, CURLOPT_URL, url.data);
    return true;
}

static void note_end(struct smtp_session *s, CURL *easy)
{
    curl_off_t total = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &total);
    s->verify_result = curl_info_number(easy, CURLINFO_SSL_VERIFYRESULT);
    s->os_errno = curl_info_number(easy, CURLINFO_OS_ERRNO);
    s->elapsed_ms = (int64_t)(total / 1000);
    s->resolved = curl_info_has_time(easy, CURLINFO_NAMELOOKUP_TIME_T);
    // libcurl 7.88 sets its connect time only with the TLS handshake behind it.
    s->connected = s->greeted || curl_info_number(easy, CURLINFO_LOCAL_PORT) != 0;
}

static struct curl_slist *recipient_list(const struct smtp_message *message)
{
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < message->to_count; i++) {
        struct curl_slist *longer = curl_slist_append(list, message->to[i]);
        if (longer == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

bool smtp_session_run(struct smtp_session *session, const char *auth, struct error *error)
{
    struct curl_slist *to = recipient_list(session->message);
    struct curl_options options = {.easy = curl_easy_init()};
    session->secured = session->server->tls == SMTP_TLS_IMPLICIT;
    set_callbacks(session, &options);
    set_connection(session, &options);
    set_login(session->server, auth, &options);
    set_mail(session, to, &options);
    bool ready =
        to != NULL && set_url(session, &options, error) && curl_options_check(&options, error);
    if (to == NULL) {
        (void)error_set(error, ERROR_INTERNAL, "no memory for the recipients");
    }
    if (ready) {
        session->code = curl_easy_perform(options.easy);
        note_end(session, options.easy);
    }
    curl_easy_cleanup(options.easy);
    curl_slist_free_all(to);
    return ready;
}

void smtp_session_finish(struct smtp_session *session)
{
    explicit_bzero(session->sent, sizeof session->sent);
    smtp_secret_finish(&session->secret);
    smtp_reply_finish(&session->reply);
}
