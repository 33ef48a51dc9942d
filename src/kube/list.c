// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/monotonic.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "codec/json_items.h"
#include "codec/url.h"
#include "kube/client.h"
#include "kube/status.h"

#include "base/banned.h"

enum {
    TOKEN_BYTES = 16 * 1024,
    ITEM_BYTES = 4 * 1024 * 1024, // etcd takes 1.5 MiB; one for each live list
    SKELETON_BYTES = 256 * 1024,
    MAX_PAGES = 20000,
    MAX_RECOVERIES = 3, // from 410 Gone
};
static const uint64_t max_page_bytes = UINT64_C(2) * 1024 * 1024 * 1024;

struct list {
    struct http *http;
    const struct kube_cluster *cluster;
    char *path;
    struct kube_list_sink sink;
    struct json_items *items; // of the page being read; a waiting list holds none
    struct kube_list_result result;
    bool restarted; // the one fresh start after a 410 without a token was used
    unsigned recoveries;
    int64_t dated_ms; // when result.date came
    char *token;      // of the page asked for; NULL for the first
};

static void request_page(struct list *list);

static void finish(struct list *list)
{
    list->result.date_age_s = (monotonic_ms() - list->dated_ms) / 1000;
    list->sink.done(list->sink.context, &list->result);
    json_items_destroy(list->items);
    free(list->token);
    free(list->path);
    free(list);
}

static void set_token(struct list *list, const char *token)
{
    free(list->token);
    list->token = NULL;
    if (*token != '\0') {
        list->token = memory_alloc(strlen(token) + 1);
        memcpy(list->token, token, strlen(token) + 1);
    }
}

static bool is_current_token(const struct list *list, const char *token)
{
    return list->token != NULL && strcmp(list->token, token) == 0;
}

static bool on_item(void *context, const char *bytes, size_t len, struct error *error)
{
    struct list *list = context;
    list->result.items++;
    return list->sink.item(list->sink.context, bytes, len, error);
}

static struct json_items *page_items(struct list *list)
{
    if (list->items == NULL) {
        list->items = json_items_create(
            &(struct json_items_limits){ITEM_BYTES, SKELETON_BYTES, (size_t)max_page_bytes},
            &(struct json_items_sink){on_item, list});
    }
    return list->items;
}

static void end_page(struct list *list)
{
    json_items_destroy(list->items);
    list->items = NULL;
}

static bool on_body(void *context, const char *bytes, size_t len, struct error *error)
{
    struct list *list = context;
    return json_items_feed(page_items(list), bytes, len, error);
}

static void on_restart(void *context)
{
    struct list *list = context;
    list->result.items -= json_items_count(page_items(list));
    end_page(list);
    list->sink.restart(list->sink.context, KUBE_LIST_FROM_PAGE);
}

// The token that leads to the next page, "" on the last; and what says that this is something else
// than a list, or that it ends too early.
static bool read_frame(const struct json *root, const char **ret_token, struct error *error)
{
    static const char end[] = "List";
    const char *kind = json_text(json_get(root, "kind"));
    size_t len = kind != NULL ? strlen(kind) : 0;
    if (kind != NULL && (len < strlen(end) || strcmp(kind + len - strlen(end), end) != 0)) {
        return error_set(error, ERROR_PROTOCOL, "the answer is no list but of another kind");
    }
    const struct json *metadata = json_get(root, "metadata");
    const struct json *token = json_get(metadata, "continue");
    int64_t number;
    if (json_is_object(token) || json_is_array(token) || json_integer(token, &number)) {
        return error_set(error, ERROR_PROTOCOL, "the list's continue token is no text");
    }
    *ret_token = json_text(token) != NULL ? json_text(token) : "";
    if (**ret_token == '\0' && json_integer(json_get(metadata, "remainingItemCount"), &number) &&
        number > 0) {
        return error_set(error, ERROR_PROTOCOL,
                         "the list ends although its server counts %lld more elements",
                         (long long)number);
    }
    return true;
}

// Reads the part of the page outside items: is it a list, and does it go on?
static bool read_skeleton(struct list *list, struct error *error)
{
    const char *skeleton;
    size_t len;
    bool has_items;
    if (!json_items_finish(page_items(list), &skeleton, &len, &has_items, error)) {
        return false;
    }
    struct json *parsed;
    if (!json_parse(skeleton, len, &parsed, error)) {
        return error_prefix(error, "the list's frame");
    }
    AUTO_PTR(json) root = parsed;
    if (!has_items) {
        return error_set(error, ERROR_PROTOCOL,
                         "the answer is JSON but no list: it has no \"items\"");
    }
    const char *token = "";
    if (!read_frame(root, &token, error)) {
        return false;
    }
    if (is_current_token(list, token)) {
        return error_set(error, ERROR_PROTOCOL, "the server gave the same continue token twice");
    }
    if (strlen(token) >= TOKEN_BYTES) {
        return error_set(error, ERROR_LIMIT, "the continue token is longer than %d bytes",
                         TOKEN_BYTES - 1);
    }
    set_token(list, token);
    return true;
}

// 410 Gone: the token is older than the server's history. Its Status may hold a token that goes on
// at the newest version; else the list starts over, once.
static bool recover_expired(struct list *list, const struct http_response *response)
{
    char token[TOKEN_BYTES];
    if (list->recoveries++ == MAX_RECOVERIES) {
        return false;
    }
    status_continue(response, token, sizeof token);
    if (*token != '\0' && !is_current_token(list, token)) {
        set_token(list, token);
        return true;
    }
    if (list->restarted) {
        return false;
    }
    list->restarted = true;
    set_token(list, "");
    list->result.items = 0;
    list->sink.restart(list->sink.context, KUBE_LIST_FROM_BEGINNING);
    return true;
}

static bool accept_page(struct list *list, const struct http_response *response,
                        struct error *error)
{
    if (response->status != 200) {
        status_error(response, error);
        return false;
    }
    list->result.pages++;
    list->result.bytes += response->received_bytes;
    if (list->result.date == TIMESTAMP_NONE) {
        list->result.date = response->date;
        list->dated_ms = monotonic_ms();
    }
    if (!read_skeleton(list, error)) {
        return false;
    }
    list->sink.page(list->sink.context);
    if (list->token != NULL && list->result.pages >= MAX_PAGES) {
        return error_set(error, ERROR_LIMIT, "the list has more than %d pages", MAX_PAGES);
    }
    return true;
}

static void on_done(void *context, const struct http_response *response, const struct error *error)
{
    struct list *list = context;
    if (error != NULL) {
        list->result.error = *error;
        list->result.failure = response->failure;
        finish(list);
        return;
    }
    struct error page_error = {ERROR_NONE, ""};
    bool goes_on;
    if (response->status == 410 && recover_expired(list, response)) {
        goes_on = true;
    } else {
        goes_on = accept_page(list, response, &page_error) && list->token != NULL;
    }
    if (goes_on) {
        end_page(list);
        request_page(list);
        return;
    }
    list->result.error = page_error;
    finish(list);
}

static void request_page(struct list *list)
{
    static const struct http_handler handler = {on_body, on_restart, on_done};
    AUTO(buf) url;
    buf_init(&url, (size_t)64 * 1024);
    buf_add_format(&url, "%s%s?limit=%d", list->cluster->base_url, list->path, KUBE_PAGE_LIMIT);
    if (list->token != NULL) {
        buf_add_text(&url, "&continue=");
        url_add_encoded(&url, list->token);
    }
    list->http->submit(list->http, &(struct http_request){
                                       .method = "GET",
                                       .url = url.data,
                                       .bearer = list->cluster->bearer,
                                       .tls = list->cluster->tls,
                                       .direct = list->cluster->direct,
                                       .certificates = list->cluster->certificates,
                                       .timeout_ms = list->cluster->timeout_ms,
                                       .deadline_ms = list->cluster->deadline_ms,
                                       .max_body_bytes = max_page_bytes,
                                       .handler = &handler,
                                       .context = list,
                                   });
}

void kube_list(struct http *http, const struct kube_cluster *cluster, const char *path,
               const struct kube_list_sink *sink)
{
    struct list *list = memory_alloc(sizeof *list);
    *list = (struct list){.http = http, .cluster = cluster, .sink = *sink};
    list->result.date = TIMESTAMP_NONE;
    list->path = memory_alloc(strlen(path) + 1);
    memcpy(list->path, path, strlen(path) + 1);
    request_page(list);
}
