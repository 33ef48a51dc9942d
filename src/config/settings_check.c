// SPDX-License-Identifier: MIT
#include "config/settings_check.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "codec/url.h"
#include "config/host.h"

#include "base/banned.h"

enum { KEY_BYTES = 64, PORT_SMTP = 25, PORT_IMPLICIT_TLS = 465, PORT_SUBMISSION = 587 };

struct checker {
    struct settings_draft *draft;
    const struct environment *environment;
    struct settings_report *report;
};

static bool is_set(const struct checker *checker, const char *name)
{
    const struct settings_key *key = settings_table_find(SETTINGS_GLOBAL, name);
    return checker->environment->values[settings_table_index(key)] != NULL;
}

static void check_port_and_tls(struct checker *checker)
{
    struct settings_draft *draft = checker->draft;
    uint16_t port = draft->settings.smtp_port;
    if (settings_report_blames(checker->report, "SMTP_TLS")) {
        return;
    }
    if (!is_set(checker, "SMTP_TLS")) {
        draft->smtp_tls = port == PORT_IMPLICIT_TLS ? SETTINGS_TLS_IMPLICIT : SETTINGS_TLS_STARTTLS;
    } else if (draft->smtp_tls == SETTINGS_TLS_STARTTLS && port == PORT_IMPLICIT_TLS) {
        settings_report_warning(checker->report, "SMTP_TLS",
                                "is starttls, but port 465 usually speaks TLS from the first byte: "
                                "implicit");
    } else if (draft->smtp_tls == SETTINGS_TLS_IMPLICIT &&
               (port == PORT_SMTP || port == PORT_SUBMISSION)) {
        settings_report_warning(checker->report, "SMTP_TLS",
                                "is implicit, but port %u usually begins in clear: starttls",
                                (unsigned)port);
    }
}

static void check_plaintext(struct checker *checker)
{
    const struct settings_draft *draft = checker->draft;
    const char *host = draft->settings.smtp_host;
    if (draft->smtp_tls != SETTINGS_TLS_NONE || host == NULL || host_is_loopback(host)) {
        return;
    }
    const char *shown = settings_report_quote(checker->report, host, strlen(host));
    if (is_set(checker, "SMTP_USER")) {
        settings_report_problem(checker->report, "SMTP_TLS",
                                "expected starttls or implicit, found none, which would send the "
                                "password of SMTP_USER in clear to %s",
                                shown);
    } else if (!draft->smtp_allow_plaintext) {
        settings_report_problem(checker->report, "SMTP_TLS",
                                "expected starttls or implicit, found none, which would send the "
                                "mail in clear to %s; if that is meant, set "
                                "SMTP_ALLOW_PLAINTEXT=true",
                                shown);
    } else {
        settings_report_warning(checker->report, "SMTP_TLS",
                                "is none: the mail goes in clear to %s", shown);
    }
}

static void check_smtp_credentials(struct checker *checker)
{
    bool user = is_set(checker, "SMTP_USER");
    bool password = is_set(checker, "SMTP_PASSWORD") || is_set(checker, "SMTP_PASSWORD_FILE");
    if (user && !password) {
        settings_report_problem(checker->report, "SMTP_PASSWORD",
                                "is required with SMTP_USER and not set: expected it or "
                                "SMTP_PASSWORD_FILE");
    }
    if (password && !user) {
        settings_report_problem(
            checker->report, "SMTP_USER",
            "is required with SMTP_PASSWORD and not set: expected the user that "
            "the password belongs to");
    }
    if (!user && is_set(checker, "SMTP_AUTH")) {
        settings_report_warning(checker->report, "SMTP_AUTH", "has no effect without SMTP_USER");
    }
}

struct cluster_check {
    struct checker *checker;
    struct cluster_settings *cluster;
    const struct environment_cluster *given;
};

static const char *cluster_key(const struct cluster_check *check, const char *row)
{
    return arena_format(check->checker->report->arena, "CLUSTER_%u_%s", check->cluster->number,
                        row);
}

static bool cluster_sets(const struct cluster_check *check, const char *row)
{
    const struct settings_key *key = settings_table_find(SETTINGS_PER_CLUSTER, row);
    return check->given->values[settings_table_index(key)] != NULL;
}

static bool is_plain_http(const char *url)
{
    struct url_parts parts;
    return url != NULL && url_parse(url, &parts) && strcmp(parts.scheme, "http") == 0;
}

static void check_reach(const struct cluster_check *check)
{
    struct settings_report *report = check->checker->report;
    const struct cluster_settings *cluster = check->cluster;
    unsigned n = cluster->number;
    const char *in_cluster = cluster_key(check, "IN_CLUSTER");
    if (cluster->in_cluster || settings_report_blames(report, in_cluster)) {
        return;
    }
    if (!cluster_sets(check, "API_URL")) {
        settings_report_problem(report, cluster_key(check, "API_URL"),
                                "is required and not set: expected https://HOST[:PORT][/PATH], or "
                                "CLUSTER_%u_IN_CLUSTER=true for the cluster the alerter runs in",
                                n);
    }
    bool token = cluster_sets(check, "TOKEN") || cluster_sets(check, "TOKEN_FILE");
    if (!token && !is_plain_http(cluster->api_url)) {
        settings_report_problem(report, cluster_key(check, "TOKEN"),
                                "is required and not set: expected the token of a service account "
                                "of that cluster, here or in CLUSTER_%u_TOKEN_FILE",
                                n);
    }
}

static void check_insecure(const struct cluster_check *check)
{
    if (check->cluster->insecure_skip_tls_verify) {
        bool ca = cluster_sets(check, "CA_FILE") || cluster_sets(check, "CA_DATA");
        settings_report_warning(check->checker->report,
                                cluster_key(check, "INSECURE_SKIP_TLS_VERIFY"),
                                "is true: any certificate is accepted%s, and whoever is on the way "
                                "can read the token",
                                ca ? " whatever the CA set" : "");
    }
}

static void check_unique_name(const struct cluster_check *check, struct map *names)
{
    const char *name = check->cluster->name;
    if (name == NULL) {
        return;
    }
    struct map_entry *entry = map_entry(names, name);
    const struct cluster_settings *first = entry->value;
    if (first == NULL) {
        entry->value = check->cluster;
        return;
    }
    settings_report_problem(check->checker->report, cluster_key(check, "NAME"),
                            "expected a name of its own, found %s, which is CLUSTER_%u_NAME too",
                            settings_report_quote(check->checker->report, name, strlen(name)),
                            first->number);
}

static void check_state_cluster(struct checker *checker, const struct map *names)
{
    static const char configmap_of[] = "configmap:";
    const char *state = checker->draft->settings.state;
    if (state == NULL || strncmp(state, configmap_of, sizeof configmap_of - 1) != 0) {
        return;
    }
    const char *cluster = state + sizeof configmap_of - 1;
    size_t len = strcspn(cluster, "/");
    const char *name = arena_strndup(checker->report->arena, cluster, len);
    if (map_get(names, name) == NULL) {
        settings_report_problem(checker->report, "STATE",
                                "expected configmap:CLUSTER with the NAME of a cluster, found %s",
                                settings_report_quote(checker->report, state, strlen(state)));
    }
}

static void check_one_in_cluster(const struct cluster_check *check,
                                 const struct cluster_settings **first)
{
    if (!check->cluster->in_cluster) {
        return;
    }
    if (*first == NULL) {
        *first = check->cluster;
        return;
    }
    settings_report_warning(check->checker->report, cluster_key(check, "IN_CLUSTER"),
                            "is true as CLUSTER_%u_IN_CLUSTER is, but the alerter runs in one "
                            "cluster",
                            (*first)->number);
}

static void check_clusters(struct checker *checker)
{
    struct settings *settings = &checker->draft->settings;
    const struct cluster_settings *in_cluster = NULL;
    struct map names;
    map_init(&names, checker->report->arena);
    for (size_t i = 0; i < settings->cluster_count; i++) {
        struct cluster_check check = {checker, &settings->clusters[i],
                                      checker->environment->clusters[i]};
        check_reach(&check);
        check_insecure(&check);
        check_unique_name(&check, &names);
        check_one_in_cluster(&check, &in_cluster);
        if (settings->clusters[i].label == NULL) {
            settings->clusters[i].label = settings->clusters[i].name;
        }
    }
    if (settings->cluster_count == 0) {
        settings_report_problem(checker->report, "CLUSTER_1_NAME",
                                "is required and not set: expected at least one cluster, with "
                                "CLUSTER_1_NAME and CLUSTER_1_API_URL and CLUSTER_1_TOKEN, or "
                                "CLUSTER_1_NAME and CLUSTER_1_IN_CLUSTER=true");
    }
    check_state_cluster(checker, &names);
}

static bool holds(const struct settings_words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->items[i], word) == 0) {
            return true;
        }
    }
    return false;
}

// Whether a policy is overdue is seen from its runs and what they did. That backup is left out is
// warned about where the kinds are read.
static void check_overdue(struct checker *checker)
{
    const struct settings_words *kinds = &checker->draft->kinds;
    if (kinds->count > 0 && holds(&checker->draft->classes, "overdue") && holds(kinds, "backup") &&
        !holds(kinds, "run")) {
        settings_report_warning(checker->report, "ALERT_KINDS",
                                "leaves out run: policies that are overdue are not seen");
    }
}

void settings_check(struct settings_draft *draft, const struct environment *environment,
                    struct settings_report *report)
{
    struct checker checker = {draft, environment, report};
    check_port_and_tls(&checker);
    check_plaintext(&checker);
    check_smtp_credentials(&checker);
    check_overdue(&checker);
    check_clusters(&checker);
}
