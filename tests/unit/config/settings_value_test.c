// SPDX-License-Identifier: MIT
// Values that are accepted, and what they become.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "settings_support.h"

#define PEM "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
#define PEM_BASE64 \
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUIKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="
#define PEM_BASE64_FOLDED \
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUIK\nLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=\n"

struct value_case {
    const char *changes[SUPPORT_CHANGES];
    const char *field;
    const char *value;
    size_t warnings;
};

static const struct value_case cases[] = {
    // Defaults.
    {{NULL}, "smtp_port", "587", 0},
    {{NULL}, "smtp_tls", "0", 0},
    {{NULL}, "smtp_timeout_s", "60", 0},
    {{NULL}, "smtp_user", "(null)", 0},
    {{NULL}, "smtp_auth", "(null)", 0},
    {{NULL}, "smtp_ca_pem", "(null)", 0},
    {{NULL}, "subject_prefix", "[Kasten Backup]", 0},
    {{NULL}, "lookback_s", "7200", 0},
    {{NULL}, "alert_kinds", "backup export run backupcluster import validate", 0},
    {{NULL}, "timezone", "(null)", 0},
    {{NULL}, "state", "(null)", 0},
    {{NULL}, "max_concurrency", "64", 0},
    {{NULL}, "request_timeout_s", "30", 0},
    {{NULL}, "log_format", "0", 0},
    {{NULL}, "log_level", "2", 0},
    {{NULL}, "cluster.label", "k3s", 0},
    {{NULL}, "cluster.in_cluster", "false", 0},
    {{NULL}, "cluster.ca_pem", "(null)", 0},
    {{NULL}, "cluster.insecure", "false", 0},
    {{NULL}, "cluster.k10_namespace", "kasten-io", 0},
    {{NULL}, "cluster.dashboard_url", "(null)", 0},
    // An empty value is unset.
    {{"SMTP_PORT="}, "smtp_port", "587", 0},
    {{"SMTP_USER=", "SMTP_PASSWORD="}, "smtp_user", "(null)", 0},
    {{"CLUSTER_2_NAME=", "CLUSTER_2_TOKEN="}, "cluster_count", "1", 0},
    {{"SMPT_HOST="}, "smtp_host", "mail.example.com", 0},
    {{"SMTP_HOST=mail.example.com", "SMTP_HOST=other.example.com"},
     "smtp_host",
     "mail.example.com",
     0},
    // Hosts and ports.
    {{"SMTP_HOST=localhost"}, "smtp_host", "localhost", 0},
    {{"SMTP_HOST=smtp.gmail.com."}, "smtp_host", "smtp.gmail.com.", 0},
    {{"SMTP_HOST=10.0.0.25"}, "smtp_host", "10.0.0.25", 0},
    {{"SMTP_HOST=2001:db8::25"}, "smtp_host", "2001:db8::25", 0},
    {{"SMTP_HOST=[2001:db8::25]"}, "smtp_host", "2001:db8::25", 0},
    {{"SMTP_HOST=3com.example"}, "smtp_host", "3com.example", 0},
    {{"SMTP_PORT=1"}, "smtp_port", "1", 0},
    {{"SMTP_PORT=65535"}, "smtp_port", "65535", 0},
    // TLS of the mail server.
    {{"SMTP_PORT=465"}, "smtp_tls", "1", 0},
    {{"SMTP_TLS=implicit", "SMTP_PORT=2465"}, "smtp_tls", "1", 0},
    {{"SMTP_TLS=STARTTLS"}, "smtp_tls", "0", 0},
    {{"SMTP_TLS=starttls", "SMTP_PORT=465"}, "smtp_tls", "0", 1},
    {{"SMTP_TLS=implicit", "SMTP_PORT=587"}, "smtp_tls", "1", 1},
    {{"SMTP_TLS=none", "SMTP_HOST=localhost"}, "smtp_tls", "2", 0},
    {{"SMTP_TLS=none", "SMTP_HOST=127.0.0.2"}, "smtp_tls", "2", 0},
    {{"SMTP_TLS=none", "SMTP_HOST=[::1]"}, "smtp_tls", "2", 0},
    {{"SMTP_TLS=none", "SMTP_HOST=::1", "SMTP_USER=u", "SMTP_PASSWORD=p"}, "smtp_tls", "2", 0},
    {{"SMTP_TLS=none", "SMTP_ALLOW_PLAINTEXT=true"}, "smtp_tls", "2", 1},
    {{"SMTP_ALLOW_PLAINTEXT=true"}, "smtp_tls", "0", 0},
    // AUTH.
    {{"SMTP_USER=k10@gmail.com", "SMTP_PASSWORD=abcd efgh ijkl mnop"},
     "smtp_password",
     "abcd efgh ijkl mnop",
     0},
    {{"SMTP_USER=u", "SMTP_PASSWORD= p\xC3\xA4ss "}, "smtp_password", " p\xC3\xA4ss ", 0},
    {{"SMTP_USER=u", "SMTP_PASSWORD=p\n"}, "smtp_password", "p", 1},
    {{"SMTP_USER=u", "SMTP_PASSWORD=p\r\n"}, "smtp_password", "p", 1},
    {{"SMTP_USER=u", "SMTP_PASSWORD_FILE=password"}, "smtp_password", "secret word", 0},
    {{"SMTP_USER=u", "SMTP_PASSWORD_FILE=password-crlf"}, "smtp_password", "secret", 0},
    {{"SMTP_USER=DOMAIN\\jos\xC3\xA9", "SMTP_PASSWORD=p"}, "smtp_user", "DOMAIN\\jos\xC3\xA9", 0},
    {{"SMTP_USER=u", "SMTP_PASSWORD=p", "SMTP_AUTH=login"}, "smtp_auth", "LOGIN", 0},
    {{"SMTP_USER=u", "SMTP_PASSWORD=p", "SMTP_AUTH=Cram-MD5"}, "smtp_auth", "CRAM-MD5", 0},
    {{"SMTP_AUTH=plain"}, "smtp_auth", "PLAIN", 1},
    {{"SMTP_CA_FILE=ca.pem"}, "smtp_ca_pem", PEM, 0},
    {{"SMTP_TIMEOUT=90s"}, "smtp_timeout_s", "90", 0},
    {{"SMTP_TIMEOUT=10m"}, "smtp_timeout_s", "600", 0},
    // Addresses.
    {{"ALERT_FROM=Kasten K10 <k10@example.com>"}, "from", "[Kasten K10]<k10@example.com>", 0},
    {{"ALERT_FROM=\"K10, all\" <k10@example.com>"}, "from", "[K10, all]<k10@example.com>", 0},
    {{"ALERT_FROM=<k10@example.com>"}, "from", "[]<k10@example.com>", 0},
    {{"ALERT_FROM=J\xC3\xBCrgen <k10@example.com>"}, "from", "[J\xC3\xBCrgen]<k10@example.com>", 0},
    {{"ALERT_FROM=root@localhost"}, "from", "[]<root@localhost>", 0},
    {{"ALERT_TO=a@x.example,b@y.example"}, "to", "[]<a@x.example> []<b@y.example>", 0},
    {{"ALERT_TO= a@x.example ; b@y.example ;"}, "to", "[]<a@x.example> []<b@y.example>", 0},
    {{"ALERT_TO=\"Ops, Team\" <ops@x.example>, b@y.example"},
     "to",
     "[Ops, Team]<ops@x.example> []<b@y.example>",
     0},
    {{"ALERT_TO=\"a \\\"b\\\" \\\\ <c>; d\" <e@x.example>"},
     "to",
     "[a \"b\" \\ <c>; d]<e@x.example>",
     0},
    {{"ALERT_TO=O'Brien <o'brien+k10@x.example>"}, "to", "[O'Brien]<o'brien+k10@x.example>", 0},
    {{"ALERT_TO=a@x.example,a@X.example,A@x.example"}, "to", "[]<a@x.example> []<A@x.example>", 1},
    {{"ALERT_TO=\"\" <a@x.example>"}, "to", "[]<a@x.example>", 0},
    // Texts.
    {{"ALERT_SUBJECT_PREFIX=[K10]\r\nBcc: x@y"}, "subject_prefix", "[K10] Bcc: x@y", 1},
    {{"ALERT_SUBJECT_PREFIX=[K10] \xE2\x9C\x93"}, "subject_prefix", "[K10] \xE2\x9C\x93", 0},
    {{"CLUSTER_1_LABEL=K3s\x1B[31m"}, "cluster.label", "K3s [31m", 1},
    {{"CLUSTER_1_LABEL=K3s\n"}, "cluster.label", "K3s", 1},
    {{"CLUSTER_1_LABEL=B\xC3\xBCro  Nord"}, "cluster.label", "B\xC3\xBCro  Nord", 0},
    {{"CLUSTER_1_LABEL=a\xE2\x80\xAE"
      "b"},
     "cluster.label",
     "a\xEF\xBF\xBD"
     "b",
     1},
    // Numbers, times, words.
    {{"LOOKBACK_HOURS=24"}, "lookback_s", "86400", 0},
    {{"LOOKBACK_HOURS=0.5"}, "lookback_s", "1800", 0},
    {{"LOOKBACK_HOURS=87840"}, "lookback_s", "316224000", 0},
    {{"ALERT_KINDS=run"}, "alert_kinds", "run", 1},
    {{"ALERT_KINDS=restore backup"}, "alert_kinds", "backup restore", 1},
    {{"ALERT_KINDS=restore backup", "ALERT_ON=-overdue"}, "alert_kinds", "backup restore", 0},
    {{"ALERT_KINDS=+restore,-import"},
     "alert_kinds",
     "backup export run backupcluster validate restore",
     0},
    {{"ALERT_KINDS=+retire +retire\t-report"},
     "alert_kinds",
     "backup export run backupcluster import validate retire",
     0},
    {{"ALERT_KINDS=migratefcd,stage upgrade batchrestore"},
     "alert_kinds",
     "batchrestore upgrade stage migratefcd",
     1},
    {{"ALERT_KINDS=-backup"}, "alert_kinds", "export run backupcluster import validate", 1},
    {{NULL},
     "alert_on",
     "failed exceptions stuck overdue invalid unreachable expiring recovered",
     0},
    {{"ALERT_ON=recovered failed"}, "alert_on", "failed recovered", 0},
    {{"ALERT_ON=-recovered,-stuck"},
     "alert_on",
     "failed exceptions overdue invalid unreachable expiring",
     0},
    {{"ALERT_ON=+cancelled"},
     "alert_on",
     "failed exceptions stuck overdue invalid unreachable expiring recovered cancelled",
     0},
    {{NULL}, "every_run", "1", 0},
    {{"ALERT_EVERY_RUN=no"}, "every_run", "0", 0},
    {{NULL}, "remind_every_s", "86400", 0},
    {{"REMIND_EVERY=0"}, "remind_every_s", "0", 0},
    {{"REMIND_EVERY=7d"}, "remind_every_s", "604800", 0},
    {{NULL}, "stuck_after_s", "86400", 0},
    {{"STUCK_AFTER=90m"}, "stuck_after_s", "5400", 0},
    {{NULL}, "unreachable_after_s", "0", 0},
    {{"UNREACHABLE_AFTER=2h"}, "unreachable_after_s", "7200", 0},
    {{"ALERT_TIMEZONE=Europe/Berlin"}, "timezone", "Europe/Berlin", 0},
    {{"ALERT_TIMEZONE=UTC"}, "timezone", "(null)", 0},
    {{"MAX_CONCURRENCY=1024"}, "max_concurrency", "1024", 0},
    {{"REQUEST_TIMEOUT=1"}, "request_timeout_s", "1", 0},
    {{"LOG_FORMAT=json"}, "log_format", "1", 0},
    {{"LOG_LEVEL=ERROR"}, "log_level", "0", 0},
    {{"LOG_LEVEL=debug"}, "log_level", "3", 0},
    {{"STATE=configmap"}, "state", "configmap", 0},
    {{"STATE=configmap:k3s"}, "state", "configmap:k3s", 0},
    {{"STATE=configmap:k3s/k10-alerter"}, "state", "configmap:k3s/k10-alerter", 0},
    {{"STATE=file:/var/lib/k10/state.json"}, "state", "file:/var/lib/k10/state.json", 0},
    // Clusters.
    {{"CLUSTER_1_API_URL=https://rancher.example/k8s/clusters/c-abc12/"},
     "cluster.api_url",
     "https://rancher.example/k8s/clusters/c-abc12",
     0},
    {{"CLUSTER_1_API_URL=https://[2001:db8::1]:6443"},
     "cluster.api_url",
     "https://[2001:db8::1]:6443",
     0},
    {{"CLUSTER_1_API_URL=http://127.0.0.1:8001", "-CLUSTER_1_TOKEN"}, "cluster.token", "(null)", 0},
    {{"CLUSTER_1_API_URL=http://localhost:8001/", "-CLUSTER_1_TOKEN"},
     "cluster.api_url",
     "http://localhost:8001",
     0},
    {{"CLUSTER_1_API_URL=http://[::1]:8001", "-CLUSTER_1_TOKEN"},
     "cluster.api_url",
     "http://[::1]:8001",
     0},
    {{"-CLUSTER_1_API_URL", "-CLUSTER_1_TOKEN", "CLUSTER_1_IN_CLUSTER=yes"},
     "cluster.api_url",
     "(null)",
     0},
    {{"-CLUSTER_1_TOKEN", "CLUSTER_1_IN_CLUSTER=TRUE"}, "cluster.in_cluster", "true", 0},
    {{"CLUSTER_1_IN_CLUSTER=1"}, "cluster.token", "token-of-k3s", 0},
    {{"CLUSTER_2_NAME=b", "CLUSTER_2_IN_CLUSTER=1", "CLUSTER_1_IN_CLUSTER=1"},
     "cluster_count",
     "2",
     1},
    {{"CLUSTER_1_TOKEN=eyJhbGci...\n"}, "cluster.token", "eyJhbGci...", 1},
    {{"CLUSTER_1_TOKEN=ZXlKaGJHY2lPaUpTVXpJMU5pSjk="},
     "cluster.token",
     "ZXlKaGJHY2lPaUpTVXpJMU5pSjk=",
     1},
    {{"-CLUSTER_1_TOKEN", "CLUSTER_1_TOKEN_FILE=token"}, "cluster.token", "eyJ.from.file", 0},
    {{"CLUSTER_1_CA_FILE=ca.pem"}, "cluster.ca_pem", PEM, 0},
    {{"CLUSTER_1_CA_DATA=" PEM_BASE64}, "cluster.ca_pem", PEM, 0},
    {{"CLUSTER_1_CA_DATA=" PEM_BASE64_FOLDED}, "cluster.ca_pem", PEM, 0},
    {{"CLUSTER_1_TLS_SERVER_NAME=kubernetes"}, "cluster.tls_server_name", "kubernetes", 0},
    {{"CLUSTER_1_INSECURE_SKIP_TLS_VERIFY=true"}, "cluster.insecure", "true", 1},
    {{"CLUSTER_1_K10_NAMESPACE=backup"}, "cluster.k10_namespace", "backup", 0},
    {{"CLUSTER_1_DASHBOARD_URL=http://k10.example/k10/"},
     "cluster.dashboard_url",
     "http://k10.example/k10",
     0},
    {{"CLUSTER_9999_NAME=z", "CLUSTER_9999_IN_CLUSTER=1"}, "cluster_count", "2", 0},
    {{"CLUSTER_1_NAME=", "CLUSTER_1_API_URL=", "CLUSTER_1_TOKEN=", "CLUSTER_40_NAME=z",
      "CLUSTER_40_IN_CLUSTER=1"},
     "cluster_number",
     "40",
     0},
    // What Kubernetes injects for Services named smtp, alert-to and cluster-1.
    {{"SMTP_PORT=tcp://10.43.0.9:25", "SMTP_SERVICE_HOST=10.43.0.9", "SMTP_SERVICE_PORT=25",
      "SMTP_SERVICE_PORT_MAIL=25", "SMTP_PORT_25_TCP=tcp://10.43.0.9:25",
      "SMTP_PORT_25_TCP_PORT=25", "SMTP_PORT_25_TCP_ADDR=10.43.0.9", "SMTP_PORT_53_UDP_PROTO=udp"},
     "smtp_port",
     "587",
     0},
    {{"ALERT_TO_PORT=tcp://10.43.0.9:25", "CLUSTER_1_SERVICE_HOST=10.43.0.9",
      "CLUSTER_1_PORT_443_TCP=tcp://10.43.0.9:443", "CLUSTER_2_PORT=sctp://10.43.0.9:1"},
     "cluster_count",
     "1",
     0},
    // Names of others.
    {{"HTTP_PORT=8080", "HTTP_HOST=x", "STAGE=prod", "CLUSTER_NAME=x", "KUBECONFIG=/x", "PATH=/bin",
      "NO_PROXY=.svc", "=x"},
     "smtp_port",
     "587",
     0},
};

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct loaded loaded;
        support_load(&loaded, cases[i].changes);
        const char *value = loaded.ok ? support_field(&loaded, cases[i].field) : "(problem)";
        if (strcmp(value, cases[i].value) != 0 ||
            loaded.messages.warning_count != cases[i].warnings) {
            fail_msg("case %zu (%s): %s is \"%s\", expected \"%s\" and %zu warnings\n%s", i,
                     cases[i].changes[0] != NULL ? cases[i].changes[0] : "default", cases[i].field,
                     value, cases[i].value, cases[i].warnings, support_messages(&loaded));
        }
        support_finish(&loaded);
    }
}

// The ConfigMap and Secret of the original's documentation, as envFrom gives them.
static void test_original(void **state)
{
    (void)state;
    static const char *const environment[] = {"SMTP_HOST=smtp.gmail.com",
                                              "SMTP_PORT=587",
                                              "SMTP_USER=your-gmail@gmail.com",
                                              "ALERT_FROM=your-gmail@gmail.com",
                                              "ALERT_TO=recipient@example.com,another@example.com",
                                              "ALERT_SUBJECT_PREFIX=[Kasten Backup]",
                                              "LOOKBACK_HOURS=2",
                                              "CLUSTER_1_NAME=openshift",
                                              "CLUSTER_1_LABEL=OpenShift",
                                              "CLUSTER_1_API_URL=https://kubernetes.default.svc",
                                              "CLUSTER_1_IN_CLUSTER=true",
                                              "CLUSTER_2_NAME=rke2",
                                              "CLUSTER_2_LABEL=RKE2",
                                              "CLUSTER_2_API_URL=https://192.168.1.99:6443",
                                              "CLUSTER_3_NAME=k3s",
                                              "CLUSTER_3_LABEL=K3s",
                                              "CLUSTER_3_API_URL=https://192.168.1.105:6443",
                                              "SMTP_PASSWORD=abcd efgh ijkl mnop",
                                              "CLUSTER_2_TOKEN=eyJhbGci...",
                                              "CLUSTER_3_TOKEN=eyJhbGci...",
                                              "KUBERNETES_SERVICE_HOST=10.43.0.1",
                                              "KUBERNETES_PORT_443_TCP=tcp://10.43.0.1:443",
                                              NULL};
    char *copy[sizeof environment / sizeof environment[0]];
    struct arena *arena = arena_create();
    for (size_t i = 0; i < sizeof environment / sizeof environment[0]; i++) {
        copy[i] = environment[i] != NULL ? arena_strdup(arena, environment[i]) : NULL;
    }
    struct loaded loaded;
    support_load_all(&loaded, copy);
    arena_destroy(arena);
    assert_string_equal(support_messages(&loaded), "");
    const struct settings *settings = &loaded.settings;
    assert_int_equal(settings->cluster_count, 3);
    assert_string_equal(settings->clusters[0].api_url, "https://kubernetes.default.svc");
    assert_true(settings->clusters[0].in_cluster);
    assert_null(settings->clusters[0].token);
    assert_int_equal(settings->clusters[1].number, 2);
    assert_string_equal(settings->clusters[1].label, "RKE2");
    assert_false(settings->clusters[1].in_cluster);
    assert_string_equal(settings->clusters[2].name, "k3s");
    assert_string_equal(settings->clusters[2].token, "eyJhbGci...");
    assert_string_equal(settings->smtp_password, "abcd efgh ijkl mnop");
    assert_int_equal(settings->smtp_tls, SETTINGS_TLS_STARTTLS);
    assert_int_equal(settings->lookback_s, 7200);
    assert_string_equal(support_field(&loaded, "to"),
                        "[]<recipient@example.com> []<another@example.com>");
    support_finish(&loaded);
}

static void test_clusters_by_number(void **state)
{
    (void)state;
    static const char *const changes[] = {"CLUSTER_10_NAME=ten",
                                          "CLUSTER_10_IN_CLUSTER=yes",
                                          "CLUSTER_2_NAME=two",
                                          "CLUSTER_2_TOKEN=t",
                                          "CLUSTER_2_API_URL=https://two.example",
                                          NULL};
    struct loaded loaded;
    support_load(&loaded, changes);
    assert_true(loaded.ok);
    assert_int_equal(loaded.settings.cluster_count, 3);
    assert_string_equal(loaded.settings.clusters[0].name, "k3s");
    assert_string_equal(loaded.settings.clusters[1].name, "two");
    assert_string_equal(loaded.settings.clusters[2].name, "ten");
    support_finish(&loaded);
}

static int enter(void **state)
{
    (void)state;
    support_enter_folder();
    support_write_file("ca.pem", PEM, strlen(PEM));
    support_write_file("token", "eyJ.from.file\n", 14);
    support_write_file("password", "secret word", 11);
    support_write_file("password-crlf", "secret\r\n", 8);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    support_leave_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_original),
        cmocka_unit_test(test_clusters_by_number),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
