// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/json.h"
#include "codec/url.h"
#include "kube/client.h"
#include "kube/state_store.h"

#include "base/banned.h"

enum { WRITE_TRIES = 6 };

struct configmap {
    struct state_store store;
    struct http *http;
    const struct kube_cluster *cluster;
    char *collection;      // path of the namespace's ConfigMaps
    char *object;          // path of ours
    struct json *document; // as last read; NULL: not read, or not there
};

static struct configmap *configmap_of(struct state_store *store)
{
    return (struct configmap *)(void *)store;
}

// The object as it is now. A missing one is success with *ret NULL.
static bool read_document(struct configmap *configmap, struct error *error)
{
    json_free(configmap->document);
    configmap->document = NULL;
    if (kube_get(configmap->http, configmap->cluster, configmap->object, &configmap->document,
                 error)) {
        return true;
    }
    return error->class == ERROR_NOT_FOUND;
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

// ERROR_CONFLICT when somebody was faster again, ERROR_NOT_FOUND when the object was deleted.
static bool write_once(struct configmap *configmap, struct ledger *ledger, bool *ret_crowded,
                       struct error *error)
{
    if (configmap->document != NULL) {
        state_format_update(configmap->document, ledger, ret_crowded);
        return kube_replace(configmap->http, configmap->cluster, configmap->object,
                            configmap->document, error);
    }
    AUTO_PTR(json) created = state_format_new(STATE_CONFIGMAP_NAME);
    state_format_update(created, ledger, ret_crowded);
    return kube_create(configmap->http, configmap->cluster, configmap->collection, created, error);
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

static bool configmap_save(struct state_store *store, struct ledger *ledger, bool *ret_crowded,
                           struct error *error)
{
    struct configmap *configmap = configmap_of(store);
    for (int i = 0; i < WRITE_TRIES; i++) {
        // Read again right before each write: what others wrote during the pass is merged, and an
        // object deleted meanwhile is made anew.
        if (!read_document(configmap, error)) {
            return false;
        }
        if (write_once(configmap, ledger, ret_crowded, error)) {
            return true;
        }
        bool namespace_missing = configmap->document == NULL && error->class == ERROR_NOT_FOUND;
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
        (struct state_store){configmap_load, configmap_save, configmap_destroy, description};
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
