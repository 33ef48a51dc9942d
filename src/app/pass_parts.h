// SPDX-License-Identifier: MIT
// One pass in its parts: what they share, and the steps. app/pass.c calls them in order; nobody
// else includes this.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/collect.h"
#include "app/pass.h"
#include "core/ledger.h"
#include "core/plan.h"
#include "kube/state_store.h"
#include "notify/channel.h"

struct arena;

enum { PASS_MAX_SENTENCES = 64 };

// Sentences for the reader, collected while the pass goes on.
struct sentences {
    const char *items[PASS_MAX_SENTENCES];
    size_t count;
};

struct pass {
    const struct pass_input *input;
    struct arena *arena;
    int64_t now;
    struct ledger ledger; // as last read: what the plan was made with
    bool has_state;       // the state could be read, so that intents can be stored
    struct collection collection;
    struct plan_input plan_input;
    struct plan plan;
    struct sentences notices;
    struct sentences footnotes;
    struct pass_result result;
};

void pass_say(struct sentences *sentences, const char *sentence);
void pass_worsen(struct pass *pass, enum exit_status status);
const char *pass_count_text(const struct pass *pass, size_t count);

// pass.c: everything up to the decision; sends and writes nothing. It lives in arena.
struct pass *pass_look(struct arena *arena, const struct pass_input *input);

// pass_state.c: the ledger in.
void pass_load_state(struct pass *pass);

// Changes the state, logs and notes a failure with its consequence ("this mail may repeat").
bool pass_update_state(struct pass *pass, const struct state_change *change,
                       const char *consequence);

// True when somebody deleted the object since the pass read it, so that what is known is mailed
// again: what this pass learned is not put back.
bool pass_state_was_deleted(const struct pass *pass, const struct ledger *found);

// pass_read.c: every watched kind of every cluster.
void pass_read_clusters(struct pass *pass);

// pass_decide.c: what is news, with causes as good as K10 gives them; the same again with a ledger
// that somebody else has written meanwhile.
void pass_decide(struct pass *pass);
void pass_decide_again(struct pass *pass);

// pass_tell.c: one mail of a plan. True when the server took responsibility for it.
bool pass_tell(struct pass *pass, const struct plan *plan, const struct channel_envelope *envelope,
               struct delivery *ret, struct error *error);
bool pass_make_message_id(struct pass *pass, const char **ret, struct error *error);

// pass_deliver.c: mails whose outcome is open, what is new, and what became of both.
void pass_deliver(struct pass *pass);
