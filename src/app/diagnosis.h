// SPDX-License-Identifier: MIT
// Why a cluster or kind could not be read, told apart for an operator: what happened, and what to
// do about it in one line, with the key to set or the command to run.
#pragma once

#include <stdint.h>

#include "app/fleet.h"
#include "base/error.h"
#include "core/action.h"

struct arena;

// How a list ended.
struct diagnosis_case {
    const struct fleet_cluster *cluster;
    enum action_kind kind;
    const struct error *error;
    enum http_failure failure; // what the transport met, when that was it
    int64_t now;
};

// One clean line without secrets: the error's text and what else is known of it.
const char *diagnosis_reason(struct arena *arena, const struct diagnosis_case *the_case);

// How the token of a cluster is made anew.
const char *diagnosis_token_renewal(struct arena *arena, const struct fleet_cluster *cluster);

// "" when nothing better than the reason can be said.
const char *diagnosis_remedy(struct arena *arena, const struct diagnosis_case *the_case);
