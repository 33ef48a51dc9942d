// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/fleet.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/timestamp.h"

static char mount[] = "/tmp/kasten-fleet-test-XXXXXX";

static void write_mounted(const char *name, const char *text)
{
    char path[128];
    struct error error;
    (void)snprintf(path, sizeof path, "%s/%s", mount, name);
    assert_true(file_replace(path, text, strlen(text), &error));
}

static int make_mount(void **state)
{
    (void)state;
    if (mkdtemp(mount) == NULL) {
        return -1;
    }
    write_mounted("token", "pod-token\n");
    write_mounted("namespace", "alerting");
    write_mounted("ca.crt", "-----BEGIN CERTIFICATE-----\n");
    return 0;
}

static int remove_mount(void **state)
{
    (void)state;
    static const char *const names[] = {"token", "namespace", "ca.crt"};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", mount, names[i]);
        (void)unlink(path);
    }
    return rmdir(mount);
}

static struct cluster_settings in_cluster(void)
{
    return (struct cluster_settings){
        .number = 1, .name = "here", .in_cluster = true, .k10_namespace = "kasten-io"};
}

static struct cluster_settings remote(void)
{
    return (struct cluster_settings){.number = 2,
                                     .name = "there",
                                     .api_url = "https://k8s.example:6443",
                                     .token = "secret",
                                     .k10_namespace = "backup"};
}

static struct settings settings_of(struct cluster_settings *clusters, size_t count)
{
    return (struct settings){.clusters = clusters, .cluster_count = count, .request_timeout_s = 30};
}

static void the_mount_gives_what_is_not_set(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct cluster_settings clusters[] = {in_cluster(), in_cluster(), in_cluster()};
    clusters[1].api_url = "https://10.0.0.1:6443";
    clusters[1].token = "own";
    clusters[1].ca_pem = "own ca";
    struct settings settings = settings_of(clusters, 3);
    struct fleet_environment environment = {
        .service_account_dir = mount, .service_host = "fd00::1", .service_port = "443"};
    struct fleet fleet;
    fleet_init(arena, &settings, &environment, &fleet);
    assert_true(fleet.in_pod);
    assert_string_equal(fleet.clusters[0].kube.base_url, "https://[fd00::1]:443");
    assert_string_equal(fleet.clusters[0].kube.bearer, "pod-token");
    assert_non_null(fleet.clusters[0].kube.tls.ca_pem);
    assert_true(fleet.clusters[0].kube.direct);
    assert_string_equal(fleet.clusters[1].kube.base_url, "https://10.0.0.1:6443");
    assert_string_equal(fleet.clusters[1].kube.bearer, "own");
    assert_string_equal(fleet.clusters[1].kube.tls.ca_pem, "own ca");
    assert_false(fleet.clusters[1].kube.direct);
    assert_false(fleet_token_is_mounted(&fleet.clusters[1]));
    assert_true(fleet_token_is_mounted(&fleet.clusters[0]));
    assert_ptr_not_equal(fleet.clusters[0].kube.certificates, fleet.clusters[1].kube.certificates);
    assert_true(fleet.clusters[0].kube.certificates->server.expires == TIMESTAMP_NONE);
}

static void without_a_mount_the_cluster_is_unusable_and_the_others_are_not(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct cluster_settings clusters[] = {in_cluster(), remote()};
    struct settings settings = settings_of(clusters, 2);
    struct fleet_environment environment = {.service_account_dir = "/no/such/mount"};
    struct fleet fleet;
    fleet_init(arena, &settings, &environment, &fleet);
    assert_false(fleet.in_pod);
    assert_int_equal(fleet.clusters[0].error.class, ERROR_SETTINGS);
    assert_int_equal(fleet.clusters[1].error.class, ERROR_NONE);
    assert_null(fleet.clusters[1].kube.tls.ca_pem);
}

static void state_has_one_place(void **state)
{
    (void)state;
    static const struct {
        const char *state;
        bool in_pod;
        const char *description; // NULL: a settings error
        const char *error;
    } cases[] = {
        {NULL, true, "ConfigMap alerting/kasten-alerter-sent on here", NULL},
        {NULL, false, "file /home/ops/.local/state/kasten-alerter/state.json", NULL},
        {"configmap", true, "ConfigMap alerting/kasten-alerter-sent on here", NULL},
        {"configmap", false, NULL, "configmap:CLUSTER"},
        {"configmap:there", true, "ConfigMap alerting/kasten-alerter-sent on there", NULL},
        {"configmap:there", false, "ConfigMap backup/kasten-alerter-sent on there", NULL},
        {"configmap:there/ops", false, "ConfigMap ops/kasten-alerter-sent on there", NULL},
        {"configmap:nowhere", true, NULL, "nowhere"},
        {"configmap:ther", true, NULL, "ther"},
        {"configmap:here", false, NULL, "IN_CLUSTER"},
        {"file:/var/lib/a.json", true, "file /var/lib/a.json", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct cluster_settings clusters[] = {in_cluster(), remote()};
        struct settings settings = settings_of(clusters, 2);
        struct fleet_environment environment = {
            .service_account_dir = cases[i].in_pod ? mount : "/no/such/mount", .home = "/home/ops"};
        struct fleet fleet;
        struct state_place place;
        struct error error;
        fleet_init(arena, &settings, &environment, &fleet);
        bool ok = fleet_state_place(arena, &fleet, cases[i].state, &environment, &place, &error);
        if (ok != (cases[i].description != NULL)) {
            fail_msg("case %zu: %s", i, ok ? place.description : error.text);
        }
        if (ok) {
            assert_string_equal(place.description, cases[i].description);
        } else {
            assert_int_equal(error.class, ERROR_SETTINGS);
            assert_non_null(strstr(error.text, cases[i].error));
        }
    }
}

static void no_home_is_a_clear_error(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct settings settings = settings_of(NULL, 0);
    struct fleet_environment environment = {.service_account_dir = "/no/such/mount"};
    struct fleet fleet;
    struct state_place place;
    struct error error;
    fleet_init(arena, &settings, &environment, &fleet);
    assert_false(fleet_state_place(arena, &fleet, NULL, &environment, &place, &error));
    assert_non_null(strstr(error.text, "STATE=file:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mount_gives_what_is_not_set),
        cmocka_unit_test(without_a_mount_the_cluster_is_unusable_and_the_others_are_not),
        cmocka_unit_test(state_has_one_place),
        cmocka_unit_test(no_home_is_a_clear_error),
    };
    return cmocka_run_group_tests(tests, make_mount, remove_mount);
}
