// SPDX-License-Identifier: MIT
#include "app/fleet.h"

#include <string.h>

#include "base/arena.h"
#include "kube/state_store.h"

#include "base/banned.h"

static struct http_tls tls_with_ca(const char *ca_pem)
{
    return (struct http_tls){.ca_pem = ca_pem, .ca_len = ca_pem != NULL ? strlen(ca_pem) : 0};
}

static void init_cluster(struct arena *arena, const struct settings *settings,
                         const struct cluster_settings *cluster,
                         const struct fleet_environment *environment, const struct fleet *fleet,
                         const struct error *mount_error, struct fleet_cluster *ret)
{
    const char *url = cluster->api_url;
    const char *token = cluster->token;
    const char *ca_pem = cluster->ca_pem;
    ret->settings = cluster;
    ret->error = (struct error){ERROR_NONE, ""};
    if (cluster->in_cluster) {
        if (token == NULL && !fleet->in_pod) {
            ret->error = *mount_error;
            ret->error.class = ERROR_SETTINGS;
            (void)error_prefix(&ret->error, "IN_CLUSTER is set, but this is no pod with a token");
        }
        token = token == NULL && fleet->in_pod ? fleet->account.token : token;
        ca_pem = ca_pem == NULL && fleet->in_pod ? fleet->account.ca_pem : ca_pem;
    }
    if (url == NULL) {
        url = kube_in_cluster_url(arena, environment->service_host, environment->service_port);
    }
    ret->kube = (struct kube_cluster){
        .base_url = url,
        .bearer = token,
        .tls = tls_with_ca(ca_pem),
        .direct = kube_url_is_direct(url, environment->service_host),
        .timeout_ms = settings->request_timeout_s * 1000,
    };
    ret->kube.tls.server_name = cluster->tls_server_name;
    ret->kube.tls.insecure = cluster->insecure_skip_tls_verify;
    ret->kube.certificates = arena_alloc(arena, sizeof *ret->kube.certificates);
    http_certificates_init(ret->kube.certificates);
}

void fleet_init(struct arena *arena, const struct settings *settings,
                const struct fleet_environment *environment, struct fleet *ret)
{
    struct error mount_error;
    *ret = (struct fleet){
        .clusters = arena_alloc_array(arena, settings->cluster_count, sizeof *ret->clusters),
        .count = settings->cluster_count,
    };
    ret->in_pod = kube_service_account_read(arena, environment->service_account_dir, &ret->account,
                                            &mount_error);
    if (ret->in_pod) {
        const char *url =
            kube_in_cluster_url(arena, environment->service_host, environment->service_port);
        ret->pod = (struct kube_cluster){
            .base_url = url,
            .bearer = ret->account.token,
            .tls = tls_with_ca(ret->account.ca_pem),
            .direct = true,
            .timeout_ms = settings->request_timeout_s * 1000,
        };
    }
    for (size_t i = 0; i < ret->count; i++) {
        init_cluster(arena, settings, &settings->clusters[i], environment, ret, &mount_error,
                     &ret->clusters[i]);
    }
}

const struct fleet_cluster *fleet_find(const struct fleet *fleet, const char *name, size_t len)
{
    for (size_t i = 0; i < fleet->count; i++) {
        const char *candidate = fleet->clusters[i].settings->name;
        if (strlen(candidate) == len && strncmp(candidate, name, len) == 0) {
            return &fleet->clusters[i];
        }
    }
    return NULL;
}

bool fleet_token_is_mounted(const struct fleet_cluster *cluster)
{
    return cluster->settings->in_cluster && cluster->settings->token == NULL;
}

static const struct fleet_cluster *marked_in_cluster(const struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++) {
        if (fleet->clusters[i].settings->in_cluster) {
            return &fleet->clusters[i];
        }
    }
    return NULL;
}

static void describe_configmap(struct arena *arena, const char *where, struct state_place *place)
{
    place->description = arena_format(arena, "ConfigMap %s/%s on %s", place->namespace_name,
                                      STATE_CONFIGMAP_NAME, where);
}

static bool place_in_pod(struct arena *arena, const struct fleet *fleet, struct state_place *ret,
                         struct error *error)
{
    if (!fleet->in_pod) {
        return error_set(error, ERROR_SETTINGS,
                         "STATE=configmap needs a pod with a service account; outside of one name "
                         "the cluster: STATE=configmap:CLUSTER");
    }
    const struct fleet_cluster *marked = marked_in_cluster(fleet);
    *ret = (struct state_place){
        .cluster = marked != NULL ? &marked->kube : &fleet->pod,
        .namespace_name = fleet->account.namespace_name,
    };
    describe_configmap(arena, marked != NULL ? marked->settings->name : "the pod's own cluster",
                       ret);
    return true;
}

static bool place_on_cluster(struct arena *arena, const struct fleet *fleet, const char *spec,
                             struct state_place *ret, struct error *error)
{
    size_t len = strcspn(spec, "/");
    const struct fleet_cluster *cluster = fleet_find(fleet, spec, len);
    if (cluster == NULL) {
        return error_set(error, ERROR_SETTINGS, "STATE: no CLUSTER_<N>_NAME is \"%.*s\"",
                         (int)(len < 80 ? len : 80), spec);
    }
    if (cluster->error.class != ERROR_NONE) {
        *error = cluster->error;
        error->class = ERROR_SETTINGS;
        return error_prefix(error, "STATE");
    }
    const char *default_namespace =
        fleet->in_pod ? fleet->account.namespace_name : cluster->settings->k10_namespace;
    *ret = (struct state_place){
        .cluster = &cluster->kube,
        .namespace_name =
            spec[len] == '/' ? arena_strdup(arena, spec + len + 1) : default_namespace,
    };
    describe_configmap(arena, cluster->settings->name, ret);
    return true;
}

static bool place_in_file(struct arena *arena, const char *path,
                          const struct fleet_environment *environment, struct state_place *ret,
                          struct error *error)
{
    static const char *const file = "kasten-alerter/state.json";
    if (path == NULL && environment->state_home != NULL && *environment->state_home == '/') {
        path = arena_format(arena, "%s/%s", environment->state_home, file);
    } else if (path == NULL && environment->home != NULL && *environment->home == '/') {
        path = arena_format(arena, "%s/.local/state/%s", environment->home, file);
    }
    if (path == NULL) {
        return error_set(error, ERROR_SETTINGS,
                         "STATE is not set and neither XDG_STATE_HOME nor HOME names a folder; set "
                         "STATE=file:/path/state.json or STATE=configmap:CLUSTER");
    }
    *ret = (struct state_place){.path = path, .description = arena_format(arena, "file %s", path)};
    return true;
}

bool fleet_state_place(struct arena *arena, const struct fleet *fleet, const char *state,
                       const struct fleet_environment *environment, struct state_place *ret,
                       struct error *error)
{
    static const char on_cluster[] = "configmap:";
    static const char in_file[] = "file:";
    if (state != NULL && strncmp(state, on_cluster, strlen(on_cluster)) == 0) {
        return place_on_cluster(arena, fleet, state + strlen(on_cluster), ret, error);
    }
    if (state != NULL && strncmp(state, in_file, strlen(in_file)) == 0) {
        return place_in_file(arena, state + strlen(in_file), environment, ret, error);
    }
    if (state != NULL || fleet->in_pod) {
        return place_in_pod(arena, fleet, ret, error);
    }
    return place_in_file(arena, NULL, environment, ret, error);
}
