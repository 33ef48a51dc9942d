// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "codec/mail_header.h"
#include "kube/state_decode.h"
#include "kube/state_token.h"

#include "base/banned.h"

static const char **decode_recipients(struct state_decoding *decoding, const struct json *to,
                                      size_t *ret_count)
{
    size_t count = json_count(to);
    const char **recipients = arena_alloc_array(decoding->scratch, count, sizeof *recipients);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *address = json_text(json_at(to, i));
        if (!state_decode_has_room(decoding, *ret_count, STATE_RECIPIENTS_MAX, "pending.to")) {
            break;
        }
        if (address == NULL || !mail_header_address_is_safe(address)) {
            state_decode_note(decoding, "data.state: a recipient of pending is no mail address");
            continue;
        }
        recipients[(*ret_count)++] = address;
    }
    return recipients;
}

struct id_list {
    const char **ids;
    size_t count;
};

static bool add_id(struct state_decoding *decoding, struct id_list *list, const char *id)
{
    if (!state_decode_has_room(decoding, list->count, STATE_IDS_MAX, "pending.ids")) {
        return false;
    }
    list->ids[list->count++] = id;
    return true;
}

// Ids as text, and the tokens of those that stand in sent. One that is no longer there was
// forgotten since: it is not sent again.
static struct id_list decode_ids(struct state_decoding *decoding, const struct json *mail)
{
    const struct json *ids = json_get(mail, "ids");
    const char *packed = json_text(json_get(mail, "sent"));
    size_t packed_count = packed != NULL ? strlen(packed) / STATE_TOKEN_CHARS : 0;
    size_t count = json_count(ids);
    struct id_list list = {
        arena_alloc_array(decoding->scratch, count + packed_count, sizeof *list.ids), 0};
    bool has_room = true;
    for (size_t i = 0; i < count && has_room; i++) {
        const char *id = json_text(json_at(ids, i));
        if (id == NULL || !state_decode_is_line(decoding, id, STATE_ID_MAX)) {
            state_decode_note(decoding, "data.state: an element of pending.ids is no id");
            continue;
        }
        has_room = add_id(decoding, &list, id);
    }
    for (size_t i = 0; i < packed_count && has_room; i++) {
        char token[STATE_TOKEN_PACKED_BYTES] = "";
        memcpy(token, packed + i * STATE_TOKEN_CHARS, STATE_TOKEN_CHARS);
        const char *id = map_get(&decoding->ids, token);
        has_room = id == NULL || add_id(decoding, &list, id);
    }
    return list;
}

static void decode_mail(struct state_decoding *decoding, const struct json *mail)
{
    const char *message_id = json_text(json_get(mail, "message_id"));
    const char *date = json_text(json_get(mail, "date"));
    struct pending pending = {.message_id = message_id};
    const struct json *accepted = json_get(mail, "accepted");
    const char *tried = json_text(json_get(mail, "tried"));
    if (message_id == NULL || !mail_header_message_id_is_safe(message_id) || date == NULL ||
        !timestamp_parse(date, &pending.date) || pending.date < 0 ||
        ledger_find_pending(decoding->ledger, message_id) != NULL) {
        state_decode_note(decoding, "data.state: a mail of pending has no Message-ID or date");
        return;
    }
    if (accepted != NULL && !json_bool(accepted, &pending.accepted)) {
        state_decode_note(decoding, "data.state: pending.accepted is not true or false");
    }
    const char *from = json_text(json_get(mail, "from"));
    if (from == NULL || !timestamp_parse(from, &pending.from)) {
        pending.from = 0;
    }
    if (tried == NULL || !timestamp_parse(tried, &pending.tried)) {
        pending.tried = 0;
    }
    pending.recipients =
        decode_recipients(decoding, json_get(mail, "to"), &pending.recipient_count);
    if (pending.recipient_count == 0) {
        state_decode_note(decoding, "data.state: a mail of pending has no recipient");
        return;
    }
    struct id_list list = decode_ids(decoding, mail);
    pending.ids = list.ids;
    pending.id_count = list.count;
    ledger_add_pending(decoding->ledger, &pending);
}

void state_decode_pending(struct state_decoding *decoding, const struct json *pending)
{
    if (pending != NULL && !json_is_array(pending)) {
        state_decode_note(decoding, "data.state: pending is no array");
    }
    for (size_t i = 0; i < json_count(pending); i++) {
        if (!state_decode_has_room(decoding, decoding->ledger->pending_count, PENDING_MAX,
                                   "pending")) {
            return;
        }
        decode_mail(decoding, json_at(pending, i));
    }
}
