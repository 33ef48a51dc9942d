// SPDX-License-Identifier: MIT
// What an operator asked not to hear of for a while: an alert id, a cluster or a policy. Silenced
// findings are counted, not marked sent; those that still fail are told when it ends.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct ledger;

// The subjects under which a silence is stored: "cluster:NAME", "policy:NAME" (on every cluster),
// "policy:CLUSTER/NAME", "id:ALERT-ID" without its day (a run keeps its name, a reminder of it
// bears another day). NAME of a policy is without its namespace.
#define SILENCE_CLUSTER "cluster:"
#define SILENCE_POLICY "policy:"
#define SILENCE_ID "id:"

// The subject of an alert id.
const char *silence_id_subject(struct arena *arena, const char *id);

// True when anything of this is silenced at now. policy is as in incidents ("NAMESPACE/NAME", ""),
// id may be "".
bool silence_covers(const struct ledger *ledger, const char *cluster, const char *policy,
                    const char *id, int64_t now);
