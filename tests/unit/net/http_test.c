// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/timestamp.h"
#include "support/http_script.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

static void test_retries(void **state)
{
    (void)state;
    static const char busy[] = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\n"
                               "Content-Length: 4\r\n\r\nbusy";
    static const char down[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\ndown";
    static const char far_off[] = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\n"
                                  "Content-Length: 4\r\n\r\nbusy";
    static const char far_date[] = "HTTP/1.1 429 Too Many Requests\r\n"
                                   "Date: Thu, 02 Apr 2026 10:00:00 GMT\r\n"
                                   "Retry-After: Thu, 02 Apr 2026 11:00:00 GMT\r\n"
                                   "Content-Length: 4\r\n\r\nbusy";
    static const char cut[] = OK_HEAD "Content-Length: 10\r\n\r\n{\"a\":";
    static const char good[] = OK_HEAD "Content-Length: 2\r\n\r\n{}";
    static const struct {
        const char *method;
        const char *answers[4];
        unsigned attempts;
        int status;
    } rows[] = {
        {"GET", {busy, good, NULL}, 2, 200},      {"PUT", {busy, good, NULL}, 2, 200},
        {"GET", {down, good, NULL}, 2, 200},      {"PUT", {down, good, NULL}, 1, 503},
        {"GET", {"", good, NULL}, 2, 200},        {"GET", {cut, good, NULL}, 2, 200},
        {"GET", {far_off, good, NULL}, 1, 429},   {"GET", {far_date, good, NULL}, 1, 429},
        {"GET", {busy, cut, good, NULL}, 3, 200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_script script = {.answers = rows[i].answers};
        AUTO(http_probe) probe;
        http_probe_init(&probe);
        http_script_ask(&script, rows[i].method, 20000, &probe);
        assert_false(probe.failed);
        assert_int_equal(probe.status, rows[i].status);
        assert_int_equal(probe.attempts, rows[i].attempts);
        assert_int_equal(probe.restarts, rows[i].attempts - 1);
        assert_string_equal(probe.body.data, rows[i].status == 200 ? "{}" : "");
    }
}

// The sixth answer is the last word, and a refused connection is told with its attempts.
static void test_retries_end(void **state)
{
    (void)state;
    struct http_script script = {
        .answers =
            (const char *const[]){"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", NULL}};
    AUTO(http_probe) probe;
    http_probe_init(&probe);
    http_script_ask(&script, "GET", 2000, &probe);
    assert_false(probe.failed);
    assert_int_equal(probe.status, 502);
    assert_true(probe.attempts >= 1 && probe.attempts <= 6);

    AUTO_PTR(net_server) server = http_script_start(&script);
    char url[64];
    http_script_url(url, server);
    net_server_stop(TAKE(server));
    AUTO_PTR(http) http = http_script_client(1);
    AUTO(http_probe) refused;
    http_probe_init(&refused);
    struct http_request request = http_script_request(&refused, "PUT", url);
    request.timeout_ms = 600;
    http->submit(http, &request);
    http->run(http);
    assert_int_equal(refused.failure, HTTP_FAILURE_REFUSED);
    assert_non_null(strstr(refused.error.text, "connection refused"));
}

static void test_timeouts(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        const char *text;
    } rows[] = {
        {"", "waiting for the answer"},
        {OK_HEAD "Content-Length: 10\r\n\r\n{}", "in the middle of the body, after 2 bytes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_script script = {.answers = (const char *const[]){rows[i].answer, NULL},
                                     .hang = true};
        AUTO(http_probe) probe;
        http_probe_init(&probe);
        http_script_ask(&script, "GET", 1000, &probe);
        assert_int_equal(probe.failure, HTTP_FAILURE_TIMEOUT);
        assert_int_equal(probe.error.class, ERROR_NETWORK);
        assert_non_null(strstr(probe.error.text, rows[i].text));
        assert_int_equal(probe.attempts, 1);
    }
}

static void hang_up_serve(struct net_peer *peer, void *context)
{
    (void)context;
    net_peer_wait_closed(peer);
}

// TCP stands, TLS never comes.
static void test_handshake_timeout(void **state)
{
    (void)state;
    struct net_server_options options = {.serve = hang_up_serve};
    AUTO_PTR(net_server) server = net_server_start(&options);
    AUTO_PTR(http) http = http_script_client(1);
    AUTO(http_probe) probe;
    http_probe_init(&probe);
    char url[64];
    http_script_url(url, server);
    struct http_request request = http_script_request(&probe, "GET", url);
    request.timeout_ms = 300;
    http->submit(http, &request);
    http->run(http);
    assert_int_equal(probe.failure, HTTP_FAILURE_HANDSHAKE);
    if (strstr(probe.error.text, "in the TLS handshake") == NULL) {
        fail_msg("%s", probe.error.text);
    }
}

// A listener whose queue is full drops further SYNs: TCP never stands.
static void test_connect_timeout(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_return_code(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_return_code(listen(listener, 0), 0);
    assert_return_code(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    int fillers[4];
    for (size_t i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (struct sockaddr *)&address, len);
    }
    AUTO_PTR(http) http = http_script_client(1);
    AUTO(http_probe) probe;
    http_probe_init(&probe);
    char url[64];
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u/", (unsigned)ntohs(address.sin_port));
    struct http_request request = http_script_request(&probe, "GET", url);
    request.timeout_ms = 300;
    http->submit(http, &request);
    http->run(http);
    for (size_t i = 0; i < 4; i++) {
        close(fillers[i]);
    }
    close(listener);
    assert_int_equal(probe.failure, HTTP_FAILURE_CONNECT);
    if (strstr(probe.error.text, "while connecting") == NULL) {
        fail_msg("%s", probe.error.text);
    }
}

static void test_handler_ends_it(void **state)
{
    (void)state;
    struct http_script script = {
        .answers = (const char *const[]){OK_HEAD "Content-Length: 8\r\n\r\n[1,2,3]\n", NULL}};
    AUTO(http_probe) probe;
    http_probe_init(&probe);
    probe.refuse_after = 1;
    http_script_ask(&script, "GET", 20000, &probe);
    assert_true(probe.failed);
    assert_int_equal(probe.failure, HTTP_FAILURE_HANDLER);
    assert_int_equal(probe.error.class, ERROR_PROTOCOL);
    assert_string_equal(probe.error.text, "seen enough");
    assert_int_equal(probe.attempts, 1);
}

static void test_what_is_sent(void **state)
{
    (void)state;
    struct http_script script = {
        .answers = (const char *const[]){OK_HEAD "Date: Thu, 02 Apr 2026 10:00:00 GMT\r\n"
                                                 "Content-Length: 2\r\n\r\n{}",
                                         NULL}};
    AUTO_PTR(net_server) server = http_script_start(&script);
    AUTO_PTR(http) http = http_script_client(1);
    AUTO(http_probe) probe;
    http_probe_init(&probe);
    char url[64];
    http_script_url(url, server);
    char token[] = "abc.def-_~+/=";
    struct http_request request = http_script_request(&probe, "PUT", url);
    request.bearer = token;
    request.body = "{\"kind\":\"ConfigMap\"}";
    request.body_len = strlen(request.body);
    request.handler = &http_probe_collecting;
    http->submit(http, &request);
    memset(token, 'x', sizeof token - 1); // the request holds its own copy
    http->run(http);
    assert_false(probe.failed);
    assert_string_equal(probe.text, "{}");
    assert_string_equal(probe.content_type, "application/json");
    int64_t wanted;
    assert_true(timestamp_parse("2026-04-02T10:00:00Z", &wanted));
    assert_int_equal(probe.date, wanted);
    assert_true(net_server_received(server, "PUT /apis?limit=500 HTTP/1.1\r\n"));
    assert_true(net_server_received(server, "Authorization: Bearer abc.def-_~+/=\r\n"));
    assert_true(net_server_received(server, "Accept: application/json\r\n"));
    assert_true(net_server_received(server, "Accept-Encoding: gzip\r\n"));
    assert_true(net_server_received(server, "User-Agent: kasten-alerter/test\r\n"));
    assert_true(net_server_received(server, "Content-Type: application/json\r\n"));
    assert_true(net_server_received(server, "Content-Length: 20\r\n"));
    assert_false(net_server_received(server, "Expect:"));
}

static void test_bad_requests(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *bearer;
    } rows[] = {
        {"http://api.example/", NULL},
        {"https://user:secret@127.0.0.1:1/", NULL},
        {"nonsense", NULL},
        {"https://127.0.0.1:1/", "tok\r\nX-Evil: secret"},
        {"https://127.0.0.1:1/", "secret\n"},
        {"https://127.0.0.1:1/", "secret token"},
        {"https://127.0.0.1:1/", "secret\xC3\xA9"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_PTR(http) http = http_script_client(1);
        AUTO(http_probe) probe;
        http_probe_init(&probe);
        struct http_request request = http_script_request(&probe, "GET", rows[i].url);
        request.bearer = rows[i].bearer;
        http->submit(http, &request);
        assert_int_equal(probe.done_count, 0); // handlers run in run() only
        http->run(http);
        assert_int_equal(probe.done_count, 1);
        assert_int_equal(probe.failure, HTTP_FAILURE_REQUEST);
        assert_int_equal(probe.error.class, ERROR_SETTINGS);
        assert_int_equal(probe.attempts, 0);
        assert_null(strstr(probe.error.text, "secret"));
    }
}

// 40 requests through a window of 3: never more than 3 connections open, all answered.
static void test_window(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    struct http_script script = {
        .answers = (const char *const[]){OK_HEAD "Content-Length: 2\r\n\r\n{}", NULL},
        .keep = true};
    AUTO_PTR(net_server) server = http_script_start(&script);
    AUTO_PTR(http) http = http_script_client(3);
    char url[64];
    http_script_url(url, server);
    struct http_probe probes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        http_probe_init(&probes[i]);
        struct http_request request = http_script_request(&probes[i], "GET", url);
        http->submit(http, &request);
    }
    http->run(http);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(probes[i].done_count, 1);
        assert_int_equal(probes[i].status, 200);
        http_probe_cleanup(&probes[i]);
    }
    assert_true(net_server_most_open(server) <= 3);
    // Pages of one list ride on the connections that stand.
    assert_true(net_server_connections(server) <= 3);
    assert_int_equal(net_server_received_count(server, "GET /apis"), COUNT);
}

struct chain {
    struct http *http;
    struct http_request request;
    unsigned left;
    unsigned done;
};

static void chain_done(void *context, const struct http_response *response,
                       const struct error *error)
{
    struct chain *chain = context;
    assert_null(error);
    assert_int_equal(response->status, 200);
    chain->done++;
    if (--chain->left > 0) {
        chain->http->submit(chain->http, &chain->request);
    }
}

// The next page is asked for in done.
static void test_submit_in_done(void **state)
{
    (void)state;
    struct http_script script = {
        .answers = (const char *const[]){OK_HEAD "Content-Length: 2\r\n\r\n{}", NULL},
        .keep = true};
    static const struct http_handler handler = {.done = chain_done};
    AUTO_PTR(net_server) server = http_script_start(&script);
    AUTO_PTR(http) http = http_script_client(1);
    char url[64];
    http_script_url(url, server);
    struct chain chain = {.http = http, .left = 5};
    chain.request = http_script_request(NULL, "GET", url);
    chain.request.handler = &handler;
    chain.request.context = &chain;
    http->submit(http, &chain.request);
    http->run(http);
    assert_int_equal(chain.done, 5);
    assert_int_equal(net_server_connections(server), 1);
}

static void test_call(void **state)
{
    (void)state;
    struct http_script script = {
        .answers =
            (const char *const[]){"HTTP/1.1 409 Conflict\r\nContent-Length: 3\r\n\r\nold", NULL}};
    AUTO_PTR(net_server) server = http_script_start(&script);
    AUTO_PTR(http) http = http_script_client(1);
    char url[64];
    http_script_url(url, server);
    struct http_request request = http_script_request(NULL, "PUT", url);
    struct error error;
    AUTO(buf) body;
    buf_init(&body, 100);
    int status = 0;
    assert_true(http_call(http, &request, &status, &body, &error));
    assert_int_equal(status, 409);
    assert_string_equal(body.data, "old");
    AUTO(buf) small;
    buf_init(&small, 2);
    assert_false(http_call(http, &request, &status, &small, &error));
    assert_int_equal(error.class, ERROR_LIMIT);
    request.url = "nonsense";
    assert_false(http_call(http, &request, &status, &body, &error));
    assert_int_equal(error.class, ERROR_SETTINGS);
}

// Requests that never ran are freed.
static void test_destroy(void **state)
{
    (void)state;
    struct http *http = http_script_client(1);
    AUTO(http_probe) probe;
    http_probe_init(&probe);
    struct http_request request = http_script_request(&probe, "GET", "https://127.0.0.1:1/");
    http->submit(http, &request);
    http_destroy(http);
    http_destroy(NULL);
    assert_int_equal(probe.done_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retries),
        cmocka_unit_test(test_retries_end),
        cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_handshake_timeout),
        cmocka_unit_test(test_connect_timeout),
        cmocka_unit_test(test_handler_ends_it),
        cmocka_unit_test(test_what_is_sent),
        cmocka_unit_test(test_bad_requests),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_submit_in_done),
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_destroy),
    };
    return cmocka_run_group_tests(tests, http_script_set_up, http_script_tear_down);
}
