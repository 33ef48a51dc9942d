// SPDX-License-Identifier: MIT
// One mail on its way: whom it goes to, the attempt, and what its outcome leaves in the state.
// Only pass_deliver.c, which decides what goes, includes this.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/pass_parts.h"
#include "core/pending.h"

struct mail {
    struct pass *pass;
    const struct plan *plan;
    struct pending pending;
    bool is_retry;
    bool settles; // with its acceptance the pass's watermarks are stored, too
    struct delivery delivery;
    bool accepted;
    bool frees; // definitely refused: planned afresh by the next pass
    int64_t accepted_at;
    struct ledger written; // as the last change left it; the pass goes on from it once it is stored
};

// Everybody in ALERT_TO.
void mail_to_all(struct pass *pass, struct pending *pending);

// Those of a stored mail that ALERT_TO still names; nobody left of one that nobody took: everybody.
void mail_to_outstanding(struct pass *pass, struct pending *pending);

// True when the server took it for somebody. Otherwise logged, and counted in the exit status
// unless only its last recipients were outstanding.
bool mail_deliver(struct mail *mail);

// Stores what became of it; pass->ledger is then what was written.
void mail_store_outcome(struct mail *mail);
