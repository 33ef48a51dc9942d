// SPDX-License-Identifier: MIT
#include "fleet/access.h"

#include <stdio.h>
#include <string.h>

#include "fleet/fleet_clock.h"

#include "base/banned.h"

// One question: may the cluster's user do this?
struct attributes {
    const char *verb;
    const char *group;
    const char *resource;
    const char *subresource;
    const char *namespace; // "" for cluster-wide
};

static bool has_token(const struct request *request, const char *token)
{
    static const char scheme[] = "Bearer ";
    const char *value = request_header(request, "Authorization");
    return strncmp(value, scheme, sizeof scheme - 1) == 0 &&
           strcmp(value + sizeof scheme - 1, token) == 0;
}

bool access_is_control(const struct request *request)
{
    return has_token(request, request->cluster->control_token);
}

void access_reply_unauthorized(struct request *request)
{
    request_reply_failure(request, 401, "Unauthorized", NULL, "Unauthorized");
}

// Anybody may ask for the version and the health, but not with a wrong token.
static bool is_public(const struct request *request)
{
    return (request->route.type == ROUTE_VERSION || request->route.type == ROUTE_HEALTH) &&
           request_header(request, "Authorization")[0] == '\0';
}

bool access_authenticate(struct request *request)
{
    struct cluster *cluster = request->cluster;
    bool known = cluster->auth == CLUSTER_AUTH_NONE || is_public(request);
    if (cluster->auth == CLUSTER_AUTH_AGGREGATED) {
        known = known || request_header(request, "X-Remote-User")[0] != '\0';
    } else if (!known) {
        (void)pthread_mutex_lock(&cluster->lock);
        known = has_token(request, cluster->token) &&
                fleet_clock_now(cluster->clock_offset) < cluster->token_ends;
        (void)pthread_mutex_unlock(&cluster->lock);
    }
    if (!known) {
        access_reply_unauthorized(request);
    }
    return known;
}

// An absent list fits everything.
static bool fits(const json_t *rule, const char *key, const char *value)
{
    const json_t *list = json_object_get(rule, key);
    if (list == NULL) {
        return true;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *entry = json_string_value(json_array_get(list, i));
        if (entry != NULL && (strcmp(entry, value) == 0 || strcmp(entry, "*") == 0)) {
            return true;
        }
    }
    return false;
}

static bool denied(const struct cluster *cluster, const struct attributes *asked)
{
    const json_t *rules = json_object_get(cluster->settings, "deny");
    char full[160];
    (void)snprintf(full, sizeof full, "%s%s%s", asked->resource,
                   asked->subresource[0] == '\0' ? "" : "/", asked->subresource);
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        bool wide_only = object_flag(rule, "cluster_wide", false);
        if (fits(rule, "verbs", asked->verb) && fits(rule, "groups", asked->group) &&
            fits(rule, "resources", full) && fits(rule, "namespaces", asked->namespace) &&
            (!wide_only || asked->namespace[0] == '\0')) {
            return true;
        }
    }
    return false;
}

void access_reply_forbidden(struct request *request)
{
    const struct route *route = &request->route;
    const char *details = route->type == ROUTE_DETAILS ? "/details" : "";
    const char *verb = route_verb(route, request->method);
    struct buf scope;
    struct buf what;
    buf_init(&scope, 2048);
    buf_init(&what, 2048);
    if (route->namespace[0] == '\0') {
        buf_add_text(&scope, "at the cluster scope");
    } else {
        buf_add_format(&scope, "in the namespace \"%s\"", route->namespace);
    }
    buf_add_format(&what, "%s%s%s", route->plural, route->group[0] == '\0' ? "" : ".",
                   route->group);
    if (route->name[0] != '\0') {
        buf_add_format(&what, " \"%s\"", route->name);
    }
    json_t *reply = json_object();
    if (route->name[0] != '\0') {
        (void)json_object_set_new(reply, "name", json_string(route->name));
    }
    if (route->group[0] != '\0') {
        (void)json_object_set_new(reply, "group", json_string(route->group));
    }
    (void)json_object_set_new(reply, "kind", json_string(route->plural));
    request_reply_failure(request, 403, "Forbidden", reply,
                          "%s is forbidden: User \"%s\" cannot %s resource \"%s%s\" in API group "
                          "\"%s\" %s",
                          what.data, request->cluster->user, verb, route->plural, details,
                          route->group, scope.data);
    buf_finish(&scope);
    buf_finish(&what);
}

bool access_authorize(struct request *request)
{
    const struct route *route = &request->route;
    struct attributes asked = {
        .verb = route_verb(route, request->method),
        .group = route->group,
        .resource = route->plural,
        .subresource = route->type == ROUTE_DETAILS ? "details" : "",
        .namespace = route->namespace,
    };
    bool ruled = route->resource != NULL || route->type == ROUTE_CONFIGMAPS ||
                 route->type == ROUTE_CONFIGMAP || route->type == ROUTE_NAMESPACES ||
                 route->type == ROUTE_NAMESPACE || route->type == ROUTE_PROJECTS;
    if (!ruled || request->cluster->auth == CLUSTER_AUTH_AGGREGATED ||
        !denied(request->cluster, &asked)) {
        return true;
    }
    access_reply_forbidden(request);
    return false;
}

void access_reply_review(struct request *request)
{
    if (strcmp(request->method, "POST") != 0) {
        request_reply_bad_method(request);
        return;
    }
    json_t *review = json_loadb(request->body.data, request->body.len, 0, NULL);
    json_t *spec = json_object_get(review, "spec");
    const json_t *wanted = json_object_get(spec, "resourceAttributes");
    if (wanted == NULL && json_object_get(spec, "nonResourceAttributes") == NULL) {
        json_decref(review);
        request_reply_failure(request, 422, "Invalid", NULL,
                              "SelfSubjectAccessReview.authorization.k8s.io \"\" is invalid: "
                              "spec.resourceAttributes: Invalid value: null: exactly one of "
                              "nonResourceAttributes or resourceAttributes must be specified");
        return;
    }
    struct attributes asked = {
        .verb = object_string(wanted, "verb", ""),
        .group = object_string(wanted, "group", ""),
        .resource = object_string(wanted, "resource", ""),
        .subresource = object_string(wanted, "subresource", ""),
        .namespace = object_string(wanted, "namespace", ""),
    };
    bool allowed = wanted == NULL || !denied(request->cluster, &asked);
    json_t *status = json_pack("{s:b}", "allowed", allowed);
    if (allowed) {
        (void)json_object_set_new(
            status, "reason",
            json_string("RBAC: allowed by ClusterRoleBinding \"kasten-alerter\""));
    }
    json_t *reply = json_pack("{s:s,s:s,s:{s:n},s:O,s:o}", "kind", "SelfSubjectAccessReview",
                              "apiVersion", "authorization.k8s.io/v1", "metadata",
                              "creationTimestamp", "spec", spec, "status", status);
    request_reply_json(request, 201, reply);
    json_decref(reply);
    json_decref(review);
}
