// SPDX-License-Identifier: MIT
// A mail whose outcome is open (BEHAVIOUR section 7): stored before it is sent, with what makes a
// repeat recognisable and nothing else.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct pending {
    const char *message_id;        // "<...@domain>", the same in every try
    int64_t date;                  // Date of the mail, the same in every try
    int64_t tried;                 // when a pass took it on to send it again; 0: none does now
    const char *const *recipients; // addresses whose answer is open
    size_t recipient_count;
    const char *const *ids; // what it tells: alert ids, and the ids of plan.h for what has none
    size_t id_count;
    int64_t from; // start of the earliest window it was made from, to read that again; 0: not known
    bool accepted; // somebody took it: only these recipients are outstanding, its ids are sent
};

enum {
    PENDING_YOUNG_SECONDS = 600,         // activeDeadlineSeconds: its pass may still run
    PENDING_GIVE_UP_SECONDS = 3 * 86400, // then it is dropped, and said so
    PENDING_MAX = 32,
};

enum pending_state {
    PENDING_YOUNG,    // unanswered, of a pass that may still run: left alone
    PENDING_RETRY,    // to be sent again now, with its Message-ID and Date
    PENDING_GIVEN_UP, // to be dropped
};

enum pending_state pending_judge(const struct pending *pending, int64_t now);

bool pending_names(const struct pending *pending, const char *id);

// A copy whose texts live in arena.
struct pending pending_copy(struct arena *arena, const struct pending *pending);
