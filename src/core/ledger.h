// SPDX-License-Identifier: MIT
// What was told and what is known: alert ids with the time sent, the failed actions of a run told
// with them, watermarks, open incidents, mails whose outcome is open, silences. The state object's
// content in memory; kube/state_format reads and writes its JSON, docs/state.md shows it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "core/alert_id.h"
#include "core/incident.h"
#include "core/overdue.h"
#include "core/pending.h"

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
    struct map sent;       // alert id -> struct ledger_entry *; NULL once dropped
    struct map watermarks; // "NAME/kind" -> int64_t *
    struct map beginnings; // the same: start of the first window of a kind without a watermark
    struct map incidents;  // incident_key -> struct incident *; NULL once closed
    struct map causes;     // incident.cause -> const char * text, one line
    struct map watches;    // "CLUSTER/NAMESPACE/NAME", of exports with " export" behind it ->
                           // struct overdue_watch *; NULL once forgotten
    struct map silences;   // subject (silence.h) -> int64_t * until; NULL once lifted
    struct map over;     // alert id -> int64_t *: failed and well again while silenced, never told
    struct map refusals; // address -> const char * reply: refused for good, not yet told
    struct pending *pendings;
    size_t pending_count;
    size_t pending_capacity;
    bool existed;      // a state object was found
    bool had_state;    // with our own part of it: not as the original left it
    uint64_t revision; // of the text read: changes whenever somebody else wrote
};

void ledger_init(struct ledger *ledger, struct arena *arena);

// A uid as 16 hexadecimal digits: short enough that 5,000 failures fit into the state object.
void ledger_token(const char *uid, char ret[LEDGER_TOKEN_BYTES]);

// The entry of an alert id; NULL when it was never told.
const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *id);

// Adds or updates an entry; its sent_at becomes the later of both.
struct ledger_entry *ledger_add(struct ledger *ledger, const char *id, int64_t sent_at);

// Forgets that an id was told. False when it was not.
bool ledger_drop(struct ledger *ledger, const char *id);

// Adds a child's token to an entry unless it is there.
void ledger_add_child(struct ledger *ledger, struct ledger_entry *entry, const char *token);

// The same for a token that is known not to be there.
void ledger_append_child(struct ledger *ledger, struct ledger_entry *entry, const char *token);

// True when the uid was told with the entry.
bool ledger_entry_has(const struct ledger_entry *entry, const char *uid);

// The watermark of a cluster's kind (BEHAVIOUR section 4); TIMESTAMP_NONE when it was never read.
int64_t ledger_watermark(const struct ledger *ledger, const char *cluster, enum action_kind kind);
void ledger_set_watermark(struct ledger *ledger, const char *cluster, enum action_kind kind,
                          int64_t at);

// Where the first window of a kind began that has no watermark yet; TIMESTAMP_NONE when it was
// never looked at. Setting the watermark forgets it.
int64_t ledger_beginning(const struct ledger *ledger, const char *cluster, enum action_kind kind);
void ledger_set_beginning(struct ledger *ledger, const char *cluster, enum action_kind kind,
                          int64_t at);

// An open incident by its key; NULL when there is none.
const struct incident *ledger_incident(const struct ledger *ledger, const char *key);

// The open incident that has the key of this one; NULL when there is none.
const struct incident *ledger_incident_like(const struct ledger *ledger,
                                            const struct incident *incident);

// Opens or replaces an incident (a copy); closes one, false when it was not open.
void ledger_put_incident(struct ledger *ledger, const struct incident *incident);
bool ledger_close_incident(struct ledger *ledger, const char *key);

// Remembers the text of a cause token, "" is ignored; its text, NULL when not known.
void ledger_put_cause(struct ledger *ledger, const char *token, const char *text);
const char *ledger_cause(const struct ledger *ledger, const char *token);

// Adds a copy, in the place of the oldest that somebody took when there are PENDING_MAX; removes
// one by its Message-ID, false when there is none.
void ledger_add_pending(struct ledger *ledger, const struct pending *pending);
bool ledger_remove_pending(struct ledger *ledger, const char *message_id);
struct pending *ledger_find_pending(struct ledger *ledger, const char *message_id);

// What is remembered of a policy, NULL for nothing; name is that of struct overdue_memory. All of a
// cluster's policies are replaced at once.
const struct overdue_watch *ledger_watch(const struct ledger *ledger, const char *cluster,
                                         const char *name);
void ledger_set_watches(struct ledger *ledger, const char *cluster,
                        const struct overdue_memory *memories, size_t count);

// Silences a subject until an instant; TIMESTAMP_NONE lifts it.
void ledger_silence(struct ledger *ledger, const char *subject, int64_t until);
int64_t ledger_silenced_until(const struct ledger *ledger, const char *subject);

// Remembers that what an id names was over before anybody was told; when, TIMESTAMP_NONE for not.
void ledger_set_over(struct ledger *ledger, const char *id, int64_t at);
int64_t ledger_over(const struct ledger *ledger, const char *id);

// Drops entries sent, and those over, before keep_from, silences that ended before now and causes
// no incident names.
void ledger_prune(struct ledger *ledger, int64_t keep_from, int64_t now);
