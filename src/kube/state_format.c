// SPDX-License-Identifier: MIT
#include "kube/state_format.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/json.h"
#include "kube/state_decode.h"
#include "kube/state_encode.h"
#include "kube/state_room.h"

#include "base/banned.h"

enum {
    UNREADABLE_MAX_BYTES = 32 * 1024,
    MEMBER_ROOM_BYTES = 64 * 1024 * 1024,
};

// A member of data as text; "" when it is absent. One that is no text, which only a file can hold,
// is taken as the JSON it is.
static const char *member_text(const struct json *data, const char *key, struct buf *room)
{
    const struct json *member = json_get(data, key);
    if (member == NULL || json_text(member) != NULL) {
        return member != NULL ? json_text(member) : "";
    }
    json_write(member, JSON_COMPACT, room);
    return room->data;
}

// A member of data as parsed JSON; NULL when it is absent or garbage (noted).
static struct json *parse_member(struct state_decoding *decoding, const struct json *data,
                                 const char *key)
{
    AUTO(buf) room;
    buf_init(&room, MEMBER_ROOM_BYTES);
    const char *text = member_text(data, key, &room);
    struct json *parsed;
    struct error error;
    char reason[64];
    uint64_t hash = map_hash(text, strlen(text));
    decoding->ledger->revision = (decoding->ledger->revision ^ hash) * UINT64_C(0x100000001b3) + 1;
    if (json_get(data, key) != NULL && json_text(json_get(data, key)) == NULL) {
        (void)snprintf(reason, sizeof reason, "data.%s is no text", key);
        state_decode_note(decoding, reason);
    }
    if (*text == '\0') {
        return NULL;
    }
    if (json_parse(text, strlen(text), &parsed, &error)) {
        return parsed;
    }
    (void)snprintf(reason, sizeof reason, "data.%s is not JSON", key);
    state_decode_note(decoding, reason);
    return NULL;
}

static void decode_version(struct state_decoding *decoding, const struct json *state)
{
    int64_t version;
    struct state_health *health = decoding->health;
    if (!json_integer(json_get(state, "version"), &version) || version < 1) {
        state_decode_note(decoding, "data.state has no version");
        return;
    }
    decoding->ledger->had_state = true;
    if (version == STATE_VERSION) {
        state_decode_state(decoding, state);
        return;
    }
    health->newer = true;
    (void)snprintf(health->reason, sizeof health->reason,
                   "data.state has version %lld, this program knows version %d", (long long)version,
                   STATE_VERSION);
}

void state_format_decode(const struct json *document, struct ledger *ledger,
                         struct state_health *ret_health)
{
    AUTO_PTR(arena) scratch = arena_create();
    struct state_decoding decoding = {.ledger = ledger, .health = ret_health, .scratch = scratch};
    *ret_health = (struct state_health){false, false, ""};
    map_init(&decoding.ids, scratch);
    ledger->existed = true;
    ledger->revision = 0;
    const struct json *data = json_get(document, "data");
    AUTO_PTR(json) sent = parse_member(&decoding, data, "sent");
    AUTO_PTR(json) state = parse_member(&decoding, data, "state");
    state_decode_sent(&decoding, sent);
    if (state != NULL) {
        decode_version(&decoding, state);
    }
    if (ledger->revision == 0) {
        ledger->revision = 1;
    }
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
        AUTO(buf) room;
        buf_init(&room, MEMBER_ROOM_BYTES);
        const char *text = member_text(data, keys[i], &room);
        size_t len = strlen(text);
        size_t kept = UNREADABLE_MAX_BYTES / 2 - 16;
        buf_add_format(&garbage, "%s: ", keys[i]);
        buf_add(&garbage, text, len < kept ? len : kept);
        buf_add_char(&garbage, '\n');
    }
    json_set_text(data, "unreadable", garbage.data);
}

// What a document holds before it is written over.
static void examine(const struct json *document, struct state_health *ret_health)
{
    AUTO_PTR(arena) arena = arena_create();
    struct ledger found;
    ledger_init(&found, arena);
    state_format_decode(document, &found, ret_health);
}

void state_format_encode(struct json *document, const struct ledger *ledger,
                         struct state_report *ret_report)
{
    struct state_health health;
    examine(document, &health);
    struct json *data = json_ensure_object(document, "data");
    if (health.unreadable) {
        set_aside(data);
    }
    *ret_report = (struct state_report){.newer = health.newer};
    AUTO_PTR(json) sent = state_encode_sent(ledger);
    AUTO(buf) text;
    buf_init(&text, MEMBER_ROOM_BYTES);
    json_write(sent, JSON_COMPACT, &text);
    json_set_text(data, "sent", text.data);
    if (!health.newer) {
        AUTO(buf) state;
        buf_init(&state, MEMBER_ROOM_BYTES);
        state_room_write(ledger, text.len, &state, ret_report);
        json_set_text(data, "state", state.data);
    }
    state_room_measure(document, ret_report);
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
