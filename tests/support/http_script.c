// SPDX-License-Identifier: MIT
#include "support/http_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct net_identity *http_script_ca;
struct net_identity *http_script_identity;

int http_script_set_up(void **state)
{
    (void)state;
    http_script_ca = net_identity_create_ca("test CA");
    http_script_identity = net_identity_create(
        http_script_ca, "DNS:localhost,DNS:kube.example,IP:127.0.0.1", -60, 3600);
    // A proxy of the surroundings must not matter on loopback.
    (void)setenv("HTTPS_PROXY", "http://127.0.0.1:1", 1);
    return 0;
}

int http_script_tear_down(void **state)
{
    (void)state;
    net_identity_destroy(http_script_identity);
    net_identity_destroy(http_script_ca);
    return 0;
}

static const char *answer_for(const struct http_script *script, unsigned number)
{
    unsigned last = 0;
    while (script->answers[last + 1] != NULL && last < number) {
        last++;
    }
    return script->answers[last];
}

static void serve(struct net_peer *peer, void *context)
{
    const struct http_script *script = context;
    char head[8192];
    while (net_peer_read(peer, "\r\n\r\n", head, sizeof head)) {
        net_peer_send(peer, answer_for(script, net_peer_number(peer)));
        if (script->bytes != NULL) {
            net_peer_send_bytes(peer, script->bytes, script->bytes_len);
        }
        while (script->flood != NULL && net_peer_send(peer, script->flood)) {
        }
        if (script->hang) {
            net_peer_wait_closed(peer);
        }
        if (script->reset) {
            net_peer_reset(peer);
        }
        if (!script->keep) {
            return;
        }
    }
}

struct net_server *http_script_start(const struct http_script *script)
{
    struct net_server_options options = {
        .identity = http_script_identity, .serve = serve, .context = (void *)(uintptr_t)script};
    return net_server_start(&options);
}

struct http *http_script_client(unsigned window)
{
    struct http_options options = {.max_concurrency = window, .user_agent = "kasten-alerter/test"};
    return http_create(&options);
}

struct http_request http_script_request(struct http_probe *probe, const char *method,
                                        const char *url)
{
    return (struct http_request){
        .method = method,
        .url = url,
        .tls = {.ca_pem = net_identity_pem(http_script_ca),
                .ca_len = strlen(net_identity_pem(http_script_ca))},
        .timeout_ms = 20000,
        .max_body_bytes = 1024 * 1024,
        .handler = &http_probe_streaming,
        .context = probe,
    };
}

void http_script_url(char url[64], const struct net_server *server)
{
    (void)snprintf(url, 64, "https://127.0.0.1:%u/apis?limit=500", net_server_port(server));
}

void http_script_ask(const struct http_script *script, const char *method, int64_t timeout_ms,
                     struct http_probe *probe)
{
    AUTO_PTR(net_server) server = http_script_start(script);
    AUTO_PTR(http) http = http_script_client(4);
    char url[64];
    http_script_url(url, server);
    struct http_request request = http_script_request(probe, method, url);
    request.timeout_ms = timeout_ms;
    http->submit(http, &request);
    http->run(http);
    assert_int_equal(probe->done_count, 1);
    if (probe->failed && probe->failure != HTTP_FAILURE_HANDLER) {
        char endpoint[64];
        (void)snprintf(endpoint, sizeof endpoint, "127.0.0.1:%u: ", net_server_port(server));
        assert_memory_equal(probe->error.text, endpoint, strlen(endpoint));
    }
}
