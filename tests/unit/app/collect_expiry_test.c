// SPDX-License-Identifier: MIT
// Which tokens and certificates a pass finds to expire soon, and which are well again.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/base64.h"
#include "collect_world.h"

enum { DAY = 24 * HOUR };

// One cluster that watches backups only; its connection shows certificates.
static int begin(void **state)
{
    static struct http_certificates noted;
    (void)fixture_set_up(state);
    struct fixture *fixture = *state;
    fixture->input.kind_count = 1;
    fixture->settings[0].number = 2;
    fixture->settings[0].ca_pem = "PEM";
    fixture->shown = (struct http_certificates){.server = {NOW + 700 * DAY, "CN=api", "CN=root"},
                                                .ca = {NOW + 3000 * DAY, "CN=root", "CN=root"}};
    http_certificates_init(&noted);
    fixture->clusters[0].kube = (struct kube_cluster){.base_url = "https://one.test",
                                                      .bearer = "t",
                                                      .tls = {.ca_pem = "PEM", .ca_len = 3},
                                                      .timeout_ms = 1000,
                                                      .certificates = &noted};
    return 0;
}

// A token that ends then.
// issued 0: it does not say.
static const char *token_of(struct fixture *fixture, int64_t issued, int64_t expiry)
{
    AUTO(buf) claims;
    AUTO(buf) part;
    buf_init(&claims, 1000);
    buf_init(&part, 1000);
    buf_add_format(&claims, "{\"exp\":%lld,\"iat\":%lld}", (long long)expiry, (long long)issued);
    base64_encode(claims.data, claims.len, &part);
    part.data[strcspn(part.data, "=")] = '\0';
    return arena_format(fixture->arena, "e30.%s.c2ln", part.data);
}

static const char *token_until(struct fixture *fixture, int64_t expiry)
{
    return token_of(fixture, 0, expiry);
}

static void use_token(struct fixture *fixture, const char *token)
{
    fixture->settings[0].token = token;
    fixture->clusters[0].kube.bearer = token;
}

static void open_incident(struct fixture *fixture, const char *name)
{
    ledger_put_incident(&fixture->ledger, &(struct incident){.class = ALERT_EXPIRING,
                                                             .cluster = "one",
                                                             .policy = "",
                                                             .kind = ACTION_BACKUP,
                                                             .app = name,
                                                             .run = "",
                                                             .cause = ""});
}

static void open_all(struct fixture *fixture)
{
    open_incident(fixture, "token");
    open_incident(fixture, "certificate");
    open_incident(fixture, "ca");
}

static void expect_count(struct fixture *fixture, size_t expected)
{
    assert_int_equal(look(fixture)->condition_count, expected);
    assert_int_equal(fixture->result.extent, SIGHT_ALL);
}

static const struct plan_condition *only(struct fixture *fixture, const char *name)
{
    expect_count(fixture, 1);
    const struct plan_condition *condition = &fixture->result.conditions[0];
    assert_int_equal(condition->class, ALERT_EXPIRING);
    assert_int_equal(condition->kind, ACTION_BACKUP);
    assert_int_equal(condition->cluster, 0);
    assert_string_equal(condition->name, name);
    assert_string_equal(condition->namespace_name, "");
    assert_int_equal(condition->causes.count, 0);
    return condition;
}

static void expect_holds(struct fixture *fixture, const char *name, int64_t expires,
                         const char *note)
{
    const struct plan_condition *condition = only(fixture, name);
    assert_null(condition->ending);
    assert_int_equal(condition->expires, expires);
    assert_string_equal(condition->note, note);
}

static void expect_ends(const struct plan_condition *condition, bool recovered, const char *why)
{
    assert_non_null(condition->ending);
    assert_int_equal(condition->ending->recovered, recovered);
    assert_false(condition->ending->quiet);
    assert_int_equal(condition->ending->at, NOW);
    assert_string_equal(condition->ending->why, why);
    assert_null(condition->note);
}

static void all_is_well(void **state)
{
    expect_count(*state, 0);
}

static void a_token_expires_soon(void **state)
{
    struct fixture *fixture = *state;
    static const char note[] = "put a new one into CLUSTER_2_TOKEN or the file of "
                               "CLUSTER_2_TOKEN_FILE: kubectl -n NAMESPACE create token "
                               "SERVICEACCOUNT --duration=8760h";
    use_token(fixture, token_until(fixture, NOW + 14 * DAY + 1));
    expect_count(fixture, 0);
    use_token(fixture, token_until(fixture, NOW + 14 * DAY));
    expect_holds(fixture, "token", NOW + 14 * DAY, note);
    // A server whose clock is behind still takes it.
    use_token(fixture, token_until(fixture, NOW - 5));
    expect_holds(fixture, "token", NOW - 5, note);
}

// Who makes tokens for an hour makes new ones.
static void a_token_that_is_renewed_often_is_told_late(void **state)
{
    struct fixture *fixture = *state;
    use_token(fixture, token_of(fixture, NOW - 3200, NOW + 400));
    expect_count(fixture, 0);
    use_token(fixture, token_of(fixture, NOW - 3300, NOW + 300));
    expect_count(fixture, 1);
    use_token(fixture, token_of(fixture, NOW - 60 * DAY, NOW + 13 * DAY));
    expect_count(fixture, 1);
}

static void the_mounts_token_only_when_it_has_expired(void **state)
{
    struct fixture *fixture = *state;
    fixture->settings[0].in_cluster = true;
    use_token(fixture, token_until(fixture, NOW + 1));
    fixture->settings[0].token = NULL;
    expect_count(fixture, 0);
    open_incident(fixture, "token");
    expect_ends(only(fixture, "token"), true, "it is valid until 2026-04-02 10:20 UTC");
    use_token(fixture, token_until(fixture, NOW));
    fixture->settings[0].token = NULL;
    const struct plan_condition *condition = only(fixture, "token");
    assert_null(condition->ending);
    assert_non_null(strstr(condition->note, "the kubelet renews the mount's token"));
    // A token of the settings wins over the mount's, and nobody renews that.
    use_token(fixture, token_until(fixture, NOW + DAY));
    assert_non_null(strstr(only(fixture, "token")->note, "CLUSTER_2_TOKEN"));
}

static void a_new_token_ends_it(void **state)
{
    struct fixture *fixture = *state;
    open_incident(fixture, "token");
    use_token(fixture, token_until(fixture, NOW + 30 * DAY));
    expect_ends(only(fixture, "token"), true, "it is valid until 2026-05-02 10:20 UTC");
    use_token(fixture, "opaque");
    expect_ends(only(fixture, "token"), true, "the token in its place names no end");
    use_token(fixture, NULL);
    expect_ends(only(fixture, "token"), true, "no token is used any more");
}

static void certificates_expire_soon(void **state)
{
    struct fixture *fixture = *state;
    fixture->shown.server.expires = NOW + 3 * DAY;
    expect_holds(fixture, "certificate", NOW + 3 * DAY,
                 "renew the API server's certificate (CN=api, issued by CN=root)");
    fixture->shown.server.expires = NOW + 15 * DAY;
    fixture->shown.ca.expires = NOW + 13 * DAY;
    expect_holds(fixture, "ca", NOW + 13 * DAY,
                 "renew the cluster's CA (CN=root); put it into CLUSTER_2_CA_DATA or the file of "
                 "CLUSTER_2_CA_FILE beside the old one, before the server uses it");
    fixture->settings[0].ca_pem = NULL; // the mount's is in use
    expect_holds(fixture, "ca", NOW + 13 * DAY,
                 "renew the cluster's CA (CN=root); a new pod then finds it in its ca.crt");
    // The system's roots are nobody's here.
    fixture->clusters[0].kube.tls.ca_pem = NULL;
    expect_count(fixture, 0);
}

static void a_certificate_that_is_trusted_itself(void **state)
{
    struct fixture *fixture = *state;
    fixture->shown.ca.expires = TIMESTAMP_NONE;
    fixture->shown.server.expires = NOW + DAY;
    expect_holds(fixture, "certificate", NOW + DAY,
                 "renew the API server's certificate (CN=api, issued by CN=root), and put the new "
                 "one into CLUSTER_2_CA_DATA: it is trusted itself");
}

static void new_certificates_end_it(void **state)
{
    struct fixture *fixture = *state;
    open_all(fixture);
    expect_count(fixture, 3);
    const struct plan_condition *conditions = fixture->result.conditions;
    expect_ends(&conditions[0], true, "the token in its place names no end");
    expect_ends(&conditions[1], true, "it is valid until 2028-03-02 10:20 UTC");
    expect_ends(&conditions[2], true, "it is valid until 2034-06-19 10:20 UTC");
    assert_string_equal(conditions[2].name, "ca");
    fixture->clusters[0].kube.tls.ca_pem = NULL;
    expect_count(fixture, 3);
    expect_ends(&fixture->result.conditions[2], true, "the system's CAs are trusted now");
    fixture->clusters[0].kube.tls.ca_pem = "PEM";
    fixture->shown.ca.expires = TIMESTAMP_NONE;
    expect_count(fixture, 3);
    expect_ends(&fixture->result.conditions[2], true,
                "the server's certificate is trusted itself now");
}

static void what_was_not_seen_says_nothing(void **state)
{
    struct fixture *fixture = *state;
    open_incident(fixture, "certificate");
    open_incident(fixture, "ca");
    http_certificates_init(&fixture->shown);
    expect_count(fixture, 0);
    fixture->clusters[0].kube.certificates = NULL;
    expect_count(fixture, 0);
}

static void an_unread_cluster_says_nothing(void **state)
{
    struct fixture *fixture = *state;
    open_all(fixture);
    use_token(fixture, token_until(fixture, NOW - DAY));
    fixture->shown.server.expires = NOW + DAY;
    answer(fixture, "backupactions", 401, "");
    assert_int_equal(look(fixture)->condition_count, 0);
    assert_string_equal(fixture->result.sights[0].reason,
                        "the token expired 1 d 0 h ago, on 2026-04-01 10:20 UTC (401 "
                        "Unauthorized)");
}

static void nothing_expires_where_nothing_is_verified(void **state)
{
    struct fixture *fixture = *state;
    fixture->clusters[0].kube.tls.insecure = true;
    fixture->shown.server.expires = NOW + DAY;
    expect_count(fixture, 0);
    open_incident(fixture, "certificate");
    expect_ends(only(fixture, "certificate"), false,
                "certificates are not verified there any more");
    fixture->clusters[0].kube.tls.insecure = false;
    fixture->clusters[0].kube.base_url = "http://127.0.0.1:8001";
    expect_ends(only(fixture, "certificate"), false,
                "certificates are not verified there any more");
}

static void incidents_of_others_stay(void **state)
{
    struct fixture *fixture = *state;
    ledger_put_incident(&fixture->ledger, &(struct incident){.class = ALERT_EXPIRING,
                                                             .cluster = "two",
                                                             .policy = "",
                                                             .kind = ACTION_BACKUP,
                                                             .app = "token",
                                                             .run = "",
                                                             .cause = ""});
    expect_count(fixture, 0);
    fixture->input.ledger = NULL;
    open_all(fixture);
    expect_count(fixture, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_is_well),
        TEST(a_token_expires_soon),
        TEST(a_token_that_is_renewed_often_is_told_late),
        TEST(the_mounts_token_only_when_it_has_expired),
        TEST(a_new_token_ends_it),
        TEST(certificates_expire_soon),
        TEST(a_certificate_that_is_trusted_itself),
        TEST(new_certificates_end_it),
        TEST(what_was_not_seen_says_nothing),
        TEST(an_unread_cluster_says_nothing),
        TEST(nothing_expires_where_nothing_is_verified),
        TEST(incidents_of_others_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
