// SPDX-License-Identifier: MIT
// What connections tell of certificates: from a real handshake to the struct the caller reads.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "net/certificate.h"
#include "support/http_probe.h"
#include "support/net_server.h"

enum { HOUR = 3600, SLACK = 30 };

static struct net_identity *ca;
static struct net_identity *identity;

static int set_up(void **state)
{
    (void)state;
    ca = net_identity_create_ca("test CA");
    identity = net_identity_create(ca, "IP:127.0.0.1", -60, HOUR);
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unsetenv(names[i]);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    net_identity_destroy(identity);
    net_identity_destroy(ca);
    return 0;
}

static void serve(struct net_peer *peer, void *context)
{
    const char *answer = context;
    char head[8192];
    while (net_peer_read(peer, "\r\n\r\n", head, sizeof head)) {
        net_peer_send(peer, answer);
        if (strstr(answer, "Connection: close") != NULL) {
            return;
        }
    }
}

static char keep_open[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
static char close_each[] = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";

static struct net_server *start(const struct net_identity *with, char *answer)
{
    struct net_server_options options = {.identity = with, .serve = serve, .context = answer};
    return net_server_start(&options);
}

static struct http *create(void)
{
    struct http_options options = {.max_concurrency = 2, .user_agent = "kasten-alerter/test"};
    return http_create(&options);
}

static struct http_tls trust(const struct net_identity *root)
{
    const char *pem = net_identity_pem(root);
    return (struct http_tls){.ca_pem = pem, .ca_len = strlen(pem)};
}

static void ask(struct http *http, const struct net_server *server, const struct http_tls *tls,
                struct http_certificates *certificates, struct http_probe *probe)
{
    char url[64];
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u/", tls != NULL ? "https" : "http",
                   net_server_port(server));
    http_probe_init(probe);
    struct http_request request = {
        .method = "GET",
        .url = url,
        .tls = tls != NULL ? *tls : (struct http_tls){.ca_pem = NULL},
        .certificates = certificates,
        .timeout_ms = 20000,
        .max_body_bytes = 1000,
        .handler = &http_probe_collecting,
        .context = probe,
    };
    http->submit(http, &request);
    http->run(http);
    assert_int_equal(probe->done_count, 1);
}

static void expect_in(int64_t expires, int64_t seconds)
{
    int64_t left = expires - (int64_t)time(NULL);
    if (left > seconds || left < seconds - SLACK) {
        fail_msg("expires in %lld s, expected %lld", (long long)left, (long long)seconds);
    }
}

static void expect_both(const struct http_certificates *certificates)
{
    expect_in(certificates->server.expires, HOUR);
    assert_string_equal(certificates->server.subject, "CN=test server");
    assert_string_equal(certificates->server.issuer, "CN=test CA");
    expect_in(certificates->ca.expires, 86400);
    assert_string_equal(certificates->ca.subject, "CN=test CA");
    assert_string_equal(certificates->ca.issuer, "CN=test CA");
}

static void test_server_and_ca(void **state)
{
    (void)state;
    AUTO_PTR(net_server) server = start(identity, keep_open);
    AUTO_PTR(http) http = create();
    struct http_tls tls = trust(ca);
    struct http_certificates certificates;
    http_certificates_init(&certificates);
    AUTO(http_probe) probe;
    ask(http, server, &tls, &certificates, &probe);
    assert_false(probe.failed);
    expect_both(&certificates);
    // The connection that stands tells it again, to whom it is new.
    struct http_certificates later;
    http_certificates_init(&later);
    AUTO(http_probe) again;
    ask(http, server, &tls, &later, &again);
    assert_int_equal(net_server_connections(server), 1);
    expect_both(&later);
    certificates.server.expires = 7;
    AUTO(http_probe) third;
    ask(http, server, &tls, &certificates, &third);
    assert_int_equal(certificates.server.expires, 7);
}

// Whatever a session that is resumed lacks, what the first connection told stays.
static void test_resumed_sessions(void **state)
{
    (void)state;
    AUTO_PTR(net_server) server = start(identity, close_each);
    AUTO_PTR(http) http = create();
    struct http_tls tls = trust(ca);
    struct http_certificates certificates;
    http_certificates_init(&certificates);
    for (int i = 0; i < 3; i++) {
        AUTO(http_probe) probe;
        ask(http, server, &tls, &certificates, &probe);
        assert_false(probe.failed);
        expect_both(&certificates);
    }
    assert_int_equal(net_server_connections(server), 3);
}

static void expect_nothing(const struct http_certificates *certificates)
{
    assert_true(certificates->server.expires == TIMESTAMP_NONE);
    assert_true(certificates->ca.expires == TIMESTAMP_NONE);
}

static void test_what_nobody_verified(void **state)
{
    (void)state;
    AUTO_PTR(net_server) server = start(identity, keep_open);
    AUTO_PTR(net_server) plain = start(NULL, keep_open);
    AUTO_PTR(http) http = create();
    struct http_tls insecure = trust(ca);
    insecure.insecure = true;
    struct http_certificates certificates;
    http_certificates_init(&certificates);
    AUTO(http_probe) first;
    ask(http, server, &insecure, &certificates, &first);
    assert_false(first.failed);
    expect_nothing(&certificates);
    AUTO(http_probe) second;
    ask(http, plain, NULL, &certificates, &second);
    assert_false(second.failed);
    expect_nothing(&certificates);
}

static void test_a_trusted_server_certificate_has_no_ca(void **state)
{
    (void)state;
    AUTO_PTR(net_identity) self_signed = net_identity_create(NULL, "IP:127.0.0.1", -60, HOUR);
    AUTO_PTR(net_server) server = start(self_signed, keep_open);
    AUTO_PTR(http) http = create();
    struct http_tls tls = trust(self_signed);
    struct http_certificates certificates;
    http_certificates_init(&certificates);
    AUTO(http_probe) probe;
    ask(http, server, &tls, &certificates, &probe);
    assert_false(probe.failed);
    expect_in(certificates.server.expires, HOUR);
    assert_true(certificates.ca.expires == TIMESTAMP_NONE);
}

static void test_names_are_clean_lines(void **state)
{
    (void)state;
    AUTO_PTR(net_identity) evil = net_identity_create_ca("a\r\nb\x1b[31m\xE2\x80\xAE \xC3\xBC,x");
    AUTO_PTR(net_identity) leaf = net_identity_create(evil, "IP:127.0.0.1", -60, HOUR);
    AUTO_PTR(net_server) server = start(leaf, keep_open);
    AUTO_PTR(http) http = create();
    struct http_tls tls = trust(evil);
    struct http_certificates certificates;
    http_certificates_init(&certificates);
    AUTO(http_probe) probe;
    ask(http, server, &tls, &certificates, &probe);
    assert_false(probe.failed);
    const char *issuer = certificates.server.issuer;
    assert_non_null(strstr(issuer, "\xC3\xBC"));
    for (const char *c = issuer; *c != '\0'; c++) {
        assert_true((unsigned char)*c >= ' ');
    }
    assert_null(strstr(issuer, "\xE2\x80\xAE"));
    assert_string_equal(issuer, certificates.ca.subject);
}

static void test_expired_ca(void **state)
{
    (void)state;
    AUTO_PTR(net_identity) old_ca = net_identity_create_ca_until("old CA", -HOUR);
    AUTO_PTR(net_identity) leaf = net_identity_create(old_ca, "IP:127.0.0.1", -60, HOUR);
    AUTO_PTR(net_server) server = start(leaf, keep_open);
    AUTO_PTR(http) http = create();
    struct http_tls tls = trust(old_ca);
    AUTO(http_probe) probe;
    ask(http, server, &tls, NULL, &probe);
    assert_int_equal(probe.failure, HTTP_FAILURE_CA_EXPIRED);
    assert_non_null(strstr(probe.error.text, "the CA given for it expired on 2"));
}

static void test_last_expiry_of_a_bundle(void **state)
{
    (void)state;
    AUTO_PTR(net_identity) old_ca = net_identity_create_ca_until("old CA", -HOUR);
    AUTO(buf) bundle;
    buf_init(&bundle, 65536);
    static const char damaged[] = "-----BEGIN CERTIFICATE-----\nAAAA\n"
                                  "-----END CERTIFICATE-----\n";
    static const char *const empty[] = {"", "no certificate", damaged};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        assert_true(certificate_last_expiry(empty[i], strlen(empty[i])) == TIMESTAMP_NONE);
    }
    buf_add_text(&bundle, "# the old one\n");
    buf_add_text(&bundle, net_identity_pem(old_ca));
    expect_in(certificate_last_expiry(bundle.data, bundle.len), -HOUR);
    buf_add_text(&bundle, "# the new one\n");
    buf_add_text(&bundle, net_identity_pem(ca));
    expect_in(certificate_last_expiry(bundle.data, bundle.len), 86400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_and_ca),
        cmocka_unit_test(test_resumed_sessions),
        cmocka_unit_test(test_what_nobody_verified),
        cmocka_unit_test(test_a_trusted_server_certificate_has_no_ca),
        cmocka_unit_test(test_names_are_clean_lines),
        cmocka_unit_test(test_expired_ca),
        cmocka_unit_test(test_last_expiry_of_a_bundle),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
