// SPDX-License-Identifier: MIT
// TLS as every connection of this program has it: version 1.2 or later, certificate and name
// verified, one set of roots. A private CA replaces the system's roots, it does not join them.
#pragma once

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/http.h"

// Collects the outcome of many curl_easy_setopt calls: the first that fails is kept by name, the
// rest are skipped.
struct curl_options {
    CURL *easy;
    CURLcode code;
    const char *failed;
};

#define SET_OPTION(options, option, value)                                        \
    do {                                                                          \
        if ((options)->code == CURLE_OK) {                                        \
            (options)->code = curl_easy_setopt((options)->easy, (option), value); \
            (options)->failed = (options)->code == CURLE_OK ? NULL : #option;     \
        }                                                                         \
    } while (0)

// True when every option was taken, else ERROR_INTERNAL with the option's name.
bool curl_options_check(const struct curl_options *options, struct error *error) MUST_USE;

// ca_pem is borrowed until the transfer ends; NULL means the system's roots.
void tls_set_options(struct curl_options *options, const char *ca_pem, size_t ca_len,
                     bool insecure);

// What libcurl knows of a failed TLS connection.
struct tls_case {
    CURLcode code;
    long verify_result;    // CURLINFO_SSL_VERIFYRESULT
    const char *curl_text; // its error buffer
    const char *name;      // the name that was to be verified
    bool own_ca;
    int64_t ca_expired; // when all of the CA certificates given had expired, 0: they have not
};

// True when the code is one of TLS: *ret_failure is then one of the TLS failures, or
// HTTP_FAILURE_HANDSHAKE when the connection broke in the handshake, and error says it in words
// without host and port.
bool tls_explain(const struct tls_case *the_case, enum http_failure *ret_failure,
                 struct error *error) MUST_USE;
