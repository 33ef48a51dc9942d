// SPDX-License-Identifier: MIT
// What the ledger says of a finding: under which alert id it was told, and which of its actions
// nobody has heard of (BEHAVIOUR section 5; docs/decisions/0006-alert-id.md).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/finding.h"
#include "core/ledger.h"

struct arena;

struct told {
    const char *id; // of the ledger's entry; NULL: no entry speaks of this run or action
    const struct ledger_entry *entry;
    bool same_run;              // false: another one that had the same name
    const struct map *children; // tokens of the entry, when there are many; NULL
};

// Looks for the finding under the days on which it can have been told, up to now.
struct told told_find(struct arena *arena, const struct ledger *ledger, const char *cluster,
                      const struct finding *finding, int64_t now);

// The actions nobody was told of, into ret (room for all of the finding's); their number. A
// RunAction only repeats what its children said: it is news only when nothing of its run was told.
size_t told_missing(const struct told *told, const struct finding *finding,
                    const struct action **ret);

// True when an action was told with what the ledger has.
bool told_has(const struct told *told, const struct action *action);

// Enters a finding under its id.
void told_record(struct ledger *ledger, const char *id, const struct finding *finding,
                 int64_t accepted_at);
