// SPDX-License-Identifier: MIT
// Where the ledger lives between passes: a seam, with a ConfigMap and a file behind it. Both keep
// one document (state_format.h), read it before they write, and merge what another pass wrote
// meanwhile, so that two passes at once cannot lose each other's entries.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "core/ledger.h"
#include "kube/state_format.h"

struct http;
struct kube_cluster;

struct state_store {
    // Fills an initialized ledger. A state that does not exist yet is success with ledger->existed
    // false. On failure (forbidden, no answer) the ledger stays empty.
    bool (*load)(struct state_store *store, struct ledger *ledger, struct state_health *ret_health,
                 struct error *error);
    // Writes the ledger; entries found there meanwhile are merged into it first.
    bool (*save)(struct state_store *store, struct ledger *ledger, bool *ret_crowded,
                 struct error *error);
    void (*destroy)(struct state_store *store);
    const char *description; // for people: "ConfigMap kasten-io/kasten-alerter-sent on rke2"
};

#define STATE_CONFIGMAP_NAME "kasten-alerter-sent"

// A ConfigMap reached through cluster (borrowed). description is borrowed too.
struct state_store *state_configmap_create(struct http *http, const struct kube_cluster *cluster,
                                           const char *namespace_name, const char *description);

enum { STATE_LOCK_WAIT_MS = 10000 };

// A file, replaced by rename under a lock beside it (PATH.lock). Saving waits lock_wait_ms for a
// lock that another process holds, then it is ERROR_UNAVAILABLE. description is borrowed.
struct state_store *state_file_create(const char *path, const char *description,
                                      int64_t lock_wait_ms);

// NULL is allowed.
void state_store_destroy(struct state_store *store);
DEFINE_CLEANUP_PTR(state_store, state_store_destroy)
