// SPDX-License-Identifier: MIT
#include "fleet/fault_reply.h"

#include <stdio.h>
#include <string.h>

#include "fleet/access.h"
#include "fleet/continue_token.h"
#include "fleet/request_log.h"
#include "fleet/source.h"

#include "base/banned.h"

#define TEXT_PLAIN "text/plain; charset=utf-8"
#define JSON_TYPE "application/json"
#define HTML_TYPE "text/html; charset=utf-8"

static const char login_page[] =
    "<!DOCTYPE html>\n<html><head><title>Log in</title></head><body>\n"
    "<form method=\"post\" action=\"/login\"><p>Please log in to continue.</p>\n"
    "<input name=\"username\"><input name=\"password\" type=\"password\">\n"
    "<button>Log in</button></form></body></html>\n";

static const char gateway_page[] =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>\r\n";

// Answers that are always the same words.
static const struct {
    enum fault_id id;
    unsigned status;
    const char *type;
    const char *text;
    long retry_after; // seconds when the fault gives none, -1: no header
} fixed[] = {
    {FAULT_404, 404, TEXT_PLAIN, "404 page not found\n", -1},
    {FAULT_429, 429, TEXT_PLAIN, "Too many requests, please try again later.\n", 1},
    {FAULT_502, 502, HTML_TYPE, gateway_page, -1},
    {FAULT_503, 503, TEXT_PLAIN,
     "error trying to reach service: dial tcp 10.96.44.17:443: connect: connection refused", -1},
    {FAULT_503_UNAVAILABLE, 503, TEXT_PLAIN, "service unavailable\n", -1},
    {FAULT_503_RETRY_AFTER, 503, TEXT_PLAIN, "service unavailable\n", 1},
    {FAULT_HTML, 200, HTML_TYPE, login_page, -1},
    {FAULT_GARBAGE_JSON, 200, JSON_TYPE,
     "{\"kind\":\"BackupActionList\",\"items\":[{\"metadata\":{\"name\":]],,\"x\" 12 tru}\n", -1},
    {FAULT_EMPTY, 200, JSON_TYPE, "", -1},
};

static void set_retry_after(struct request *request, const json_t *options, long fallback)
{
    const json_t *given = json_object_get(options, "retry_after");
    if (given == NULL && fallback < 0) {
        return;
    }
    request->header_name = "Retry-After";
    if (json_is_string(given)) {
        (void)snprintf(request->header_value, sizeof request->header_value, "%s",
                       json_string_value(given));
        return;
    }
    (void)snprintf(request->header_value, sizeof request->header_value, "%ld",
                   object_long(options, "retry_after", fallback));
}

static bool reply_fixed(struct request *request, enum fault_id id, const json_t *options)
{
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        if (fixed[i].id == id) {
            set_retry_after(request, options, fixed[i].retry_after);
            request_reply_text(request, fixed[i].status, fixed[i].type,
                               object_string(options, "body", fixed[i].text));
            return true;
        }
    }
    return false;
}

// 410 as etcd's compaction causes it; with_token adds the token that goes on inconsistently.
static void reply_expired(struct request *request, const char *continues)
{
    json_t *value = json_pack(
        "{s:s,s:s,s:{},s:s,s:s,s:s,s:i}", "kind", "Status", "apiVersion", "v1", "metadata",
        "status", "Failure", "message",
        "The provided continue parameter is too old to display a consistent list result. You can "
        "start a new list without the continue parameter, or use the continue token in this "
        "response to retrieve the remainder of the results.",
        "reason", "Expired", "code", 410);
    if (continues[0] != '\0') {
        (void)json_object_set_new(json_object_get(value, "metadata"), "continue",
                                  json_string(continues));
    }
    request_reply_json(request, 410, value);
    json_decref(value);
}

static void reply_gone(struct request *request, bool with_token)
{
    char next[CONTINUE_TOKEN_BYTES] = "";
    struct continue_token token = {0};
    const char *given = request_parameter(request, "continue");
    if (with_token && given != NULL && continue_token_read(given, &token)) {
        token.revision = -1;
        continue_token_write(&token, next);
    }
    reply_expired(request, next);
}

static void reply_redirect(struct request *request, const json_t *options)
{
    request->header_name = "Location";
    (void)snprintf(request->header_value, sizeof request->header_value,
                   "https://localhost:%d/redirected", request->cluster->port);
    const char *location = object_string(options, "location", NULL);
    if (location != NULL) {
        (void)snprintf(request->header_value, sizeof request->header_value, "%s", location);
    }
    request_reply_text(request, (unsigned)object_long(options, "status", 302), HTML_TYPE,
                       "<a href=\"/redirected\">Found</a>.\n");
}

static void reply_endless(struct request *request, enum fault_id id)
{
    static const char head[] = "{\"kind\":\"BackupActionList\",\"apiVersion\":\"" ACTIONS_GROUP
                               "/" KASTEN_VERSION "\",\"metadata\":{},\"items\":[";
    static const char first[] = "{\"metadata\":{\"name\":\"first\",\"namespace\":\"big\"},"
                                "\"status\":{\"state\":\"Complete\"}}";
    static const char more[] = ",{\"metadata\":{\"name\":\"more\",\"namespace\":\"big\"},"
                               "\"status\":{\"state\":\"Complete\"}}";
    struct buf text;
    buf_init(&text, 65536);
    buf_add_text(&text, head);
    buf_add_text(&text, id == FAULT_BIG_ITEM ? "{\"metadata\":{\"name\":\"" : first);
    struct source *source = source_endless(text.data, id == FAULT_BIG_ITEM ? "longer-and-" : more);
    buf_finish(&text);
    request_reply_source(request, 200, JSON_TYPE, source);
}

static void reply_gzip_garbage(struct request *request)
{
    request->header_name = "Content-Encoding";
    (void)snprintf(request->header_value, sizeof request->header_value, "gzip");
    request_reply_text(request, 200, JSON_TYPE, "\x1f\x8b\x08 this is no gzip stream\n");
}

static void reply_other(struct request *request, enum fault_id id, const json_t *options)
{
    const char *body = object_string(options, "body", "");
    switch (id) {
    case FAULT_401:
        access_reply_unauthorized(request);
        break;
    case FAULT_403:
        access_reply_forbidden(request);
        break;
    case FAULT_410:
    case FAULT_410_BARE:
        reply_gone(request, id == FAULT_410);
        break;
    case FAULT_500:
        request_reply_failure(request, 500, "InternalError", NULL,
                              "Internal error occurred: catalog: database not open");
        break;
    case FAULT_504:
        request_reply_failure(request, 504, "Timeout", NULL,
                              "Timeout: request did not complete within the allotted timeout");
        break;
    case FAULT_STATUS:
        set_retry_after(request, options, -1);
        request_reply_text(request, (unsigned)object_long(options, "status", 418),
                           object_string(options, "content_type", TEXT_PLAIN), body);
        break;
    case FAULT_REDIRECT:
        reply_redirect(request, options);
        break;
    case FAULT_GZIP_GARBAGE:
        reply_gzip_garbage(request);
        break;
    case FAULT_BIG_BODY:
    case FAULT_BIG_ITEM:
        reply_endless(request, id);
        break;
    default:
        break;
    }
}

bool fault_reply(struct request *request)
{
    const json_t *delay = fault_set_get(&request->faults, FAULT_DELAY);
    if (delay != NULL) {
        (void)request_sleep(request, object_long(delay, "ms", 500));
    }
    enum fault_id id = fault_set_answer(&request->faults);
    const json_t *options = fault_set_get(&request->faults, id);
    if (id == FAULT_COUNT) {
        return false;
    }
    if (id == FAULT_HANG) {
        request_log_add(request);
        request_wait_gone(request);
        return true;
    }
    if (id == FAULT_CLOSE) {
        request_log_add(request);
        return true;
    }
    if (!reply_fixed(request, id, options)) {
        reply_other(request, id, options);
    }
    return true;
}
