// SPDX-License-Identifier: MIT
#include "config/near_miss.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_edits(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        size_t edits;
    } cases[] = {
        {"", "", 0},
        {"", "ab", 2},
        {"", "abc", 3},
        {"SMTP_HOST", "SMTP_HOST", 0},
        {"smtp_host", "SMTP_HOST", 0},
        {"SMPT_HOST", "SMTP_HOST", 1},
        {"SMPT_HSOT", "SMTP_HOST", 2},
        {"SMTP_HOSTS", "SMTP_HOST", 1},
        {"MTP_HOS", "SMTP_HOST", 2},
        {"ALERT_T0", "ALERT_TO", 1},
        {"LOOKBACK_HOUR", "LOOKBACK_HOURS", 1},
        {"CLUSTER_1_APIURL", "CLUSTER_1_API_URL", 1},
        {"SMTP_PORT", "SMTP_HOST", 2},
        {"SMTP_USER", "SMTP_HOST", 3},
        {"ca", "abc", 3},
        {"abcdef", "badcfe", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(near_miss_edits(cases[i].a, cases[i].b), cases[i].edits);
        assert_int_equal(near_miss_edits(cases[i].b, cases[i].a), cases[i].edits);
    }
}

static void test_long_names(void **state)
{
    (void)state;
    char name[NEAR_MISS_BYTES + 2];
    memset(name, 'x', sizeof name);
    name[NEAR_MISS_BYTES + 1] = '\0';
    assert_int_equal(near_miss_edits(name, name), NEAR_MISS_EDITS + 1);
    name[NEAR_MISS_BYTES] = '\0';
    assert_int_equal(near_miss_edits(name, name), 0);
    assert_int_equal(near_miss_edits(name, name + 2), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
