// SPDX-License-Identifier: MIT
// One pass in its parts: what they share, and the four steps. app/pass.c calls them in order;
// nobody else includes this.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/collect.h"
#include "app/pass.h"
#include "core/ledger.h"
#include "core/plan.h"

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
    int64_t window_start;
    struct ledger ledger;
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

// pass_state.c: the ledger in, the ledger out.
void pass_load_state(struct pass *pass);
void pass_save_state(struct pass *pass);

// pass_read.c: every watched kind of every cluster.
void pass_read_clusters(struct pass *pass);

// pass_decide.c: what is news, with causes as good as K10 gives them.
void pass_decide(struct pass *pass);

// pass_tell.c: one mail. True when somebody took responsibility for it.
bool pass_tell(struct pass *pass);
