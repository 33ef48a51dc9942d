// SPDX-License-Identifier: MIT
// HTTPS answers by script, and a client for them, for tests of net/http.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/http.h"
#include "support/http_probe.h"
#include "support/net_server.h"

// What the server says.
struct http_script {
    const char *const *answers; // to the n-th connection; ends in NULL; the last is repeated
    const char *flood;          // sent over and over behind the answer until the client goes
    bool reset;
    bool hang; // after the answer, until the client goes
    bool keep; // the connection stays for further requests
    const char *bytes;
    size_t bytes_len; // sent behind the answer
};

// cmocka group fixtures: make and free http_script_ca and the server's certificate, for localhost,
// kube.example and 127.0.0.1.
int http_script_set_up(void **state);
int http_script_tear_down(void **state);
extern struct net_identity *http_script_ca;
extern struct net_identity *http_script_identity;

// script must outlive the server.
struct net_server *http_script_start(const struct http_script *script);
struct http *http_script_client(unsigned window);

// A streaming request that trusts http_script_ca; 20 s, 1 MiB.
struct http_request http_script_request(struct http_probe *probe, const char *method,
                                        const char *url);
void http_script_url(char url[64], const struct net_server *server);

// One request against one script; asserts that it ended once and that its error names the host.
void http_script_ask(const struct http_script *script, const char *method, int64_t timeout_ms,
                     struct http_probe *probe);
