// SPDX-License-Identifier: MIT
// Where the ledger lives between passes: a seam, with a ConfigMap and a file behind it. A write is
// a change applied to the state as it is at that moment: when somebody else wrote meanwhile it is
// read and changed again, so that two passes at once cannot lose each other's entries.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "core/ledger.h"
#include "kube/state_format.h"

struct arena;
struct http;
struct kube_cluster;

// Changes a ledger that was just read (existed false: there is no state object); called once for
// each try. False: nothing is to be written, which is success.
struct state_change {
    bool (*apply)(void *context, struct ledger *ledger);
    void *context;
};

struct state_store {
    // Fills an initialized ledger. A state that does not exist yet is success with ledger->existed
    // false. On failure (forbidden, no answer) the ledger stays empty.
    bool (*load)(struct state_store *store, struct ledger *ledger, struct state_health *ret_health,
                 struct error *error);
    // Applies a change and writes the result with the version it was read with; on a conflict, or
    // when the object was deleted, reads and applies again, a bounded number of times. Ledgers
    // given to the change live in arena. ret_report is filled on success.
    bool (*update)(struct state_store *store, struct arena *arena,
                   const struct state_change *change, struct state_report *ret_report,
                   struct error *error);
    void (*destroy)(struct state_store *store);
    const char *description; // for people: "ConfigMap kasten-io/kasten-alerter-sent on rke2"
};

#define STATE_CONFIGMAP_NAME "kasten-alerter-sent"

// A ConfigMap reached through cluster (borrowed). description is borrowed too.
struct state_store *state_configmap_create(struct http *http, const struct kube_cluster *cluster,
                                           const char *namespace_name, const char *description);

enum { STATE_LOCK_WAIT_MS = 10000 };

// A file, replaced by rename under a lock beside it (PATH.lock). Updating waits lock_wait_ms for a
// lock that another process holds, then it is ERROR_UNAVAILABLE. description is borrowed.
struct state_store *state_file_create(const char *path, const char *description,
                                      int64_t lock_wait_ms);

// NULL is allowed.
void state_store_destroy(struct state_store *store);
DEFINE_CLEANUP_PTR(state_store, state_store_destroy)
