// SPDX-License-Identifier: MIT
#include "core/incident.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/timestamp.h"

#include "base/banned.h"

static const char *part(const char *text)
{
    return *text == '\0' ? "-" : text;
}

bool incident_is_in_part(const struct incident *incident)
{
    return incident->class == ALERT_UNREACHABLE && strcmp(incident->app, INCIDENT_IN_PART) == 0;
}

int64_t incident_reminder_at(const struct incident *incident, int64_t remind_every_s)
{
    bool is_reminded_of = incident->told != TIMESTAMP_NONE && remind_every_s > 0 &&
                          incident->class != ALERT_EXPIRING && !incident_is_in_part(incident);
    return is_reminded_of ? incident->told + remind_every_s : TIMESTAMP_NONE;
}

const char *incident_key(struct arena *arena, const struct incident *incident)
{
    bool plain = incident->class == ALERT_FAILED;
    return arena_format(arena, "%s%s%s/%s/%s/%s", plain ? "" : alert_class_word(incident->class),
                        plain ? "" : ":", incident->cluster, part(incident->policy),
                        action_kind_word(incident->kind), part(incident->app));
}

const char *incident_policy(struct arena *arena, const char *policy_namespace, const char *policy)
{
    if (*policy == '\0' || *policy_namespace == '\0') {
        return policy;
    }
    return arena_format(arena, "%s/%s", policy_namespace, policy);
}

const char *incident_policy_name(const char *policy)
{
    const char *slash = strrchr(policy, '/');
    return slash != NULL ? slash + 1 : policy;
}

const char *incident_policy_namespace(struct arena *arena, const char *policy)
{
    const char *name = incident_policy_name(policy);
    return name != policy ? arena_strndup(arena, policy, (size_t)(name - policy) - 1) : "";
}

const char *incident_cause_token(struct arena *arena, const struct cause_list *causes)
{
    enum { PARTS_BYTES = 64 };
    uint64_t sum = 0;
    uint64_t mixed = 0;
    if (causes->count == 0) {
        return "";
    }
    for (size_t i = 0; i < causes->count; i++) {
        sum += causes->items[i].fingerprint;
        mixed ^= causes->items[i].fingerprint * UINT64_C(0x9E3779B97F4A7C15);
    }
    char parts[PARTS_BYTES];
    int len = snprintf(parts, sizeof parts, "%zu %" PRIx64 " %" PRIx64, causes->count, sum, mixed);
    return arena_format(arena, "%016" PRIx64, map_hash(parts, (size_t)len));
}

bool incident_holds(const struct incident *incident, const char *id)
{
    for (size_t i = 0; i < incident->held_count; i++) {
        if (strcmp(incident->held[i], id) == 0) {
            return true;
        }
    }
    return false;
}

void incident_hold(struct arena *arena, struct incident *incident, const char *id)
{
    if (incident_holds(incident, id)) {
        return;
    }
    size_t skip = incident->held_count >= INCIDENT_HELD_MAX
                      ? incident->held_count - INCIDENT_HELD_MAX + 1
                      : 0;
    size_t kept = incident->held_count - skip;
    const char **held = arena_alloc_array(arena, kept + 1, sizeof *held);
    for (size_t i = 0; i < kept; i++) {
        held[i] = incident->held[skip + i];
    }
    held[kept] = arena_strdup(arena, id);
    incident->held = held;
    incident->held_count = kept + 1;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b; // TIMESTAMP_NONE is before everything
}

// Adds what older holds and merged lacks; of too many the latest stay.
static void merge_held(struct arena *arena, struct incident *merged, const struct incident *older)
{
    bool lacks = false;
    for (size_t i = 0; i < older->held_count; i++) {
        lacks = lacks || !incident_holds(merged, older->held[i]);
    }
    if (!lacks) {
        return;
    }
    const char **held =
        arena_alloc_array(arena, merged->held_count + older->held_count, sizeof *held);
    size_t count = 0;
    for (size_t i = 0; i < older->held_count; i++) {
        if (!incident_holds(merged, older->held[i])) {
            held[count++] = older->held[i];
        }
    }
    for (size_t i = 0; i < merged->held_count; i++) {
        held[count++] = merged->held[i];
    }
    size_t skip = count > INCIDENT_HELD_MAX ? count - INCIDENT_HELD_MAX : 0;
    merged->held = held + skip;
    merged->held_count = count - skip;
}

void incident_merge(struct arena *arena, struct incident *incident, const struct incident *other)
{
    bool is_newer = other->last > incident->last;
    struct incident merged = is_newer ? *other : *incident;
    const struct incident *older = is_newer ? incident : other;
    // One that began after the other's last bad run is a new one: a good run lay between.
    if (merged.since <= older->last) {
        merged.since = older->since < merged.since ? older->since : merged.since;
        merged.runs = older->runs > merged.runs ? older->runs : merged.runs;
        merged.last_good = later(merged.last_good, older->last_good);
        merged.told = later(merged.told, older->told);
        merged.reminders =
            older->reminders > merged.reminders ? older->reminders : merged.reminders;
        merge_held(arena, &merged, older);
    }
    merged.policy_seen = merged.policy_seen || older->policy_seen;
    *incident = merged;
}

struct incident *incident_copy(struct arena *arena, const struct incident *incident)
{
    struct incident *copy = arena_alloc(arena, sizeof *copy);
    *copy = *incident;
    copy->cluster = arena_strdup(arena, incident->cluster);
    copy->policy = arena_strdup(arena, incident->policy);
    copy->app = arena_strdup(arena, incident->app);
    copy->run = arena_strdup(arena, incident->run);
    copy->cause = arena_strdup(arena, incident->cause);
    const char **held = arena_alloc_array(arena, incident->held_count, sizeof *held);
    for (size_t i = 0; i < incident->held_count; i++) {
        held[i] = arena_strdup(arena, incident->held[i]);
    }
    copy->held = held;
    return copy;
}
