// SPDX-License-Identifier: MIT
// The command `state`: what was told and is open; to forget an alert, to silence one for a while.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/exit_status.h"

enum state_verb { STATE_SHOW, STATE_FORGET, STATE_SILENCE };

struct state_options {
    enum state_verb verb;
    const char *subject; // of forget and silence
    int64_t for_s;       // of silence; 0 lifts it
    bool as_json;        // of show
};

// EXIT_STATUS_INTERNAL when forget finds nothing by that id, EXIT_STATUS_STATE when the state
// cannot be read or written.
enum exit_status state_command(const struct state_options *options, char *const *environment);
