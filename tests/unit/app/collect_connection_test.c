// SPDX-License-Identifier: MIT
// From a real TLS connection to what a pass finds to expire: fleet, lists, certificates,
// conditions.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "app/collect.h"
#include "base/arena.h"
#include "base/log.h"
#include "core/ledger.h"
#include "support/http_script.h"

enum { SLACK = 60 };
#define DAY 86400L

static const char list[] =
    "HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n{\"kind\":\"AnyList\",\"items\":[  ]}";

static int64_t real_clock(void)
{
    return (int64_t)time(NULL);
}

static void drop_line(struct log *log, enum log_level level, const char *message,
                      const struct log_field *fields)
{
    (void)log, (void)level, (void)message, (void)fields;
}

// A pass over one cluster at url that trusts root.
static void look(struct arena *arena, const char *url, const struct net_identity *root,
                 struct collection *ret)
{
    static struct log silent = {drop_line, LOG_DEBUG};
    static const enum action_kind kinds[] = {ACTION_BACKUP, ACTION_EXPORT};
    const int64_t window_starts[] = {real_clock(), real_clock()};
    struct cluster_settings cluster = {.number = 1,
                                       .name = "one",
                                       .label = "one",
                                       .api_url = url,
                                       .token = "t",
                                       .ca_pem = net_identity_pem(root)};
    struct settings settings = {.clusters = &cluster, .cluster_count = 1, .request_timeout_s = 20};
    struct fleet_environment environment = {.service_account_dir = "/nonexistent"};
    struct fleet fleet;
    fleet_init(arena, &settings, &environment, &fleet);
    AUTO_PTR(http) http = http_script_client(4);
    struct ledger ledger;
    ledger_init(&ledger, arena);
    struct collect_input input = {.http = http,
                                  .fleet = &fleet,
                                  .kinds = kinds,
                                  .kind_count = 2,
                                  .window_starts = window_starts,
                                  .ledger = &ledger,
                                  .clock = real_clock,
                                  .log = &silent};
    collect(arena, &input, ret);
}

static void expect(const struct plan_condition *condition, const char *name, int64_t seconds,
                   const char *note)
{
    int64_t left = condition->expires - real_clock();
    assert_int_equal(condition->class, ALERT_EXPIRING);
    assert_string_equal(condition->name, name);
    assert_true(left <= seconds && left > seconds - SLACK);
    assert_non_null(strstr(condition->note, note));
}

static void serve_list(struct net_peer *peer, void *context)
{
    (void)context;
    char head[8192];
    while (net_peer_read(peer, "\r\n\r\n", head, sizeof head)) {
        net_peer_send(peer, list);
    }
}

// The same for a server whose certificate and CA expire in so many seconds.
static void look_at(struct arena *arena, long server_seconds, long ca_seconds,
                    struct collection *ret)
{
    AUTO_PTR(net_identity) ca = net_identity_create_ca_until("the CA", ca_seconds);
    AUTO_PTR(net_identity)
    identity = net_identity_create(ca, "IP:127.0.0.1", -60, server_seconds);
    struct net_server_options options = {.identity = identity, .serve = serve_list};
    AUTO_PTR(net_server) server = net_server_start(&options);
    char url[64];
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u", net_server_port(server));
    look(arena, url, ca, ret);
    assert_int_equal(ret->extent, SIGHT_ALL);
}

static void certificate_and_ca_expire_soon(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct collection found;
    look_at(arena, 7 * DAY, 13 * DAY, &found);
    assert_int_equal(found.condition_count, 2);
    expect(&found.conditions[0], "certificate", 7 * DAY, "CN=test server, issued by CN=the CA");
    expect(&found.conditions[1], "ca", 13 * DAY, "CN=the CA");
}

static void they_last(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct collection found;
    look_at(arena, 15 * DAY, 4000L * DAY, &found);
    assert_int_equal(found.condition_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificate_and_ca_expire_soon),
        cmocka_unit_test(they_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
