// SPDX-License-Identifier: MIT
#include "fleet/body.h"

#include <stdlib.h>

#include "base/arena.h"

#include "base/banned.h"

enum { BLOCK_BYTES = 65536, SLICE_MS = 100 };

struct body {
    struct request request; // what waiting needs: cluster and connection
    struct source *source;
    struct body_plan plan;
};

static ssize_t end_body(const struct body *body)
{
    switch (body->plan.end) {
    case BODY_END:
        return MHD_CONTENT_READER_END_OF_STREAM;
    case BODY_END_HANGS:
        request_wait_gone(&body->request);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    case BODY_END_BROKEN:
        break;
    }
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t read_body(void *context, uint64_t position, char *out, size_t max)
{
    struct body *body = context;
    if (position >= body->plan.cut) {
        return end_body(body);
    }
    if (max > body->plan.cut - position) {
        max = body->plan.cut - (size_t)position;
    }
    if (body->plan.rate > 0) {
        size_t slice = (size_t)body->plan.rate * SLICE_MS / 1000;
        long wait_ms = slice == 0 ? 1000 / body->plan.rate : SLICE_MS;
        slice = slice == 0 ? 1 : slice;
        max = max > slice ? slice : max;
        if (request_sleep(&body->request, wait_ms)) {
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
    }
    if (atomic_load(&body->request.cluster->counters->stopping)) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t len = source_read(body->source, out, max);
    return len == 0 ? end_body(body) : (ssize_t)len;
}

static void free_body(void *context)
{
    struct body *body = context;
    source_destroy(body->source);
    free(body);
}

struct MHD_Response *body_response(const struct request *request, struct source *source,
                                   const struct body_plan *plan)
{
    struct body *body = memory_alloc(sizeof *body);
    *body = (struct body){
        .request = {.cluster = request->cluster, .connection = request->connection},
        .source = source,
        .plan = *plan,
    };
    struct MHD_Response *response =
        MHD_create_response_from_callback(plan->length, BLOCK_BYTES, read_body, body, free_body);
    if (response == NULL) {
        free_body(body);
    }
    return response;
}
