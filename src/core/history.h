// SPDX-License-Identifier: MIT
// When each thing last went well: the end of the latest clean Complete action per (cluster, kind,
// policy, application). A flat table of hashes, 16 bytes each, so that years of actions and fleets
// of applications cost little; a collision of 64-bit hashes would misstate one time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/action.h"

struct arena;

struct history_slot {
    uint64_t key; // 0: free
    int64_t latest;
};

struct history {
    struct arena *arena;
    struct history_slot *slots;
    size_t slot_count;
    size_t used;
};

void history_init(struct history *history, struct arena *arena);

// Names a thing. policy is "NAMESPACE/NAME", "NAME" where the action names no namespace, "" for
// none, or HISTORY_ANY_POLICY. app is "" for a run.
#define HISTORY_ANY_POLICY "*"
uint64_t history_key(size_t cluster, enum action_kind kind, const char *policy, const char *app);

// Notes a clean end; the latest wins.
void history_note(struct history *history, uint64_t key, int64_t ended);

// Notes a clean Complete action under its policy and under any policy; does nothing for one that
// is not clean or has no end. Of those before the window (history_note_older) only the policy's
// own history is kept.
void history_note_action(struct history *history, const struct action *action);
void history_note_older(struct history *history, const struct action *action);

// The latest clean end, TIMESTAMP_NONE when there is none.
int64_t history_latest(const struct history *history, uint64_t key);
