// SPDX-License-Identifier: MIT
// The state object's JSON: `data.sent` as the original's users read it (alert id -> RFC 3339 time;
// an array of ids is read too) and `data.state`, our own versioned part. docs/state.md shows both.
// A document is the whole ConfigMap: what others put there stays as it is.
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "core/ledger.h"

struct json;

enum { STATE_VERSION = 1 };

// What decoding met. Several can hold; the worst decides the pass's exit status.
struct state_health {
    bool unreadable;  // garbage in sent or state: set aside and replaced when saved
    bool newer;       // a well-formed state of a later version: left untouched, sent still used
    char reason[256]; // one clean line for people, "" when all is well
};

// Reads a document into an initialized ledger. Never fails: what cannot be read is in health.
void state_format_decode(const struct json *document, struct ledger *ledger,
                         struct state_health *ret_health);

// Brings document and ledger together before a write: what the document holds beyond the ledger
// (another pass wrote it) is merged into the ledger, then the document's data is set from it.
// Garbage found is kept once, bounded, under data.unreadable; a newer state is left as it is. Above
// 900 KiB the children recorded longest ago are left out first (they may then be told again),
// entries of `sent` never; ret_crowded tells at 70 %.
void state_format_update(struct json *document, struct ledger *ledger, bool *ret_crowded);

// A new ConfigMap of this name: labels as Kubernetes recommends, no instance label (GitOps tools
// would prune the object).
struct json *state_format_new(const char *name);
