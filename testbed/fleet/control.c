// SPDX-License-Identifier: MIT
#include "fleet/control.h"

#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "fleet/access.h"

#include "base/banned.h"

static void reply_error(struct request *request, const struct error *error)
{
    json_t *value = json_pack("{s:s}", "error", error->text);
    request_reply_json(request, 400, value);
    json_decref(value);
}

static void reply_done(struct request *request)
{
    request_reply_text(request, 200, "application/json", "{\"ok\":true}\n");
}

// An array as such, or as the member key of an object, or one object alone.
static json_t *read_array(const struct request *request, const char *key)
{
    json_t *body = json_loadb(request->body.data, request->body.len, JSON_ALLOW_NUL, NULL);
    json_t *inner = json_object_get(body, key);
    if (inner != NULL) {
        json_incref(inner);
        json_decref(body);
        return inner;
    }
    return json_is_object(body) ? json_pack("[o]", body) : body;
}

static void set_faults(struct request *request, const json_t *array)
{
    struct cluster *cluster = request->cluster;
    struct fault_list next;
    struct error error;
    if (!fault_list_read(array, &next, &error)) {
        reply_error(request, &error);
        return;
    }
    (void)pthread_mutex_lock(&cluster->lock);
    struct fault_list old = cluster->faults;
    cluster->faults = next;
    (void)pthread_mutex_unlock(&cluster->lock);
    fault_list_finish(&old);
    reply_done(request);
}

static void post_faults(struct request *request)
{
    json_t *array = read_array(request, "faults");
    if (array == NULL) {
        struct error error;
        (void)error_set(&error, ERROR_SETTINGS, "the body is no JSON");
        reply_error(request, &error);
        return;
    }
    set_faults(request, array);
    json_decref(array);
}

static void delete_faults(struct request *request)
{
    set_faults(request, NULL);
}

static void post_actions(struct request *request)
{
    struct cluster *cluster = request->cluster;
    struct action_style style = cluster_style(cluster);
    json_t *array = read_array(request, "actions");
    struct error error;
    struct content *next = NULL;
    (void)pthread_mutex_lock(&cluster->lock);
    struct content *old = cluster->content;
    bool added = content_add(old, &style, NULL, array, &next, &error);
    if (added) {
        cluster->content = next;
    }
    (void)pthread_mutex_unlock(&cluster->lock);
    json_decref(array);
    if (!added) {
        reply_error(request, &error);
        return;
    }
    content_release(old);
    reply_done(request);
}

static void delete_actions(struct request *request)
{
    struct cluster *cluster = request->cluster;
    const char *kind = request_parameter(request, "kind");
    const struct resource *resource = kind == NULL ? NULL : resource_by_name(kind);
    struct error error;
    if (kind != NULL && resource == NULL) {
        (void)error_set(&error, ERROR_SETTINGS, "unknown kind \"%.100s\"", kind);
        reply_error(request, &error);
        return;
    }
    (void)pthread_mutex_lock(&cluster->lock);
    struct content *old = cluster->content;
    cluster->content = content_remove(old, resource, request_parameter(request, "namespace"),
                                      request_parameter(request, "name"));
    (void)pthread_mutex_unlock(&cluster->lock);
    content_release(old);
    reply_done(request);
}

static void get_requests(struct request *request)
{
    struct cluster *cluster = request->cluster;
    (void)pthread_mutex_lock(&cluster->lock);
    json_t *copy = json_copy(cluster->requests);
    (void)pthread_mutex_unlock(&cluster->lock);
    json_t *value = json_pack("{s:o}", "requests", copy);
    request_reply_json(request, 200, value);
    json_decref(value);
}

static void delete_requests(struct request *request)
{
    struct cluster *cluster = request->cluster;
    struct fleet_counters *counters = cluster->counters;
    (void)pthread_mutex_lock(&cluster->lock);
    json_decref(cluster->requests);
    cluster->requests = json_array();
    (void)pthread_mutex_unlock(&cluster->lock);
    atomic_store(&counters->requests_peak, atomic_load(&counters->requests_open));
    atomic_store(&counters->connections_peak, atomic_load(&counters->connections_open));
    atomic_store(&counters->connections_total, 0);
    reply_done(request);
}

static json_t *number(atomic_long *counter)
{
    return json_integer((json_int_t)atomic_load(counter));
}

static void get_counters(struct request *request)
{
    struct fleet_counters *counters = request->cluster->counters;
    json_t *value = json_pack(
        "{s:o,s:o,s:o,s:o,s:o}", "requests_open", number(&counters->requests_open), "requests_peak",
        number(&counters->requests_peak), "connections_open", number(&counters->connections_open),
        "connections_peak", number(&counters->connections_peak), "connections_total",
        number(&counters->connections_total));
    request_reply_json(request, 200, value);
    json_decref(value);
}

static void post_token(struct request *request)
{
    struct cluster *cluster = request->cluster;
    json_t *body = json_loadb(request->body.data, request->body.len, 0, NULL);
    const char *token = object_string(body, "token", NULL);
    char *next = token == NULL ? NULL : strdup(token);
    json_decref(body);
    if (next == NULL) {
        struct error error;
        (void)error_set(&error, ERROR_SETTINGS, "the body is not {\"token\":\"...\"}");
        reply_error(request, &error);
        return;
    }
    (void)pthread_mutex_lock(&cluster->lock);
    free(cluster->token);
    cluster->token = next;
    cluster->token_ends = INT64_MAX;
    (void)pthread_mutex_unlock(&cluster->lock);
    reply_done(request);
}

static void post_clock(struct request *request)
{
    json_t *body = json_loadb(request->body.data, request->body.len, 0, NULL);
    int64_t now = 0;
    bool good = timestamp_parse(object_string(body, "now", ""), &now);
    json_decref(body);
    if (!good) {
        struct error error;
        (void)error_set(&error, ERROR_SETTINGS, "the body is not {\"now\":\"<RFC 3339>\"}");
        reply_error(request, &error);
        return;
    }
    cluster_set_clock(request->cluster, now);
    reply_done(request);
}

void control_reply(struct request *request)
{
    static const struct {
        const char *method;
        const char *name;
        void (*reply)(struct request *request);
    } table[] = {
        {"POST", "faults", post_faults},   {"DELETE", "faults", delete_faults},
        {"POST", "actions", post_actions}, {"DELETE", "actions", delete_actions},
        {"GET", "requests", get_requests}, {"DELETE", "requests", delete_requests},
        {"GET", "counters", get_counters}, {"POST", "token", post_token},
        {"POST", "clock", post_clock},
    };
    if (!access_is_control(request)) {
        access_reply_unauthorized(request);
        return;
    }
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, request->route.name) == 0 &&
            strcmp(table[i].method, request->method) == 0) {
            table[i].reply(request);
            return;
        }
    }
    request_reply_no_page(request);
}
