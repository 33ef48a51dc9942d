// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/http.h"
#include "net/proxy.h"
#include "net/target.h"

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *host; // NULL: refused
        unsigned port;
    } rows[] = {
        {"https://api.example:6443/apis?x=1", "api.example", 6443},
        {"https://API.Example", "api.example", 443},
        {"https://[2001:db8::1]:6443/", "2001:db8::1", 6443},
        {"https://192.168.1.99:6443", "192.168.1.99", 6443},
        {"https://rancher.example/k8s/clusters/c-abc12", "rancher.example", 443},
        {"http://127.0.0.1:8001/", "127.0.0.1", 8001},
        {"http://localhost/", "localhost", 80},
        {"http://[::1]:8001/", "::1", 8001},
        {"http://api.example/", NULL, 0},
        {"http://127.0.0.1.example/", NULL, 0},
        {"http://localhost.example/", NULL, 0},
        {"http://127.0.0.1@api.example/", NULL, 0},
        {"https://user:secret@api.example/", NULL, 0},
        {"ftp://localhost/", NULL, 0},
        {"file:///etc/passwd", NULL, 0},
        {"api.example:6443", NULL, 0},
        {"", NULL, 0},
        {"https://", NULL, 0},
        {"https://api.example:0/", NULL, 0},
        {"https://api.example:65536/", NULL, 0},
        {"https://api example/", NULL, 0},
        {"https://api.example/\r\nX: y", NULL, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct target target;
        struct error error;
        bool good = target_parse(rows[i].text, &target, &error);
        if (good != (rows[i].host != NULL)) {
            fail_msg("%s: %s", rows[i].text, good ? target.host : error.text);
        }
        if (good) {
            assert_string_equal(target.host, rows[i].host);
            assert_int_equal(target.port, rows[i].port);
        } else {
            assert_int_equal(error.class, ERROR_SETTINGS);
            assert_null(strstr(error.text, "secret"));
        }
    }
}

static void test_replace_host(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *host;
        const char *wanted; // NULL: refused
    } rows[] = {
        {"https://10.0.0.1:6443/a/../b?c=%2F%26&d=e%20f", "kube.example",
         "https://kube.example:6443/a/../b?c=%2F%26&d=e%20f"},
        {"https://10.0.0.1/x", "2001:db8::1", "https://[2001:db8::1]/x"},
        {"https://10.0.0.1/x", "bad host", NULL},
        {"https://10.0.0.1/x", "evil/..", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error error;
        AUTO(buf) out;
        buf_init(&out, 1024);
        bool good = target_replace_host(rows[i].url, rows[i].host, &out, &error);
        if (good != (rows[i].wanted != NULL)) {
            fail_msg("%s: %s", rows[i].host, good ? out.data : error.text);
        }
        if (good) {
            assert_string_equal(out.data, rows[i].wanted);
        }
    }
}

static void test_loopback(void **state)
{
    (void)state;
    assert_true(http_url_is_loopback("http://localhost:8001/"));
    assert_true(http_url_is_loopback("https://127.8.9.1"));
    assert_true(http_url_is_loopback("http://[::1]:8001"));
    assert_true(http_url_is_loopback("http://127.1/"));
    assert_false(http_url_is_loopback("http://128.0.0.1/"));
    assert_false(http_url_is_loopback("http://localhost.example/"));
    assert_false(http_url_is_loopback("http://[::2]/"));
    assert_false(http_url_is_loopback("localhost"));
    assert_false(http_url_is_loopback(""));
    assert_true(target_host_is_service("kubernetes.default.svc"));
    assert_true(target_host_is_service("a.b.svc.cluster.local"));
    assert_false(target_host_is_service("svc"));
    assert_false(target_host_is_service(".svc"));
    assert_false(target_host_is_service("a.svc.example"));
}

static void test_exempt(void **state)
{
    (void)state;
    static const struct {
        const char *no_proxy;
        const char *host;
        unsigned port;
        bool exempt;
    } rows[] = {
        {"*", "api.example", 443, true},
        {"api.example", "api.example", 443, true},
        {"API.example", "api.EXAMPLE", 443, true},
        {"example", "api.example", 443, true},
        {".example", "api.example", 443, true},
        {"*.example", "api.example", 443, true},
        {"pi.example", "api.example", 443, false},
        {"api.example:6443", "api.example", 6443, true},
        {"api.example:6443", "api.example", 443, false},
        {"10.0.0.0/8", "10.20.30.40", 443, true},
        {"10.0.0.0/8", "11.20.30.40", 443, false},
        {"10.1.2.0/23", "10.1.3.255", 443, true},
        {"10.1.2.0/23", "10.1.4.0", 443, false},
        {"0.0.0.0/0", "10.1.4.0", 443, true},
        {"10.0.0.1", "10.0.0.1", 443, true},
        {"10.0.0.1", "110.0.0.1", 443, false},
        {"10.0.0.1:6443", "10.0.0.1", 6443, true},
        {"10.0.0.1:6443", "10.0.0.1", 443, false},
        {"2001:db8::/32", "2001:db8::1", 443, true},
        {"2001:db8::1", "2001:db8::1", 443, true},
        {"2001:db8::1", "2001:db8::2", 443, false},
        {"[2001:db8::1]:6443", "2001:db8::1", 6443, true},
        {"[2001:db8::1]:6443", "2001:db8::1", 443, false},
        {"10.0.0.0/33", "10.0.0.0", 443, false},
        {"10.0.0.0/x", "10.0.0.0", 443, false},
        {" a.example ,, b.example", "b.example", 443, true},
        {"", "api.example", 443, false},
        {",", "api.example", 443, false},
        {".", "api.example", 443, false},
        {":443", "api.example", 443, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (proxy_is_exempt(rows[i].no_proxy, rows[i].host, rows[i].port) != rows[i].exempt) {
            fail_msg("'%s' and %s:%u", rows[i].no_proxy, rows[i].host, rows[i].port);
        }
    }
}

static void test_proxy_of(void **state)
{
    (void)state;
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                                        "no_proxy",    "NO_PROXY",    "http_proxy"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unsetenv(names[i]);
    }
    struct target api = {.host = "api.example", .port = 6443};
    struct target loopback = {.host = "127.0.0.1", .port = 6443};
    struct target service = {.host = "kubernetes.default.svc", .port = 443};
    assert_null(proxy_of(&api));
    (void)setenv("http_proxy", "http://wrong:1", 1);
    assert_null(proxy_of(&api));
    (void)setenv("ALL_PROXY", "http://all:1", 1);
    assert_string_equal(proxy_of(&api), "http://all:1");
    (void)setenv("HTTPS_PROXY", "http://user:secret@proxy.example:3128", 1);
    assert_string_equal(proxy_of(&api), "http://user:secret@proxy.example:3128");
    assert_null(proxy_of(&loopback));
    assert_null(proxy_of(&service));
    (void)setenv("NO_PROXY", "api.example:6443", 1);
    assert_null(proxy_of(&api));
    AUTO(buf) endpoint;
    buf_init(&endpoint, 100);
    proxy_add_endpoint(&endpoint, "http://user:secret@proxy.example:3128");
    proxy_add_endpoint(&endpoint, " ");
    proxy_add_endpoint(&endpoint, "proxy");
    assert_string_equal(endpoint.data, "proxy.example:3128(unreadable)proxy:1080");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),    cmocka_unit_test(test_replace_host),
        cmocka_unit_test(test_loopback), cmocka_unit_test(test_exempt),
        cmocka_unit_test(test_proxy_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
