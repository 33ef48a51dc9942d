// SPDX-License-Identifier: MIT
#include "app/diagnosis.h"

#include <string.h>

#include "base/arena.h"
#include "k10/kinds.h"

#include "base/banned.h"

static const char *tls_remedy(struct arena *arena, unsigned number, const char *reason)
{
    if (strstr(reason, "expired") != NULL) {
        return "renew the API server's certificate; nothing is read from it until then";
    }
    if (strstr(reason, "name") != NULL) {
        return arena_format(arena,
                            "use a host name of the certificate in CLUSTER_%u_API_URL, or set "
                            "CLUSTER_%u_TLS_SERVER_NAME to one",
                            number, number);
    }
    return arena_format(
        arena,
        "set CLUSTER_%u_CA_DATA to the cluster's CA: kubectl config view --raw --minify --flatten "
        "-o jsonpath='{.clusters[0].cluster.certificate-authority-data}' (or CLUSTER_%u_CA_FILE)",
        number, number);
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
                             enum action_kind kind, const struct error *error)
{
    unsigned number = cluster->settings->number;
    const char *k10 = cluster->settings->k10_namespace;
    switch (error->class) {
    case ERROR_TLS:
        return tls_remedy(arena, number, error->text);
    case ERROR_AUTH:
        return auth_remedy(arena, cluster);
    case ERROR_FORBIDDEN:
        return arena_format(arena,
                            "grant the ServiceAccount get and list on %s.%s by a ClusterRole and "
                            "a ClusterRoleBinding",
                            kinds_resource(kind)->resource, K10_ACTIONS_GROUP);
    case ERROR_NOT_FOUND:
        return "K10 is not installed there, or its API is not registered: kubectl get "
               "apiservice " K10_ACTIONS_VERSION "." K10_ACTIONS_GROUP;
    case ERROR_UNAVAILABLE:
        return arena_format(arena,
                            "K10's API server or the Kubernetes API is down or overloaded: kubectl "
                            "get apiservices | grep kio; kubectl -n %s get pods",
                            k10);
    case ERROR_NETWORK:
        return arena_format(arena,
                            "check CLUSTER_%u_API_URL, DNS, firewall and proxy from where the "
                            "alerter runs",
                            number);
    case ERROR_PROTOCOL:
    case ERROR_REFUSED:
        return arena_format(arena,
                            "check that CLUSTER_%u_API_URL leads to the Kubernetes API itself, not "
                            "to a login page or proxy",
                            number);
    default:
        return "";
    }
}
