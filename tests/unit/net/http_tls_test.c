// SPDX-License-Identifier: MIT
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "support/http_probe.h"
#include "support/net_server.h"

static struct net_identity *ca;
static struct net_identity *other_ca;
static struct net_identity *identity;

// libcurl's ways to the system's roots, seen from here: how often it took them, and what they hold.
static unsigned system_store_reads;
static char system_roots[] = "/tmp/kasten-roots-XXXXXX";

int SSL_CTX_load_verify_file(SSL_CTX *tls, const char *file)
{
    (void)file;
    system_store_reads++;
    int (*real)(SSL_CTX *, const char *);
    *(void **)&real = dlsym(RTLD_NEXT, "SSL_CTX_load_verify_file");
    return real(tls, system_roots);
}

int SSL_CTX_load_verify_dir(SSL_CTX *tls, const char *folder)
{
    (void)tls, (void)folder;
    system_store_reads++;
    return 1;
}

int X509_STORE_load_file(X509_STORE *store, const char *file)
{
    (void)file;
    system_store_reads++;
    int (*real)(X509_STORE *, const char *);
    *(void **)&real = dlsym(RTLD_NEXT, "X509_STORE_load_file");
    return real(store, system_roots);
}

int X509_STORE_load_path(X509_STORE *store, const char *folder)
{
    (void)store, (void)folder;
    system_store_reads++;
    return 1;
}

static void write_file(char *template, const char *text)
{
    int file = mkstemp(template);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
}

static int set_up(void **state)
{
    (void)state;
    ca = net_identity_create_ca("test CA");
    other_ca = net_identity_create_ca("other CA");
    identity = net_identity_create(ca, "DNS:localhost,DNS:kube.example,IP:127.0.0.1", -60, 3600);
    write_file(system_roots, net_identity_pem(ca));
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",   "no_proxy",    "NO_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unsetenv(names[i]);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(system_roots);
    net_identity_destroy(identity);
    net_identity_destroy(other_ca);
    net_identity_destroy(ca);
    return 0;
}

static void serve_ok(struct net_peer *peer, void *context)
{
    (void)context;
    char head[8192];
    while (net_peer_read(peer, "\r\n\r\n", head, sizeof head)) {
        net_peer_send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    }
}

static struct net_server *start(const struct net_identity *with)
{
    struct net_server_options options = {.identity = with, .serve = serve_ok};
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

// One GET of https://HOST:PORT/.
static void ask(struct http *http, const char *host, unsigned port, const struct http_tls *tls,
                struct http_probe *probe)
{
    char url[300];
    (void)snprintf(url, sizeof url, "https://%s:%u/apis", host, port);
    http_probe_init(probe);
    struct http_request request = {
        .method = "GET",
        .url = url,
        .bearer = "t0ken",
        .tls = *tls,
        .timeout_ms = 20000,
        .max_body_bytes = 1000,
        .handler = &http_probe_collecting,
        .context = probe,
    };
    http->submit(http, &request);
    http->run(http);
    assert_int_equal(probe->done_count, 1);
}

static void expect_failure(const struct http_probe *probe, enum http_failure failure,
                           const char *text)
{
    if (!probe->failed || probe->failure != failure || strstr(probe->error.text, text) == NULL) {
        fail_msg("failure %d instead of %d: %s", (int)probe->failure, (int)failure,
                 probe->failed ? probe->error.text : "no error");
    }
    assert_int_equal(probe->error.class, ERROR_TLS);
    assert_int_equal(probe->attempts, 1);
    assert_int_equal(probe->status, 0);
}

static void test_certificates(void **state)
{
    (void)state;
    AUTO_PTR(net_identity)
    expired = net_identity_create(ca, "IP:127.0.0.1", -7200, -3600);
    AUTO_PTR(net_identity)
    future = net_identity_create(ca, "IP:127.0.0.1", 3600, 7200);
    AUTO_PTR(net_identity)
    elsewhere = net_identity_create(ca, "DNS:elsewhere.example,IP:10.0.0.1", -60, 3600);
    AUTO_PTR(net_identity)
    self_signed = net_identity_create_ca("self-signed");
    const struct {
        const struct net_identity *server;
        const struct net_identity *root;
        enum http_failure failure;
        const char *text;
    } rows[] = {
        {identity, other_ca, HTTP_FAILURE_UNKNOWN_CA,
         "the server's certificate is not signed by the CA given for it (x509: "},
        {self_signed, ca, HTTP_FAILURE_UNKNOWN_CA, "not signed by the CA given for it (x509: self"},
        {expired, ca, HTTP_FAILURE_EXPIRED, "the server's certificate has expired (x509: "},
        {future, ca, HTTP_FAILURE_EXPIRED, "is not valid yet"},
        {elsewhere, ca, HTTP_FAILURE_WRONG_NAME, "is for another name than 127.0.0.1 (x509: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_PTR(net_server) server = start(rows[i].server);
        AUTO_PTR(http) http = create();
        struct http_tls tls = trust(rows[i].root);
        AUTO(http_probe) probe;
        ask(http, "127.0.0.1", net_server_port(server), &tls, &probe);
        expect_failure(&probe, rows[i].failure, rows[i].text);
        assert_false(net_server_received(server, "t0ken"));
        // The one word that lets all of them pass.
        AUTO(http_probe) insecure;
        tls.insecure = true;
        ask(http, "127.0.0.1", net_server_port(server), &tls, &insecure);
        assert_false(insecure.failed);
        assert_int_equal(insecure.status, 200);
    }
}

static void test_good_certificate(void **state)
{
    (void)state;
    AUTO_PTR(net_server) server = start(identity);
    AUTO_PTR(http) http = create();
    struct http_tls tls = trust(ca);
    static const char *const hosts[] = {"127.0.0.1", "localhost"};
    for (size_t i = 0; i < 2; i++) {
        AUTO(http_probe) probe;
        ask(http, hosts[i], net_server_port(server), &tls, &probe);
        assert_false(probe.failed);
        assert_string_equal(probe.text, "{}");
    }
}

static void test_unreadable_ca(void **state)
{
    (void)state;
    AUTO_PTR(net_server) server = start(identity);
    static const char *const texts[] = {
        "", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        AUTO_PTR(http) http = create();
        struct http_tls tls = {.ca_pem = texts[i], .ca_len = strlen(texts[i])};
        AUTO(http_probe) probe;
        ask(http, "127.0.0.1", net_server_port(server), &tls, &probe);
        expect_failure(&probe, HTTP_FAILURE_NO_CA, "the CA given holds no PEM certificate");
    }
}

// The system's roots hold the test CA here. They are trusted when no CA is given, and not even read
// when one is: a certificate they would vouch for must not pass.
static void test_system_roots(void **state)
{
    (void)state;
    AUTO_PTR(net_server) server = start(identity);
    AUTO_PTR(http) http = create();
    struct http_tls system = {.ca_pem = NULL};
    AUTO(http_probe) with_system;
    system_store_reads = 0;
    ask(http, "127.0.0.1", net_server_port(server), &system, &with_system);
    assert_false(with_system.failed);
    assert_true(system_store_reads > 0);

    system_store_reads = 0;
    struct http_tls own = trust(other_ca);
    AUTO(http_probe) with_own;
    ask(http, "127.0.0.1", net_server_port(server), &own, &with_own);
    expect_failure(&with_own, HTTP_FAILURE_UNKNOWN_CA, "not signed by the CA given");
    assert_int_equal(system_store_reads, 0);
}

// A connection that stands, or its TLS session, is never used under another identity.
static void test_connections_apart(void **state)
{
    (void)state;
    AUTO_PTR(net_server) server = start(identity);
    AUTO_PTR(http) http = create();
    unsigned port = net_server_port(server);
    struct http_tls good = trust(ca);
    struct http_tls insecure = {.insecure = true};
    struct http_tls wrong = trust(other_ca);
    AUTO(http_probe) first;
    ask(http, "127.0.0.1", port, &insecure, &first);
    assert_false(first.failed);
    AUTO(http_probe) second;
    ask(http, "127.0.0.1", port, &good, &second);
    assert_false(second.failed);
    assert_int_equal(net_server_connections(server), 2);
    AUTO(http_probe) again;
    ask(http, "127.0.0.1", port, &good, &again);
    assert_false(again.failed);
    assert_int_equal(net_server_connections(server), 2);
    AUTO(http_probe) third;
    ask(http, "127.0.0.1", port, &wrong, &third);
    expect_failure(&third, HTTP_FAILURE_UNKNOWN_CA, "not signed by");
}

static void test_server_name(void **state)
{
    (void)state;
    AUTO_PTR(net_server) server = start(identity);
    unsigned port = net_server_port(server);
    char host[64];
    (void)snprintf(host, sizeof host, "Host: 127.0.0.1:%u\r\n", port);
    static const struct {
        const char *name;
        enum http_failure failure;
    } rows[] = {
        {"kube.example", HTTP_FAILURE_NONE},
        {"127.0.0.1", HTTP_FAILURE_NONE},
        {"wrong.example", HTTP_FAILURE_WRONG_NAME},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_PTR(http) http = create();
        struct http_tls tls = trust(ca);
        tls.server_name = rows[i].name;
        AUTO(http_probe) probe;
        ask(http, "127.0.0.1", port, &tls, &probe);
        assert_int_equal(probe.failure, rows[i].failure);
        if (probe.failed) {
            assert_non_null(strstr(probe.error.text, "another name than wrong.example"));
        } else {
            assert_true(net_server_received(server, host));
            assert_false(net_server_received(server, "Host: kube.example"));
        }
    }
}

static void speak_first(struct net_peer *peer, void *context)
{
    (void)context;
    net_peer_send(peer, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    net_peer_wait_closed(peer);
}

static void test_plain_server(void **state)
{
    (void)state;
    struct net_server_options options = {.serve = speak_first};
    AUTO_PTR(net_server) server = net_server_start(&options);
    AUTO_PTR(http) http = create();
    struct http_tls tls = trust(ca);
    AUTO(http_probe) probe;
    ask(http, "127.0.0.1", net_server_port(server), &tls, &probe);
    expect_failure(&probe, HTTP_FAILURE_TLS, "does not speak TLS on this port");
}

// What the server would agree to with a client that allows TLS 1.1.
static bool agrees_to_tls_1_1(unsigned port)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    BIO *bio = BIO_new_ssl_connect(tls);
    char address[64];
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", port);
    (void)BIO_set_conn_hostname(bio, address);
    SSL *ssl = NULL;
    BIO_get_ssl(bio, &ssl);
    bool good = SSL_CTX_set_min_proto_version(tls, TLS1_1_VERSION) == 1 &&
                BIO_do_handshake(bio) == 1 && SSL_version(ssl) == TLS1_1_VERSION;
    BIO_free_all(bio);
    SSL_CTX_free(tls);
    return good;
}

static void test_old_tls(void **state)
{
    (void)state;
    struct net_server_options options = {
        .identity = identity, .serve = serve_ok, .max_tls_version = TLS1_1_VERSION};
    AUTO_PTR(net_server) server = net_server_start(&options);
    assert_true(agrees_to_tls_1_1(net_server_port(server)));
    AUTO_PTR(http) http = create();
    struct http_tls tls = trust(ca);
    AUTO(http_probe) probe;
    ask(http, "127.0.0.1", net_server_port(server), &tls, &probe);
    expect_failure(&probe, HTTP_FAILURE_TLS, "the TLS handshake failed");
    assert_false(net_server_received(server, "t0ken"));
}

int main(void)
{
    // Debian's OpenSSL refuses TLS 1.1 by itself: here it is allowed, so that our own bound is what
    // is tested.
    char settings[] = "/tmp/kasten-openssl-XXXXXX";
    write_file(settings, "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\n"
                         "system_default = defaults\n[defaults]\nMinProtocol = TLSv1\n"
                         "CipherString = DEFAULT@SECLEVEL=0\n");
    (void)setenv("OPENSSL_CONF", settings, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificates),      cmocka_unit_test(test_good_certificate),
        cmocka_unit_test(test_unreadable_ca),     cmocka_unit_test(test_system_roots),
        cmocka_unit_test(test_connections_apart), cmocka_unit_test(test_server_name),
        cmocka_unit_test(test_plain_server),      cmocka_unit_test(test_old_tls),
    };
    int failed = cmocka_run_group_tests(tests, set_up, tear_down);
    (void)unlink(settings);
    return failed;
}
