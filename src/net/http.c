// SPDX-License-Identifier: MIT
#include "net/http.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/monotonic.h"
#include "net/http_queue.h"
#include "net/http_transfer.h"
#include "net/retry.h"

#include "base/banned.h"

enum { IDLE_POLL_MS = 1000, MAX_WINDOW = 1024 };

struct http_loop {
    struct http http;
    CURLM *multi; // NULL when libcurl failed
    char *user_agent;
    struct log *log;
    unsigned max_concurrency;
    unsigned active_count;
    struct http_queue queue;
    struct http_list waiting; // for their next attempt, in no order
    struct http_list active;
};

static uint32_t random_number(void)
{
    uint32_t number;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number) {
        number = (uint32_t)monotonic_ms();
    }
    return number;
}

// A server that repeats the token in its answer must not get it into a log or a mail.
static void mask_bearer(struct http_transfer *t)
{
    const char *bearer = t->request.bearer;
    size_t len = bearer != NULL ? strlen(bearer) : 0;
    if (len == 0 || t->status / 100 == 2) {
        return;
    }
    char *at = memmem(t->body.data, t->body.len, bearer, len);
    while (at != NULL) {
        memset(at, '*', len);
        at += len;
        at = memmem(at, t->body.len - (size_t)(at - t->body.data), bearer, len);
    }
}

// Hands the outcome to the request's owner; the transfer stands in no list any more.
static void finish(struct http_transfer *t)
{
    mask_bearer(t);
    struct http_response response = {
        .status = t->status,
        .body = t->body.data,
        .body_len = t->body.len,
        .content_type = t->content_type,
        .date = t->date,
        .attempts = t->attempts,
        .received_bytes = t->received_bytes,
        .failure = t->failure,
    };
    bool failed = t->failure != HTTP_FAILURE_NONE;
    if (failed && t->attempts > 1 && t->failure != HTTP_FAILURE_HANDLER) {
        (void)error_set(&t->error, t->error.class, "%s (%u attempts)", t->error.text, t->attempts);
    }
    if (t->request.handler != NULL) {
        t->request.handler->done(t->request.context, &response, failed ? &t->error : NULL);
    }
    http_transfer_destroy(t);
}

static void log_retry(const struct http_loop *loop, const struct http_transfer *t, int64_t delay)
{
    if (loop->log == NULL || !log_enabled(loop->log, LOG_DEBUG)) {
        return;
    }
    char delay_text[32];
    char status[32];
    (void)snprintf(delay_text, sizeof delay_text, "%" PRId64, delay);
    (void)snprintf(status, sizeof status, "%d", t->status);
    log_line(loop->log, LOG_DEBUG, "request is tried again", {"host", t->target.host},
             {"status", t->status != 0 ? status : NULL},
             {"error", t->failure != HTTP_FAILURE_NONE ? t->error.text : NULL},
             {"delay_ms", delay_text});
}

// After an attempt: another one later, or the end.
static void settle(struct http_loop *loop, struct http_transfer *t)
{
    int64_t now = monotonic_ms();
    struct retry_case retry = {
        .method = t->request.method,
        .attempts = t->attempts,
        .failure = t->failure,
        .status = t->status,
        .retry_after_ms = t->retry_after_ms,
        .elapsed_ms = now - t->started_ms,
        .budget_ms = t->request.timeout_ms,
        .random = random_number(),
    };
    int64_t delay;
    if (!retry_decide(&retry, &delay)) {
        finish(t);
        return;
    }
    log_retry(loop, t, delay);
    t->due_ms = now + delay;
    http_list_append(&loop->waiting, t);
}

static void fail_internal(struct http_transfer *t, const char *what)
{
    t->failure = HTTP_FAILURE_INTERNAL;
    (void)error_set(&t->error, ERROR_INTERNAL, "libcurl failed: %s", what);
    finish(t);
}

// What is left until the deadline bounds the request; a request that comes too late fails.
static void keep_deadline(struct http_transfer *t, int64_t now)
{
    int64_t left = t->request.deadline_ms - now;
    if (t->request.deadline_ms == 0 || left >= t->request.timeout_ms) {
        return;
    }
    t->request.timeout_ms = left;
    if (left <= 0) {
        t->failure = HTTP_FAILURE_TIMEOUT;
        (void)error_set(&t->error, ERROR_NETWORK,
                        "%s:%u: not asked, the time for all requests together is over",
                        t->target.host, t->target.port);
    }
}

// Begins an attempt, or ends the request when it cannot begin or has no time left.
static void begin(struct http_loop *loop, struct http_transfer *t)
{
    int64_t now = monotonic_ms();
    if (t->failure == HTTP_FAILURE_REQUEST) {
        finish(t);
        return;
    }
    if (loop->multi == NULL) {
        fail_internal(t, "it could not be set up");
        return;
    }
    if (t->attempts == 0) {
        t->started_ms = now;
        keep_deadline(t, now);
    }
    int64_t left = t->request.timeout_ms - (now - t->started_ms);
    if (left <= 0) {
        finish(t);
        return;
    }
    if (t->attempts > 0 && t->request.handler->restart != NULL) {
        t->request.handler->restart(t->request.context);
    }
    if (!http_transfer_begin(t, loop->user_agent, left)) {
        finish(t);
        return;
    }
    CURLMcode code = curl_multi_add_handle(loop->multi, t->easy);
    if (code != CURLM_OK) {
        fail_internal(t, curl_multi_strerror(code));
        return;
    }
    http_list_append(&loop->active, t);
    loop->active_count++;
    t->server->active++;
}

// The waiting transfer that comes first, NULL when none waits.
static struct http_transfer *next_due(const struct http_loop *loop)
{
    struct http_transfer *best = loop->waiting.first;
    for (struct http_transfer *t = best; t != NULL; t = t->next) {
        best = t->due_ms < best->due_ms ? t : best;
    }
    return best;
}

// Fills the window: those that come again before those that come for the first time.
static void fill_window(struct http_loop *loop)
{
    while (loop->active_count < loop->max_concurrency) {
        struct http_transfer *t = next_due(loop);
        if (t != NULL && t->due_ms <= monotonic_ms()) {
            http_list_remove(&loop->waiting, t);
        } else {
            t = http_queue_take(&loop->queue);
        }
        if (t == NULL) {
            return;
        }
        begin(loop, t);
    }
}

static void take_off(struct http_loop *loop, struct http_transfer *t)
{
    (void)curl_multi_remove_handle(loop->multi, t->easy);
    http_list_remove(&loop->active, t);
    loop->active_count--;
    t->server->active--;
}

// Settles every transfer that has ended; true when there was one.
static bool settle_ended(struct http_loop *loop)
{
    bool any = false;
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(loop->multi, &left)) != NULL;) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        CURLcode code = message->data.result;
        char *owner = NULL;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
        struct http_transfer *t = (struct http_transfer *)(void *)owner;
        take_off(loop, t);
        http_transfer_end(t, code);
        settle(loop, t);
        any = true;
    }
    return any;
}

static int poll_ms(const struct http_loop *loop)
{
    const struct http_transfer *t = next_due(loop);
    if (t == NULL || loop->active_count >= loop->max_concurrency) {
        return IDLE_POLL_MS;
    }
    int64_t left = t->due_ms - monotonic_ms();
    return left <= 0 ? 0 : left < IDLE_POLL_MS ? (int)left : IDLE_POLL_MS;
}

// A multi that fails would fail again at once: everything under way ends.
static void fail_active(struct http_loop *loop, CURLMcode code)
{
    while (loop->active.first != NULL) {
        struct http_transfer *t = loop->active.first;
        take_off(loop, t);
        fail_internal(t, curl_multi_strerror(code));
    }
}

static void loop_run(struct http *http)
{
    struct http_loop *loop = (struct http_loop *)(void *)http;
    for (;;) {
        fill_window(loop);
        if (loop->active.first == NULL && loop->waiting.first == NULL) {
            return;
        }
        int running;
        CURLMcode code = curl_multi_perform(loop->multi, &running);
        if (code == CURLM_OK && !settle_ended(loop)) {
            code = curl_multi_poll(loop->multi, NULL, 0, poll_ms(loop), NULL);
        }
        if (code != CURLM_OK) {
            fail_active(loop, code);
        }
    }
}

static void loop_submit(struct http *http, const struct http_request *request)
{
    struct http_loop *loop = (struct http_loop *)(void *)http;
    http_queue_append(&loop->queue, http_transfer_create(request));
}

static CURLM *create_multi(unsigned max_concurrency)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return NULL;
    }
    CURLM *multi = curl_multi_init();
    if (multi == NULL ||
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)max_concurrency) != CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) != CURLM_OK) {
        (void)curl_multi_cleanup(multi);
        curl_global_cleanup();
        return NULL;
    }
    return multi;
}

struct http *http_create(const struct http_options *options)
{
    struct http_loop *loop = memory_alloc(sizeof *loop);
    unsigned window = options->max_concurrency;
    window = window < 1 ? 1 : window > MAX_WINDOW ? MAX_WINDOW : window;
    size_t agent_bytes = strlen(options->user_agent) + 1;
    loop->http = (struct http){.submit = loop_submit, .run = loop_run};
    loop->user_agent = memory_alloc(agent_bytes);
    memcpy(loop->user_agent, options->user_agent, agent_bytes);
    loop->log = options->log;
    loop->max_concurrency = window;
    loop->multi = create_multi(window);
    http_queue_init(&loop->queue);
    http_list_init(&loop->waiting);
    http_list_init(&loop->active);
    return &loop->http;
}

static void drop_all(struct http_list *list)
{
    while (list->first != NULL) {
        struct http_transfer *t = list->first;
        http_list_remove(list, t);
        http_transfer_destroy(t);
    }
}

void http_destroy(struct http *http)
{
    if (http == NULL) {
        return;
    }
    struct http_loop *loop = (struct http_loop *)(void *)http;
    while (loop->active.first != NULL) {
        struct http_transfer *t = loop->active.first;
        take_off(loop, t);
        http_transfer_destroy(t);
    }
    drop_all(&loop->waiting);
    drop_all(&loop->queue.list);
    http_queue_finish(&loop->queue);
    if (loop->multi != NULL) {
        (void)curl_multi_cleanup(loop->multi);
        curl_global_cleanup();
    }
    free(loop->user_agent);
    free(loop);
}
