// SPDX-License-Identifier: MIT
// The clauses of subjects and headlines: "2 backup failures on K3s; cannot read RKE2; 1 recovered".
// A mail with several things to say names each in one clause, the worst first.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "report/digest_parts.h"

struct arena;

// Labels of clusters, distinct, each short enough for a subject.
struct phrase_names {
    const char *const *names;
    size_t count;
};

struct phrase {
    struct arena *arena;
    const struct digest_input *input;
    struct digest_tally tally;
    struct phrase_names failed;   // with failed runs
    struct phrase_names invalid;  // with invalid objects
    struct phrase_names unread;   // with unread lines
    struct phrase_names closed;   // with closings
    struct phrase_names readable; // again
    bool unread_whole;            // none of them could be read in part
    bool backup_work;             // all that failed is backing up
    size_t room;                  // characters
};

// Collects what there is to say; room is left to the caller. In a mail of one incident's thread,
// clusters that a mail already named as unread are left out: its subject stays as it was.
void phrase_begin(struct phrase *phrase, struct arena *arena, const struct digest_input *input);

// True when there is nothing to say.
bool phrase_is_empty(const struct phrase *phrase);

// All clauses that fit into room characters: the first names at most first clusters, the others at
// most others.
const char *phrase_all(const struct phrase *phrase, size_t first, size_t others, size_t room);

// The same without the clause about failures, with at most shown names each; "" for none.
const char *phrase_rest(const struct phrase *phrase, size_t shown, size_t room);

// What is well again.
const char *phrase_rest_but_unread(const struct phrase *phrase);
