// SPDX-License-Identifier: MIT
// The few fields of an action that ended and is no news, read from its bytes in one walk without
// parsing them: years of history must cost little. What it says of JSON is exactly what
// action_decode says, or it says nothing; anything unusual (escapes, odd values, a key twice) is
// nothing. Values it has no use for are passed over unread, so that some broken JSON is not seen.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "core/action.h"

struct arena;

// True when the element is an action with an end: sets its state, clean, started, ended, name,
// namespace, application, policy and run, texts in scratch; all else of *ret is empty (created:
// TIMESTAMP_NONE). False when it takes action_decode to know; *ret is then untouched.
bool action_glance(struct arena *scratch, size_t cluster, enum action_kind kind, const char *bytes,
                   size_t len, struct action *ret) MUST_USE;
