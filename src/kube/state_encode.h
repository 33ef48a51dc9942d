// SPDX-License-Identifier: MIT
// Writing a ledger as the JSON of data.sent and data.state, for state_format.c. What is returned
// is the caller's to free.
#pragma once

#include <stdbool.h>

#include "core/ledger.h"

struct json;

// What is written of a ledger: flags, most by index into its maps' entries.
struct state_choice {
    bool *causes;    // the text of a cause
    bool *incidents; // an incident
    bool *children;  // which actions were told under an id of sent
    bool policies;   // what is remembered of schedules
};

// data.sent, whole.
struct json *state_encode_sent(const struct ledger *ledger);

// data.state, as far as chosen.
struct json *state_encode_state(const struct ledger *ledger, const struct state_choice *choice);

// Its member policies: what is remembered of schedules.
struct json *state_encode_policies(const struct ledger *ledger);

// Its members causes and incidents; these refer to each other.
void state_encode_incidents(const struct ledger *ledger, const struct state_choice *choice,
                            struct json *state);

// True for ids of which more is known than data.sent says. One without a record counts as the
// original's: told with every child that ended by then. Ours always have one, if only an empty one.
bool state_encode_has_record(const struct ledger_entry *entry);
