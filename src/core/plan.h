// SPDX-License-Identifier: MIT
// Decides what to say: which findings are news, which unread clusters are told, whether a mail goes
// at all. Pure: the ledger says what was told before, now is an argument.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/finding.h"
#include "core/ledger.h"
#include "core/sight.h"

struct arena;

// Why a row is in the mail.
enum plan_reason {
    PLAN_NEW,         // a failure nobody was told of
    PLAN_MORE_OF_RUN, // further actions of a run that was mailed before
};

struct plan_row {
    const struct finding *finding; // for PLAN_MORE_OF_RUN: only the actions not told yet
    enum plan_reason reason;
    const char *id; // alert id that an accepted mail records
};

// One line of "could not be read": a whole cluster, or some kinds of it for one cause.
struct plan_unread {
    size_t cluster;
    bool whole_cluster;      // no kind of it could be read
    enum action_kind *kinds; // the unread ones
    size_t kind_count;
    enum error_class class;
    const char *reason;
    const char *remedy;
    int64_t told_before; // TIMESTAMP_NONE: never
};

struct plan {
    struct plan_row *rows; // by cluster, then latest first
    size_t row_count;
    struct plan_unread *unread;
    size_t unread_count;
    struct plan_unread *limited; // limitations (403, 404 on other kinds), for the footer
    size_t limited_count;
    size_t cluster_count;
    size_t clusters_read;  // clusters of which at least one kind was read
    size_t failed_actions; // failed actions behind the rows
    size_t already_told;   // findings left out because they were told before
    size_t older_failures; // on a first pass: failures before the window, not mailed
    bool first_pass;       // the state did not exist yet
    bool send;             // there is something to say in a mail
};

struct plan_input {
    const struct finding *findings;
    size_t finding_count;
    const struct sight *sights; // one per (cluster, kind), by cluster
    size_t sight_count;
    const char *const *cluster_names; // NAME of each cluster
    size_t cluster_count;
    const struct ledger *ledger;
    int64_t now;
};

// Seconds between two mails that say nothing but that a cluster cannot be read.
enum { PLAN_UNREAD_EVERY = 24 * 3600 };

void plan_make(struct arena *arena, const struct plan_input *input, struct plan *ret);

// What is read again need not be remembered as unread; done in every pass, with or without a mail.
void plan_forget_read(const struct plan_input *input, struct ledger *ledger);

// Enters what an accepted mail told into the ledger.
void plan_record(const struct plan *plan, const struct plan_input *input, int64_t accepted_at,
                 struct ledger *ledger);
