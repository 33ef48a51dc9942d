// SPDX-License-Identifier: MIT
#include "fleet/configmap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet/configmap_check.h"
#include "fleet/fleet_clock.h"

#include "base/banned.h"

enum { KEY_BYTES = 2 * ROUTE_TEXT_BYTES };

static void make_key(char ret[KEY_BYTES], const char *namespace, const char *name)
{
    (void)snprintf(ret, KEY_BYTES, "%s/%s", namespace, name);
}

static json_t *name_details(const char *name)
{
    return json_pack("{s:s,s:s}", "name", name, "kind", "configmaps");
}

static void reply_missing(struct request *request)
{
    const char *name = request->route.name;
    request_reply_failure(request, 404, "NotFound", name_details(name),
                          "configmaps \"%.300s\" not found", name);
}

static void reply_conflict(struct request *request, const char *name)
{
    request_reply_failure(request, 409, "Conflict", name_details(name),
                          "Operation cannot be fulfilled on configmaps \"%.300s\": the object has "
                          "been modified; please apply your changes to the latest version and try "
                          "again",
                          name);
}

static bool is_dry_run(const struct request *request)
{
    const char *mode = request_parameter(request, "dryRun");
    return mode != NULL && strcmp(mode, "All") == 0;
}

// What only the server writes; *old is the object replaced, NULL for a new one.
static void stamp(struct request *request, json_t *object, const json_t *old)
{
    struct cluster *cluster = request->cluster;
    json_t *metadata = json_object_get(object, "metadata");
    const json_t *before = json_object_get(old, "metadata");
    char text[TIMESTAMP_TEXT_BYTES];
    char uid[OBJECT_UID_BYTES];
    (void)snprintf(text, sizeof text, "%lu", ++cluster->resource_version);
    (void)json_object_set_new(metadata, "resourceVersion", json_string(text));
    timestamp_format(fleet_clock_now(cluster->clock_offset), text);
    object_uid(cluster->style.seed + cluster->resource_version, object_string(metadata, "name", ""),
               uid);
    (void)json_object_set_new(metadata, "uid", json_string(object_string(before, "uid", uid)));
    (void)json_object_set_new(metadata, "creationTimestamp",
                              json_string(object_string(before, "creationTimestamp", text)));
    (void)json_object_set_new(object, "kind", json_string("ConfigMap"));
    (void)json_object_set_new(object, "apiVersion", json_string("v1"));
    json_t *fields = json_pack("{s:{s:{}}}", "f:data", ".");
    (void)json_object_set_new(metadata, "managedFields",
                              json_pack("[{s:s,s:s,s:s,s:s,s:s,s:o}]", "manager", "kasten-alerter",
                                        "operation", "Update", "apiVersion", "v1", "time", text,
                                        "fieldsType", "FieldsV1", "fieldsV1", fields));
}

static void store(struct request *request, const char *key, const json_t *object)
{
    if (!is_dry_run(request)) {
        (void)json_object_set_new(request->cluster->configmaps, key, json_deep_copy(object));
    }
}

static char *today(const struct request *request, char ret[TIMESTAMP_TEXT_BYTES])
{
    timestamp_format_day(fleet_clock_now(request->cluster->clock_offset), ret);
    return ret;
}

// What another alerter would do between a read and a write: one more id in data.sent.
static void write_as_other(struct request *request, json_t *object, const json_t *options)
{
    const json_t *merge = json_object_get(options, "merge");
    json_t *data = json_object_get(object, "data");
    json_t *sent = json_loads(object_string(data, "sent", "{}"), 0, NULL);
    if (merge != NULL) {
        object_merge(object, merge);
    } else if (json_is_object(sent)) {
        char day[TIMESTAMP_TEXT_BYTES];
        char now[TIMESTAMP_TEXT_BYTES];
        char id[128];
        (void)snprintf(id, sizeof id, "other-cluster:run-other%lu:%s",
                       request->cluster->resource_version, today(request, day));
        timestamp_format(fleet_clock_now(request->cluster->clock_offset), now);
        (void)json_object_set_new(sent, id, json_string(now));
        struct buf text;
        buf_init(&text, OBJECT_TEXT_MAX);
        object_write(&text, sent, KEYS_TYPED);
        if (data == NULL) {
            (void)json_object_set_new(object, "data", json_object());
            data = json_object_get(object, "data");
        }
        (void)json_object_set_new(data, "sent", json_string(text.data));
        buf_finish(&text);
    }
    json_decref(sent);
}

static void reply_get(struct request *request, const char *key)
{
    const json_t *object = json_object_get(request->cluster->configmaps, key);
    if (object == NULL) {
        reply_missing(request);
        return;
    }
    request_reply_json(request, 200, object);
}

static void reply_list(struct request *request)
{
    const char *namespace = request->route.namespace;
    json_t *items = json_array();
    const char *key = NULL;
    json_t *object = NULL;
    json_object_foreach(request->cluster->configmaps, key, object)
    {
        const char *of = object_string(json_object_get(object, "metadata"), "namespace", "");
        if (namespace[0] == '\0' || strcmp(of, namespace) == 0) {
            (void)json_array_append(items, object);
        }
    }
    char version[32];
    (void)snprintf(version, sizeof version, "%lu", request->cluster->resource_version);
    json_t *list = json_pack("{s:s,s:s,s:{s:s},s:o}", "kind", "ConfigMapList", "apiVersion", "v1",
                             "metadata", "resourceVersion", version, "items", items);
    request_reply_json(request, 200, list);
    json_decref(list);
}

static void reply_create(struct request *request, json_t *object)
{
    char key[KEY_BYTES];
    json_t *metadata = json_object_get(object, "metadata");
    const char *name = object_string(metadata, "name", "");
    make_key(key, request->route.namespace, name);
    const json_t *race = fault_set_get(&request->faults, FAULT_CONFLICT);
    if (race != NULL && json_object_get(request->cluster->configmaps, key) == NULL) {
        json_t *other = json_pack("{s:{s:s,s:s},s:{s:s}}", "metadata", "name", name, "namespace",
                                  request->route.namespace, "data", "sent", "{}");
        write_as_other(request, other, race);
        stamp(request, other, NULL);
        (void)json_object_set_new(request->cluster->configmaps, key, other);
    }
    if (json_object_get(request->cluster->configmaps, key) != NULL) {
        request_reply_failure(request, 409, "AlreadyExists", name_details(name),
                              "configmaps \"%.300s\" already exists", name);
        return;
    }
    if (object_string(metadata, "resourceVersion", "")[0] != '\0') {
        request_reply_failure(request, 400, "BadRequest", NULL,
                              "resourceVersion should not be set on objects to be created");
        return;
    }
    (void)json_object_set_new(metadata, "namespace", json_string(request->route.namespace));
    stamp(request, object, NULL);
    store(request, key, object);
    request_reply_json(request, 201, object);
}

// True when the new object says nothing new: the real server then keeps the resourceVersion.
static bool is_unchanged(const json_t *old, const json_t *object)
{
    json_t *copy = json_deep_copy(object);
    json_t *metadata = json_object_get(copy, "metadata");
    const json_t *before = json_object_get(old, "metadata");
    static const char *const servers[] = {"resourceVersion", "uid", "creationTimestamp",
                                          "managedFields", "namespace"};
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        json_t *value = json_object_get(before, servers[i]);
        if (value == NULL) {
            (void)json_object_del(metadata, servers[i]);
        } else {
            (void)json_object_set(metadata, servers[i], value);
        }
    }
    (void)json_object_set_new(copy, "kind", json_string("ConfigMap"));
    (void)json_object_set_new(copy, "apiVersion", json_string("v1"));
    bool same = json_equal(old, copy) == 1;
    json_decref(copy);
    return same;
}

static void reply_replace(struct request *request, const char *key, json_t *object)
{
    json_t *old = json_object_get(request->cluster->configmaps, key);
    if (old == NULL) {
        reply_missing(request);
        return;
    }
    json_t *metadata = json_object_get(object, "metadata");
    const json_t *race = fault_set_get(&request->faults, FAULT_CONFLICT);
    if (race != NULL) {
        json_t *other = json_deep_copy(old);
        write_as_other(request, other, race);
        stamp(request, other, old);
        (void)json_object_set_new(request->cluster->configmaps, key, other);
        reply_conflict(request, request->route.name);
        return;
    }
    const char *wanted = object_string(metadata, "resourceVersion", "");
    const char *current = object_string(json_object_get(old, "metadata"), "resourceVersion", "");
    if (wanted[0] != '\0' && strcmp(wanted, current) != 0) {
        reply_conflict(request, request->route.name);
        return;
    }
    if (is_unchanged(old, object)) {
        request_reply_json(request, 200, old);
        return;
    }
    (void)json_object_set_new(metadata, "namespace", json_string(request->route.namespace));
    stamp(request, object, old);
    store(request, key, object);
    request_reply_json(request, 200, object);
}

static void reply_delete(struct request *request, const char *key)
{
    if (json_object_get(request->cluster->configmaps, key) == NULL) {
        reply_missing(request);
        return;
    }
    if (!is_dry_run(request)) {
        (void)json_object_del(request->cluster->configmaps, key);
    }
    json_t *value =
        json_pack("{s:s,s:s,s:{},s:s,s:o}", "kind", "Status", "apiVersion", "v1", "metadata",
                  "status", "Success", "details", name_details(request->route.name));
    request_reply_json(request, 200, value);
    json_decref(value);
}

static void reply_write(struct request *request, const char *key)
{
    json_t *object = configmap_check(request);
    if (object == NULL) {
        return; // answered
    }
    if (request->route.type == ROUTE_CONFIGMAPS) {
        reply_create(request, object);
    } else {
        reply_replace(request, key, object);
    }
    json_decref(object);
}

static void dispatch(struct request *request)
{
    char key[KEY_BYTES];
    bool one = request->route.type == ROUTE_CONFIGMAP;
    const char *method = request->method;
    make_key(key, request->route.namespace, request->route.name);
    if (strcmp(method, "GET") == 0 && one) {
        reply_get(request, key);
    } else if (strcmp(method, "GET") == 0) {
        reply_list(request);
    } else if (strcmp(method, one ? "PUT" : "POST") == 0 && request->route.namespace[0] != '\0') {
        reply_write(request, key);
    } else if (strcmp(method, "DELETE") == 0 && one) {
        reply_delete(request, key);
    } else {
        request_reply_bad_method(request);
    }
}

void configmap_reply(struct request *request)
{
    (void)pthread_mutex_lock(&request->cluster->lock);
    dispatch(request);
    (void)pthread_mutex_unlock(&request->cluster->lock);
}
