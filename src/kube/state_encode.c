// SPDX-License-Identifier: MIT
#include "kube/state_encode.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "kube/state_decode.h"
#include "kube/state_format.h"
#include "kube/state_row.h"
#include "kube/state_token.h"

#include "base/banned.h"

static struct json *new_time(int64_t instant)
{
    char text[TIMESTAMP_TEXT_BYTES];
    int64_t at = instant < STATE_INSTANT_MIN ? STATE_INSTANT_MIN : instant;
    timestamp_format(at > STATE_INSTANT_MAX ? STATE_INSTANT_MAX : at, text);
    return json_new_text(text);
}

struct json *state_encode_sent(const struct ledger *ledger)
{
    struct json *sent = json_new_object();
    for (size_t i = 0; i < ledger->sent.count; i++) {
        const struct ledger_entry *entry = ledger->sent.entries[i].value;
        if (entry != NULL) {
            json_set(sent, ledger->sent.entries[i].key, new_time(entry->sent_at));
        }
    }
    return sent;
}

// Watermarks and silences.
static struct json *encode_times(const struct map *times)
{
    struct json *object = json_new_object();
    for (size_t i = 0; i < times->count; i++) {
        const int64_t *at = times->entries[i].value;
        if (at != NULL && *at != TIMESTAMP_NONE) {
            json_set(object, times->entries[i].key, new_time(*at));
        }
    }
    return object;
}

static struct json *encode_refusals(const struct ledger *ledger)
{
    struct json *object = json_new_object();
    for (size_t i = 0; i < ledger->refusals.count; i++) {
        const char *reply = ledger->refusals.entries[i].value;
        if (reply != NULL) {
            json_set_text(object, ledger->refusals.entries[i].key, reply);
        }
    }
    return object;
}

bool state_encode_has_record(const struct ledger_entry *entry)
{
    bool is_originals = entry->told_until == entry->sent_at && entry->child_count == 0 &&
                        *entry->run_namespace == '\0' && *entry->run_token == '\0';
    return !is_originals;
}

static void add_children(struct state_row *row, const struct ledger_entry *entry)
{
    AUTO(buf) packed;
    buf_init(&packed, entry->child_count * STATE_TOKEN_CHARS);
    for (size_t i = 0; i < entry->child_count; i++) {
        char token[STATE_TOKEN_PACKED_BYTES];
        if (state_token_pack(entry->children[i], token)) {
            buf_add(&packed, token, STATE_TOKEN_CHARS);
        }
    }
    if (packed.len > 0) {
        state_row_add(row, json_new_text(packed.data));
    } else {
        state_row_add_default(row, json_new_text(""));
    }
}

// A RunAction that failed is one of the children: then its place among them says it shorter.
static void add_run(struct state_row *row, const struct ledger_entry *entry)
{
    char packed[STATE_TOKEN_PACKED_BYTES];
    int64_t place = 0;
    for (size_t i = 0; i < entry->child_count; i++) {
        if (strcmp(entry->children[i], entry->run_token) == 0) {
            state_row_add(row, json_new_integer(place));
            return;
        }
        place += state_token_pack(entry->children[i], packed) ? 1 : 0;
    }
    if (state_token_pack(entry->run_token, packed)) {
        state_row_add(row, json_new_text(packed));
    } else {
        state_row_add_default(row, json_new_text(""));
    }
}

static struct json *encode_record(const struct ledger_entry *entry, bool with_children)
{
    struct state_row row;
    state_row_init(&row);
    if (with_children) {
        add_children(&row, entry);
        add_run(&row, entry);
    } else {
        state_row_add_default(&row, json_new_text(""));
        state_row_add_default(&row, json_new_text(""));
    }
    if (entry->told_until != TIMESTAMP_NONE) {
        bool is_instant = entry->told_until <= STATE_INSTANT_MAX;
        state_row_add(&row, json_new_integer(is_instant ? entry->told_until : STATE_INSTANT_MAX));
    }
    return state_row_take(&row);
}

static struct json *encode_told(const struct ledger *ledger, const struct state_choice *choice)
{
    struct json *told = json_new_object();
    for (size_t i = 0; i < ledger->sent.count; i++) {
        const struct map_entry *slot = &ledger->sent.entries[i];
        const struct ledger_entry *entry = slot->value;
        char token[LEDGER_TOKEN_BYTES];
        char packed[STATE_TOKEN_PACKED_BYTES];
        if (entry == NULL || !state_encode_has_record(entry)) {
            continue;
        }
        ledger_token(slot->key, token);
        if (state_token_pack(token, packed)) {
            json_set(json_ensure_object(told, entry->run_namespace), packed,
                     encode_record(entry, choice->children[i]));
        }
    }
    return told;
}

// Ids that stand in sent as their tokens, one behind the other, the others as text.
static void encode_ids(const struct ledger *ledger, const struct pending *pending,
                       struct json *mail)
{
    struct json *ids = json_new_array();
    AUTO(buf) sent;
    buf_init(&sent, pending->id_count * STATE_TOKEN_CHARS);
    for (size_t i = 0; i < pending->id_count; i++) {
        char token[LEDGER_TOKEN_BYTES];
        char packed[STATE_TOKEN_PACKED_BYTES];
        ledger_token(pending->ids[i], token);
        if (ledger_find(ledger, pending->ids[i]) != NULL && state_token_pack(token, packed)) {
            buf_add(&sent, packed, STATE_TOKEN_CHARS);
        } else {
            json_append(ids, json_new_text(pending->ids[i]));
        }
    }
    json_set(mail, "ids", ids);
    if (sent.len > 0) {
        json_set_text(mail, "sent", sent.data);
    }
}

static struct json *encode_pending(const struct ledger *ledger)
{
    struct json *mails = json_new_array();
    for (size_t i = 0; i < ledger->pending_count; i++) {
        const struct pending *pending = &ledger->pendings[i];
        struct json *mail = json_new_object();
        struct json *to = json_new_array();
        for (size_t k = 0; k < pending->recipient_count; k++) {
            json_append(to, json_new_text(pending->recipients[k]));
        }
        json_set_text(mail, "message_id", pending->message_id);
        json_set(mail, "date", new_time(pending->date));
        if (pending->from > 0) {
            json_set(mail, "from", new_time(pending->from));
        }
        if (pending->tried != 0) {
            json_set(mail, "tried", new_time(pending->tried));
        }
        json_set(mail, "to", to);
        if (pending->accepted) {
            json_set(mail, "accepted", json_new_bool(true));
        }
        encode_ids(ledger, pending, mail);
        json_append(mails, mail);
    }
    return mails;
}

struct json *state_encode_state(const struct ledger *ledger, const struct state_choice *choice)
{
    struct json *state = json_new_object();
    json_set(state, "version", json_new_integer(STATE_VERSION));
    json_set(state, "pending", encode_pending(ledger));
    json_set(state, "watermarks", encode_times(&ledger->watermarks));
    json_set(state, "beginnings", encode_times(&ledger->beginnings));
    json_set(state, "silenced", encode_times(&ledger->silences));
    json_set(state, "over", encode_times(&ledger->over));
    json_set(state, "refused", encode_refusals(ledger));
    state_encode_incidents(ledger, choice, state);
    json_set(state, "told", encode_told(ledger, choice));
    if (choice->policies) {
        json_set(state, "policies", state_encode_policies(ledger));
    }
    return state;
}
