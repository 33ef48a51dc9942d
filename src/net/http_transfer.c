// SPDX-License-Identifier: MIT
#include "net/http_transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "net/certificate.h"
#include "net/curl_info.h"
#include "net/http_answer.h"
#include "net/http_error.h"
#include "net/proxy.h"
#include "net/retry.h"
#include "net/tls.h"

#include "base/banned.h"

enum {
    CONNECT_MAX_MS = 10 * 1000,
    // The API server itself ends a request after 60 s; until then silence may mean work.
    LOW_SPEED_SECONDS = 65,
    LOW_SPEED_BYTES = 64,
    HEADER_MAX_BYTES = 1024 * 1024,
};

static char *copy_bytes(const char *bytes, size_t len)
{
    char *copy = memory_alloc(len + 1);
    memcpy(copy, bytes, len);
    return copy;
}

static const char *copy_text(const char *text)
{
    return text != NULL ? copy_bytes(text, strlen(text)) : NULL;
}

static void free_text(const char **text)
{
    char *owned; // made by copy_bytes; the request's type only promises not to write to it
    memcpy(&owned, text, sizeof owned);
    free(owned);
    *text = NULL;
}

static bool is_visible_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~') {
            return false;
        }
    }
    return true;
}

static bool judge_request(struct http_transfer *t)
{
    const struct http_request *request = &t->request;
    if (!target_parse(request->url, &t->target, &t->error)) {
        return false;
    }
    if (request->bearer != NULL && !is_visible_ascii(request->bearer)) {
        return error_set(&t->error, ERROR_SETTINGS,
                         "the token for %s holds a blank, control or non-ASCII character",
                         t->target.host);
    }
    if (request->timeout_ms <= 0 || request->max_body_bytes == 0 || request->handler == NULL) {
        return error_set(&t->error, ERROR_INTERNAL, "a request without timeout, limit or handler");
    }
    return true;
}

struct http_transfer *http_transfer_create(const struct http_request *request)
{
    struct http_transfer *t = memory_alloc(sizeof *t);
    t->request = *request;
    t->request.method = copy_text(request->method);
    t->request.url = copy_text(request->url);
    t->request.bearer = copy_text(request->bearer);
    t->request.tls.server_name = copy_text(request->tls.server_name);
    t->request.accept = copy_text(request->accept);
    t->request.content_type = copy_text(request->content_type);
    t->request.body = request->body != NULL ? copy_bytes(request->body, request->body_len) : NULL;
    buf_init(&t->body, 0);
    t->date = TIMESTAMP_NONE;
    t->retry_after_ms = RETRY_AFTER_NONE;
    if (!judge_request(t)) {
        t->failure = HTTP_FAILURE_REQUEST;
    }
    return t;
}

static void free_attempt(struct http_transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    curl_slist_free_all(t->connect_to);
    t->easy = NULL;
    t->headers = NULL;
    t->connect_to = NULL;
}

void http_transfer_destroy(struct http_transfer *transfer)
{
    if (transfer == NULL) {
        return;
    }
    free_attempt(transfer);
    buf_finish(&transfer->body);
    free_text(&transfer->request.method);
    free_text(&transfer->request.url);
    free_text(&transfer->request.bearer);
    free_text(&transfer->request.tls.server_name);
    free_text(&transfer->request.accept);
    free_text(&transfer->request.content_type);
    free_text(&transfer->request.body);
    free(transfer);
}

static void forget_answer(struct http_transfer *t)
{
    buf_finish(&t->body);
    t->content_type[0] = '\0';
    t->curl_text[0] = '\0';
    t->date = TIMESTAMP_NONE;
    t->retry_after_ms = RETRY_AFTER_NONE;
    t->header_bytes = 0;
    t->headers_ended = false;
    t->received_bytes = 0;
    t->enough = false;
    t->status = 0;
    t->failure = HTTP_FAILURE_NONE;
    t->error.class = ERROR_NONE;
    t->error.text[0] = '\0';
}

// Appends "NAME: VALUE" (a NULL value: "NAME:", which removes a header of libcurl's).
static bool add_header(struct http_transfer *t, const char *name, const char *value)
{
    AUTO(buf) line;
    buf_init(&line, HEADER_MAX_BYTES);
    buf_add_text(&line, name);
    buf_add_text(&line, value != NULL ? ": " : ":");
    buf_add_text(&line, value != NULL ? value : "");
    if (line.overflow || strpbrk(line.data, "\r\n") != NULL) {
        return error_set(&t->error, ERROR_INTERNAL, "the header %s has an unfit value", name);
    }
    struct curl_slist *longer = curl_slist_append(t->headers, line.data);
    if (longer == NULL) {
        return error_set(&t->error, ERROR_INTERNAL, "no memory for a header");
    }
    t->headers = longer;
    return true;
}

static bool add_bearer(struct http_transfer *t)
{
    AUTO(buf) value;
    buf_init(&value, HEADER_MAX_BYTES);
    buf_add_text(&value, "Bearer ");
    buf_add_text(&value, t->request.bearer);
    return add_header(t, "Authorization", value.data);
}

static bool set_headers(struct http_transfer *t, struct curl_options *options)
{
    const struct http_request *request = &t->request;
    const char *json = "application/json";
    if (!add_header(t, "Accept", request->accept != NULL ? request->accept : json) ||
        (request->bearer != NULL && !add_bearer(t))) {
        return false;
    }
    if (request->body != NULL &&
        (!add_header(t, "Content-Type",
                     request->content_type != NULL ? request->content_type : json) ||
         !add_header(t, "Expect", NULL))) {
        return false;
    }
    SET_OPTION(options, CURLOPT_HTTPHEADER, t->headers);
    SET_OPTION(options, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
    return true;
}

// With a TLS server name the URL carries that name, for SNI and verification, the connection goes
// to the host that was asked for, and the Host header still names it.
static bool set_target(struct http_transfer *t, struct curl_options *options)
{
    const char *name = t->request.tls.server_name;
    if (name == NULL || strcasecmp(name, t->target.host) == 0) {
        SET_OPTION(options, CURLOPT_URL, t->request.url);
        return true;
    }
    AUTO(buf) endpoint;
    AUTO(buf) target;
    AUTO(buf) url;
    buf_init(&endpoint, TARGET_ENDPOINT_BYTES);
    buf_init(&target, TARGET_ENDPOINT_BYTES);
    buf_init(&url, strlen(t->request.url) + TARGET_HOST_BYTES);
    target_add_endpoint(&endpoint, t->target.host, t->target.port);
    buf_add_format(&target, "::%s", endpoint.data);
    if (!target_replace_host(t->request.url, name, &url, &t->error) ||
        !add_header(t, "Host", endpoint.data)) {
        return false;
    }
    t->connect_to = curl_slist_append(NULL, target.data);
    if (t->connect_to == NULL || url.overflow) {
        return error_set(&t->error, ERROR_INTERNAL, "no memory for a TLS server name");
    }
    SET_OPTION(options, CURLOPT_URL, url.data);
    SET_OPTION(options, CURLOPT_CONNECT_TO, t->connect_to);
    return true;
}

static void set_proxy(struct http_transfer *t, struct curl_options *options)
{
    const char *proxy = t->request.direct ? NULL : proxy_of(&t->target);
    t->proxy[0] = '\0';
    if (proxy != NULL) {
        AUTO(buf) endpoint;
        buf_init(&endpoint, sizeof t->proxy - 1);
        proxy_add_endpoint(&endpoint, proxy);
        memcpy(t->proxy, endpoint.data, endpoint.len + 1);
    }
    // Both set: the environment has no further say.
    SET_OPTION(options, CURLOPT_PROXY, proxy != NULL ? proxy : "");
    SET_OPTION(options, CURLOPT_NOPROXY, "");
    SET_OPTION(options, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static void set_method(const struct http_transfer *t, struct curl_options *options)
{
    const struct http_request *request = &t->request;
    if (request->body != NULL) {
        SET_OPTION(options, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
        SET_OPTION(options, CURLOPT_POSTFIELDS, request->body);
    } else {
        SET_OPTION(options, CURLOPT_HTTPGET, 1L);
    }
    SET_OPTION(options, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_limits(struct curl_options *options, int64_t timeout_ms)
{
    long connect_ms = (long)(timeout_ms < CONNECT_MAX_MS ? timeout_ms : CONNECT_MAX_MS);
    SET_OPTION(options, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    SET_OPTION(options, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    SET_OPTION(options, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES);
    SET_OPTION(options, CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_SECONDS);
    SET_OPTION(options, CURLOPT_NOSIGNAL, 1L);
    // A lookup that hangs must not hold up the loop when its transfer has timed out.
    SET_OPTION(options, CURLOPT_QUICK_EXIT, 1L);
}

static void set_protocol(const struct http_transfer *t, struct curl_options *options)
{
    SET_OPTION(options, CURLOPT_PROTOCOLS_STR, t->target.plain ? "http,https" : "https");
    SET_OPTION(options, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET_OPTION(options, CURLOPT_HTTP09_ALLOWED, 0L);
    SET_OPTION(options, CURLOPT_FOLLOWLOCATION, 0L);
    SET_OPTION(options, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET_OPTION(options, CURLOPT_PATH_AS_IS, 1L);
    SET_OPTION(options, CURLOPT_ACCEPT_ENCODING, "gzip");
}

bool http_transfer_begin(struct http_transfer *transfer, const char *user_agent, int64_t timeout_ms)
{
    struct http_transfer *t = transfer;
    forget_answer(t);
    t->attempts++;
    t->easy = curl_easy_init();
    struct curl_options options = {.easy = t->easy};
    if (t->easy == NULL) {
        t->failure = HTTP_FAILURE_INTERNAL;
        return error_set(&t->error, ERROR_INTERNAL, "libcurl gave no handle");
    }
    const struct http_tls *tls = &t->request.tls;
    SET_OPTION(&options, CURLOPT_ERRORBUFFER, t->curl_text);
    SET_OPTION(&options, CURLOPT_PRIVATE, t);
    SET_OPTION(&options, CURLOPT_USERAGENT, user_agent);
    set_protocol(t, &options);
    set_limits(&options, timeout_ms);
    set_method(t, &options);
    set_proxy(t, &options);
    tls_set_options(&options, tls->ca_pem, tls->ca_len, tls->insecure);
    http_answer_set_options(t, &options);
    if (!set_target(t, &options) || !set_headers(t, &options) ||
        !curl_options_check(&options, &t->error)) {
        t->failure =
            t->error.class == ERROR_SETTINGS ? HTTP_FAILURE_REQUEST : HTTP_FAILURE_INTERNAL;
        free_attempt(t);
        return false;
    }
    return true;
}

// When the last of the CA certificates given expired; 0 while one of them is valid.
static int64_t ca_expired(const struct http_tls *tls)
{
    int64_t last =
        tls->ca_pem != NULL ? certificate_last_expiry(tls->ca_pem, tls->ca_len) : TIMESTAMP_NONE;
    return last != TIMESTAMP_NONE && last < (int64_t)time(NULL) ? last : 0;
}

static void explain_failure(struct http_transfer *t, CURLcode code)
{
    AUTO(buf) endpoint;
    buf_init(&endpoint, TARGET_ENDPOINT_BYTES);
    target_add_endpoint(&endpoint, t->target.host, t->target.port);
    if (t->failure != HTTP_FAILURE_NONE) {
        if (t->failure != HTTP_FAILURE_HANDLER) {
            (void)error_prefix(&t->error, "%s", endpoint.data);
        }
        return;
    }
    curl_off_t total = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &total);
    const struct http_tls *tls = &t->request.tls;
    bool ready = curl_info_has_time(t->easy, CURLINFO_PRETRANSFER_TIME_T);
    struct http_error_case the_case = {
        .code = code,
        .verify_result = curl_info_number(t->easy, CURLINFO_SSL_VERIFYRESULT),
        .os_errno = curl_info_number(t->easy, CURLINFO_OS_ERRNO),
        .proxy_status = curl_info_number(t->easy, CURLINFO_HTTP_CONNECTCODE),
        .curl_text = t->curl_text,
        .endpoint = endpoint.data,
        .name = tls->server_name != NULL ? tls->server_name : t->target.host,
        .proxy = t->proxy[0] != '\0' ? t->proxy : NULL,
        .own_ca = tls->ca_pem != NULL,
        .ca_expired = code == CURLE_PEER_FAILED_VERIFICATION ? ca_expired(tls) : 0,
        .resolved = ready || curl_info_has_time(t->easy, CURLINFO_NAMELOOKUP_TIME_T),
        // libcurl 7.88 sets its connect time only with the TLS handshake behind it.
        .connected = ready || curl_info_number(t->easy, CURLINFO_LOCAL_PORT) != 0,
        .ready = ready,
        .status = t->status,
        .received_bytes = t->received_bytes,
        .elapsed_ms = (int64_t)(total / 1000),
    };
    t->failure = http_error_explain(&the_case, &t->error);
}

void http_transfer_end(struct http_transfer *transfer, CURLcode code)
{
    struct http_transfer *t = transfer;
    t->status = (int)curl_info_number(t->easy, CURLINFO_RESPONSE_CODE);
    if (code == CURLE_OK && !t->headers_ended) {
        code = CURLE_PARTIAL_FILE; // libcurl takes headers without an end for an empty answer
    }
    if (t->failure != HTTP_FAILURE_NONE || (code != CURLE_OK && !t->enough)) {
        explain_failure(t, code);
    }
    free_attempt(t);
}
