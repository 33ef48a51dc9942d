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
    struct phrase_names rows[ALERT_CLASS_COUNT]; // with rows of a class
    struct phrase_names unread;                  // with unread lines
    struct phrase_names closed;                  // with closings
    struct phrase_names readable;                // again
    bool unread_whole;                           // none of them could be read in part
    bool backup_work;                            // all that failed is backing up
    size_t room;                                 // characters
};

// Collects what there is to say; room is left to the caller. In a mail of one incident's thread,
// clusters that a mail already named as unread are left out: its subject stays as it was.
void phrase_begin(struct phrase *phrase, struct arena *arena, const struct digest_input *input);

// True when there is nothing to say.
bool phrase_is_empty(const struct phrase *phrase);

// What is said of several classes: each in a clause of its own; of all but the worst a number; and
// nothing of what is over or can be read again.
enum phrase_detail { PHRASE_APART, PHRASE_TOGETHER, PHRASE_BAD_ONLY };

struct phrase_limits {
    size_t first;  // clusters named at most in clauses about rows and endings
    size_t others; // the same of what cannot be read, or can again
    size_t room;   // characters; clauses that do not fit are left out
    enum phrase_detail detail;
};

const char *phrase_all(const struct phrase *phrase, const struct phrase_limits *limits);

// The same without the clauses about rows, with at most shown names each; "" for none.
const char *phrase_rest(const struct phrase *phrase, size_t shown, size_t room);

// What is well again.
const char *phrase_rest_but_unread(const struct phrase *phrase);
