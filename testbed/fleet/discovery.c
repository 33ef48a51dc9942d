// SPDX-License-Identifier: MIT
#include "fleet/discovery.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static bool serves_group(const struct cluster *cluster, const char *group)
{
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        if (cluster->served[i] && strcmp(resource_at(i)->group, group) == 0) {
            return true;
        }
    }
    return false;
}

static json_t *group_object(const char *group, const char *version)
{
    char both[128];
    (void)snprintf(both, sizeof both, "%s/%s", group, version);
    return json_pack("{s:s,s:s,s:s,s:[{s:s,s:s}],s:{s:s,s:s}}", "kind", "APIGroup", "apiVersion",
                     "v1", "name", group, "versions", "groupVersion", both, "version", version,
                     "preferredVersion", "groupVersion", both, "version", version);
}

static json_t *resource_object(const char *name, const char *singular, const char *kind,
                               bool namespaced, const char *const *verbs)
{
    json_t *list = json_array();
    for (; *verbs != NULL; verbs++) {
        (void)json_array_append_new(list, json_string(*verbs));
    }
    return json_pack("{s:s,s:s,s:b,s:s,s:o}", "name", name, "singularName", singular, "namespaced",
                     namespaced, "kind", kind, "verbs", list);
}

static json_t *resource_list(const char *group_version, json_t *resources)
{
    return json_pack("{s:s,s:s,s:s,s:o}", "kind", "APIResourceList", "apiVersion", "v1",
                     "groupVersion", group_version, "resources", resources);
}

static json_t *kasten_resources(const struct cluster *cluster, const char *group)
{
    static const char *const action_verbs[] = {"create", "delete", "get", "list", NULL};
    static const char *const config_verbs[] = {"create", "delete", "get",   "list",
                                               "patch",  "update", "watch", NULL};
    static const char *const details_verbs[] = {"get", NULL};
    json_t *resources = json_array();
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        const struct resource *resource = resource_at(i);
        if (!cluster->served[i] || strcmp(resource->group, group) != 0) {
            continue;
        }
        (void)json_array_append_new(
            resources, resource_object(resource->plural, resource->singular, resource->kind,
                                       resource->namespaced,
                                       resource_is_action(resource) ? action_verbs : config_verbs));
        if (resource->details) {
            char name[64];
            (void)snprintf(name, sizeof name, "%s/details", resource->plural);
            (void)json_array_append_new(
                resources,
                resource_object(name, "", resource->kind, resource->namespaced, details_verbs));
        }
    }
    char both[128];
    (void)snprintf(both, sizeof both, "%s/%s", group, KASTEN_VERSION);
    return resource_list(both, resources);
}

static json_t *core_resources(void)
{
    static const char *const verbs[] = {"create", "delete", "get", "list", "update", NULL};
    static const char *const read_verbs[] = {"get", "list", NULL};
    json_t *resources = json_array();
    (void)json_array_append_new(
        resources, resource_object("configmaps", "configmap", "ConfigMap", true, verbs));
    (void)json_array_append_new(
        resources, resource_object("namespaces", "namespace", "Namespace", false, read_verbs));
    return resource_list("v1", resources);
}

static json_t *review_resources(void)
{
    static const char *const verbs[] = {"create", NULL};
    json_t *resources = json_array();
    (void)json_array_append_new(
        resources, resource_object("selfsubjectaccessreviews", "selfsubjectaccessreview",
                                   "SelfSubjectAccessReview", false, verbs));
    return resource_list("authorization.k8s.io/v1", resources);
}

static json_t *group_list(const struct cluster *cluster)
{
    json_t *groups = json_array();
    (void)json_array_append_new(groups, group_object("authorization.k8s.io", "v1"));
    if (serves_group(cluster, ACTIONS_GROUP)) {
        (void)json_array_append_new(groups, group_object(ACTIONS_GROUP, KASTEN_VERSION));
    }
    if (serves_group(cluster, CONFIG_GROUP)) {
        (void)json_array_append_new(groups, group_object(CONFIG_GROUP, KASTEN_VERSION));
    }
    return json_pack("{s:s,s:s,s:o}", "kind", "APIGroupList", "apiVersion", "v1", "groups", groups);
}

// The document for a path; NULL when there is none.
static json_t *document(const struct cluster *cluster, const char *path)
{
    static const char *const kasten[] = {ACTIONS_GROUP, CONFIG_GROUP};
    if (strcmp(path, "/api") == 0) {
        return json_pack("{s:s,s:[s]}", "kind", "APIVersions", "versions", "v1");
    }
    if (strcmp(path, "/api/v1") == 0) {
        return core_resources();
    }
    if (strcmp(path, "/apis") == 0) {
        return group_list(cluster);
    }
    if (strcmp(path, "/apis/authorization.k8s.io") == 0) {
        return group_object("authorization.k8s.io", "v1");
    }
    if (strcmp(path, "/apis/authorization.k8s.io/v1") == 0) {
        return review_resources();
    }
    for (size_t i = 0; i < 2; i++) {
        char group[128];
        char version[160];
        (void)snprintf(group, sizeof group, "/apis/%s", kasten[i]);
        (void)snprintf(version, sizeof version, "%s/%s", group, KASTEN_VERSION);
        if (serves_group(cluster, kasten[i]) && strcmp(path, group) == 0) {
            return group_object(kasten[i], KASTEN_VERSION);
        }
        if (serves_group(cluster, kasten[i]) && strcmp(path, version) == 0) {
            return kasten_resources(cluster, kasten[i]);
        }
    }
    return NULL;
}

void discovery_reply(struct request *request)
{
    char path[256];
    size_t len = strlen(request->path);
    len = len > 1 && request->path[len - 1] == '/' ? len - 1 : len;
    (void)snprintf(path, sizeof path, "%.*s", (int)(len > 255 ? 255 : len), request->path);
    json_t *value = document(request->cluster, path);
    if (value == NULL) {
        request_reply_no_page(request);
        return;
    }
    request_reply_json(request, 200, value);
    json_decref(value);
}

void discovery_reply_version(struct request *request)
{
    const char *version = request->cluster->kubernetes_version;
    unsigned major = 1;
    unsigned minor = 31;
    char minor_text[16];
    char major_text[16];
    (void)sscanf(version, "v%u.%u", &major, &minor);
    (void)snprintf(major_text, sizeof major_text, "%u", major);
    (void)snprintf(minor_text, sizeof minor_text, "%u", minor);
    json_t *value = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "major", major_text, "minor", minor_text,
                              "gitVersion", version, "gitTreeState", "clean", "compiler", "gc",
                              "platform", "linux/amd64");
    request_reply_json(request, 200, value);
    json_decref(value);
}
