// SPDX-License-Identifier: MIT
// Every cause for which a cluster is unread reads otherwise and has a remedy of its own.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/diagnosis.h"
#include "base/arena.h"

enum { NOW = 1775125200 }; // 2026-04-02T10:20:00Z

// {"exp":1775113800}, 3 h 10 min before, and one that ends in 2096.
#define EXPIRED_TOKEN "e30.eyJleHAiOjE3NzUxMTM4MDB9.c2ln"
#define VALID_TOKEN "e30.eyJleHAiOjQwMDAwMDAwMDB9.c2ln"

static struct arena *arena;

static int begin(void **state)
{
    (void)state;
    arena = arena_create();
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

struct told {
    const char *reason;
    const char *remedy;
};

static struct told tell(const struct cluster_settings *settings, const struct kube_cluster *kube,
                        enum action_kind kind, enum http_failure failure, const struct error *error)
{
    struct fleet_cluster cluster = {.settings = settings, .kube = *kube};
    struct diagnosis_case the_case = {&cluster, kind, error, failure, NOW};
    return (struct told){diagnosis_reason(arena, &the_case), diagnosis_remedy(arena, &the_case)};
}

static struct told tell_usual(enum action_kind kind, enum http_failure failure,
                              enum error_class class, const char *text)
{
    static const struct cluster_settings settings = {.number = 2,
                                                     .name = "one",
                                                     .api_url = "https://one.test",
                                                     .token = "t",
                                                     .ca_pem = "PEM",
                                                     .k10_namespace = "kasten-io"};
    static const struct kube_cluster kube = {.bearer = "t", .tls = {.ca_pem = "PEM"}};
    struct error error = {.class = ERROR_NONE};
    (void)error_set(&error, class, "%s", text);
    return tell(&settings, &kube, kind, failure, &error);
}

static void expect(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", text, part);
    }
}

static void every_transport_failure_has_its_remedy(void **state)
{
    (void)state;
    static const struct {
        enum http_failure failure;
        const char *remedy;
    } rows[] = {
        {HTTP_FAILURE_RESOLVE, "check the host name in CLUSTER_2_API_URL"},
        {HTTP_FAILURE_LOOKUP, "no name server answered"},
        {HTTP_FAILURE_REFUSED, "nobody listens there: check the port in CLUSTER_2_API_URL"},
        {HTTP_FAILURE_CONNECT, "check host and port in CLUSTER_2_API_URL, and firewall"},
        {HTTP_FAILURE_HANDSHAKE, "completes no TLS"},
        {HTTP_FAILURE_UNKNOWN_CA, "set CLUSTER_2_CA_DATA to the cluster's CA: kubectl config"},
        {HTTP_FAILURE_EXPIRED, "renew the API server's certificate"},
        {HTTP_FAILURE_CA_EXPIRED, "renew the cluster's CA"},
        {HTTP_FAILURE_WRONG_NAME, "set CLUSTER_2_TLS_SERVER_NAME"},
        {HTTP_FAILURE_LOST, "the API server restarts"},
        {HTTP_FAILURE_CUT, "ended the answer too early"},
        {HTTP_FAILURE_TIMEOUT, "raise REQUEST_TIMEOUT"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct told told =
            tell_usual(ACTION_BACKUP, rows[i].failure, ERROR_NETWORK, "one.test:443: what it was");
        assert_string_equal(told.reason, "one.test:443: what it was");
        for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
            assert_int_equal(strstr(told.remedy, rows[k].remedy) != NULL, k == i);
        }
    }
}

static void a_pod_is_told_of_its_own_things(void **state)
{
    (void)state;
    struct cluster_settings settings = {.number = 1, .in_cluster = true};
    struct kube_cluster kube = {.bearer = VALID_TOKEN, .tls = {.ca_pem = "PEM"}};
    struct error error = {ERROR_TLS, "not signed"};
    enum http_failure ca = HTTP_FAILURE_UNKNOWN_CA;
    expect(tell(&settings, &kube, ACTION_BACKUP, ca, &error).remedy,
           "does KUBERNETES_SERVICE_HOST lead to the pod's own cluster?");
    kube.tls.ca_pem = NULL;
    expect(tell(&settings, &kube, ACTION_BACKUP, ca, &error).remedy, "has no readable ca.crt");
    error = (struct error){ERROR_AUTH, "401 Unauthorized"};
    struct told told = tell(&settings, &kube, ACTION_BACKUP, HTTP_FAILURE_NONE, &error);
    assert_string_equal(told.reason, "the token was not accepted (401 Unauthorized)");
    expect(told.remedy, "does the pod's ServiceAccount still exist?");
    kube.bearer = EXPIRED_TOKEN;
    told = tell(&settings, &kube, ACTION_BACKUP, HTTP_FAILURE_NONE, &error);
    expect(told.reason, "the token expired 3 h 10 min ago, on 2026-04-02 07:10 UTC");
    expect(told.remedy, "the kubelet renews the mount's token");
}

static void tokens_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *token;
        const char *reason;
        const char *remedy;
    } rows[] = {
        {EXPIRED_TOKEN,
         "the token expired 3 h 10 min ago, on 2026-04-02 07:10 UTC (401 Unauthorized: \"no\")",
         "put a new one into CLUSTER_2_TOKEN or the file of CLUSTER_2_TOKEN_FILE: kubectl"},
        {VALID_TOKEN, "the token was not accepted (401 Unauthorized: \"no\")",
         "it is wrong, was revoked, or belongs to another cluster: put a new one into"},
        {"opaque", "the token was not accepted (401 Unauthorized: \"no\")",
         "it is wrong, was revoked, or belongs to another cluster: put a new one into"},
        {NULL, "no token was sent (401 Unauthorized: \"no\")",
         "set CLUSTER_2_TOKEN to a ServiceAccount's token"},
    };
    struct error error = {ERROR_AUTH, "401 Unauthorized: \"no\""};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cluster_settings settings = {.number = 2, .token = rows[i].token};
        struct kube_cluster kube = {.bearer = rows[i].token};
        struct told told = tell(&settings, &kube, ACTION_BACKUP, HTTP_FAILURE_NONE, &error);
        assert_string_equal(told.reason, rows[i].reason);
        assert_ptr_equal(strstr(told.remedy, rows[i].remedy), told.remedy);
        assert_true(rows[i].token == NULL || strstr(told.remedy, "e30") == NULL);
    }
}

#define FORBIDDEN                                                                                 \
    "403 Forbidden: \"exportactions.actions.kio.kasten.io is forbidden: User \"%s\" cannot list " \
    "resource \"exportactions\" in API group \"actions.kio.kasten.io\" at the cluster scope\""
#define ROLE                                                                               \
    "kubectl create clusterrole kasten-alerter-exportactions --verb=list "                 \
    "--resource=exportactions.actions.kio.kasten.io && kubectl create clusterrolebinding " \
    "kasten-alerter-exportactions --clusterrole=kasten-alerter-exportactions --serviceaccount="

static void missing_rights_come_with_the_rule(void **state)
{
    (void)state;
    static const struct {
        const char *user; // NULL: the message names none
        const char *remedy;
    } rows[] = {
        {"system:serviceaccount:kasten-io:kasten-alerter",
         "grant it: " ROLE "kasten-io:kasten-alerter"},
        {"system:serviceaccount:x:$(reboot)", "grant it: " ROLE "NAMESPACE:SERVICEACCOUNT"},
        {"jane", "grant it: " ROLE "NAMESPACE:SERVICEACCOUNT"},
        {"system:anonymous", "no credentials came with the request: set CLUSTER_2_TOKEN to a "
                             "ServiceAccount's token"},
        {NULL, "it does not say who may not do what: a proxy or gateway on the way may refuse it; "
               "if the right is missing: " ROLE "NAMESPACE:SERVICEACCOUNT"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text =
            rows[i].user != NULL ? arena_format(arena, FORBIDDEN, rows[i].user) : "403 Forbidden";
        struct told told = tell_usual(ACTION_EXPORT, HTTP_FAILURE_NONE, ERROR_FORBIDDEN, text);
        assert_string_equal(told.remedy, rows[i].remedy);
    }
}

static void who_is_unavailable(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *remedy;
        enum action_kind kind;
        bool is_k10;
    } rows[] = {
        {"503 Service Unavailable: \"service unavailable\"",
         "kubectl get apiservice v1alpha1.actions.kio.kasten.io says why", ACTION_BACKUP, true},
        {"503 Service Unavailable: \"error trying to reach service: dial tcp 10.0.0.1:443: "
         "connect: connection refused\"",
         "kubectl -n kasten-io get pods | grep aggregatedapis", ACTION_BACKUP, true},
        {"503 Service Unavailable: \"the catalog is starting\"",
         "K10's API server or the Kubernetes API is down or overloaded", ACTION_BACKUP, false},
        {"503 Service Unavailable", "K10's API server or the Kubernetes API", ACTION_BACKUP, false},
        {"500 Internal Server Error: \"service unavailable\"",
         "K10's API server or the Kubernetes API", ACTION_BACKUP, false},
        {"503 Service Unavailable: \"service unavailable\"",
         "the Kubernetes API, or a load balancer before it, is down", OBJECT_POLICY, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct told told =
            tell_usual(rows[i].kind, HTTP_FAILURE_NONE, ERROR_UNAVAILABLE, rows[i].text);
        const char *reason =
            rows[i].is_k10 ? arena_format(arena, "K10's API server is down (%s)", rows[i].text)
                           : rows[i].text;
        assert_string_equal(told.reason, reason);
        expect(told.remedy, rows[i].remedy);
    }
}

static void answers_that_are_no_list(void **state)
{
    (void)state;
    expect(tell_usual(ACTION_BACKUP, HTTP_FAILURE_NONE, ERROR_PROTOCOL,
                      "the body was cut: it ends inside its JSON object, after 5 bytes and 0 items")
               .remedy,
           "ended the answer too early");
    expect(tell_usual(ACTION_BACKUP, HTTP_FAILURE_HANDLER, ERROR_PROTOCOL,
                      "the body is HTML, not JSON")
               .remedy,
           "check that CLUSTER_2_API_URL leads to the Kubernetes API itself, not to a login page");
    expect(tell_usual(ACTION_BACKUP, HTTP_FAILURE_NONE, ERROR_PROTOCOL, "302 Found").remedy,
           "not to a login page");
}

static void reasons_hold_no_secret(void **state)
{
    (void)state;
    struct told told = tell_usual(ACTION_BACKUP, HTTP_FAILURE_NONE, ERROR_AUTH,
                                  "401 Unauthorized: \"password=hunter2\"");
    assert_null(strstr(told.reason, "hunter2"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_transport_failure_has_its_remedy),
        TEST(a_pod_is_told_of_its_own_things),
        TEST(tokens_are_told_apart),
        TEST(missing_rights_come_with_the_rule),
        TEST(who_is_unavailable),
        TEST(answers_that_are_no_list),
        TEST(reasons_hold_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
