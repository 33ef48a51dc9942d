// SPDX-License-Identifier: MIT
#include "net/http_queue.h"

#include "base/arena.h"
#include "base/buf.h"
#include "net/http_transfer.h"

#include "base/banned.h"

void http_list_init(struct http_list *list)
{
    *list = (struct http_list){.end = &list->first};
}

void http_list_append(struct http_list *list, struct http_transfer *transfer)
{
    transfer->next = NULL;
    *list->end = transfer;
    list->end = &transfer->next;
}

void http_list_remove(struct http_list *list, struct http_transfer *transfer)
{
    struct http_transfer **at = &list->first;
    while (*at != NULL && *at != transfer) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        return;
    }
    *at = transfer->next;
    if (transfer->next == NULL) {
        list->end = at;
    }
    transfer->next = NULL;
}

void http_queue_init(struct http_queue *queue)
{
    http_list_init(&queue->list);
    queue->arena = arena_create();
    map_init(&queue->servers, queue->arena);
}

void http_queue_finish(struct http_queue *queue)
{
    arena_destroy(queue->arena);
}

void http_queue_append(struct http_queue *queue, struct http_transfer *transfer)
{
    AUTO(buf) name;
    buf_init(&name, TARGET_ENDPOINT_BYTES);
    target_add_endpoint(&name, transfer->target.host, transfer->target.port);
    struct map_entry *entry = map_entry(&queue->servers, name.data);
    if (entry->value == NULL) {
        entry->value = arena_alloc(queue->arena, sizeof *transfer->server);
    }
    transfer->server = entry->value;
    http_list_append(&queue->list, transfer);
}

struct http_transfer *http_queue_take(struct http_queue *queue)
{
    struct http_transfer *best = queue->list.first;
    for (struct http_transfer *t = best; t != NULL && best->server->active > 0; t = t->next) {
        best = t->server->active < best->server->active ? t : best;
    }
    if (best != NULL) {
        http_list_remove(&queue->list, best);
    }
    return best;
}
