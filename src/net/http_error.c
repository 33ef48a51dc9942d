// SPDX-License-Identifier: MIT
#include "net/http_error.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "net/curl_info.h"
#include "net/tls.h"

#include "base/banned.h"

static enum http_failure explain_timeout(const struct http_error_case *c, struct error *error)
{
    const char *phase = !c->resolved     ? "while looking up the name"
                        : !c->connected  ? "while connecting"
                        : !c->ready      ? "in the TLS handshake"
                        : c->status == 0 ? "waiting for the answer"
                                         : NULL;
    double seconds = (double)c->elapsed_ms / 1000.0;
    if (phase == NULL) {
        (void)error_set(error, ERROR_NETWORK,
                        "timed out after %.1f s in the middle of the body, after %" PRIu64 " bytes",
                        seconds, c->received_bytes);
    } else {
        (void)error_set(error, ERROR_NETWORK, "timed out after %.1f s %s", seconds, phase);
    }
    return c->ready       ? HTTP_FAILURE_TIMEOUT
           : c->connected ? HTTP_FAILURE_HANDSHAKE
           : c->resolved  ? HTTP_FAILURE_CONNECT
                          : HTTP_FAILURE_LOOKUP;
}

static enum http_failure explain_connect(const struct http_error_case *c, struct error *error)
{
    (void)error_set(error, ERROR_NETWORK, "%s", curl_info_connect_problem(c->os_errno));
    return c->os_errno == ECONNREFUSED ? HTTP_FAILURE_REFUSED : HTTP_FAILURE_CONNECT;
}

// Reset or end of the connection, before or inside the answer.
static enum http_failure explain_lost(const struct http_error_case *c, struct error *error)
{
    if (c->status != 0) {
        (void)error_set(error, ERROR_PROTOCOL, "the body was cut after %" PRIu64 " bytes",
                        c->received_bytes);
        return HTTP_FAILURE_CUT;
    }
    (void)error_set(error, ERROR_NETWORK, "the connection was closed before an answer came");
    return HTTP_FAILURE_LOST;
}

static enum http_failure explain_proxy(const struct http_error_case *c, struct error *error)
{
    (void)error_set(error, ERROR_NETWORK, "the proxy refused the connection with status %ld%s",
                    c->proxy_status,
                    c->proxy_status == 407 ? ": it wants a user and password in HTTPS_PROXY" : "");
    return c->proxy_status >= 500 ? HTTP_FAILURE_CONNECT : HTTP_FAILURE_PROXY;
}

static enum http_failure explain_garbage(const struct http_error_case *c, struct error *error)
{
    AUTO(buf) detail;
    buf_init(&detail, (size_t)2 * CURL_ERROR_SIZE);
    utf8_clean(&detail, c->curl_text, strlen(c->curl_text));
    (void)error_set(error, ERROR_PROTOCOL, "the answer is not valid HTTP (%s)",
                    detail.len > 0 ? detail.data : curl_easy_strerror(c->code));
    return HTTP_FAILURE_GARBAGE;
}

static enum http_failure explain_rest(const struct http_error_case *c, struct error *error)
{
    switch (c->code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        (void)error_set(error, ERROR_NETWORK, "the name does not resolve");
        return HTTP_FAILURE_RESOLVE;
    case CURLE_COULDNT_RESOLVE_PROXY:
        (void)error_set(error, ERROR_NETWORK, "the proxy's name does not resolve");
        return HTTP_FAILURE_RESOLVE;
    case CURLE_COULDNT_CONNECT:
        return explain_connect(c, error);
    case CURLE_OPERATION_TIMEDOUT:
        return explain_timeout(c, error);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return explain_lost(c, error);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:
    case CURLE_OUT_OF_MEMORY:
#if LIBCURL_VERSION_NUM >= 0x080600
    case CURLE_TOO_LARGE:
#endif
        return explain_garbage(c, error);
    default:
        (void)error_set(error, ERROR_INTERNAL, "libcurl failed: %s", curl_easy_strerror(c->code));
        return HTTP_FAILURE_INTERNAL;
    }
}

enum http_failure http_error_explain(const struct http_error_case *the_case, struct error *error)
{
    struct tls_case tls = {
        .code = the_case->code,
        .verify_result = the_case->verify_result,
        .curl_text = the_case->curl_text,
        .name = the_case->name,
        .own_ca = the_case->own_ca,
        .ca_expired = the_case->ca_expired,
    };
    enum http_failure failure;
    if (the_case->proxy_status >= 300 && !the_case->ready) {
        failure = explain_proxy(the_case, error);
    } else if (!tls_explain(&tls, &failure, error)) {
        failure = explain_rest(the_case, error);
    }
    if (the_case->proxy != NULL) {
        (void)error_prefix(error, "%s through the proxy %s", the_case->endpoint, the_case->proxy);
    } else {
        (void)error_prefix(error, "%s", the_case->endpoint);
    }
    return failure;
}
