// SPDX-License-Identifier: MIT
#include "fleet/request.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "fleet/body.h"
#include "fleet/fleet_clock.h"

#include "base/banned.h"

// Above this size kube-apiserver compresses and sends in chunks (defaultGzipThresholdBytes).
enum { SMALL_BODY_MAX = 128 << 10, CUT_DEFAULT = 100000, MISSING_BYTES = 65536 };

const char *request_parameter(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *request_header(const struct request *request, const char *name)
{
    const char *value = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
    return value == NULL ? "" : value;
}

static void queue(struct request *request, unsigned status, const char *type,
                  struct MHD_Response *response)
{
    char date[TIMESTAMP_TEXT_BYTES];
    if (response == NULL) {
        return;
    }
    fleet_clock_http_date(cluster_date(request->cluster), date);
    (void)MHD_add_response_header(response, "Date", date);
    (void)MHD_add_response_header(response, "Cache-Control", "no-cache, private");
    if (type != NULL) {
        (void)MHD_add_response_header(response, "Content-Type", type);
    }
    if (request->header_name != NULL) {
        (void)MHD_add_response_header(response, request->header_name, request->header_value);
    }
    request->status = status;
    request->queued = MHD_queue_response(request->connection, status, response) == MHD_YES;
    MHD_destroy_response(response);
}

static bool accepts_gzip(const struct request *request)
{
    const char *accepted = request_header(request, "Accept-Encoding");
    return request->cluster->gzip && strcasestr(accepted, "gzip") != NULL;
}

// kube-apiserver indents for people: ?pretty=, and the User-Agents of curl, Wget and browsers.
static bool wants_pretty(const struct request *request)
{
    static const char *const agents[] = {"curl/", "Wget/", "Mozilla/5.0"};
    if (fault_set_get(&request->faults, FAULT_PRETTY) != NULL) {
        return true;
    }
    const char *pretty = request_parameter(request, "pretty");
    if (pretty != NULL) {
        return strcmp(pretty, "0") != 0 && strcmp(pretty, "false") != 0;
    }
    const char *agent = request_header(request, "User-Agent");
    for (size_t i = 0; i < sizeof agents / sizeof *agents; i++) {
        if (request->cluster->pretty_agents && strncmp(agent, agents[i], strlen(agents[i])) == 0) {
            return true;
        }
    }
    return false;
}

// The fault that shapes the body of this answer, FAULT_COUNT for none.
static enum fault_id body_fault(const struct request *request)
{
    static const enum fault_id ids[] = {FAULT_TRUNCATED, FAULT_TRUNCATED_CHUNKED,
                                        FAULT_TRUNCATED_JSON, FAULT_HANG_BODY, FAULT_SLOW};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (fault_set_get(&request->faults, ids[i]) != NULL) {
            return ids[i];
        }
    }
    return FAULT_COUNT;
}

static struct body_plan plan_fault(const struct request *request, enum fault_id id, size_t len,
                                   bool whole)
{
    const json_t *options = fault_set_get(&request->faults, id);
    struct body_plan plan = {.cut = SIZE_MAX, .length = MHD_SIZE_UNKNOWN};
    const json_t *slow = fault_set_get(&request->faults, FAULT_SLOW);
    plan.rate = slow == NULL ? 0 : object_long(slow, "rate", 20);
    if (id == FAULT_SLOW) {
        plan.length = whole ? len : MHD_SIZE_UNKNOWN;
        return plan;
    }
    // With after_items the list has ended by itself in the middle of an item.
    if (json_object_get(options, "after_items") == NULL) {
        size_t usual = whole ? len / 2 : CUT_DEFAULT;
        plan.cut = (size_t)object_long(options, "bytes", (long)usual);
    }
    plan.end = id == FAULT_TRUNCATED_JSON ? BODY_END
               : id == FAULT_HANG_BODY    ? BODY_END_HANGS
                                          : BODY_END_BROKEN;
    if (id == FAULT_TRUNCATED || id == FAULT_HANG_BODY) {
        size_t sent = plan.cut == SIZE_MAX || plan.cut < len ? len : plan.cut;
        plan.length = sent + MISSING_BYTES;
    }
    return plan;
}

static void mark_gzip(struct MHD_Response *response)
{
    if (response != NULL) {
        (void)MHD_add_response_header(response, "Content-Encoding", "gzip");
        (void)MHD_add_response_header(response, "Vary", "Accept-Encoding");
    }
}

// Faulty bodies go plain unless the fault asks for gzip, so that "bytes" counts what is read.
static void reply_faulty(struct request *request, unsigned status, const char *type,
                         struct source *source, size_t len, bool whole)
{
    enum fault_id id = body_fault(request);
    struct body_plan plan = plan_fault(request, id, len, whole);
    bool gzip = object_flag(fault_set_get(&request->faults, id), "gzip", false);
    if (gzip) {
        source = source_gzip(source);
        plan.length = id == FAULT_SLOW ? MHD_SIZE_UNKNOWN : plan.length;
    }
    struct MHD_Response *response = body_response(request, source, &plan);
    if (gzip) {
        mark_gzip(response);
    }
    queue(request, status, type, response);
}

void request_reply_source(struct request *request, unsigned status, const char *type,
                          struct source *source)
{
    if (strncmp(type, "application/json", 16) == 0 && wants_pretty(request)) {
        source = source_pretty(source);
    }
    char *head = memory_alloc(SMALL_BODY_MAX + 1);
    size_t len = source_fill(source, head, SMALL_BODY_MAX + 1);
    bool whole = len <= SMALL_BODY_MAX;
    if (whole && body_fault(request) == FAULT_COUNT) {
        source_destroy(source);
        queue(request, status, type,
              MHD_create_response_from_buffer(len, head, MHD_RESPMEM_MUST_FREE));
        return;
    }
    source = source_from_bytes(head, len, source);
    free(head);
    if (body_fault(request) != FAULT_COUNT) {
        reply_faulty(request, status, type, source, len, whole);
        return;
    }
    bool gzip = accepts_gzip(request);
    static const struct body_plan all = {.cut = SIZE_MAX, .length = MHD_SIZE_UNKNOWN};
    struct MHD_Response *response =
        body_response(request, gzip ? source_gzip(source) : source, &all);
    if (gzip) {
        mark_gzip(response);
    }
    queue(request, status, type, response);
}

void request_reply_text(struct request *request, unsigned status, const char *type,
                        const char *text)
{
    request_reply_source(request, status, type, source_from_bytes(text, strlen(text), NULL));
}

void request_reply_json(struct request *request, unsigned status, const json_t *value)
{
    struct buf text;
    buf_init(&text, OBJECT_TEXT_MAX);
    object_write(&text, value, request->cluster->style.order);
    buf_add_char(&text, '\n');
    request_reply_source(request, status, "application/json",
                         source_from_bytes(text.data, text.len, NULL));
    buf_finish(&text);
}

void request_reply_failure(struct request *request, unsigned status, const char *reason,
                           json_t *details, const char *format, ...)
{
    char line[4096];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    json_t *text = json_string(line);
    json_t *value = json_object();
    (void)json_object_set_new(value, "kind", json_string("Status"));
    (void)json_object_set_new(value, "apiVersion", json_string("v1"));
    (void)json_object_set_new(value, "metadata", json_object());
    (void)json_object_set_new(value, "status", json_string("Failure"));
    (void)json_object_set_new(value, "message", text == NULL ? json_string("") : text);
    (void)json_object_set_new(value, "reason", json_string(reason));
    if (details != NULL) {
        (void)json_object_set_new(value, "details", details);
    }
    (void)json_object_set_new(value, "code", json_integer((json_int_t)status));
    request_reply_json(request, status, value);
    json_decref(value);
}

void request_reply_no_page(struct request *request)
{
    request_reply_text(request, 404, "text/plain; charset=utf-8", "404 page not found\n");
}

void request_reply_bad_method(struct request *request)
{
    request_reply_failure(request, 405, "MethodNotAllowed", NULL,
                          "the server does not allow this method on the requested resource");
}

bool request_sleep(const struct request *request, long ms)
{
    const atomic_bool *stopping = &request->cluster->counters->stopping;
    while (ms > 0 && !atomic_load(stopping)) {
        int slice = ms > 100 ? 100 : (int)ms;
        (void)poll(NULL, 0, slice);
        ms -= slice;
    }
    return atomic_load(stopping);
}

void request_wait_gone(const struct request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info == NULL) {
        return;
    }
    struct pollfd client = {.fd = info->connect_fd, .events = POLLRDHUP};
    while (!atomic_load(&request->cluster->counters->stopping)) {
        if (poll(&client, 1, 100) > 0) {
            return;
        }
    }
}
