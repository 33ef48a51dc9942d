// SPDX-License-Identifier: MIT
#include "state_api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "kube/state_store.h"

enum { BEGIN = 1795367403 };

static void answer(const struct http_request *request, int status, const char *body)
{
    struct http_response response = {.status = status,
                                     .body = body,
                                     .body_len = strlen(body),
                                     .content_type = "application/json",
                                     .date = TIMESTAMP_NONE,
                                     .attempts = 1};
    request->handler->done(request->context, &response, NULL);
}

static void lose(const struct http_request *request)
{
    struct http_response response = {.body = "", .content_type = "", .date = TIMESTAMP_NONE};
    struct error error = {ERROR_NETWORK, "127.0.0.1:1: the connection broke"};
    request->handler->done(request->context, &response, &error);
}

static void answer_object(const struct api *api, const struct http_request *request, int status)
{
    AUTO(buf) body;
    buf_init(&body, 4 * 1024 * 1024);
    json_write(api->object, JSON_COMPACT, &body);
    answer(request, status, body.data);
}

static void stamp(struct api *api)
{
    char text[32];
    struct json *metadata = json_ensure_object(api->object, "metadata");
    (void)snprintf(text, sizeof text, "v%d", ++api->version);
    json_set_text(metadata, "resourceVersion", text);
    (void)snprintf(text, sizeof text, "uid-%d", api->uid);
    json_set_text(metadata, "uid", text);
}

void api_put(struct api *api, struct json *object)
{
    json_free(api->object);
    api->object = object;
    stamp(api);
}

void api_write_as_other(struct api *api)
{
    struct arena *arena = api->arena;
    struct ledger ledger;
    struct state_health health;
    struct state_report report;
    ledger_init(&ledger, arena);
    if (api->object == NULL) {
        api->object = state_format_new(STATE_CONFIGMAP_NAME);
        api->uid++;
    }
    state_format_decode(api->object, &ledger, &health);
    (void)ledger_add(&ledger, arena_format(arena, "other:run-%d:2026-11-22", ++api->others), BEGIN);
    state_format_encode(api->object, &ledger, &report);
    json_set_text(json_ensure_object(api->object, "data"), "note", "theirs");
    stamp(api);
}

static bool happens_before(struct api *api, enum api_event event,
                           const struct http_request *request)
{
    switch (event) {
    case API_OTHER_WRITES:
        api_write_as_other(api);
        return false;
    case API_DELETED:
    case API_RECREATED:
        json_free(api->object);
        api->object = NULL;
        if (event == API_RECREATED) {
            api_write_as_other(api);
        }
        return false;
    case API_SERVER_ERROR:
        answer(request, 500, "{\"kind\":\"Status\",\"message\":\"etcdserver: leader changed\"}");
        return true;
    case API_LOST_REQUEST:
        lose(request);
        return true;
    case API_FORBIDDEN:
        answer(request, 403, "{\"kind\":\"Status\",\"message\":\"no\"}");
        return true;
    default:
        return false;
    }
}

static const char *metadata_of(const struct json *object, const char *key)
{
    const char *text = json_text(json_path(object, "metadata", key, NULL));
    return text != NULL ? text : "";
}

// 0: the write may be done.
static int refuse(const struct api *api, const struct http_request *request,
                  const struct json *object)
{
    if (strcmp(request->method, "POST") == 0) {
        return api->no_namespace ? 404 : (api->object != NULL ? 409 : 0);
    }
    if (api->object == NULL) {
        return 404;
    }
    const char *version = metadata_of(object, "resourceVersion");
    const char *uid = metadata_of(object, "uid");
    bool is_last =
        *version == '\0' || strcmp(version, metadata_of(api->object, "resourceVersion")) == 0;
    bool is_same = *uid == '\0' || strcmp(uid, metadata_of(api->object, "uid")) == 0;
    return is_last && is_same ? 0 : 409;
}

static void write_object(struct api *api, const struct http_request *request)
{
    struct json *object;
    struct error error;
    assert_true(api->writes < API_EVENTS_MAX);
    enum api_event event = api->events[api->writes++];
    assert_true(json_parse(request->body, request->body_len, &object, &error));
    if (strcmp(request->method, "PUT") == 0) {
        (void)snprintf(api->last_put, sizeof api->last_put, "%s %s",
                       metadata_of(object, "resourceVersion"), metadata_of(object, "uid"));
    }
    if (happens_before(api, event, request)) {
        json_free(object);
        return;
    }
    int refused = refuse(api, request, object);
    if (refused != 0) {
        json_free(object);
        answer(request, refused, "{\"kind\":\"Status\",\"message\":\"no\"}");
        return;
    }
    api->uid += api->object == NULL ? 1 : 0;
    api_put(api, object);
    if (event == API_LOST_ANSWER) {
        lose(request);
    } else if (event == API_ERROR_BUT_DONE) {
        answer(request, 504, "late");
    } else if (event == API_MUTE) {
        answer(request, 200, "[]");
    } else {
        answer_object(api, request, strcmp(request->method, "POST") == 0 ? 201 : 200);
    }
}

static void api_submit(struct http *http, const struct http_request *request)
{
    struct api *api = (struct api *)(void *)http;
    const char *path = request->url + strlen("https://api.example");
    bool is_post = strcmp(request->method, "POST") == 0;
    assert_string_equal(path, is_post
                                  ? "/api/v1/namespaces/kasten-io/configmaps"
                                  : "/api/v1/namespaces/kasten-io/configmaps/kasten-alerter-sent");
    if (strcmp(request->method, "GET") != 0) {
        write_object(api, request);
        return;
    }
    api->reads++;
    if (api->read_status != 0 || api->object == NULL) {
        answer(request, api->read_status != 0 ? api->read_status : 404,
               "{\"kind\":\"Status\",\"message\":\"no\"}");
    } else {
        answer_object(api, request, 200);
    }
}

static void api_run(struct http *http)
{
    (void)http;
}

void api_init(struct api *api)
{
    *api = (struct api){.http = {api_submit, api_run},
                        .cluster = {.base_url = "https://api.example", .timeout_ms = 1000},
                        .arena = arena_create()};
}

void api_finish(struct api *api)
{
    json_free(api->object);
    arena_destroy(api->arena);
    *api = (struct api){.object = NULL};
}

bool api_has_id(const struct api *api, const char *id)
{
    const char *sent = json_text(json_path(api->object, "data", "sent", NULL));
    return sent != NULL && strstr(sent, id) != NULL;
}
