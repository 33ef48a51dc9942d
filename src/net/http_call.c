// SPDX-License-Identifier: MIT
#include "base/buf.h"
#include "net/http.h"

#include "base/banned.h"

struct call {
    struct buf *body;
    int status;
    struct error *error;
    bool answered;
};

static void on_done(void *context, const struct http_response *response, const struct error *error)
{
    struct call *call = context;
    if (error != NULL) {
        *call->error = *error;
        return;
    }
    call->answered = true;
    call->status = response->status;
    buf_add(call->body, response->body, response->body_len);
}

bool http_call(struct http *http, const struct http_request *request, int *ret_status,
               struct buf *ret_body, struct error *error)
{
    static const struct http_handler handler = {.done = on_done};
    struct call call = {.body = ret_body, .error = error};
    struct http_request own = *request;
    own.handler = &handler;
    own.context = &call;
    http->submit(http, &own);
    http->run(http);
    if (!call.answered) {
        return false;
    }
    if (ret_body->overflow) {
        return error_set(error, ERROR_LIMIT, "the answer is larger than the %zu bytes allowed",
                         ret_body->max);
    }
    *ret_status = call.status;
    return true;
}
