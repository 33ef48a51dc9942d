// SPDX-License-Identifier: MIT
// Reading the parts of data.sent and data.state into a ledger, for state_format.c. All of it comes
// from outside: what is odd is left out and named in the health, the rest is used.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/map.h"
#include "core/ledger.h"
#include "kube/state_format.h"

struct arena;
struct json;

// The instants that RFC 3339 can write, as timestamp_parse reads them.
#define STATE_INSTANT_MIN INT64_C(-62135596800)
#define STATE_INSTANT_MAX INT64_C(253402300799)

struct state_decoding {
    struct ledger *ledger;
    struct state_health *health;
    struct arena *scratch;
    struct map ids;            // packed token of each id in sent -> the id
    const char **cause_tokens; // by index in data.state.causes; "" for an odd one
    size_t cause_count;
};

enum {
    STATE_NAME_MAX = 512,       // of a cluster, policy, application, run
    STATE_ID_MAX = 2048,        // of an alert id
    STATE_TEXT_MAX = 2048,      // of a cause, of a server's reply
    STATE_RECIPIENTS_MAX = 100, // of a pending mail; as many as settings allow
    STATE_IDS_MAX = 50000,      // of a pending mail
    STATE_MEMBERS_MAX = 50000,  // incidents, causes; watermarks, policies, silences, refusals
};

// Notes garbage. The first reason is the one that people see.
void state_decode_note(struct state_decoding *decoding, const char *reason);

// False, with a note, when there are as many as max already.
bool state_decode_has_room(struct state_decoding *decoding, size_t count, size_t max,
                           const char *member) MUST_USE;

// The text as one clean line of at most max bytes, in the ledger's arena.
char *state_decode_line(const struct state_decoding *decoding, const char *text, size_t max);

// True for a text that is one clean line of 1 to max bytes: fit to be a key as it is.
bool state_decode_is_line(const struct state_decoding *decoding, const char *text,
                          size_t max) MUST_USE;

// The members of data.
void state_decode_sent(struct state_decoding *decoding, const struct json *sent);
void state_decode_state(struct state_decoding *decoding, const struct json *state);

// The members of data.state that have files of their own; NULL is an absent one.
void state_decode_incidents(struct state_decoding *decoding, const struct json *incidents);
void state_decode_told(struct state_decoding *decoding, const struct json *told);
void state_decode_policies(struct state_decoding *decoding, const struct json *policies);
void state_decode_pending(struct state_decoding *decoding, const struct json *pending);
