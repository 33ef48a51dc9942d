// SPDX-License-Identifier: MIT
#include "fleet/objects.h"

#include <string.h>

#include "base/banned.h"

static bool is_wanted(const struct request *request, const struct content_entry *entry)
{
    const struct route *route = &request->route;
    const char *name = entry->item != NULL ? entry->item->name : entry->generated.name;
    const char *namespace = entry->item != NULL
                                ? entry->item->namespace
                                : generator_namespace(route->resource, &entry->generated);
    return strcmp(name, route->name) == 0 && strcmp(namespace, route->namespace) == 0;
}

static bool find(const struct request *request, const struct content *content,
                 struct content_entry *ret)
{
    const struct resource *resource = request->route.resource;
    size_t count = content_count(content, resource);
    size_t cursor = 0;
    for (size_t i = 0; i < count; i++) {
        if (content_entry_at(content, resource, i, &cursor, ret) && is_wanted(request, ret)) {
            return true;
        }
    }
    return false;
}

static void reply_entry(struct request *request, const struct content *content,
                        const struct content_entry *entry)
{
    if (entry->item != NULL && entry->item->object == NULL) {
        request_reply_text(request, 200, "application/json", entry->item->text);
        return;
    }
    json_t *object = content_entry_object(content, request->route.resource, entry);
    if (request->route.type == ROUTE_DETAILS) {
        json_t *details = action_details(object, entry->item == NULL ? NULL : entry->item->phases);
        json_decref(object);
        object = details;
    }
    request_reply_json(request, 200, object);
    json_decref(object);
}

void objects_reply(struct request *request)
{
    const struct resource *resource = request->route.resource;
    struct content *content = cluster_content(request->cluster);
    struct content_entry entry;
    if (find(request, content, &entry)) {
        reply_entry(request, content, &entry);
    } else {
        json_t *details = json_pack("{s:s,s:s,s:s}", "name", request->route.name, "group",
                                    resource->group, "kind", resource->plural);
        request_reply_failure(request, 404, "NotFound", details, "%s.%s \"%s\" not found",
                              resource->plural, resource->group, request->route.name);
    }
    content_release(content);
}

static json_t *namespace_object(const struct cluster *cluster, const char *name)
{
    char uid[OBJECT_UID_BYTES];
    object_uid(cluster->style.seed, name, uid);
    return json_pack("{s:s,s:s,s:{s:s,s:s,s:{s:s}},s:{s:s}}", "kind", "Namespace", "apiVersion",
                     "v1", "metadata", "name", name, "uid", uid, "labels",
                     "kubernetes.io/metadata.name", name, "status", "phase", "Active");
}

static void note_namespace(json_t *seen, const char *name)
{
    if (name[0] != '\0') {
        (void)json_object_set_new(seen, name, json_true());
    }
}

// The names as keys of an object: usual ones, those of written items and of the history.
static json_t *namespace_names(const struct content *content)
{
    static const char *const usual[] = {"default", "kube-system", "kasten-io"};
    json_t *seen = json_object();
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        note_namespace(seen, usual[i]);
    }
    for (size_t i = 0; i < content->count; i++) {
        note_namespace(seen, content->items[i]->namespace);
    }
    const struct resource *backups = resource_by_name("backup");
    size_t generated = generator_count(content->generator, backups);
    for (size_t i = 0; i < generated && i < 5000; i++) {
        struct generated values = {0};
        generator_describe(content->generator, backups, i, &values);
        note_namespace(seen, values.app);
    }
    return seen;
}

void objects_reply_namespaces(struct request *request)
{
    const struct cluster *cluster = request->cluster;
    struct content *content = cluster_content(request->cluster);
    json_t *names = namespace_names(content);
    content_release(content);
    const char *wanted = request->route.name;
    if (wanted[0] == '\0') {
        json_t *items = json_array();
        const char *name = NULL;
        json_t *unused = NULL;
        json_object_foreach(names, name, unused)
        {
            (void)json_array_append_new(items, namespace_object(cluster, name));
        }
        json_t *list = json_pack("{s:s,s:s,s:{s:s},s:o}", "kind", "NamespaceList", "apiVersion",
                                 "v1", "metadata", "resourceVersion", "1", "items", items);
        request_reply_json(request, 200, list);
        json_decref(list);
    } else if (json_object_get(names, wanted) != NULL) {
        json_t *object = namespace_object(cluster, wanted);
        request_reply_json(request, 200, object);
        json_decref(object);
    } else {
        request_reply_failure(request, 404, "NotFound",
                              json_pack("{s:s,s:s}", "name", wanted, "kind", "namespaces"),
                              "namespaces \"%s\" not found", wanted);
    }
    json_decref(names);
}

void objects_reply_projects(struct request *request)
{
    const json_t *names = json_object_get(request->cluster->settings, "projects");
    if (names == NULL) {
        request_reply_no_page(request);
        return;
    }
    json_t *items = json_array();
    for (size_t i = 0; i < json_array_size(names); i++) {
        json_t *item = json_pack("{s:{s:O},s:{s:s}}", "metadata", "name", json_array_get(names, i),
                                 "status", "phase", "Active");
        (void)json_array_append_new(items, item);
    }
    json_t *list = json_pack("{s:s,s:s,s:{},s:o}", "kind", "ProjectList", "apiVersion",
                             PROJECT_GROUP "/v1", "metadata", "items", items);
    request_reply_json(request, 200, list);
    json_decref(list);
}
