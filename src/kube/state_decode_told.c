// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "kube/state_decode.h"
#include "kube/state_token.h"

#include "base/banned.h"

struct told_walk {
    struct state_decoding *decoding;
    const char *run_namespace;
};

// Tokens one behind the other.
static bool decode_children(struct arena *arena, const char *packed, struct ledger_entry *entry)
{
    size_t len = strlen(packed);
    size_t count = len / STATE_TOKEN_CHARS;
    char(*tokens)[LEDGER_TOKEN_BYTES] = arena_alloc_array(arena, count, sizeof *tokens);
    const char **children = arena_alloc_array(arena, count, sizeof *children);
    for (size_t i = 0; i < count; i++) {
        if (!state_token_unpack(packed + i * STATE_TOKEN_CHARS, tokens[i])) {
            return false;
        }
        children[i] = tokens[i];
    }
    entry->children = children;
    entry->child_count = count;
    entry->child_capacity = count;
    return len % STATE_TOKEN_CHARS == 0;
}

// The index of a child, or a token; "" and absent are none.
static bool decode_run(struct arena *arena, const struct json *run, struct ledger_entry *entry)
{
    int64_t index;
    const char *packed = json_text(run);
    char token[LEDGER_TOKEN_BYTES];
    if (run == NULL || (packed != NULL && *packed == '\0')) {
        return true;
    }
    if (packed != NULL) {
        if (strlen(packed) != STATE_TOKEN_CHARS || !state_token_unpack(packed, token)) {
            return false;
        }
        entry->run_token = arena_strdup(arena, token);
        return true;
    }
    if (!json_integer(run, &index) || index < 0 || (uint64_t)index >= entry->child_count) {
        return false;
    }
    entry->run_token = entry->children[index];
    return true;
}

static bool decode_until(const struct json *until, struct ledger_entry *entry)
{
    int64_t instant;
    if (until == NULL) {
        return true;
    }
    if (!json_integer(until, &instant) || instant < STATE_INSTANT_MIN ||
        instant > STATE_INSTANT_MAX) {
        return false;
    }
    entry->told_until = instant == STATE_INSTANT_MAX ? INT64_MAX : instant;
    return true;
}

static bool decode_record(void *context, const char *packed_id, const struct json *record)
{
    const struct told_walk *walk = context;
    struct state_decoding *decoding = walk->decoding;
    struct ledger *ledger = decoding->ledger;
    const char *id = map_get(&decoding->ids, packed_id);
    if (id == NULL) {
        return true;
    }
    // Whatever it holds, an id with a record is ours: only the actions named in it count as told.
    struct ledger_entry *entry = ledger_add(ledger, id, TIMESTAMP_NONE);
    entry->told_until = TIMESTAMP_NONE;
    entry->run_namespace = walk->run_namespace;
    const char *children = json_text(json_at(record, 0));
    bool ok = json_is_array(record) && (json_count(record) == 0 || children != NULL);
    ok = decode_children(ledger->arena, children != NULL ? children : "", entry) && ok;
    ok = decode_run(ledger->arena, json_at(record, 1), entry) && ok;
    ok = decode_until(json_at(record, 2), entry) && ok;
    if (!ok) {
        state_decode_note(decoding, "data.state: a record of told is not [tokens, run, until]");
    }
    return true;
}

static bool decode_namespace(void *context, const char *name, const struct json *records)
{
    struct state_decoding *decoding = context;
    struct told_walk walk = {decoding, state_decode_line(decoding, name, STATE_NAME_MAX)};
    if (!json_is_object(records)) {
        state_decode_note(decoding, "data.state: a namespace of told is no object");
    }
    json_each(records, decode_record, &walk);
    return true;
}

void state_decode_told(struct state_decoding *decoding, const struct json *told)
{
    if (told != NULL && !json_is_object(told)) {
        state_decode_note(decoding, "data.state: told is no object");
    }
    json_each(told, decode_namespace, decoding);
}
