// SPDX-License-Identifier: MIT
#include "app/diagnosis.h"

#include "base/arena.h"
#include "k10/kinds.h"

#include "base/banned.h"

// What the transport met; NULL when that was not it.
static const char *transport_remedy(struct arena *arena, unsigned number, enum http_failure failure)
{
    switch (failure) {
    case HTTP_FAILURE_UNKNOWN_CA:
    case HTTP_FAILURE_NO_CA:
        return arena_format(
            arena,
            "set CLUSTER_%u_CA_DATA to the cluster's CA: kubectl config view --raw --minify "
            "--flatten -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' (or "
            "CLUSTER_%u_CA_FILE)",
            number, number);
    case HTTP_FAILURE_EXPIRED:
        return "renew the API server's certificate, or set the clock of one of the two right; "
               "nothing is read from it until then";
    case HTTP_FAILURE_WRONG_NAME:
        return arena_format(arena,
                            "use a host name of the certificate in CLUSTER_%u_API_URL, or set "
                            "CLUSTER_%u_TLS_SERVER_NAME to one",
                            number, number);
    case HTTP_FAILURE_RESOLVE:
        return arena_format(arena,
                            "check the host name in CLUSTER_%u_API_URL, and DNS from where the "
                            "alerter runs",
                            number);
    case HTTP_FAILURE_CONNECT:
    case HTTP_FAILURE_PROXY:
    case HTTP_FAILURE_TLS:
        return arena_format(arena,
                            "check host and port in CLUSTER_%u_API_URL, and firewall and proxy "
                            "(HTTPS_PROXY, NO_PROXY) on the way",
                            number);
    case HTTP_FAILURE_LOST:
    case HTTP_FAILURE_CUT:
    case HTTP_FAILURE_TIMEOUT:
        return "the API server is slow, restarting or cut off; if it only needs longer, raise "
               "REQUEST_TIMEOUT";
    default:
        return NULL;
    }
}

static const char *auth_remedy(struct arena *arena, const struct fleet_cluster *cluster)
{
    if (cluster->settings->token == NULL) {
        return "the service account's token was not accepted: does this API server belong to the "
               "pod's cluster?";
    }
    return arena_format(arena,
                        "the token is wrong, expired or revoked: fetch the ServiceAccount's "
                        "current one and put it into CLUSTER_%u_TOKEN",
                        cluster->settings->number);
}

const char *diagnosis_remedy(struct arena *arena, const struct fleet_cluster *cluster,
                             enum action_kind kind, enum error_class class,
                             enum http_failure failure)
{
    unsigned number = cluster->settings->number;
    const char *remedy = transport_remedy(arena, number, failure);
    if (remedy != NULL) {
        return remedy;
    }
    switch (class) {
    case ERROR_AUTH:
        return auth_remedy(arena, cluster);
    case ERROR_FORBIDDEN:
        return arena_format(arena,
                            "grant the ServiceAccount get and list on %s.%s by a ClusterRole and "
                            "a ClusterRoleBinding",
                            action_kind_resource(kind), kinds_group(kind));
    case ERROR_NOT_FOUND:
        return kind < ACTION_KIND_COUNT
                   ? "K10 is not installed there, or its API is not registered: kubectl get "
                     "apiservice " K10_ACTIONS_VERSION "." K10_ACTIONS_GROUP
                   : "K10's CustomResourceDefinitions are not there: kubectl get crd | grep "
                     "config.kio.kasten.io";
    case ERROR_UNAVAILABLE:
        return arena_format(arena,
                            "K10's API server or the Kubernetes API is down or overloaded: kubectl "
                            "get apiservices | grep kio; kubectl -n %s get pods",
                            cluster->settings->k10_namespace);
    case ERROR_PROTOCOL:
    case ERROR_REFUSED:
        return arena_format(arena,
                            "check that CLUSTER_%u_API_URL leads to the Kubernetes API itself, not "
                            "to a login page or proxy",
                            number);
    case ERROR_LIMIT:
        return "the answer is larger than any of K10 is known to be: look at it with kubectl get "
               "--raw";
    default:
        return "";
    }
}
