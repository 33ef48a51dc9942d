// SPDX-License-Identifier: MIT
// Which request comes next when more wait than the window holds.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/http_queue.h"
#include "net/http_transfer.h"
#include "support/http_probe.h"
#include "support/http_script.h"
#include "support/net_server.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

static void add(struct http_queue *queue, const char *url)
{
    http_queue_append(queue, http_transfer_create(&(struct http_request){
                                 .method = "GET", .url = url, .timeout_ms = 1000}));
}

static void expect_next(struct http_queue *queue, const char *url)
{
    struct http_transfer *next = http_queue_take(queue);
    assert_non_null(next);
    assert_string_equal(next->request.url, url);
    next->server->active++;
    http_transfer_destroy(next);
}

static void test_order(void **state)
{
    (void)state;
    struct http_queue queue;
    http_queue_init(&queue);
    assert_null(http_queue_take(&queue));
    add(&queue, "https://a.example:6443/1");
    add(&queue, "https://a.example:6443/2");
    add(&queue, "https://b.example:6443/1");
    add(&queue, "https://a.example:443/1");
    expect_next(&queue, "https://a.example:6443/1");
    expect_next(&queue, "https://b.example:6443/1"); // nobody is there yet
    add(&queue, "https://b.example:6443/2");
    expect_next(&queue, "https://a.example:443/1");  // another port is another server
    expect_next(&queue, "https://a.example:6443/2"); // of equals the first in line
    expect_next(&queue, "https://b.example:6443/2");
    assert_null(http_queue_take(&queue));
    add(&queue, "https://b.example:6443/3");
    expect_next(&queue, "https://b.example:6443/3");
    http_queue_finish(&queue);
}

static void test_a_free_place_goes_to_the_same_server(void **state)
{
    (void)state;
    struct http_queue queue;
    http_queue_init(&queue);
    add(&queue, "https://a.example/1");
    add(&queue, "https://a.example/2");
    add(&queue, "https://b.example/1");
    struct http_transfer *first = http_queue_take(&queue);
    struct http_server *a = first->server;
    a->active++;
    http_transfer_destroy(first);
    a->active--;
    expect_next(&queue, "https://a.example/2");
    struct http_transfer *left = http_queue_take(&queue);
    assert_string_equal(left->request.url, "https://b.example/1");
    http_transfer_destroy(left);
    http_queue_finish(&queue);
}

enum { EACH = 50 };

// Which of two servers answered, in the order of the answers.
struct order {
    size_t count;
    size_t first_of_second; // how many had been answered before
};

struct asked {
    struct order *order;
    bool is_second;
};

static void on_done(void *context, const struct http_response *response, const struct error *error)
{
    struct asked *asked = context;
    struct order *order = asked->order;
    assert_null(error);
    assert_int_equal(response->status, 200);
    if (asked->is_second && order->first_of_second == SIZE_MAX) {
        order->first_of_second = order->count;
    }
    order->count++;
}

static void submit_to(struct http *http, struct net_server *server, struct asked *asked)
{
    static const struct http_handler handler = {.done = on_done};
    struct http_probe probe;
    char url[64];
    http_probe_init(&probe);
    http_script_url(url, server);
    struct http_request request = http_script_request(&probe, "GET", url);
    request.handler = &handler;
    request.context = asked;
    for (size_t i = 0; i < EACH; i++) {
        http->submit(http, &request);
    }
    http_probe_cleanup(&probe);
}

// In the order of submission the second server would wait for all but one of the first's.
static void test_a_window_is_spread_over_the_servers(void **state)
{
    (void)state;
    struct http_script script = {
        .answers = (const char *const[]){OK_HEAD "Content-Length: 2\r\n\r\n{}", NULL},
        .keep = true};
    AUTO_PTR(net_server) first = http_script_start(&script);
    AUTO_PTR(net_server) second = http_script_start(&script);
    AUTO_PTR(http) http = http_script_client(2);
    struct order order = {.first_of_second = SIZE_MAX};
    struct asked of_first = {&order, false};
    struct asked of_second = {&order, true};
    submit_to(http, first, &of_first);
    submit_to(http, second, &of_second);
    http->run(http);
    assert_int_equal(order.count, 2 * EACH);
    assert_true(order.first_of_second < EACH - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_a_free_place_goes_to_the_same_server),
        cmocka_unit_test(test_a_window_is_spread_over_the_servers),
    };
    return cmocka_run_group_tests(tests, http_script_set_up, http_script_tear_down);
}
