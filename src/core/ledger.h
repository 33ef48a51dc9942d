// SPDX-License-Identifier: MIT
// What was told, so that nobody is told again: alert id -> time sent, the failed actions of a run
// that were told with it, and when an unread cluster was last spoken of. The state object's content
// in memory; kube/state_format reads and writes its JSON.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"

struct arena;

enum { LEDGER_KEEP_SECONDS = 7 * 86400, LEDGER_TOKEN_BYTES = 17 };

struct ledger_entry {
    int64_t sent_at;
    int64_t told_until;        // every child that ended by then was told too (the original's
                               // entries name no children); TIMESTAMP_NONE: only those named
    const char *run_namespace; // "" when not recorded
    const char *run_token;     // of the RunAction told last under this id; "" for none
    const char **children;     // tokens of the uids told with it (ledger_token)
    size_t child_count;
    size_t child_capacity;
};

struct ledger {
    struct arena *arena;
    struct map sent;   // alert id -> struct ledger_entry *; NULL once pruned
    struct map unread; // "NAME" or "NAME/kind" -> int64_t * when last told; TIMESTAMP_NONE in it
                       // once forgotten
    int64_t keep_from; // of the last prune: older entries are not merged back
    bool existed;      // a state object was found
    bool changed;      // differs from what was read: worth a write
};

void ledger_init(struct ledger *ledger, struct arena *arena);

// A uid as 16 hexadecimal digits: short enough that 5,000 failures fit into the state object.
void ledger_token(const char *uid, char ret[LEDGER_TOKEN_BYTES]);

// The entry of an alert id; NULL when it was never told.
const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *id);

// Adds or updates an entry; its sent_at becomes the later of both.
struct ledger_entry *ledger_add(struct ledger *ledger, const char *id, int64_t sent_at);

// Adds a child's token to an entry unless it is there.
void ledger_add_child(struct ledger *ledger, struct ledger_entry *entry, const char *token);

// True when the uid was told with the entry.
bool ledger_entry_has(const struct ledger_entry *entry, const char *uid);

// When the subject ("NAME" or "NAME/kind") was last told to be unread; TIMESTAMP_NONE for never.
int64_t ledger_unread_told(const struct ledger *ledger, const char *subject);
void ledger_tell_unread(struct ledger *ledger, const char *subject, int64_t at);

// The subject is read again: forgets when it was told.
void ledger_forget_unread(struct ledger *ledger, const char *subject);

// Drops entries sent, and unread subjects told, before keep_from.
void ledger_prune(struct ledger *ledger, int64_t keep_from);

// Adds what other holds and this lacks: another pass wrote it meanwhile. The later time wins.
void ledger_merge(struct ledger *ledger, const struct ledger *other);
