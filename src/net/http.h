// SPDX-License-Identifier: MIT
// HTTPS by libcurl: many requests at once through one curl_multi, a bounded window of them live.
// The struct is a seam: whoever fetches takes a struct http *, tests hand in a scripted one.
// HTTP/1.1, TLS >= 1.2, peer and host verified, no redirects, gzip, every byte counted. Retries of
// 429, 502, 503, 504 and of broken connections stay inside the request's timeout (net/retry.h).
// HTTPS_PROXY, ALL_PROXY and NO_PROXY apply (net/proxy.h), never to loopback or to *.svc names.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct log;

struct http_tls {
    const char *ca_pem; // the only roots trusted; NULL: the system's
    size_t ca_len;
    const char *server_name; // name in the certificate when it is not the URL's host; NULL
    bool insecure;           // accept any certificate (a setting that shouts)
};

enum { HTTP_CERTIFICATE_NAME_BYTES = 256 };

// One certificate of a connection.
struct http_certificate {
    int64_t expires; // its last second; TIMESTAMP_NONE: not known
    // Distinguished names ("CN=kube-apiserver"), each one clean line, cut when longer.
    char subject[HTTP_CERTIFICATE_NAME_BYTES];
    char issuer[HTTP_CERTIFICATE_NAME_BYTES];
};

// What a server proved itself by, of a chain that was verified.
struct http_certificates {
    struct http_certificate server;
    struct http_certificate ca; // the trusted one at the chain's end; not known when the server's
                                // own is trusted itself
};

void http_certificates_init(struct http_certificates *certificates);

// Why no whole response came, finer than the error's class: the caller picks its remedy by it.
enum http_failure {
    HTTP_FAILURE_NONE,
    HTTP_FAILURE_RESOLVE,    // the name has no address
    HTTP_FAILURE_LOOKUP,     // no answer about the name's address in time
    HTTP_FAILURE_REFUSED,    // nobody listens there
    HTTP_FAILURE_CONNECT,    // unreachable, or no connection in time
    HTTP_FAILURE_HANDSHAKE,  // the connection broke in the TLS handshake, or it took too long
    HTTP_FAILURE_PROXY,      // the proxy said no
    HTTP_FAILURE_UNKNOWN_CA, // the certificate is not signed by a CA trusted here
    HTTP_FAILURE_EXPIRED,    // the certificate's time is over, or not come yet
    HTTP_FAILURE_CA_EXPIRED, // that of every CA certificate given for it is over
    HTTP_FAILURE_WRONG_NAME, // the certificate is for another host
    HTTP_FAILURE_NO_CA,      // the CA certificates to trust cannot be read
    HTTP_FAILURE_TLS,        // any other trouble of the handshake
    HTTP_FAILURE_LOST,       // the connection broke before the answer
    HTTP_FAILURE_CUT,        // the connection broke inside the answer
    HTTP_FAILURE_TIMEOUT,    // connected, but no (whole) answer in time
    HTTP_FAILURE_GARBAGE,    // the answer is no HTTP
    HTTP_FAILURE_LIMIT,      // the answer is larger than allowed
    HTTP_FAILURE_HANDLER,    // the body callback ended it
    HTTP_FAILURE_REQUEST,    // the request itself is wrong: URL, token
    HTTP_FAILURE_INTERNAL,
};

struct http_response {
    int status;       // 0 when no status line came
    const char *body; // NUL-terminated. Not 2xx: its first 64 KiB, the bearer token masked. 2xx:
                      // the whole body when
    size_t body_len;  // the request has no body callback, else ""
    const char *content_type; // "" when absent
    int64_t date;             // the Date header, TIMESTAMP_NONE when absent or wrong
    unsigned attempts;        // 1 = first try
    uint64_t received_bytes;  // of the last attempt, as decoded
    enum http_failure failure;
};

struct http_handler {
    // Bytes of a 2xx body as they come. False, with error set, ends the request with that error.
    // NULL: the body is collected in the response.
    bool (*body)(void *context, const char *bytes, size_t len, struct error *error);
    // The body seen so far is void: another attempt begins. May be NULL.
    void (*restart)(void *context);
    // Exactly once per submitted request. error is NULL when a response arrived whole, whatever its
    // status; else its class says why (network, tls, limit, protocol, settings, or the body
    // callback's) and its text names host and port. response lives until done returns.
    // A further submit is allowed in it.
    void (*done)(void *context, const struct http_response *response, const struct error *error);
};

struct http_request {
    const char *method; // "GET", "POST", "PUT", "DELETE"
    const char *url;    // absolute; https, or http to loopback; no user:password@
    const char *bearer; // token, never logged; NULL. Visible ASCII only, else ERROR_SETTINGS
    struct http_tls tls;
    // Where to note the certificates of the connection, unless that was done before; borrowed until
    // done. Left alone without TLS, with tls.insecure, and by a resumed TLS session, which brings
    // no certificates: the first connection to a server counts. NULL: nobody asks.
    struct http_certificates *certificates;
    bool direct;              // never through a proxy
    const char *accept;       // NULL: application/json
    const char *content_type; // of body; NULL: application/json
    const char *body;         // NULL for none
    size_t body_len;
    int64_t timeout_ms;      // from the first connection on, with all retries; > 0
    int64_t deadline_ms;     // on monotonic_ms()'s clock, when it must have ended; 0: none
    uint64_t max_body_bytes; // of the response, decoded; > 0
    const struct http_handler *handler;
    void *context;
};

struct http {
    // Queues a request; its strings and body are copied, tls.ca_pem is borrowed until done.
    void (*submit)(struct http *http, const struct http_request *request);
    // Works until no request is left. Handlers are called in here only.
    void (*run)(struct http *http);
};

struct http_options {
    unsigned max_concurrency; // live transfers, 1..1024; more wait in line
    const char *user_agent; // must not begin with curl, Wget or Mozilla (API servers pretty-print)
    struct log *log;        // may be NULL
};

// NULL never; what libcurl lacks is an error of the requests. user_agent is copied.
struct http *http_create(const struct http_options *options);

// Closes what is open. Requests that were submitted and never run are dropped without done.
void http_destroy(struct http *http);
DEFINE_CLEANUP_PTR(http, http_destroy)

// One request and its answer, for small bodies: submits, runs, appends the response's body to
// ret_body (the caller's, with its maximum). request->handler and context are not used. Any status
// is true; false for transport errors and for a body larger than ret_body's maximum.
struct buf;
bool http_call(struct http *http, const struct http_request *request, int *ret_status,
               struct buf *ret_body, struct error *error) MUST_USE;

// True when the host of an absolute URL is loopback (localhost, 127/8, ::1).
bool http_url_is_loopback(const char *url);
