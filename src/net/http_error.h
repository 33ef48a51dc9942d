// SPDX-License-Identifier: MIT
// What libcurl says about a transfer that failed, as a failure, an error class and words for a
// person. Pure: every fact comes in by value.
#pragma once

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/http.h"

struct http_error_case {
    CURLcode code;
    long verify_result;
    long os_errno;
    long proxy_status;     // of CONNECT, 0 when none came
    const char *curl_text; // libcurl's error buffer
    const char *endpoint;  // "host:port"
    const char *name;      // that the certificate must carry
    const char *proxy;     // "host:port", NULL when direct
    bool own_ca;
    int64_t ca_expired; // see tls.h
    bool resolved;      // the name has an address
    bool connected;     // TCP stands
    bool ready;         // TLS too: the request could be sent
    int status;         // 0 before the status line
    uint64_t received_bytes;
    int64_t elapsed_ms;
};

// Sets error to "ENDPOINT: what happened".
enum http_failure http_error_explain(const struct http_error_case *the_case, struct error *error);
