// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kube/forbidden.h"

#define ACCOUNT "User \"system:serviceaccount:"
#define LABEL_63 "a23456789012345678901234567890123456789012345678901234567890123"

static void test_accounts(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *account; // "NAMESPACE:NAME", NULL: none
    } rows[] = {
        {"403 Forbidden: \"backupactions.actions.kio.kasten.io is forbidden: " ACCOUNT
         "kasten-io:kasten-alerter\" cannot list resource \"backupactions\" in API group "
         "\"actions.kio.kasten.io\" at the cluster scope\"",
         "kasten-io:kasten-alerter"},
        {ACCOUNT "a:b\"", "a:b"},
        {ACCOUNT "0:team.bot-1.x\"", "0:team.bot-1.x"},
        {ACCOUNT LABEL_63 ":" LABEL_63 "\"", LABEL_63 ":" LABEL_63},
        {ACCOUNT LABEL_63 "4:b\"", NULL},
        {ACCOUNT "a:" LABEL_63 "4\"", NULL},
        {ACCOUNT "a:b.c" LABEL_63 "\"", NULL},
        {"", NULL},
        {"User \"jane\" cannot list", NULL},
        {"User \"system:anonymous\" cannot list", NULL},
        {ACCOUNT, NULL},
        {ACCOUNT "\"", NULL},
        {ACCOUNT ":\"", NULL},
        {ACCOUNT "a\"", NULL},
        {ACCOUNT "a:\"", NULL},
        {ACCOUNT ":b\"", NULL},
        {ACCOUNT "a:b", NULL}, // cut
        {ACCOUNT "a:b:c\"", NULL},
        {ACCOUNT "A:b\"", NULL},
        {ACCOUNT "a:B\"", NULL},
        {ACCOUNT "a.b:c\"", NULL},
        {ACCOUNT "-a:b\"", NULL},
        {ACCOUNT "a-:b\"", NULL},
        {ACCOUNT "a:b..c\"", NULL},
        {ACCOUNT "a:.b\"", NULL},
        {ACCOUNT "a:b.\"", NULL},
        {ACCOUNT "a:b.-c\"", NULL},
        {ACCOUNT "a:b; rm -rf /\"", NULL},
        {ACCOUNT "a:$(reboot)\"", NULL},
        {ACCOUNT "a:b\n\"", NULL},
        {ACCOUNT "a:\xC3\xBC\"", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct kube_account account = {"?", "?"};
        bool found = kube_forbidden_account(rows[i].message, &account);
        if (found != (rows[i].account != NULL)) {
            fail_msg("%s: %s:%s", rows[i].message, account.namespace_name, account.name);
        }
        if (found) {
            char both[2 * KUBE_LABEL_BYTES + 1];
            (void)snprintf(both, sizeof both, "%s:%s", account.namespace_name, account.name);
            assert_string_equal(both, rows[i].account);
        } else {
            assert_string_equal(account.name, "?");
        }
    }
}

static void test_who_was_refused(void **state)
{
    (void)state;
    assert_true(kube_forbidden_by_rights("x is forbidden: User \"jane\" cannot list"));
    assert_false(kube_forbidden_by_rights("403 Forbidden"));
    assert_true(kube_forbidden_anonymous("x is forbidden: User \"system:anonymous\" cannot"));
    assert_false(kube_forbidden_anonymous("x is forbidden: User \"jane\" cannot list"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_accounts),
                                       cmocka_unit_test(test_who_was_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
