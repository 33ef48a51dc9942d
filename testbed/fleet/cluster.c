// SPDX-License-Identifier: MIT
#include "fleet/cluster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "fleet/fleet_clock.h"
#include "fleet/token.h"

#include "base/banned.h"

static const char *const cluster_keys[] = {
    "name",
    "label",
    "token",
    "token_minutes",
    "certificate",
    "port",
    "address",
    "path_prefix",
    "auth",
    "user",
    "tls_priorities",
    "k10_version",
    "kinds",
    "generate",
    "actions",
    "policies",
    "policypresets",
    "profiles",
    "faults",
    "configmaps",
    "deny",
    "projects",
    "key_order",
    "item_kind",
    "gzip",
    "pretty_user_agents",
    "date_skew_seconds",
    "kubernetes_version",
    "comment",
    NULL,
};

static bool is_name(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return name[0] != '\0' && name[0] != '.' && name[strspn(name, allowed)] == '\0' &&
           strlen(name) <= 200;
}

static bool read_auth(const char *text, enum cluster_auth *ret)
{
    static const char *const names[] = {"token", "aggregated", "none"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], text) == 0) {
            *ret = (enum cluster_auth)i;
            return true;
        }
    }
    return false;
}

static void make_token(struct cluster *cluster)
{
    char uid[OBJECT_UID_BYTES];
    struct buf token;
    int64_t now = cluster->style.now;
    double lasts = object_number(cluster->settings, "token_minutes", 0) * 60;
    buf_init(&token, 4096);
    object_uid(cluster->style.seed, "token", uid);
    buf_add_format(&token, "sa-%s-%s", cluster->name, uid);
    cluster->token_ends = lasts > 0 ? now + (int64_t)lasts : INT64_MAX;
    cluster->token = lasts > 0 ? token_make(cluster->user, cluster->token_ends)
                               : strdup(object_string(cluster->settings, "token", token.data));
    cluster->control_token = cluster->token == NULL ? NULL : strdup(cluster->token);
    buf_finish(&token);
    if (cluster->control_token == NULL) {
        abort();
    }
}

static bool read_texts(struct cluster *cluster, struct error *error)
{
    const json_t *settings = cluster->settings;
    cluster->name = object_string(settings, "name", "");
    if (!is_name(cluster->name)) {
        return error_set(error, ERROR_SETTINGS,
                         "a cluster's \"name\" is not [A-Za-z0-9._-]+: \"%s\"", cluster->name);
    }
    cluster->label = object_string(settings, "label", cluster->name);
    cluster->user =
        object_string(settings, "user", "system:serviceaccount:kasten-io:kasten-alerter");
    cluster->address = object_string(settings, "address", "127.0.0.1");
    cluster->path_prefix = object_string(settings, "path_prefix", "");
    cluster->certificate = object_string(settings, "certificate", "server");
    cluster->tls_priorities = object_string(settings, "tls_priorities", "NORMAL");
    cluster->kubernetes_version = object_string(settings, "kubernetes_version", "v1.31.4");
    cluster->port = (int)object_long(settings, "port", 0);
    cluster->gzip = object_flag(settings, "gzip", true);
    cluster->pretty_agents = object_flag(settings, "pretty_user_agents", true);
    cluster->date_skew = object_long(settings, "date_skew_seconds", 0);
    if (!read_auth(object_string(settings, "auth", "token"), &cluster->auth)) {
        return error_set(error, ERROR_SETTINGS, "\"auth\" is not token, aggregated or none");
    }
    return true;
}

static bool check_deny(const struct cluster *cluster, struct error *error)
{
    static const char *const keys[] = {"verbs",        "groups",  "resources", "namespaces",
                                       "cluster_wide", "comment", NULL};
    const json_t *rules = json_object_get(cluster->settings, "deny");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        const char *unknown = "(not an object)";
        if (!json_is_object(rule) || !object_has_only(rule, keys, &unknown)) {
            return error_set(error, ERROR_SETTINGS, "\"deny\" has an unknown key \"%s\"", unknown);
        }
    }
    return true;
}

static bool read_kinds(struct cluster *cluster, struct error *error)
{
    const json_t *kinds = json_object_get(cluster->settings, "kinds");
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        cluster->served[i] = kinds == NULL;
    }
    for (size_t i = 0; i < json_array_size(kinds); i++) {
        const char *name = json_string_value(json_array_get(kinds, i));
        const struct resource *resource = name == NULL ? NULL : resource_by_name(name);
        if (resource == NULL) {
            return error_set(error, ERROR_SETTINGS, "\"kinds\" has an unknown kind \"%s\"",
                             name == NULL ? "" : name);
        }
        cluster->served[resource_index(resource)] = true;
    }
    return true;
}

static bool read_style(struct cluster *cluster, struct error *error)
{
    const char *order = object_string(cluster->settings, "key_order", "typed");
    if (strcmp(order, "typed") != 0 && strcmp(order, "sorted") != 0) {
        return error_set(error, ERROR_SETTINGS, "\"key_order\" is not typed or sorted");
    }
    uint64_t seed = UINT64_C(1469598103934665603);
    for (const char *p = cluster->name; *p != '\0'; p++) {
        seed = (seed ^ (unsigned char)*p) * UINT64_C(1099511628211);
    }
    cluster->style = (struct action_style){
        .cluster = cluster->name,
        .seed = seed,
        .now = fleet_clock_now(cluster->clock_offset),
        .order = strcmp(order, "sorted") == 0 ? KEYS_SORTED : KEYS_TYPED,
        .k10_v4 = strncmp(object_string(cluster->settings, "k10_version", "8.5.9"), "4.", 2) == 0,
        .item_kind = object_flag(cluster->settings, "item_kind", true),
    };
    return true;
}

static bool add_content(struct cluster *cluster, const char *key, struct error *error)
{
    const json_t *list = json_object_get(cluster->settings, key);
    const struct resource *fallback = strcmp(key, "actions") == 0 ? NULL : resource_by_name(key);
    struct content *next = NULL;
    if (list == NULL) {
        return true;
    }
    if (!content_add(cluster->content, &cluster->style, fallback, list, &next, error)) {
        return error_prefix(error, "%s", key);
    }
    content_release(cluster->content);
    cluster->content = next;
    return true;
}

static void add_configmap(struct cluster *cluster, const char *namespace, const char *name,
                          const json_t *value)
{
    char key[512];
    char version[32];
    char uid[OBJECT_UID_BYTES];
    char created[TIMESTAMP_TEXT_BYTES];
    (void)snprintf(key, sizeof key, "%s/%s", namespace, name);
    (void)snprintf(version, sizeof version, "%lu", ++cluster->resource_version);
    object_uid(cluster->style.seed, key, uid);
    timestamp_format(cluster->style.now, created);
    json_t *object =
        json_pack("{s:s,s:s,s:{s:s,s:s,s:s,s:s,s:s}}", "kind", "ConfigMap", "apiVersion", "v1",
                  "metadata", "name", name, "namespace", namespace, "uid", uid, "resourceVersion",
                  version, "creationTimestamp", created);
    json_t *expanded = object_expand(value);
    object_merge(object, expanded);
    json_decref(expanded);
    (void)json_object_set_new(cluster->configmaps, key, object);
}

// {namespace: {name: {"data": {...}, "metadata": {...}}}}
static void add_configmaps(struct cluster *cluster)
{
    json_t *namespaces = json_object_get(cluster->settings, "configmaps");
    const char *namespace = NULL;
    json_t *names = NULL;
    json_object_foreach(namespaces, namespace, names)
    {
        const char *name = NULL;
        json_t *value = NULL;
        json_object_foreach(names, name, value)
        {
            add_configmap(cluster, namespace, name, value);
        }
    }
}

static bool fill(struct cluster *cluster, const json_t *generated_errors, struct error *error)
{
    const json_t *generate = json_object_get(cluster->settings, "generate");
    if (!read_texts(cluster, error)) {
        return false;
    }
    if (!check_deny(cluster, error) || !read_kinds(cluster, error) || !read_style(cluster, error)) {
        return error_prefix(error, "cluster %s", cluster->name);
    }
    if (generate != NULL && !generator_create(&cluster->style, generate, generated_errors,
                                              &cluster->generator, error)) {
        return error_prefix(error, "cluster %s", cluster->name);
    }
    cluster->content = content_create(cluster->generator);
    if (!add_content(cluster, "actions", error) || !add_content(cluster, "policies", error) ||
        !add_content(cluster, "policypresets", error) || !add_content(cluster, "profiles", error) ||
        !fault_list_read(json_object_get(cluster->settings, "faults"), &cluster->faults, error)) {
        return error_prefix(error, "cluster %s", cluster->name);
    }
    make_token(cluster);
    add_configmaps(cluster);
    return true;
}

bool cluster_create(const json_t *settings, int64_t clock_offset, const json_t *generated_errors,
                    struct fleet_counters *counters, struct cluster **ret, struct error *error)
{
    const char *unknown = NULL;
    if (!json_is_object(settings)) {
        return error_set(error, ERROR_SETTINGS, "a cluster is not an object");
    }
    if (!object_has_only(settings, cluster_keys, &unknown)) {
        return error_set(error, ERROR_SETTINGS, "a cluster has an unknown key \"%s\"", unknown);
    }
    struct cluster *cluster = memory_alloc(sizeof *cluster);
    memset(cluster, 0, sizeof *cluster);
    cluster->settings = json_deep_copy(settings);
    cluster->clock_offset = clock_offset;
    cluster->counters = counters;
    cluster->configmaps = json_object();
    cluster->requests = json_array();
    cluster->resource_version = 1000;
    cluster->log_fd = -1;
    (void)pthread_mutex_init(&cluster->lock, NULL);
    if (!fill(cluster, generated_errors, error)) {
        cluster_destroy(cluster);
        return false;
    }
    *ret = cluster;
    return true;
}

void cluster_destroy(struct cluster *cluster)
{
    if (cluster == NULL) {
        return;
    }
    content_release(cluster->content);
    generator_destroy(cluster->generator);
    fault_list_finish(&cluster->faults);
    json_decref(cluster->configmaps);
    json_decref(cluster->requests);
    json_decref(cluster->settings);
    (void)pthread_mutex_destroy(&cluster->lock);
    if (cluster->log_fd >= 0) {
        (void)close(cluster->log_fd);
    }
    free(cluster->token);
    free(cluster->control_token);
    free(cluster->certificate_pem);
    free(cluster->key_pem);
    free(cluster);
}

struct content *cluster_content(struct cluster *cluster)
{
    (void)pthread_mutex_lock(&cluster->lock);
    struct content *content = content_retain(cluster->content);
    (void)pthread_mutex_unlock(&cluster->lock);
    return content;
}

struct action_style cluster_style(const struct cluster *cluster)
{
    struct action_style style = cluster->style;
    style.now = fleet_clock_now(cluster->clock_offset);
    return style;
}

void cluster_set_clock(struct cluster *cluster, int64_t now)
{
    cluster->clock_offset = now - fleet_clock_now(0);
}

int64_t cluster_date(const struct cluster *cluster)
{
    return fleet_clock_now(cluster->clock_offset) + cluster->date_skew;
}
