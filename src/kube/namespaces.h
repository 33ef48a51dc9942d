// SPDX-License-Identifier: MIT
// Which namespaces there are to look into, for a token that may not list across all of them: by
// GET /api/v1/namespaces, where that is forbidden by OpenShift's projects, of which a user sees
// those that are open to him (docs.openshift.com, "Project and Template APIs").
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "kube/cluster.h"
#include "net/http.h"

struct arena;

enum kube_namespaces_extent {
    KUBE_NAMESPACES_ALL,     // every namespace of the cluster
    KUBE_NAMESPACES_OWN,     // those that the server shows this token
    KUBE_NAMESPACES_UNKNOWN, // neither list may be read, or exists
};

struct kube_namespaces {
    enum kube_namespaces_extent extent;
    const char *const *names; // each fit for a URL and for people as it is
    size_t count;
    size_t beyond;             // further ones, which were only counted
    struct error error;        // class ERROR_NONE unless a list broke: then the rest means nothing
    enum http_failure failure; // what the transport met, when that was it
};

struct kube_namespaces_sink {
    // Exactly once; the names live in the arena, the rest dies with the call.
    void (*done)(void *context, const struct kube_namespaces *result);
    void *context;
};

// Begins to list them, at most max names; http->run does the work. cluster is borrowed until done.
void kube_namespaces_list(struct http *http, const struct kube_cluster *cluster,
                          struct arena *arena, size_t max, const struct kube_namespaces_sink *sink);
