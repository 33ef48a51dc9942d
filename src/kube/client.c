// SPDX-License-Identifier: MIT
#include "kube/client.h"

#include "base/buf.h"
#include "codec/json.h"
#include "kube/status.h"

#include "base/banned.h"

enum { OBJECT_BYTES = 8 * 1024 * 1024 };

// One request and its answer; what is not 2xx becomes an error.
static bool call(struct http *http, const struct kube_cluster *cluster, const char *method,
                 const char *path, const struct json *object, struct buf *ret_body,
                 struct error *error)
{
    AUTO(buf) url;
    AUTO(buf) body;
    buf_init(&url, 8192);
    buf_init(&body, OBJECT_BYTES);
    buf_add_format(&url, "%s%s", cluster->base_url, path);
    if (object != NULL) {
        json_write(object, JSON_COMPACT, &body);
    }
    if (url.overflow || body.overflow) {
        return error_set(error, ERROR_LIMIT, "%s %s: the request is too large", method, path);
    }
    struct http_request request = {
        .method = method,
        .url = url.data,
        .bearer = cluster->bearer,
        .tls = cluster->tls,
        .direct = cluster->direct,
        .certificates = cluster->certificates,
        .content_type = object != NULL ? "application/json" : NULL,
        .body = object != NULL ? body.data : NULL,
        .body_len = body.len,
        .timeout_ms = cluster->timeout_ms,
        .deadline_ms = cluster->deadline_ms,
        .max_body_bytes = OBJECT_BYTES,
    };
    int status;
    if (!http_call(http, &request, &status, ret_body, error)) {
        return error_prefix(error, "%s %s", method, path);
    }
    if (status >= 200 && status < 300) {
        return true;
    }
    struct http_response response = {
        .status = status, .body = ret_body->data, .body_len = ret_body->len, .content_type = ""};
    status_error(&response, error);
    return error_prefix(error, "%s %s", method, path);
}

bool kube_get(struct http *http, const struct kube_cluster *cluster, const char *path,
              struct json **ret, struct error *error)
{
    AUTO(buf) body;
    buf_init(&body, OBJECT_BYTES);
    if (!call(http, cluster, "GET", path, NULL, &body, error)) {
        return false;
    }
    struct json *object;
    if (!json_parse(body.data, body.len, &object, error)) {
        return error_prefix(error, "GET %s: the answer", path);
    }
    if (!json_is_object(object)) {
        json_free(object);
        return error_set(error, ERROR_PROTOCOL, "GET %s: the answer is no object", path);
    }
    *ret = object;
    return true;
}

static struct json *object_of(const struct buf *body)
{
    struct json *answer;
    struct error ignored;
    if (!json_parse(body->data, body->len, &answer, &ignored)) {
        return NULL;
    }
    if (!json_is_object(answer)) {
        json_free(answer);
        return NULL;
    }
    return answer;
}

static bool write_object(struct http *http, const struct kube_cluster *cluster, const char *method,
                         const char *path, const struct json *object, struct json **ret_answer,
                         struct error *error)
{
    AUTO(buf) answer;
    buf_init(&answer, OBJECT_BYTES);
    if (!call(http, cluster, method, path, object, &answer, error)) {
        return false;
    }
    *ret_answer = object_of(&answer);
    return true;
}

bool kube_create(struct http *http, const struct kube_cluster *cluster, const char *path,
                 const struct json *object, struct json **ret_answer, struct error *error)
{
    return write_object(http, cluster, "POST", path, object, ret_answer, error);
}

bool kube_replace(struct http *http, const struct kube_cluster *cluster, const char *path,
                  const struct json *object, struct json **ret_answer, struct error *error)
{
    return write_object(http, cluster, "PUT", path, object, ret_answer, error);
}
