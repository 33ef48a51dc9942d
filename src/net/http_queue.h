// SPDX-License-Identifier: MIT
// Requests in line for a place in the window, and which of them comes next: the first one to a
// server that has the fewest under way. So a window that is smaller than what is asked is spread
// over the servers, and a place that becomes free goes to the next request to the same server,
// whose connection stands: no handshake for each request of a large fleet.
#pragma once

#include "base/map.h"

struct arena;
struct http_transfer;

// Transfers in a row; each stands in one list at most.
struct http_list {
    struct http_transfer *first;
    struct http_transfer **end;
};

void http_list_init(struct http_list *list);
void http_list_append(struct http_list *list, struct http_transfer *transfer);

// Does nothing when the transfer is not in it.
void http_list_remove(struct http_list *list, struct http_transfer *transfer);

// Servers are told apart by host and port.
struct http_server {
    unsigned active; // transfers under way; the owner of the window counts them
};

struct http_queue {
    struct http_list list;
    struct arena *arena;
    struct map servers; // "host:port" -> struct http_server
};

void http_queue_init(struct http_queue *queue);
void http_queue_finish(struct http_queue *queue);

// Puts it at the end and sets transfer->server, which lives as long as the queue.
void http_queue_append(struct http_queue *queue, struct http_transfer *transfer);

// Takes out the one that comes next; NULL when none waits.
struct http_transfer *http_queue_take(struct http_queue *queue);
