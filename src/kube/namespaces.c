// SPDX-License-Identifier: MIT
#include "kube/namespaces.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/dns.h"
#include "base/map.h"
#include "codec/json.h"
#include "kube/client.h"

#include "base/banned.h"

struct listing {
    struct http *http;
    const struct kube_cluster *cluster;
    struct arena *arena;
    size_t max;
    struct kube_namespaces_sink sink;
    enum kube_namespaces_extent extent;
    struct map names;
    size_t beyond;
    size_t page_beyond; // of the page being read: it may have to be read again
};

static void begin(struct listing *listing, enum kube_namespaces_extent extent);

static bool on_item(void *context, const char *bytes, size_t len, struct error *error)
{
    struct listing *listing = context;
    struct json *parsed;
    if (!json_parse(bytes, len, &parsed, error)) {
        return error_prefix(error, "element of the list of namespaces");
    }
    AUTO_PTR(json) object = parsed;
    const char *name = json_text(json_path(object, "metadata", "name", NULL));
    if (name == NULL || !dns_is_label(name, strlen(name))) {
        return true; // no namespace can have it: the server would not have taken it
    }
    if (listing->names.count < listing->max) {
        map_set(&listing->names, name, listing);
    } else if (map_get(&listing->names, name) == NULL) {
        listing->page_beyond++;
    }
    return true;
}

static void on_page(void *context)
{
    struct listing *listing = context;
    listing->beyond += listing->page_beyond;
    listing->page_beyond = 0;
}

static void on_restart(void *context, enum kube_list_restart from)
{
    struct listing *listing = context;
    listing->page_beyond = 0;
    if (from == KUBE_LIST_FROM_BEGINNING) {
        listing->beyond = 0;
    }
}

static void finish(const struct listing *listing, const struct kube_list_result *list)
{
    struct kube_namespaces result = {
        .extent = listing->extent,
        .names = map_keys(&listing->names),
        .count = listing->names.count,
        .beyond = listing->beyond,
        .error = list->error,
        .failure = list->failure,
    };
    listing->sink.done(listing->sink.context, &result);
}

static void on_done(void *context, const struct kube_list_result *result)
{
    struct listing *listing = context;
    enum error_class class = result->error.class;
    if (class != ERROR_FORBIDDEN && class != ERROR_NOT_FOUND) {
        finish(listing, result);
    } else if (listing->extent == KUBE_NAMESPACES_ALL) {
        begin(listing, KUBE_NAMESPACES_OWN);
    } else {
        struct kube_list_result nothing = {.error = {ERROR_NONE, ""}};
        listing->extent = KUBE_NAMESPACES_UNKNOWN;
        map_init(&listing->names, listing->arena);
        listing->beyond = 0;
        finish(listing, &nothing);
    }
}

static void begin(struct listing *listing, enum kube_namespaces_extent extent)
{
    struct kube_list_sink sink = {on_item, on_restart, on_page, on_done, listing};
    listing->extent = extent;
    map_init(&listing->names, listing->arena);
    listing->beyond = 0;
    listing->page_beyond = 0;
    kube_list(listing->http, listing->cluster,
              extent == KUBE_NAMESPACES_ALL ? "/api/v1/namespaces"
                                            : "/apis/project.openshift.io/v1/projects",
              &sink);
}

void kube_namespaces_list(struct http *http, const struct kube_cluster *cluster,
                          struct arena *arena, size_t max, const struct kube_namespaces_sink *sink)
{
    struct listing *listing = arena_alloc(arena, sizeof *listing);
    *listing = (struct listing){
        .http = http, .cluster = cluster, .arena = arena, .max = max, .sink = *sink};
    begin(listing, KUBE_NAMESPACES_ALL);
}
