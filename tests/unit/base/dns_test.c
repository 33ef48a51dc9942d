// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/dns.h"

static void test_labels(void **state)
{
    (void)state;
    assert_true(dns_is_label("kasten-io", 9));
    assert_true(dns_is_label("1", 1));
    assert_true(dns_is_label("kasten-io/", 9));
    assert_false(dns_is_label("", 0));
    assert_false(dns_is_label("-a", 2));
    assert_false(dns_is_label("A", 1));
    assert_false(dns_is_label("a.b", 3));
    assert_false(dns_is_label("a-", 2));
    char longest[DNS_LABEL_BYTES + 1];
    memset(longest, 'a', sizeof longest);
    assert_true(dns_is_label(longest, DNS_LABEL_BYTES));
    assert_false(dns_is_label(longest, DNS_LABEL_BYTES + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
