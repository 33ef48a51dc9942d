// SPDX-License-Identifier: MIT
// The state object's JSON: `data.sent` as the original's users read it (alert id -> RFC 3339 time;
// an array of ids is read too) and `data.state`, our own versioned part. docs/state.md shows both.
// A document is the whole ConfigMap: what others put there stays as it is.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "core/ledger.h"

struct json;

enum { STATE_VERSION = 1, STATE_MAX_BYTES = 900 * 1024 };

// What decoding met. Several can hold; the worst decides the pass's exit status.
struct state_health {
    bool unreadable;  // garbage in sent or state: set aside and replaced when written
    bool newer;       // a well-formed state of a later version: left untouched, sent still used
    char reason[256]; // one clean line for people, "" when all is well
};

// What encoding had to do.
struct state_report {
    size_t bytes;             // of sent and state
    bool crowded;             // more than 70 % of STATE_MAX_BYTES
    size_t incidents_dropped; // for room: those reminded of most often, then the oldest
    size_t children_dropped;  // for room: of the ids told longest ago
    bool newer;               // the state is of a later version: only sent was written
};

// Reads a document into an initialized ledger. Never fails: what cannot be read is in health.
void state_format_decode(const struct json *document, struct ledger *ledger,
                         struct state_health *ret_health);

// Sets a document's data from the ledger. Garbage found in it is kept once, bounded, under
// data.unreadable; a newer state is left as it is. Above STATE_MAX_BYTES incidents go, then
// children; entries of `sent` and pending mails never.
void state_format_encode(struct json *document, const struct ledger *ledger,
                         struct state_report *ret_report);

// A new ConfigMap of this name: labels as Kubernetes recommends, no instance label (GitOps tools
// would prune the object).
struct json *state_format_new(const char *name);
