// SPDX-License-Identifier: MIT
// The Kubernetes API over net/http: lists that count only when they were read whole, and single
// objects. What the server's Status says becomes an error whose class tells what to do.
// Sources: kubernetes.io API concepts ("Retrieving large results sets in chunks", Status);
// docs/decisions/0004-lists.md.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "kube/cluster.h"

struct arena;
struct json;

// How a list ended. error.class is ERROR_NONE when it was read whole.
struct kube_list_result {
    struct error error;
    enum http_failure failure; // what the transport met, when that was it
    size_t items;              // elements handed out (again after a restart)
    size_t pages;
    int64_t date;       // the server's Date with the first page, TIMESTAMP_NONE when absent
    int64_t date_age_s; // how long ago that was when the list ended
    uint64_t bytes;     // received, decoded
};

enum kube_list_restart { KUBE_LIST_FROM_PAGE, KUBE_LIST_FROM_BEGINNING };

struct kube_list_sink {
    // One element as exact bytes; see json_items.h. False ends the list with that error.
    bool (*item)(void *context, const char *bytes, size_t len, struct error *error);
    // What was handed out since the last page's end (or since the beginning) is void and may come
    // once more.
    void (*restart)(void *context, enum kube_list_restart from);
    // A page was read whole.
    void (*page)(void *context);
    // Exactly once.
    void (*done)(void *context, const struct kube_list_result *result);
    void *context;
};

enum { KUBE_PAGE_LIMIT = 500 };

// Begins to list every object under path, in pages of KUBE_PAGE_LIMIT; http->run does the work.
// A server that ignores the limit, 410 Gone with or without a token to go on with, and a token
// that repeats itself are dealt with. cluster is borrowed until done.
void kube_list(struct http *http, const struct kube_cluster *cluster, const char *path,
               const struct kube_list_sink *sink);

// One object; the caller frees *ret. ERROR_NOT_FOUND, ERROR_FORBIDDEN ... by the server's answer.
bool kube_get(struct http *http, const struct kube_cluster *cluster, const char *path,
              struct json **ret, struct error *error) MUST_USE;

// How one of many fetches ended; exactly once. object is NULL when error is not, and dies with the
// call.
struct kube_fetch_sink {
    void (*done)(void *context, const struct json *object, const struct error *error);
    void *context;
};

// Begins to get one object of at most max_bytes; http->run does the work.
void kube_fetch(struct http *http, const struct kube_cluster *cluster, const char *path,
                uint64_t max_bytes, const struct kube_fetch_sink *sink);

// POST to a collection and PUT to an object; ERROR_CONFLICT for 409 in both. *ret_answer, the
// caller's, is the object as the server has it now; NULL when it did not say so readably, which
// changes nothing about the success.
bool kube_create(struct http *http, const struct kube_cluster *cluster, const char *path,
                 const struct json *object, struct json **ret_answer, struct error *error) MUST_USE;
bool kube_replace(struct http *http, const struct kube_cluster *cluster, const char *path,
                  const struct json *object, struct json **ret_answer,
                  struct error *error) MUST_USE;
