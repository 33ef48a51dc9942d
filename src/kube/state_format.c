// SPDX-License-Identifier: MIT
#include "kube/state_format.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/json.h"

#include "base/banned.h"

enum {
    STATE_MAX_BYTES = 900 * 1024,
    UNREADABLE_MAX_BYTES = 32 * 1024,
    MEMBER_ROOM_BYTES = 64 * 1024 * 1024,
};

struct decoding {
    struct ledger *ledger;
    struct state_health *health;
};

static void note_garbage(struct state_health *health, const char *what)
{
    if (!health->unreadable) {
        health->unreadable = true;
        (void)snprintf(health->reason, sizeof health->reason, "%s", what);
    }
}

// The day at the end of an alert id, as the last second of it: the array form has no other time.
static int64_t day_of_id(const char *id)
{
    char text[TIMESTAMP_TEXT_BYTES];
    const char *colon = strrchr(id, ':');
    size_t len = colon != NULL ? strlen(colon + 1) : 0;
    int64_t instant;
    if (len != strlen("2026-04-02")) {
        return TIMESTAMP_NONE;
    }
    (void)snprintf(text, sizeof text, "%sT23:59:59Z", colon + 1);
    return timestamp_parse(text, &instant) ? instant : TIMESTAMP_NONE;
}

static bool decode_sent_member(void *context, const char *id, const struct json *value)
{
    struct decoding *decoding = context;
    const char *text = json_text(value);
    int64_t sent_at;
    if (text == NULL || !timestamp_parse(text, &sent_at)) {
        // Such an entry still says that its id was told, on the day the id names.
        // When it was sent is not known, so nobody can say which children were told with it.
        sent_at = day_of_id(id);
        note_garbage(decoding->health, "an entry of data.sent has no RFC 3339 time");
        if (sent_at != TIMESTAMP_NONE) {
            (void)ledger_add(decoding->ledger, id, sent_at);
        }
        return true;
    }
    struct ledger_entry *entry = ledger_add(decoding->ledger, id, sent_at);
    entry->told_until = sent_at;
    return true;
}

static void decode_sent_array(const struct json *sent, struct decoding *decoding)
{
    for (size_t i = 0; i < json_count(sent); i++) {
        const char *id = json_text(json_at(sent, i));
        if (id == NULL || day_of_id(id) == TIMESTAMP_NONE) {
            note_garbage(decoding->health, "an element of data.sent is no alert id");
            continue;
        }
        struct ledger_entry *entry = ledger_add(decoding->ledger, id, day_of_id(id));
        entry->told_until = INT64_MAX;
    }
}

// A member of data as parsed JSON; NULL when it is absent or garbage (noted).
static struct json *parse_member(const struct json *document, const char *key,
                                 struct state_health *health)
{
    const struct json *member = json_path(document, "data", key, NULL);
    const char *text = json_text(member);
    struct json *parsed;
    struct error error;
    if (text == NULL || *text == '\0') {
        return NULL;
    }
    if (json_parse(text, strlen(text), &parsed, &error)) {
        return parsed;
    }
    char reason[256];
    (void)snprintf(reason, sizeof reason, "data.%s is not JSON", key);
    note_garbage(health, reason);
    return NULL;
}

static bool decode_told(void *context, const char *id, const struct json *value)
{
    struct decoding *decoding = context;
    struct ledger *ledger = decoding->ledger;
    if (ledger_find(ledger, id) == NULL) {
        return true;
    }
    struct ledger_entry *entry = ledger_add(ledger, id, TIMESTAMP_NONE);
    const char *until = json_text(json_get(value, "until"));
    const char *run_namespace = json_text(json_get(value, "namespace"));
    const char *run_token = json_text(json_get(value, "run"));
    const struct json *children = json_get(value, "children");
    if (until == NULL || !timestamp_parse(until, &entry->told_until)) {
        entry->told_until = TIMESTAMP_NONE;
    }
    entry->run_namespace = arena_strdup(ledger->arena, run_namespace != NULL ? run_namespace : "");
    entry->run_token = arena_strdup(ledger->arena, run_token != NULL ? run_token : "");
    for (size_t i = 0; i < json_count(children); i++) {
        const char *token = json_text(json_at(children, i));
        if (token != NULL) {
            ledger_add_child(ledger, entry, token);
        }
    }
    return true;
}

static bool decode_unread(void *context, const char *subject, const struct json *value)
{
    struct decoding *decoding = context;
    const char *text = json_text(value);
    int64_t at;
    if (text != NULL && timestamp_parse(text, &at)) {
        ledger_tell_unread(decoding->ledger, subject, at);
    }
    return true;
}

static void decode_state(const struct json *document, struct decoding *decoding)
{
    AUTO_PTR(json) state = parse_member(document, "state", decoding->health);
    int64_t version;
    if (state == NULL) {
        return;
    }
    if (!json_integer(json_get(state, "version"), &version) || version < 1) {
        note_garbage(decoding->health, "data.state has no version");
    } else if (version > STATE_VERSION) {
        decoding->health->newer = true;
        (void)snprintf(decoding->health->reason, sizeof decoding->health->reason,
                       "data.state has version %lld, this program knows version %d",
                       (long long)version, STATE_VERSION);
    } else {
        json_each(json_get(state, "told"), decode_told, decoding);
        json_each(json_get(state, "unread"), decode_unread, decoding);
    }
}

void state_format_decode(const struct json *document, struct ledger *ledger,
                         struct state_health *ret_health)
{
    *ret_health = (struct state_health){false, false, ""};
    struct decoding decoding = {ledger, ret_health};
    AUTO_PTR(json) sent = parse_member(document, "sent", ret_health);
    if (json_is_array(sent)) {
        decode_sent_array(sent, &decoding);
    } else if (json_is_object(sent)) {
        json_each(sent, decode_sent_member, &decoding);
    } else if (sent != NULL) {
        note_garbage(ret_health, "data.sent is neither a JSON object nor an array");
    }
    decode_state(document, &decoding);
    ledger->existed = true;
    ledger->changed = ret_health->unreadable;
}

static struct json *encode_sent(const struct ledger *ledger)
{
    struct json *sent = json_new_object();
    for (size_t i = 0; i < ledger->sent.count; i++) {
        const struct ledger_entry *entry = ledger->sent.entries[i].value;
        if (entry != NULL) {
            char text[TIMESTAMP_TEXT_BYTES];
            timestamp_format(entry->sent_at, text);
            json_set_text(sent, ledger->sent.entries[i].key, text);
        }
    }
    return sent;
}

static struct json *encode_told_entry(const struct ledger_entry *entry)
{
    struct json *told = json_new_object();
    struct json *children = json_new_array();
    for (size_t i = 0; i < entry->child_count; i++) {
        json_append(children, json_new_text(entry->children[i]));
    }
    if (*entry->run_namespace != '\0') {
        json_set_text(told, "namespace", entry->run_namespace);
    }
    if (*entry->run_token != '\0') {
        json_set_text(told, "run", entry->run_token);
    }
    if (entry->told_until == INT64_MAX) {
        json_set_text(told, "until", "9999-12-31T23:59:59Z");
    } else if (entry->told_until != TIMESTAMP_NONE) {
        char text[TIMESTAMP_TEXT_BYTES];
        timestamp_format(entry->told_until, text);
        json_set_text(told, "until", text);
    }
    json_set(told, "children", children);
    return told;
}

static int newest_first(const void *left, const void *right)
{
    const struct ledger_entry *a = (*(const struct map_entry *const *)left)->value;
    const struct ledger_entry *b = (*(const struct map_entry *const *)right)->value;
    return a->sent_at != b->sent_at ? (a->sent_at > b->sent_at ? -1 : 1) : 0;
}

// True for entries of which more is known than `sent` says. An id without a record counts as the
// original's: told with every child that ended by then. Ours always have one, if only "{}".
static bool has_record(const struct ledger_entry *entry)
{
    bool is_originals = entry->told_until == entry->sent_at && entry->child_count == 0 &&
                        *entry->run_namespace == '\0';
    return !is_originals;
}

// What an empty record takes in data.state, and what the whole one takes beyond it.
static size_t empty_size(const struct map_entry *slot)
{
    return strlen(slot->key) + strlen("\"\":{},");
}

static size_t content_size(const struct ledger_entry *entry)
{
    static const char frame[] = "\"namespace\":\"\",\"run\":\"0123456789abcdef\","
                                "\"until\":\"2026-04-02T10:00:00Z\",\"children\":[]";
    return strlen(frame) + strlen(entry->run_namespace) +
           entry->child_count * (LEDGER_TOKEN_BYTES + 2);
}

static size_t sorted_records(const struct ledger *ledger, const struct map_entry **ret)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger->sent.count; i++) {
        const struct map_entry *slot = &ledger->sent.entries[i];
        if (slot->value != NULL && has_record(slot->value)) {
            ret[count++] = slot;
        }
    }
    qsort(ret, count, sizeof(const struct map_entry *), newest_first);
    return count;
}

// Whole records newest first, as many as fit into room bytes; of the others only that they are
// ours: their children may then be told again, which is better than never.
static struct json *encode_told(const struct ledger *ledger, size_t room)
{
    struct json *told = json_new_object();
    const struct map_entry **slots =
        memory_alloc((ledger->sent.count + 1) * sizeof(const struct map_entry *));
    size_t count = sorted_records(ledger, slots);
    for (size_t i = 0; i < count; i++) {
        size_t size = empty_size(slots[i]);
        room -= size < room ? size : room;
    }
    for (size_t i = 0; i < count; i++) {
        size_t size = content_size(slots[i]->value);
        bool fits = size <= room;
        json_set(told, slots[i]->key,
                 fits ? encode_told_entry(slots[i]->value) : json_new_object());
        room -= fits ? size : 0;
    }
    free(slots);
    return told;
}

static struct json *encode_unread(const struct ledger *ledger)
{
    struct json *unread = json_new_object();
    for (size_t i = 0; i < ledger->unread.count; i++) {
        const int64_t *at = ledger->unread.entries[i].value;
        if (*at != TIMESTAMP_NONE) {
            char text[TIMESTAMP_TEXT_BYTES];
            timestamp_format(*at, text);
            json_set_text(unread, ledger->unread.entries[i].key, text);
        }
    }
    return unread;
}

static void set_aside(struct json *data)
{
    AUTO(buf) garbage;
    buf_init(&garbage, UNREADABLE_MAX_BYTES);
    static const char *const keys[] = {"sent", "state"};
    if (json_text(json_get(data, "unreadable")) != NULL) {
        return;
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *text = json_text(json_get(data, keys[i]));
        size_t len = text != NULL ? strlen(text) : 0;
        size_t room = UNREADABLE_MAX_BYTES / 2 - 16;
        buf_add_format(&garbage, "%s: ", keys[i]);
        buf_add(&garbage, text != NULL ? text : "", len < room ? len : room);
        buf_add_char(&garbage, '\n');
    }
    json_set_text(data, "unreadable", garbage.data);
}

static struct json *encode_state(const struct ledger *ledger, size_t room)
{
    struct json *state = json_new_object();
    json_set(state, "version", json_new_integer(STATE_VERSION));
    json_set(state, "unread", encode_unread(ledger));
    json_set(state, "told", encode_told(ledger, room));
    return state;
}

// Sets one member of data to a JSON value's text; takes the value. Returns the text's length.
static size_t set_member(struct json *data, const char *key, struct json *value)
{
    AUTO_PTR(json) owned = value;
    AUTO(buf) text;
    buf_init(&text, MEMBER_ROOM_BYTES);
    json_write(owned, JSON_COMPACT, &text);
    json_set_text(data, key, text.data);
    return text.len;
}

void state_format_update(struct json *document, struct ledger *ledger, bool *ret_crowded)
{
    struct state_health health;
    struct ledger found;
    ledger_init(&found, ledger->arena);
    state_format_decode(document, &found, &health);
    ledger_merge(ledger, &found);

    struct json *data = json_ensure_object(document, "data");
    if (health.unreadable) {
        set_aside(data);
    }
    size_t used = set_member(data, "sent", encode_sent(ledger));
    if (!health.newer) {
        size_t room = used < STATE_MAX_BYTES ? STATE_MAX_BYTES - used : 0;
        used += set_member(data, "state", encode_state(ledger, room));
    }
    *ret_crowded = used > (size_t)STATE_MAX_BYTES / 10 * 7;
}

struct json *state_format_new(const char *name)
{
    struct json *document = json_new_object();
    json_set_text(document, "apiVersion", "v1");
    json_set_text(document, "kind", "ConfigMap");
    struct json *metadata = json_ensure_object(document, "metadata");
    json_set_text(metadata, "name", name);
    struct json *labels = json_ensure_object(metadata, "labels");
    json_set_text(labels, "app.kubernetes.io/name", "kasten-alerter");
    json_set_text(labels, "app.kubernetes.io/managed-by", "kasten-alerter");
    (void)json_ensure_object(document, "data");
    return document;
}
