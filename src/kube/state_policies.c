// SPDX-License-Identifier: MIT
// The member policies of data.state: cluster, then policy, and there an array (docs/state.md).
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "kube/state_decode.h"
#include "kube/state_encode.h"
#include "kube/state_row.h"
#include "kube/state_token.h"

#include "base/banned.h"

static struct json *encode_watch(const struct overdue_watch *watch)
{
    struct state_row row;
    char token[LEDGER_TOKEN_BYTES];
    char packed[STATE_TOKEN_PACKED_BYTES];
    state_row_init(&row);
    (void)snprintf(token, sizeof token, "%016" PRIx64, watch->fingerprint);
    if (state_token_pack(token, packed)) {
        state_row_add(&row, json_new_text(packed));
    }
    if (watch->since >= STATE_INSTANT_MIN && watch->since <= STATE_INSTANT_MAX) {
        state_row_add(&row, json_new_integer(watch->since));
    } else {
        state_row_add_default(&row, json_new_text(""));
    }
    state_row_add_number(&row, watch->exempt ? 1 : 0, 0);
    return state_row_take(&row);
}

struct json *state_encode_policies(const struct ledger *ledger)
{
    AUTO_PTR(arena) scratch = arena_create();
    struct json *policies = json_new_object();
    for (size_t i = 0; i < ledger->watches.count; i++) {
        const struct map_entry *entry = &ledger->watches.entries[i];
        const char *slash = strchr(entry->key, '/');
        if (entry->value != NULL && slash != NULL) {
            const char *cluster = arena_strndup(scratch, entry->key, (size_t)(slash - entry->key));
            json_set(json_ensure_object(policies, cluster), slash + 1, encode_watch(entry->value));
        }
    }
    return policies;
}

struct policies_walk {
    struct state_decoding *decoding;
    const char *cluster;
};

static bool decode_since(const struct json *since, int64_t *ret)
{
    const char *text = json_text(since);
    *ret = TIMESTAMP_NONE;
    if (since == NULL || (text != NULL && *text == '\0')) {
        return true;
    }
    return json_integer(since, ret) && *ret >= STATE_INSTANT_MIN && *ret <= STATE_INSTANT_MAX;
}

static bool decode_exempt(const struct json *exempt, bool *ret)
{
    int64_t number = 0;
    bool is_right =
        exempt == NULL || (json_integer(exempt, &number) && (number == 0 || number == 1));
    *ret = number == 1;
    return is_right;
}

static bool decode_watch(void *context, const char *name, const struct json *value)
{
    const struct policies_walk *walk = context;
    struct state_decoding *decoding = walk->decoding;
    struct ledger *ledger = decoding->ledger;
    struct overdue_watch watch = {0};
    char token[LEDGER_TOKEN_BYTES];
    const char *packed = json_text(json_at(value, 0));
    if (!state_decode_has_room(decoding, ledger->watches.count, STATE_MEMBERS_MAX, "policies")) {
        return false;
    }
    if (packed == NULL || strlen(packed) != STATE_TOKEN_CHARS ||
        !state_token_unpack(packed, token) || !decode_since(json_at(value, 1), &watch.since) ||
        !decode_exempt(json_at(value, 2), &watch.exempt) ||
        !state_decode_is_line(decoding, name, STATE_NAME_MAX)) {
        state_decode_note(decoding,
                          "data.state: a member of policies is not [token, since, exempt]");
        return true;
    }
    watch.fingerprint = strtoull(token, NULL, 16);
    struct overdue_watch *kept = arena_alloc(ledger->arena, sizeof *kept);
    *kept = watch;
    map_set(&ledger->watches, arena_format(ledger->arena, "%s/%s", walk->cluster, name), kept);
    return true;
}

static bool decode_cluster(void *context, const char *name, const struct json *watches)
{
    struct state_decoding *decoding = context;
    struct policies_walk walk = {decoding, name};
    if (!json_is_object(watches) || strchr(name, '/') != NULL ||
        !state_decode_is_line(decoding, name, STATE_NAME_MAX)) {
        state_decode_note(decoding, "data.state: a cluster of policies is no object");
        return true;
    }
    json_each(watches, decode_watch, &walk);
    return true;
}

void state_decode_policies(struct state_decoding *decoding, const struct json *policies)
{
    if (policies != NULL && !json_is_object(policies)) {
        state_decode_note(decoding, "data.state: policies is no object");
    }
    json_each(policies, decode_cluster, decoding);
}
