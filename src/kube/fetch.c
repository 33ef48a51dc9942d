// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/json.h"
#include "kube/client.h"
#include "kube/status.h"

#include "base/banned.h"

struct fetch {
    struct kube_fetch_sink sink;
};

static bool read_object(const struct http_response *response, struct json **ret,
                        struct error *error)
{
    if (response->status != 200) {
        status_error(response, error);
        return false;
    }
    return json_parse(response->body, response->body_len, ret, error);
}

static void on_done(void *context, const struct http_response *response, const struct error *error)
{
    struct fetch *fetch = context;
    struct json *parsed = NULL;
    struct error broken;
    if (error == NULL && !read_object(response, &parsed, &broken)) {
        error = &broken;
    }
    AUTO_PTR(json) object = parsed;
    fetch->sink.done(fetch->sink.context, object, error);
    free(fetch);
}

void kube_fetch(struct http *http, const struct kube_cluster *cluster, const char *path,
                uint64_t max_bytes, const struct kube_fetch_sink *sink)
{
    static const struct http_handler handler = {NULL, NULL, on_done};
    struct fetch *fetch = memory_alloc(sizeof *fetch);
    fetch->sink = *sink;
    AUTO(buf) url;
    buf_init(&url, 8192);
    buf_add_format(&url, "%s%s", cluster->base_url, path);
    http->submit(http, &(struct http_request){
                           .method = "GET",
                           .url = url.data,
                           .bearer = cluster->bearer,
                           .tls = cluster->tls,
                           .direct = cluster->direct,
                           .certificates = cluster->certificates,
                           .timeout_ms = cluster->timeout_ms,
                           .deadline_ms = cluster->deadline_ms,
                           .max_body_bytes = max_bytes,
                           .handler = &handler,
                           .context = fetch,
                       });
}
