// SPDX-License-Identifier: MIT
#include "fleet/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/parse.h"
#include "fleet/continue_token.h"
#include "fleet/list_source.h"
#include "fleet/selector.h"

#include "base/banned.h"

enum { LIMIT_MAX = 1000000000 };

// What the query asks for.
struct query {
    uint64_t limit; // 0: none
    size_t start;
    struct selector selector;
};

static bool read_limit(struct request *request, struct query *ret)
{
    const char *limit = request_parameter(request, "limit");
    const char *version = request_parameter(request, "resourceVersion");
    const char *token = request_parameter(request, "continue");
    ret->limit = 0;
    if (limit != NULL && limit[0] != '\0' && !parse_uint(limit, LIMIT_MAX, &ret->limit)) {
        request_reply_failure(request, 400, "BadRequest", NULL,
                              "strconv.ParseInt: parsing \"%s\": invalid syntax", limit);
        return false;
    }
    bool any_version = version != NULL && strcmp(version, "0") == 0;
    bool continues = token != NULL && token[0] != '\0';
    if (continues && version != NULL && version[0] != '\0' && !any_version) {
        request_reply_failure(request, 400, "BadRequest", NULL,
                              "specifying resource version is not allowed when using continue");
        return false;
    }
    // resourceVersion=0 switches limit off, as in kube-apiserver's watch cache.
    if (any_version || fault_set_get(&request->faults, FAULT_LIMIT_IGNORED) != NULL) {
        ret->limit = 0;
    }
    return true;
}

static bool read_query(struct request *request, struct query *ret)
{
    const char *token = request_parameter(request, "continue");
    const char *labels = request_parameter(request, "labelSelector");
    const char *fields = request_parameter(request, "fieldSelector");
    struct continue_token position = {0};
    if (!read_limit(request, ret)) {
        return false;
    }
    if (token != NULL && token[0] != '\0' && !continue_token_read(token, &position)) {
        request_reply_failure(request, 400, "BadRequest", NULL, "continue key is not valid");
        return false;
    }
    ret->start = position.position;
    if (fields != NULL && fields[0] != '\0') {
        request_reply_failure(request, 400, "BadRequest", NULL, "field label not supported: %.200s",
                              fields);
        return false;
    }
    if (!selector_read(labels == NULL ? "" : labels, &ret->selector)) {
        request_reply_failure(request, 400, "BadRequest", NULL,
                              "unable to parse requirement: %.200s", labels);
        return false;
    }
    return true;
}

// Finds where the page ends and what is left after it. Without namespace and selector that is
// arithmetic; else the objects are looked at, but not rendered.
static void find_page_end(const struct query *query, struct list_page *page)
{
    size_t count = content_count(page->content, page->resource);
    bool plain = page->namespace[0] == '\0' && query->selector.count == 0;
    page->end = count;
    page->next = 0;
    page->remaining = 0;
    if (query->limit == 0) {
        return;
    }
    if (plain) {
        if (count > page->start && count - page->start > query->limit) {
            page->end = page->start + (size_t)query->limit;
            page->next = page->end;
            page->remaining = count - page->end;
        }
        return;
    }
    size_t cursor = 0;
    uint64_t taken = 0;
    for (size_t i = page->start; i < count; i++) {
        if (!list_page_has(page, i, &cursor)) {
            continue;
        }
        if (taken == query->limit && page->next == 0) {
            page->end = i;
            page->next = i;
        }
        page->remaining += taken == query->limit;
        taken += taken < query->limit;
    }
}

static void write_metadata(const struct list_page *page, struct buf *out)
{
    buf_add_format(out, "\"metadata\":{\"resourceVersion\":\"%lu\"", page->content->version);
    if (page->next > 0) {
        char token[CONTINUE_TOKEN_BYTES];
        struct continue_token position = {(long)page->content->version, page->next};
        continue_token_write(&position, token);
        buf_add_format(out, ",\"continue\":\"%s\"", token);
        if (page->selector->count == 0) {
            buf_add_format(out, ",\"remainingItemCount\":%zu", page->remaining);
        }
    }
    buf_add_text(out, "}");
}

static void write_frame(const struct list_page *page, struct buf *head, struct buf *tail)
{
    bool sorted = page->style.order == KEYS_SORTED;
    if (!sorted) {
        buf_add_format(head, "{\"kind\":\"%sList\",\"apiVersion\":\"%s/%s\",", page->resource->kind,
                       page->resource->group, KASTEN_VERSION);
        write_metadata(page, head);
        buf_add_text(head, ",\"items\":");
        buf_add_text(tail, "}\n");
        return;
    }
    buf_add_format(head, "{\"apiVersion\":\"%s/%s\",\"items\":", page->resource->group,
                   KASTEN_VERSION);
    buf_add_format(tail, ",\"kind\":\"%sList\",", page->resource->kind);
    write_metadata(page, tail);
    buf_add_text(tail, "}\n");
}

void list_reply(struct request *request)
{
    struct query query;
    const char *watch = request_parameter(request, "watch");
    if (watch != NULL && strcmp(watch, "0") != 0 && strcmp(watch, "false") != 0) {
        request_reply_bad_method(request);
        return;
    }
    if (!read_query(request, &query)) {
        return;
    }
    struct content *content = cluster_content(request->cluster);
    struct list_page page = {
        .content = content,
        .resource = request->route.resource,
        .namespace = request->route.namespace,
        .selector = &query.selector,
        .faults = &request->faults,
        .style = cluster_style(request->cluster),
        .start = query.start,
    };
    find_page_end(&query, &page);
    struct buf head;
    struct buf tail;
    buf_init(&head, 65536);
    buf_init(&tail, 65536);
    write_frame(&page, &head, &tail);
    request_reply_source(request, 200, "application/json",
                         list_source_create(&page, head.data, tail.data));
    buf_finish(&head);
    buf_finish(&tail);
    content_release(content);
}
