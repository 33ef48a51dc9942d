// SPDX-License-Identifier: MIT
#include "app/diagnosis.h"

#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/root_cause.h"
#include "k10/kinds.h"
#include "kube/forbidden.h"
#include "kube/token.h"

#include "base/banned.h"

#define CA_COMMAND                                     \
    "kubectl config view --raw --minify --flatten -o " \
    "jsonpath='{.clusters[0].cluster.certificate-authority-data}'"

// The key that holds the address that was asked.
static const char *address_key(struct arena *arena, const struct cluster_settings *settings)
{
    return settings->api_url != NULL ? arena_format(arena, "CLUSTER_%u_API_URL", settings->number)
                                     : "KUBERNETES_SERVICE_HOST";
}

static const char *ca_remedy(struct arena *arena, const struct fleet_cluster *cluster)
{
    const struct cluster_settings *settings = cluster->settings;
    if (settings->in_cluster && settings->ca_pem == NULL) {
        return cluster->kube.tls.ca_pem == NULL
                   ? arena_format(arena,
                                  "the service account mount has no readable ca.crt, so the "
                                  "system's CAs were trusted: mend the mount, or set "
                                  "CLUSTER_%u_CA_DATA",
                                  settings->number)
                   : arena_format(
                         arena,
                         "the pod's ca.crt is not this server's: does %s lead to the "
                         "pod's own cluster? If it does, set CLUSTER_%u_CA_DATA: " CA_COMMAND,
                         address_key(arena, settings), settings->number);
    }
    return arena_format(
        arena, "set CLUSTER_%u_CA_DATA to the cluster's CA: " CA_COMMAND " (or CLUSTER_%u_CA_FILE)",
        settings->number, settings->number);
}

static const char *certificate_remedy(struct arena *arena, const struct diagnosis_case *c)
{
    unsigned number = c->cluster->settings->number;
    switch (c->failure) {
    case HTTP_FAILURE_UNKNOWN_CA:
    case HTTP_FAILURE_NO_CA:
        return ca_remedy(arena, c->cluster);
    case HTTP_FAILURE_EXPIRED:
        return "renew the API server's certificate, or set the clock of one of the two right; "
               "nothing is read from it until then";
    case HTTP_FAILURE_CA_EXPIRED:
        return arena_format(
            arena,
            "renew the cluster's CA if that was not done yet, then put the new one "
            "into CLUSTER_%u_CA_DATA or the file of CLUSTER_%u_CA_FILE: " CA_COMMAND,
            number, number);
    case HTTP_FAILURE_WRONG_NAME:
        return arena_format(arena,
                            "use a host name of the certificate in %s, or set "
                            "CLUSTER_%u_TLS_SERVER_NAME to one",
                            address_key(arena, c->cluster->settings), number);
    default:
        return NULL;
    }
}

// What the transport met before an answer came; NULL when that was not it.
static const char *connection_remedy(struct arena *arena, const struct diagnosis_case *c)
{
    const char *key = address_key(arena, c->cluster->settings);
    switch (c->failure) {
    case HTTP_FAILURE_RESOLVE:
        return arena_format(arena, "check the host name in %s, and DNS from where the alerter runs",
                            key);
    case HTTP_FAILURE_LOOKUP:
        return "no name server answered: check DNS from where the alerter runs (in a pod: "
               "kubectl -n kube-system get pods -l k8s-app=kube-dns, and NetworkPolicies)";
    case HTTP_FAILURE_REFUSED:
        return arena_format(arena,
                            "nobody listens there: check the port in %s, and that the API server "
                            "or the load balancer before it runs",
                            key);
    case HTTP_FAILURE_CONNECT:
    case HTTP_FAILURE_PROXY:
        return arena_format(arena,
                            "check host and port in %s, and firewall, NetworkPolicies and proxy "
                            "(HTTPS_PROXY, NO_PROXY) on the way",
                            key);
    case HTTP_FAILURE_HANDSHAKE:
    case HTTP_FAILURE_TLS:
        return arena_format(arena,
                            "something listens there but completes no TLS: check the port in %s, "
                            "and whether a load balancer or proxy on the way has lost its server",
                            key);
    default:
        return NULL;
    }
}

static const char cut_remedy[] =
    "the API server, or a proxy or load balancer on the way, ended the answer too early: look at "
    "its log and at its limits of time and size";

static const char *answer_remedy(const struct diagnosis_case *c)
{
    switch (c->failure) {
    case HTTP_FAILURE_LOST:
        return "the API server restarts, or something on the way cut it off: if it lasts, look at "
               "the API server's log and at proxies and load balancers before it";
    case HTTP_FAILURE_CUT:
        return cut_remedy;
    case HTTP_FAILURE_TIMEOUT:
        return "the API server is slow, overloaded or cut off; if it only needs longer, raise "
               "REQUEST_TIMEOUT";
    default:
        return NULL;
    }
}

static const char *transport_remedy(struct arena *arena, const struct diagnosis_case *c)
{
    const char *remedy = certificate_remedy(arena, c);
    remedy = remedy != NULL ? remedy : connection_remedy(arena, c);
    return remedy != NULL ? remedy : answer_remedy(c);
}

// When our own token ended; TIMESTAMP_NONE while it has not, or says nothing of it.
static int64_t token_ended(const struct diagnosis_case *c)
{
    const char *token = c->cluster->kube.bearer;
    int64_t expiry = token != NULL ? kube_token_expiry(token) : TIMESTAMP_NONE;
    return expiry <= c->now ? expiry : TIMESTAMP_NONE;
}

const char *diagnosis_token_renewal(struct arena *arena, const struct fleet_cluster *cluster)
{
    unsigned number = cluster->settings->number;
    if (fleet_token_is_mounted(cluster)) {
        return "the kubelet renews the mount's token: look at the node's kubelet and at its clock; "
               "a new pod gets a new token";
    }
    return arena_format(arena,
                        "put a new one into CLUSTER_%u_TOKEN or the file of CLUSTER_%u_TOKEN_FILE: "
                        "kubectl -n NAMESPACE create token SERVICEACCOUNT --duration=8760h",
                        number, number);
}

static const char *auth_remedy(struct arena *arena, const struct diagnosis_case *c)
{
    const struct fleet_cluster *cluster = c->cluster;
    if (cluster->kube.bearer == NULL) {
        return arena_format(arena, "set CLUSTER_%u_TOKEN to a ServiceAccount's token",
                            cluster->settings->number);
    }
    const char *renewal = diagnosis_token_renewal(arena, cluster);
    if (token_ended(c) != TIMESTAMP_NONE) {
        return renewal;
    }
    if (fleet_token_is_mounted(cluster)) {
        return "it is the pod's own: does this API server belong to the pod's cluster, and does "
               "the pod's ServiceAccount still exist?";
    }
    return arena_format(arena, "it is wrong, was revoked, or belongs to another cluster: %s",
                        renewal);
}

// One line that gives the right; named by the resource, so that those of several kinds can be run.
static const char *rights_remedy(struct arena *arena, const struct diagnosis_case *c)
{
    const char *resource = action_kind_resource(c->kind);
    const char *text = c->error->text;
    if (kube_forbidden_anonymous(text)) {
        return arena_format(arena,
                            "no credentials came with the request: set CLUSTER_%u_TOKEN to a "
                            "ServiceAccount's token",
                            c->cluster->settings->number);
    }
    struct kube_account account;
    const char *whom = kube_forbidden_account(text, &account)
                           ? arena_format(arena, "%s:%s", account.namespace_name, account.name)
                           : "NAMESPACE:SERVICEACCOUNT";
    return arena_format(
        arena,
        "%skubectl create clusterrole kasten-alerter-%s --verb=list --resource=%s.%s && kubectl "
        "create clusterrolebinding kasten-alerter-%s --clusterrole=kasten-alerter-%s "
        "--serviceaccount=%s",
        kube_forbidden_by_rights(text)
            ? "grant it: "
            : "it does not say who may not do what: a proxy or gateway on the way may refuse it; "
              "if the right is missing: ",
        resource, resource, kinds_group(c->kind), resource, resource, whom);
}

// kube-aggregator's own words (staging/src/k8s.io/kube-aggregator, handler_proxy.go) for a server
// behind it that is down. What a server behind it says itself comes as a Status.
static bool is_backend_down(const struct diagnosis_case *c)
{
    const char *text = c->error->text;
    return c->kind < ACTION_KIND_COUNT && strncmp(text, "503 ", 4) == 0 &&
           (strstr(text, ": \"service unavailable\"") != NULL ||
            strstr(text, ": \"error trying to reach service") != NULL);
}

static const char *unavailable_remedy(struct arena *arena, const struct diagnosis_case *c)
{
    const char *namespace_name = c->cluster->settings->k10_namespace;
    if (is_backend_down(c)) {
        return arena_format(arena,
                            "kubectl get apiservice " K10_ACTIONS_VERSION "." K10_ACTIONS_GROUP
                            " says why; then look at its pod: kubectl -n %s get pods | grep "
                            "aggregatedapis",
                            namespace_name);
    }
    if (c->kind >= ACTION_KIND_COUNT) {
        return "the Kubernetes API, or a load balancer before it, is down or overloaded: kubectl "
               "get --raw '/readyz?verbose'";
    }
    return arena_format(arena,
                        "K10's API server or the Kubernetes API is down or overloaded: kubectl "
                        "get apiservices | grep kio; kubectl -n %s get pods; kubectl get --raw "
                        "'/readyz?verbose'",
                        namespace_name);
}

static const char *protocol_remedy(struct arena *arena, const struct diagnosis_case *c)
{
    if (strncmp(c->error->text, "the body was cut", strlen("the body was cut")) == 0) {
        return cut_remedy;
    }
    return arena_format(arena,
                        "check that %s leads to the Kubernetes API itself, not to a login page, "
                        "dashboard or proxy: kubectl config view --minify -o "
                        "jsonpath='{.clusters[0].cluster.server}'",
                        address_key(arena, c->cluster->settings));
}

const char *diagnosis_reason(struct arena *arena, const struct diagnosis_case *the_case)
{
    const struct diagnosis_case *c = the_case;
    const char *text = root_cause_mask(arena, c->error->text);
    if (is_backend_down(c)) {
        return arena_format(arena, "K10's API server is down (%s)", text);
    }
    if (c->error->class != ERROR_AUTH) {
        return text;
    }
    if (c->cluster->kube.bearer == NULL) {
        return arena_format(arena, "no token was sent (%s)", text);
    }
    int64_t ended = token_ended(c);
    if (ended == TIMESTAMP_NONE) {
        return arena_format(arena, "the token was not accepted (%s)", text);
    }
    char age[TIMESTAMP_TEXT_BYTES];
    char at[TIMESTAMP_TEXT_BYTES];
    timestamp_format_age(c->now - ended, age);
    timestamp_format_local(ended, at);
    return arena_format(arena, "the token expired %s ago, on %s (%s)", age, at, text);
}

const char *diagnosis_remedy(struct arena *arena, const struct diagnosis_case *the_case)
{
    const struct diagnosis_case *c = the_case;
    const char *remedy = transport_remedy(arena, c);
    if (remedy != NULL) {
        return remedy;
    }
    switch (c->error->class) {
    case ERROR_AUTH:
        return auth_remedy(arena, c);
    case ERROR_FORBIDDEN:
        return rights_remedy(arena, c);
    case ERROR_NOT_FOUND:
        return c->kind < ACTION_KIND_COUNT
                   ? "K10 is not installed there, or its API is not registered: kubectl get "
                     "apiservice " K10_ACTIONS_VERSION "." K10_ACTIONS_GROUP
                   : "K10's CustomResourceDefinitions are not there: kubectl get crd | grep "
                     "config.kio.kasten.io";
    case ERROR_UNAVAILABLE:
        return unavailable_remedy(arena, c);
    case ERROR_PROTOCOL:
    case ERROR_REFUSED:
        return protocol_remedy(arena, c);
    case ERROR_LIMIT:
        return "the answer is larger than any of K10 is known to be: look at it with kubectl get "
               "--raw";
    default:
        return "";
    }
}
