// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/http_script.h"

// A label longer than 63 octets: fails to resolve without asking any name server.
#define NO_NAME "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid"

struct proxy {
    const char *answer;
    char connect[8192]; // what came before the tunnel
};

static void serve_proxy(struct net_peer *peer, void *context)
{
    struct proxy *proxy = context;
    if (net_peer_read(peer, "\r\n\r\n", proxy->connect, sizeof proxy->connect)) {
        net_peer_send(peer, proxy->answer);
        char head[8192];
        if (strstr(proxy->answer, " 200 ") != NULL && net_peer_start_tls(peer) &&
            net_peer_read(peer, "\r\n\r\n", head, sizeof head)) {
            net_peer_send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        }
    }
}

// A proxy that HTTPS_PROXY names, with a password.
static struct net_server *start_proxy(struct proxy *proxy)
{
    struct net_server_options options = {.identity = http_script_identity,
                                         .plain_start = true,
                                         .serve = serve_proxy,
                                         .context = proxy};
    struct net_server *server = net_server_start(&options);
    char setting[64];
    (void)snprintf(setting, sizeof setting, "http://u:pw@127.0.0.1:%u", net_server_port(server));
    (void)setenv("HTTPS_PROXY", setting, 1);
    (void)unsetenv("https_proxy");
    (void)unsetenv("no_proxy");
    (void)unsetenv("NO_PROXY");
    return server;
}

static struct http_request request_to(const char *url, struct http_probe *probe)
{
    http_probe_init(probe);
    struct http_request request = http_script_request(probe, "GET", url);
    request.handler = &http_probe_collecting;
    request.bearer = "t0ken";
    return request;
}

static void ask(const struct http_request *request)
{
    AUTO_PTR(http) http = http_script_client(1);
    http->submit(http, request);
    http->run(http);
}

static void test_tunnel(void **state)
{
    (void)state;
    struct proxy proxy = {.answer = "HTTP/1.1 200 Connected\r\nDate: nonsense\r\n\r\n"};
    {
        AUTO_PTR(net_server) server = start_proxy(&proxy);
        AUTO(http_probe) probe;
        struct http_request request = request_to("https://kube.example:6443/apis", &probe);
        ask(&request);
        assert_false(probe.failed);
        assert_string_equal(probe.text, "{}");
        assert_true(net_server_received(server, "Authorization: Bearer t0ken"));
    }
    assert_memory_equal(proxy.connect, "CONNECT kube.example:6443 ", 26);
    assert_null(strstr(proxy.connect, "t0ken"));
    assert_null(strstr(proxy.connect, "Bearer"));
}

static void test_refused(void **state)
{
    (void)state;
    struct proxy proxy = {.answer = "HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n"};
    AUTO_PTR(net_server) server = start_proxy(&proxy);
    AUTO(http_probe) probe;
    struct http_request request = request_to("https://kube.example:6443/apis", &probe);
    ask(&request);
    assert_int_equal(probe.failure, HTTP_FAILURE_PROXY);
    assert_null(strstr(probe.error.text, "pw"));
    char wanted[128];
    (void)snprintf(wanted, sizeof wanted,
                   "kube.example:6443 through the proxy 127.0.0.1:%u: the proxy refused",
                   net_server_port(server));
    assert_memory_equal(probe.error.text, wanted, strlen(wanted));
}

// NO_PROXY is about the host, not about the name in its certificate; direct is about everything.
static void test_direct(void **state)
{
    (void)state;
    struct proxy proxy = {.answer = "HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n"};
    AUTO_PTR(net_server) server = start_proxy(&proxy);
    for (size_t i = 0; i < 2; i++) {
        AUTO(http_probe) probe;
        struct http_request request = request_to("https://" NO_NAME ":6443/", &probe);
        request.tls.server_name = "kube.example";
        request.direct = i == 1;
        (void)setenv("NO_PROXY", i == 0 ? "10.0.0.0/8," NO_NAME : "10.0.0.0/8", 1);
        ask(&request);
        assert_int_equal(probe.failure, HTTP_FAILURE_RESOLVE);
        assert_non_null(strstr(probe.error.text, NO_NAME ":6443: the name does not"));
    }
    assert_int_equal(net_server_connections(server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tunnel),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_direct),
    };
    return cmocka_run_group_tests(tests, http_script_set_up, http_script_tear_down);
}
