// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "kube/state_decode.h"
#include "kube/state_token.h"

#include "base/banned.h"

// Down through class, cluster, policy, kind and application; each level fills its part.
struct incident_walk {
    struct state_decoding *decoding;
    struct incident incident;
    bool ok; // of the values of one incident
};

// Elements of an incident's array, as docs/state.md lists them.
enum {
    AT_RUN,
    AT_SINCE,
    AT_LAST,
    AT_TOLD,
    AT_LAST_GOOD,
    AT_CAUSE,
    AT_RUNS,
    AT_REMINDERS,
    AT_POLICY,
    AT_RUNS_WITHOUT,
    AT_RUNS_WITHOUT_END,
    AT_HELD,
    AT_SILENT,
};

static bool is_empty_text(const struct json *value)
{
    const char *text = json_text(value);
    return text != NULL && *text == '\0';
}

// A number of min to max; absent: what it is.
static int64_t number_at(struct incident_walk *walk, const struct json *array, size_t index,
                         int64_t min, int64_t max, int64_t absent)
{
    const struct json *value = json_at(array, index);
    int64_t number;
    if (value == NULL) {
        return absent;
    }
    if (!json_integer(value, &number) || number < min || number > max) {
        walk->ok = false;
        return absent;
    }
    return number;
}

// base + sign * the number; "" is not known.
static int64_t instant_at(struct incident_walk *walk, const struct json *array, size_t index,
                          int64_t base, int64_t sign)
{
    const int64_t span = STATE_INSTANT_MAX - STATE_INSTANT_MIN;
    const struct json *value = json_at(array, index);
    if (value == NULL || is_empty_text(value)) {
        return TIMESTAMP_NONE;
    }
    bool was_ok = walk->ok;
    walk->ok = true;
    int64_t instant = base + sign * number_at(walk, array, index, -span, span, 0);
    if (!walk->ok || instant < STATE_INSTANT_MIN || instant > STATE_INSTANT_MAX) {
        walk->ok = false;
        return TIMESTAMP_NONE;
    }
    walk->ok = was_ok;
    return instant;
}

static const char *line_at(struct incident_walk *walk, const struct json *array, size_t index)
{
    const struct json *value = json_at(array, index);
    const char *text = json_text(value);
    if (text == NULL) {
        walk->ok = walk->ok && value == NULL;
        return "";
    }
    return state_decode_line(walk->decoding, text, STATE_NAME_MAX);
}

// An index into causes, or the token itself.
static const char *cause_at(struct incident_walk *walk, const struct json *array)
{
    const struct state_decoding *decoding = walk->decoding;
    const struct json *value = json_at(array, AT_CAUSE);
    const char *packed = json_text(value);
    char token[LEDGER_TOKEN_BYTES];
    if (value == NULL || is_empty_text(value)) {
        return "";
    }
    if (packed != NULL) {
        bool is_token = strlen(packed) == STATE_TOKEN_CHARS && state_token_unpack(packed, token);
        walk->ok = walk->ok && is_token;
        return is_token ? arena_strdup(decoding->scratch, token) : "";
    }
    int64_t index = number_at(walk, array, AT_CAUSE, 0, INT64_MAX, INT64_MAX);
    if ((uint64_t)index >= decoding->cause_count) {
        walk->ok = false;
        return "";
    }
    return decoding->cause_tokens[index];
}

static void decode_held(struct incident_walk *walk, const struct json *held)
{
    struct incident *incident = &walk->incident;
    size_t count = json_count(held);
    bool too_many = count > INCIDENT_HELD_MAX;
    const char **ids = arena_alloc_array(walk->decoding->scratch, count, sizeof *ids);
    walk->ok = walk->ok && (held == NULL || json_is_array(held)) && !too_many;
    incident->held = ids;
    incident->held_count = 0;
    for (size_t i = too_many ? count - INCIDENT_HELD_MAX : 0; i < count; i++) {
        const char *id = json_text(json_at(held, i));
        if (id != NULL && state_decode_is_line(walk->decoding, id, STATE_ID_MAX)) {
            ids[incident->held_count++] = id;
        } else {
            walk->ok = false;
        }
    }
}

static void decode_policy_sight(struct incident_walk *walk, const struct json *array)
{
    int64_t sight = number_at(walk, array, AT_POLICY, -1 - UINT8_MAX, UINT8_MAX, 0);
    walk->incident.policy_seen = sight >= 0;
    walk->incident.policy_absent = (uint8_t)(sight >= 0 ? sight : -1 - sight);
}

static void decode_values(struct incident_walk *walk, const struct json *array)
{
    struct incident *incident = &walk->incident;
    incident->run = line_at(walk, array, AT_RUN);
    incident->since = instant_at(walk, array, AT_SINCE, 0, 1);
    int64_t base = incident->since != TIMESTAMP_NONE ? incident->since : 0;
    incident->last = json_at(array, AT_LAST) != NULL ? instant_at(walk, array, AT_LAST, base, 1)
                                                     : incident->since;
    incident->told = instant_at(walk, array, AT_TOLD, base, 1);
    incident->last_good = instant_at(walk, array, AT_LAST_GOOD, base, -1);
    incident->cause = cause_at(walk, array);
    incident->runs = (uint32_t)number_at(walk, array, AT_RUNS, 0, UINT32_MAX, 1);
    incident->reminders = (uint32_t)number_at(walk, array, AT_REMINDERS, 0, UINT32_MAX, 0);
    decode_policy_sight(walk, array);
    incident->runs_without = (uint8_t)number_at(walk, array, AT_RUNS_WITHOUT, 0, UINT8_MAX, 0);
    incident->runs_without_end = instant_at(walk, array, AT_RUNS_WITHOUT_END, base, 1);
    decode_held(walk, json_at(array, AT_HELD));
    incident->silent = number_at(walk, array, AT_SILENT, 0, 1, 0) == 1;
}

static bool decode_app(void *context, const char *app, const struct json *array)
{
    struct incident_walk *walk = context;
    struct state_decoding *decoding = walk->decoding;
    if (!state_decode_has_room(decoding, decoding->ledger->incidents.count, STATE_MEMBERS_MAX,
                               "incidents")) {
        return false;
    }
    walk->ok = json_is_array(array);
    walk->incident.app = state_decode_line(decoding, app, STATE_NAME_MAX);
    if (walk->ok) {
        decode_values(walk, array);
        ledger_put_incident(decoding->ledger, &walk->incident);
    }
    if (!walk->ok) {
        state_decode_note(decoding, "data.state: values of an incident are not as they should be");
    }
    return true;
}

// Goes one level down; a level that is no object is left out.
static void descend(struct incident_walk *walk, const struct json *level,
                    bool (*visit)(void *context, const char *key, const struct json *value))
{
    if (!json_is_object(level)) {
        state_decode_note(walk->decoding, "data.state: a level of incidents is no object");
        return;
    }
    json_each(level, visit, walk);
}

static bool decode_kind(void *context, const char *word, const struct json *apps)
{
    struct incident_walk *walk = context;
    if (watched_kind_from_word(word, &walk->incident.kind)) {
        descend(walk, apps, decode_app);
    } else {
        state_decode_note(walk->decoding, "data.state: incidents have a kind that is not known");
    }
    return true;
}

static bool decode_policy(void *context, const char *policy, const struct json *kinds)
{
    struct incident_walk *walk = context;
    walk->incident.policy = state_decode_line(walk->decoding, policy, STATE_NAME_MAX);
    descend(walk, kinds, decode_kind);
    return true;
}

static bool decode_cluster(void *context, const char *cluster, const struct json *policies)
{
    struct incident_walk *walk = context;
    walk->incident.cluster = state_decode_line(walk->decoding, cluster, STATE_NAME_MAX);
    if (*walk->incident.cluster == '\0') {
        state_decode_note(walk->decoding, "data.state: incidents have a cluster without a name");
        return true;
    }
    descend(walk, policies, decode_policy);
    return true;
}

static bool decode_class(void *context, const char *word, const struct json *clusters)
{
    struct incident_walk *walk = context;
    if (alert_class_from_word(word, &walk->incident.class)) {
        descend(walk, clusters, decode_cluster);
    } else {
        state_decode_note(walk->decoding, "data.state: incidents have a class that is not known");
    }
    return true;
}

void state_decode_incidents(struct state_decoding *decoding, const struct json *incidents)
{
    struct incident_walk walk = {.decoding = decoding};
    if (incidents != NULL) {
        descend(&walk, incidents, decode_class);
    }
}
