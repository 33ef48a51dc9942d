// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "kube/state_decode.h"
#include "kube/state_encode.h"
#include "kube/state_row.h"
#include "kube/state_token.h"

#include "base/banned.h"

static bool is_known(int64_t instant)
{
    return instant >= STATE_INSTANT_MIN && instant <= STATE_INSTANT_MAX;
}

// "" when it is not known.
static void add_instant(struct state_row *row, int64_t instant, int64_t base, int64_t sign)
{
    if (is_known(instant)) {
        state_row_add(row, json_new_integer(sign * (instant - base)));
    } else {
        state_row_add_default(row, json_new_text(""));
    }
}

static void add_last(struct state_row *row, const struct incident *incident, int64_t base)
{
    if (is_known(incident->since) && incident->last == incident->since) {
        state_row_add_default(row, json_new_integer(0));
    } else if (is_known(incident->since) && !is_known(incident->last)) {
        state_row_add(row, json_new_text(""));
    } else {
        add_instant(row, incident->last, base, 1);
    }
}

// The index into causes where its text stands; else the token itself, which is shorter when no
// other incident has it.
static void add_cause(struct state_row *row, const struct map *numbers, const char *token)
{
    const size_t *number = map_get(numbers, token);
    char packed[STATE_TOKEN_PACKED_BYTES];
    if (number != NULL) {
        state_row_add(row, json_new_integer((int64_t)*number));
    } else if (state_token_pack(token, packed)) {
        state_row_add(row, json_new_text(packed));
    } else {
        state_row_add_default(row, json_new_text(""));
    }
}

static void add_held(struct state_row *row, const struct incident *incident)
{
    struct json *held = json_new_array();
    for (size_t i = 0; i < incident->held_count; i++) {
        json_append(held, json_new_text(incident->held[i]));
    }
    if (incident->held_count == 0) {
        state_row_add_default(row, held);
    } else {
        state_row_add(row, held);
    }
}

// The elements in the order of docs/state.md.
static struct json *encode_incident(const struct incident *incident, const struct map *numbers)
{
    struct state_row row;
    int64_t base = is_known(incident->since) ? incident->since : 0;
    int64_t absent = incident->policy_absent;
    state_row_init(&row);
    if (*incident->run == '\0') {
        state_row_add_default(&row, json_new_text(""));
    } else {
        state_row_add(&row, json_new_text(incident->run));
    }
    add_instant(&row, incident->since, 0, 1);
    add_last(&row, incident, base);
    add_instant(&row, incident->told, base, 1);
    add_instant(&row, incident->last_good, base, -1);
    add_cause(&row, numbers, incident->cause);
    state_row_add_number(&row, incident->runs, 1);
    state_row_add_number(&row, incident->reminders, 0);
    state_row_add_number(&row, incident->policy_seen ? absent : -1 - absent, 0);
    state_row_add_number(&row, incident->runs_without, 0);
    add_instant(&row, incident->runs_without_end, base, 1);
    add_held(&row, incident);
    state_row_add_number(&row, incident->silent ? 1 : 0, 0);
    return state_row_take(&row);
}

// Writes the chosen causes and numbers them.
static struct json *encode_causes(const struct ledger *ledger, const struct state_choice *choice,
                                  struct arena *arena, struct map *numbers)
{
    struct json *causes = json_new_array();
    for (size_t i = 0; i < ledger->causes.count; i++) {
        const struct map_entry *slot = &ledger->causes.entries[i];
        char packed[STATE_TOKEN_PACKED_BYTES];
        if (slot->value == NULL || !choice->causes[i] || !state_token_pack(slot->key, packed)) {
            continue;
        }
        size_t *number = arena_alloc(arena, sizeof *number);
        *number = json_count(causes);
        map_set(numbers, slot->key, number);
        struct json *cause = json_new_array();
        json_append(cause, json_new_text(packed));
        json_append(cause, json_new_text(slot->value));
        json_append(causes, cause);
    }
    return causes;
}

void state_encode_incidents(const struct ledger *ledger, const struct state_choice *choice,
                            struct json *state)
{
    AUTO_PTR(arena) arena = arena_create();
    struct map numbers;
    map_init(&numbers, arena);
    json_set(state, "causes", encode_causes(ledger, choice, arena, &numbers));
    struct json *incidents = json_ensure_object(state, "incidents");
    for (size_t i = 0; i < ledger->incidents.count; i++) {
        const struct incident *incident = ledger->incidents.entries[i].value;
        if (incident == NULL || !choice->incidents[i]) {
            continue;
        }
        struct json *level = json_ensure_object(incidents, alert_class_word(incident->class));
        level = json_ensure_object(level, incident->cluster);
        level = json_ensure_object(level, incident->policy);
        level = json_ensure_object(level, action_kind_word(incident->kind));
        json_set(level, incident->app, encode_incident(incident, &numbers));
    }
}
