// SPDX-License-Identifier: MIT
#include "support/http_probe.h"

#include <stdio.h>
#include <string.h>

void http_probe_init(struct http_probe *probe)
{
    *probe = (struct http_probe){.restarts = 0};
    buf_init(&probe->body, 16 * 1024 * 1024);
}

static bool on_body(void *context, const char *bytes, size_t len, struct error *error)
{
    struct http_probe *probe = context;
    buf_add(&probe->body, bytes, len);
    if (probe->refuse_after != 0 && probe->body.len > probe->refuse_after) {
        return error_set(error, ERROR_PROTOCOL, "seen enough");
    }
    return true;
}

static void on_restart(void *context)
{
    struct http_probe *probe = context;
    probe->restarts++;
    buf_reset(&probe->body);
}

static void on_done(void *context, const struct http_response *response, const struct error *error)
{
    struct http_probe *probe = context;
    probe->done_count++;
    probe->failed = error != NULL;
    if (error != NULL) {
        probe->error = *error;
    }
    probe->status = response->status;
    probe->body_len = response->body_len;
    (void)snprintf(probe->text, sizeof probe->text, "%.200s", response->body);
    (void)snprintf(probe->content_type, sizeof probe->content_type, "%s", response->content_type);
    probe->date = response->date;
    probe->attempts = response->attempts;
    probe->received_bytes = response->received_bytes;
    probe->failure = response->failure;
}

const struct http_handler http_probe_streaming = {
    .body = on_body, .restart = on_restart, .done = on_done};
const struct http_handler http_probe_collecting = {.done = on_done};
