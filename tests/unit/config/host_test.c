// SPDX-License-Identifier: MIT
#include "config/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LABEL_63 "a123456789012345678901234567890123456789012345678901234567890bc"

static void test_hosts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool name;
        bool address;
        bool loopback;
    } cases[] = {
        {"mail.example.com", true, false, false},
        {"mail.example.com.", true, false, false},
        {"localhost", true, false, true},
        {"LOCALHOST.", true, false, true},
        {"localhost.example.com", true, false, false},
        {"127.0.0.1.example.com", true, false, false},
        {"xn--mller-kva.example", true, false, false},
        {"3com", true, false, false},
        {LABEL_63 ".example", true, false, false},
        {LABEL_63 "d.example", false, false, false},
        {"127.0.0.1", false, true, true},
        {"127.255.255.254", false, true, true},
        {"128.0.0.1", false, true, false},
        {"::1", false, true, true},
        {"0:0:0:0:0:0:0:1", false, true, true},
        {"[::1]", false, false, true},
        {"[localhost]", false, false, false},
        {"[127.0.0.1]", false, false, false},
        {"::ffff:127.0.0.1", false, true, false},
        {"2001:db8::1", false, true, false},
        {"127.1", false, false, false},
        {"0x7f000001", false, false, false},
        {"2130706433", false, false, false},
        {"1.2.3.4.5", false, false, false},
        {"", false, false, false},
        {".", false, false, false},
        {"a..b", false, false, false},
        {".a", false, false, false},
        {"a_b", false, false, false},
        {"a-", false, false, false},
        {"a b", false, false, false},
        {"a\n", false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (host_is_name(cases[i].text) != cases[i].name ||
            host_is_address(cases[i].text) != cases[i].address ||
            host_is_loopback(cases[i].text) != cases[i].loopback) {
            fail_msg("case %zu: %s", i, cases[i].text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
