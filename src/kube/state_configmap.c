// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/json.h"
#include "codec/url.h"
#include "kube/client.h"
#include "kube/state_room.h"
#include "kube/state_store.h"

#include "base/banned.h"

enum { WRITE_TRIES = 6 };

struct configmap {
    struct state_store store;
    struct http *http;
    const struct kube_cluster *cluster;
    char *collection;      // path of the namespace's ConfigMaps
    char *object;          // path of ours
    bool known;            // document is what the server had last
    struct json *document; // NULL: not there
};

static struct configmap *configmap_of(struct state_store *store)
{
    return (struct configmap *)(void *)store;
}

static void forget_document(struct configmap *configmap)
{
    json_free(configmap->document);
    configmap->document = NULL;
    configmap->known = false;
}

// Takes document.
static void know_document(struct configmap *configmap, struct json *document)
{
    forget_document(configmap);
    configmap->document = document;
    configmap->known = true;
}

// The object as it is now. A missing one is success with a document of NULL.
static bool read_document(struct configmap *configmap, struct error *error)
{
    struct json *document = NULL;
    forget_document(configmap);
    if (!kube_get(configmap->http, configmap->cluster, configmap->object, &document, error) &&
        error->class != ERROR_NOT_FOUND) {
        return false;
    }
    know_document(configmap, document);
    return true;
}

static bool configmap_load(struct state_store *store, struct ledger *ledger,
                           struct state_health *ret_health, struct error *error)
{
    struct configmap *configmap = configmap_of(store);
    *ret_health = (struct state_health){false, false, ""};
    if (!read_document(configmap, error)) {
        return false;
    }
    if (configmap->document != NULL) {
        state_format_decode(configmap->document, ledger, ret_health);
    }
    return true;
}

static bool has_version(const struct json *document)
{
    const char *version = json_text(json_path(document, "metadata", "resourceVersion", NULL));
    return version != NULL && *version != '\0';
}

// Writes the document, which carries the version it was read with. ERROR_CONFLICT when somebody
// was faster, ERROR_NOT_FOUND when the object was deleted. The server's answer is what the next
// write begins with.
static bool send_document(struct configmap *configmap, struct error *error)
{
    struct json *answer = NULL;
    if (!has_version(configmap->document)) {
        return error_set(error, ERROR_PROTOCOL, "GET %s: the object has no resourceVersion",
                         configmap->object);
    }
    if (!kube_replace(configmap->http, configmap->cluster, configmap->object, configmap->document,
                      &answer, error)) {
        return false;
    }
    know_document(configmap, answer);
    return true;
}

static bool create_document(struct configmap *configmap, const struct ledger *ledger,
                            struct state_report *ret_report, struct error *error)
{
    AUTO_PTR(json) created = state_format_new(STATE_CONFIGMAP_NAME);
    struct json *answer = NULL;
    state_format_encode(created, ledger, ret_report);
    if (!kube_create(configmap->http, configmap->cluster, configmap->collection, created, &answer,
                     error)) {
        return false;
    }
    know_document(configmap, answer);
    return true;
}

// What the server answered is trusted only if it can be written again.
static void keep_if_usable(struct configmap *configmap)
{
    if (!has_version(configmap->document)) {
        forget_document(configmap);
    }
}

// Reads unless the object is known, applies the change and writes.
static bool update_once(struct configmap *configmap, struct arena *arena,
                        const struct state_change *change, struct state_report *ret_report,
                        struct error *error)
{
    struct ledger ledger;
    struct state_health health = {false, false, ""};
    ledger_init(&ledger, arena);
    if (configmap->document != NULL) {
        state_format_decode(configmap->document, &ledger, &health);
    }
    if (!change->apply(change->context, &ledger)) {
        *ret_report = (struct state_report){.newer = health.newer};
        state_room_measure(configmap->document, ret_report);
        return true;
    }
    bool written;
    if (configmap->document != NULL) {
        state_format_encode(configmap->document, &ledger, ret_report);
        written = send_document(configmap, error);
    } else {
        written = create_document(configmap, &ledger, ret_report, error);
    }
    if (written) {
        keep_if_usable(configmap);
    }
    return written;
}

// A write that carries the version it read is safe to repeat: had it been done, the next one meets
// a conflict and reads again.
static bool is_worth_another_try(enum error_class class)
{
    return class == ERROR_CONFLICT || class == ERROR_NOT_FOUND || class == ERROR_UNAVAILABLE ||
           class == ERROR_NETWORK;
}

static void pause_after(int attempt, enum error_class class)
{
    struct timespec pause = {.tv_sec = attempt < 2 ? 1 : 2};
    if (class == ERROR_UNAVAILABLE || class == ERROR_NETWORK) {
        (void)nanosleep(&pause, NULL);
    }
}

static bool configmap_update(struct state_store *store, struct arena *arena,
                             const struct state_change *change, struct state_report *ret_report,
                             struct error *error)
{
    struct configmap *configmap = configmap_of(store);
    for (int i = 0; i < WRITE_TRIES; i++) {
        if (!configmap->known && !read_document(configmap, error)) {
            return false;
        }
        bool existed = configmap->document != NULL;
        if (update_once(configmap, arena, change, ret_report, error)) {
            return true;
        }
        // The document in memory holds the change, which may or may not have arrived.
        forget_document(configmap);
        bool namespace_missing = !existed && error->class == ERROR_NOT_FOUND;
        if (namespace_missing || !is_worth_another_try(error->class)) {
            return false;
        }
        pause_after(i, error->class);
    }
    return error_prefix(error, "given up after %d tries", WRITE_TRIES);
}

static void configmap_destroy(struct state_store *store)
{
    struct configmap *configmap = configmap_of(store);
    json_free(configmap->document);
    free(configmap->collection);
    free(configmap->object);
    free(configmap);
}

static char *copy_of(const struct buf *text)
{
    char *copy = memory_alloc(text->len + 1);
    memcpy(copy, text->data, text->len + 1);
    return copy;
}

struct state_store *state_configmap_create(struct http *http, const struct kube_cluster *cluster,
                                           const char *namespace_name, const char *description)
{
    AUTO(buf) path;
    buf_init(&path, 2048);
    buf_add_text(&path, "/api/v1/namespaces/");
    url_add_encoded(&path, namespace_name);
    buf_add_text(&path, "/configmaps");
    struct configmap *configmap = memory_alloc(sizeof *configmap);
    configmap->store =
        (struct state_store){configmap_load, configmap_update, configmap_destroy, description};
    configmap->http = http;
    configmap->cluster = cluster;
    configmap->collection = copy_of(&path);
    buf_add_text(&path, "/" STATE_CONFIGMAP_NAME);
    configmap->object = copy_of(&path);
    return &configmap->store;
}

void state_store_destroy(struct state_store *store)
{
    if (store != NULL) {
        store->destroy(store);
    }
}
