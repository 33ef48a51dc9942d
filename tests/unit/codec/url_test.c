// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "codec/url.h"

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct url_parts parts;
    } cases[] = {
        {"https://api.example:6443", {"https", "api.example", false, true, 6443, ""}},
        {"https://api.example", {"https", "api.example", false, false, 443, ""}},
        {"HTTP://API.Example/", {"http", "api.example", false, false, 80, "/"}},
        {"https://rancher.example/k8s/clusters/c-abc12",
         {"https", "rancher.example", false, false, 443, "/k8s/clusters/c-abc12"}},
        {"https://192.168.1.99:6443/", {"https", "192.168.1.99", false, true, 6443, "/"}},
        {"https://[2001:DB8::1]:6443/a", {"https", "2001:db8::1", true, true, 6443, "/a"}},
        {"https://[::1]", {"https", "::1", true, false, 443, ""}},
        {"https://[::ffff:10.0.0.1]", {"https", "::ffff:10.0.0.1", true, false, 443, ""}},
        {"https://localhost:1", {"https", "localhost", false, true, 1, ""}},
        {"https://a_b.svc.cluster.local.:65535",
         {"https", "a_b.svc.cluster.local.", false, true, 65535, ""}},
        {"smtp://mail.example", {"smtp", "mail.example", false, false, 0, ""}},
        {"https://xn--bcher-kva.example",
         {"https", "xn--bcher-kva.example", false, false, 443, ""}},
        {"https://1a.b2", {"https", "1a.b2", false, false, 443, ""}},
        {"https://a/b%2Fc/~x;y=1,2@3:4/...",
         {"https", "a", false, false, 443, "/b%2Fc/~x;y=1,2@3:4/..."}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url_parts parts;
        memset(&parts, 0, sizeof parts);
        if (!url_parse(cases[i].text, &parts)) {
            fail_msg("%s %s", cases[i].text, url_problem(cases[i].text));
        }
        assert_null(url_problem(cases[i].text));
        assert_string_equal(parts.scheme, cases[i].parts.scheme);
        assert_string_equal(parts.host, cases[i].parts.host);
        assert_int_equal(parts.host_is_ipv6, cases[i].parts.host_is_ipv6);
        assert_int_equal(parts.has_port, cases[i].parts.has_port);
        assert_int_equal(parts.port, cases[i].parts.port);
        assert_string_equal(parts.path, cases[i].parts.path);
    }
}

#define LABEL63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static void test_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *problem;
    } cases[] = {
        {"", "does not begin with a scheme"},
        {"api.example:6443", "does not begin with a scheme"},
        {"https:/api.example", "does not begin with a scheme"},
        {"//api.example", "does not begin with a scheme"},
        {"://api.example", "does not begin with a scheme"},
        {"1https://a", "does not begin with a scheme"},
        {"abcdefghijklmnop://a", "unknown scheme"},
        {"https://", "no host"},
        {"https:///path", "no host"},
        {"https://:6443", "no host"},
        {"https://user@host", "user or password"},
        {"https://user:pass@host", "user or password"},
        {"https://@host", "user or password"},
        {"https://host?x=1", "query"},
        {"https://host/?", "query"},
        {"https://host#f", "fragment"},
        {"https://host/a b", "blank"},
        {" https://host", "blank"},
        {"https://host ", "blank"},
        {"https://host\n", "control character"},
        {"https://host/\r\nX: y", "control character"},
        {"https://host/\x7F", "control character"},
        {"https://h\xC3\xB6st", "not ASCII"},
        {"https://host:", "port"},
        {"https://host:0", "port"},
        {"https://host:65536", "port"},
        {"https://host:-1", "port"},
        {"https://host:6443x", "port"},
        {"https://host:123456", "port"},
        {"https://host:64:43", "port"},
        {"https://::1", "no host"},
        {"https://2001:db8::1/", "neither a DNS name nor an IP address"},
        {"https://[::1", "IPv6"},
        {"https://[]", "IPv6"},
        {"https://[::1%25eth0]", "IPv6"},
        {"https://[1.2.3.4]", "IPv6"},
        {"https://[::1]x", "after the host"},
        {"https://[::1]]", "after the host"},
        {"https://-a.example", "neither"},
        {"https://a-.example", "neither"},
        {"https://a..b", "neither"},
        {"https://.a", "neither"},
        {"https://.", "neither"},
        {"https://a,b", "neither"},
        {"https://a%41", "neither"},
        {"https://1.2.3", "neither"},
        {"https://256.1.1.1", "neither"},
        {"https://0x7f.1", "neither"},
        {"https://2130706433", "neither"},
        {"https://1.2.3.4.", "neither"},
        {"https://1a.2b", "neither"}, // could be read as an address
        {"https://" LABEL63 "x", "neither"},
        {"https://" LABEL63 "." LABEL63 "." LABEL63 "." LABEL63, "neither"},
        {"https://" LABEL63 "." LABEL63 "." LABEL63 "." LABEL63 "." LABEL63, "longer than"},
        {"https://host\\path", "neither"},
        {"https://host/a\\b", "percent-encoded"},
        {"https://host/<", "percent-encoded"},
        {"https://host/\"", "percent-encoded"},
        {"https://host/%", "percent escape"},
        {"https://host/%4", "percent escape"},
        {"https://host/%4g", "percent escape"},
        {"https://host/../x", "\"..\""},
        {"https://host/a/.", "\"..\""},
        {"https://host/a/%2e%2E/b", "\"..\""},
        {"https://host/a/.%2e", "\"..\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url_parts parts = {.port = 77};
        assert_false(url_parse(cases[i].text, &parts));
        assert_int_equal(parts.port, 77);
        if (strstr(url_problem(cases[i].text), cases[i].problem) == NULL) {
            fail_msg("%s %s", cases[i].text, url_problem(cases[i].text));
        }
    }
}

static void test_add_encoded(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *encoded;
    } cases[] = {
        {"", ""},
        {"abcXYZ019-._~", "abcXYZ019-._~"},
        {"a/b", "a%2Fb"},
        {"k10.kasten.io/runActionName=x", "k10.kasten.io%2FrunActionName%3Dx"},
        {" +&=?#%\"<>", "%20%2B%26%3D%3F%23%25%22%3C%3E"},
        {"\r\n\x7F", "%0D%0A%7F"},
        {"\xC3\xA4\xFF", "%C3%A4%FF"},
        {".", "%2E"},
        {"..", "%2E%2E"},
        {"...", "..."},
        {"a..", "a.."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(buf) out;
        buf_init(&out, 100);
        url_add_encoded(&out, cases[i].text);
        assert_string_equal(out.data, cases[i].encoded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_add_encoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
