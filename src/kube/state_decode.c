// SPDX-License-Identifier: MIT
#include "kube/state_decode.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "codec/mail_header.h"
#include "kube/state_token.h"

#include "base/banned.h"

void state_decode_note(struct state_decoding *decoding, const char *reason)
{
    struct state_health *health = decoding->health;
    if (!health->unreadable && !health->newer) {
        (void)snprintf(health->reason, sizeof health->reason, "%s", reason);
    }
    health->unreadable = true;
}

bool state_decode_has_room(struct state_decoding *decoding, size_t count, size_t max,
                           const char *member)
{
    if (count < max) {
        return true;
    }
    char reason[128];
    (void)snprintf(reason, sizeof reason, "data.state: %s has more than %zu elements", member, max);
    state_decode_note(decoding, reason);
    return false;
}

char *state_decode_line(const struct state_decoding *decoding, const char *text, size_t max)
{
    AUTO(buf) line;
    size_t len = strlen(text);
    buf_init(&line, 3 * len + 1);
    utf8_clean(&line, text, len);
    buf_truncate(&line, utf8_cut(line.data, line.len, max));
    while (line.len > 0 && line.data[line.len - 1] == ' ') {
        buf_truncate(&line, line.len - 1);
    }
    return arena_strndup(decoding->ledger->arena, line.data, line.len);
}

bool state_decode_is_line(const struct state_decoding *decoding, const char *text, size_t max)
{
    return *text != '\0' && strlen(text) <= max &&
           strcmp(state_decode_line(decoding, text, max), text) == 0;
}

// The last second of an alert id's day: the array form has no other time.
static int64_t day_of_id(struct arena *scratch, const char *id)
{
    char text[TIMESTAMP_TEXT_BYTES];
    struct alert_id parsed;
    int64_t instant;
    if (!alert_id_parse(scratch, id, &parsed)) {
        return TIMESTAMP_NONE;
    }
    (void)snprintf(text, sizeof text, "%sT23:59:59Z", parsed.day);
    return timestamp_parse(text, &instant) ? instant : TIMESTAMP_NONE;
}

static bool decode_sent_member(void *context, const char *id, const struct json *value)
{
    struct state_decoding *decoding = context;
    const char *text = json_text(value);
    int64_t sent_at;
    if (text == NULL || !timestamp_parse(text, &sent_at)) {
        // Such an entry still says that its id was told, on the day the id names.
        // When it was sent is not known, so nobody can say which children were told with it.
        sent_at = day_of_id(decoding->scratch, id);
        state_decode_note(decoding, "data.sent: an entry has no RFC 3339 time");
        if (sent_at != TIMESTAMP_NONE) {
            (void)ledger_add(decoding->ledger, id, sent_at);
        }
        return true;
    }
    struct ledger_entry *entry = ledger_add(decoding->ledger, id, sent_at);
    entry->told_until = sent_at;
    return true;
}

static void decode_sent_array(struct state_decoding *decoding, const struct json *sent)
{
    for (size_t i = 0; i < json_count(sent); i++) {
        const char *id = json_text(json_at(sent, i));
        if (id == NULL || day_of_id(decoding->scratch, id) == TIMESTAMP_NONE) {
            state_decode_note(decoding, "data.sent: an element is no alert id");
            continue;
        }
        struct ledger_entry *entry =
            ledger_add(decoding->ledger, id, day_of_id(decoding->scratch, id));
        entry->told_until = INT64_MAX;
    }
}

void state_decode_sent(struct state_decoding *decoding, const struct json *sent)
{
    if (json_is_array(sent)) {
        decode_sent_array(decoding, sent);
    } else if (json_is_object(sent)) {
        json_each(sent, decode_sent_member, decoding);
    } else if (sent != NULL) {
        state_decode_note(decoding, "data.sent is neither a JSON object nor an array");
    }
    for (size_t i = 0; i < decoding->ledger->sent.count; i++) {
        const char *id = decoding->ledger->sent.entries[i].key;
        char token[LEDGER_TOKEN_BYTES];
        char packed[STATE_TOKEN_PACKED_BYTES];
        ledger_token(id, token);
        if (state_token_pack(token, packed)) {
            map_set(&decoding->ids, packed, arena_strdup(decoding->scratch, id));
        }
    }
}

// "CLUSTER/KIND" and a time, for watermarks and beginnings.
static bool decode_mark(struct state_decoding *decoding, const char *key, const struct json *value,
                        void (*set)(struct ledger *ledger, const char *cluster,
                                    enum action_kind kind, int64_t at))
{
    struct ledger *ledger = decoding->ledger;
    const char *text = json_text(value);
    const char *slash = strrchr(key, '/');
    int64_t at;
    enum action_kind kind;
    if (text == NULL || !timestamp_parse(text, &at) || slash == NULL || slash == key ||
        !watched_kind_from_word(slash + 1, &kind) ||
        !state_decode_is_line(decoding, key, STATE_NAME_MAX)) {
        state_decode_note(decoding, "data.state: a watermark is not \"CLUSTER/KIND\": time");
        return true;
    }
    size_t count = ledger->watermarks.count + ledger->beginnings.count;
    if (!state_decode_has_room(decoding, count, STATE_MEMBERS_MAX, "watermarks")) {
        return false;
    }
    set(ledger, arena_strndup(decoding->scratch, key, (size_t)(slash - key)), kind, at);
    return true;
}

static bool decode_watermark(void *context, const char *key, const struct json *value)
{
    return decode_mark(context, key, value, ledger_set_watermark);
}

static bool decode_beginning(void *context, const char *key, const struct json *value)
{
    return decode_mark(context, key, value, ledger_set_beginning);
}

// A member of silenced or over.
static bool decode_time(struct state_decoding *decoding, const char *member, const char *key,
                        const struct json *value, const struct map *map,
                        void (*set)(struct ledger *ledger, const char *key, int64_t at))
{
    const char *text = json_text(value);
    int64_t at;
    if (text == NULL || !timestamp_parse(text, &at) ||
        !state_decode_is_line(decoding, key, STATE_ID_MAX)) {
        char reason[96];
        (void)snprintf(reason, sizeof reason, "data.state: a member of %s has no time", member);
        state_decode_note(decoding, reason);
        return true;
    }
    if (!state_decode_has_room(decoding, map->count, STATE_MEMBERS_MAX, member)) {
        return false;
    }
    set(decoding->ledger, key, at);
    return true;
}

static bool decode_silence(void *context, const char *subject, const struct json *value)
{
    struct state_decoding *decoding = context;
    return decode_time(decoding, "silenced", subject, value, &decoding->ledger->silences,
                       ledger_silence);
}

static bool decode_over(void *context, const char *id, const struct json *value)
{
    struct state_decoding *decoding = context;
    return decode_time(decoding, "over", id, value, &decoding->ledger->over, ledger_set_over);
}

static bool decode_refusal(void *context, const char *address, const struct json *value)
{
    struct state_decoding *decoding = context;
    struct map *refusals = &decoding->ledger->refusals;
    const char *reply = json_text(value);
    if (reply == NULL || !mail_header_address_is_safe(address)) {
        state_decode_note(decoding, "data.state: a member of refused is not address: reply");
        return true;
    }
    if (!state_decode_has_room(decoding, refusals->count, STATE_MEMBERS_MAX, "refused")) {
        return false;
    }
    map_set(refusals, address, state_decode_line(decoding, reply, STATE_TEXT_MAX));
    return true;
}

static void decode_cause(struct state_decoding *decoding, size_t index, const struct json *cause)
{
    char token[LEDGER_TOKEN_BYTES];
    const char *packed = json_text(json_at(cause, 0));
    const char *text = json_text(json_at(cause, 1));
    decoding->cause_tokens[index] = "";
    if (packed == NULL || strlen(packed) != STATE_TOKEN_CHARS || text == NULL ||
        !state_token_unpack(packed, token)) {
        state_decode_note(decoding, "data.state: a member of causes is not [token, text]");
        return;
    }
    decoding->cause_tokens[index] = arena_strdup(decoding->scratch, token);
    ledger_put_cause(decoding->ledger, token, state_decode_line(decoding, text, STATE_TEXT_MAX));
}

static void decode_causes(struct state_decoding *decoding, const struct json *causes)
{
    if (causes != NULL && !json_is_array(causes)) {
        state_decode_note(decoding, "data.state: causes is no array");
        return;
    }
    decoding->cause_tokens =
        arena_alloc_array(decoding->scratch, json_count(causes), sizeof *decoding->cause_tokens);
    for (size_t i = 0; i < json_count(causes); i++) {
        if (!state_decode_has_room(decoding, i, STATE_MEMBERS_MAX, "causes")) {
            return;
        }
        decode_cause(decoding, i, json_at(causes, i));
        decoding->cause_count = i + 1;
    }
}

static void decode_object(struct state_decoding *decoding, const struct json *state,
                          const char *member,
                          bool (*visit)(void *context, const char *key, const struct json *value))
{
    const struct json *value = json_get(state, member);
    if (value != NULL && !json_is_object(value)) {
        char reason[64];
        (void)snprintf(reason, sizeof reason, "data.state: %s is no object", member);
        state_decode_note(decoding, reason);
    }
    json_each(value, visit, decoding);
}

void state_decode_state(struct state_decoding *decoding, const struct json *state)
{
    decode_object(decoding, state, "watermarks", decode_watermark);
    decode_object(decoding, state, "beginnings", decode_beginning);
    decode_causes(decoding, json_get(state, "causes"));
    state_decode_incidents(decoding, json_get(state, "incidents"));
    state_decode_told(decoding, json_get(state, "told"));
    state_decode_pending(decoding, json_get(state, "pending"));
    state_decode_policies(decoding, json_get(state, "policies"));
    decode_object(decoding, state, "silenced", decode_silence);
    decode_object(decoding, state, "over", decode_over);
    decode_object(decoding, state, "refused", decode_refusal);
}
