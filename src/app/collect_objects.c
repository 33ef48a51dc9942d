// SPDX-License-Identifier: MIT
#include <string.h>

#include "app/collect_parts.h"
#include "base/arena.h"
#include "base/timestamp.h"
#include "core/cause_list.h"
#include "core/incident.h"
#include "core/ledger.h"
#include "k10/policy_decode.h"

#include "base/banned.h"

struct map *collect_objects_of(const struct collecting *collecting, size_t cluster,
                               enum action_kind kind)
{
    return &collecting->objects[cluster * COLLECT_OBJECT_KINDS + (size_t)(kind - OBJECT_POLICY)];
}

void collect_objects_begin(struct collecting *collecting)
{
    struct collection *result = collecting->result;
    size_t clusters = collecting->input->fleet->count;
    if (!collecting->input->objects) {
        return;
    }
    result->policies = arena_alloc_array(collecting->arena, clusters, sizeof *result->policies);
    collecting->objects = arena_alloc_array(collecting->arena, clusters * COLLECT_OBJECT_KINDS,
                                            sizeof *collecting->objects);
    for (size_t i = 0; i < clusters; i++) {
        map_init(&result->policies[i].names, collecting->arena);
    }
    for (size_t i = 0; i < clusters * COLLECT_OBJECT_KINDS; i++) {
        map_init(&collecting->objects[i], collecting->arena);
    }
}

static bool decode(struct arena *arena, const struct sight *sight, const char *bytes, size_t len,
                   struct policy *ret, struct error *error)
{
    struct policy_preset preset;
    struct policy_profile profile;
    *ret = (struct policy){.preset = {"", ""}};
    switch (sight->kind) {
    case OBJECT_POLICY:
        return policy_decode(arena, sight->cluster, bytes, len, ret, error);
    case OBJECT_POLICY_PRESET:
        if (!policy_decode_preset(arena, sight->cluster, bytes, len, &preset, error)) {
            return false;
        }
        ret->object = preset.object;
        ret->schedule = preset.schedule;
        ret->export_to = preset.export_to;
        ret->profiles = preset.profiles;
        return true;
    default:
        if (!policy_decode_profile(arena, sight->cluster, bytes, len, &profile, error)) {
            return false;
        }
        ret->object = profile.object;
        return true;
    }
}

static struct policy_reference copy_reference(struct arena *arena,
                                              const struct policy_reference *reference)
{
    return (struct policy_reference){arena_strdup(arena, reference->name),
                                     arena_strdup(arena, reference->namespace_name)};
}

// The object without what is not needed of it; its causes are copied by decoding it again.
static struct noted_object *keep(struct arena *arena, const struct policy *decoded)
{
    struct noted_object *kept = arena_alloc(arena, sizeof *kept);
    const struct policy_references *profiles = &decoded->profiles;
    struct policy_reference *items = arena_alloc_array(arena, profiles->count, sizeof *items);
    for (size_t i = 0; i < profiles->count; i++) {
        items[i] = copy_reference(arena, &profiles->items[i]);
    }
    kept->policy = *decoded;
    struct policy_object *object = &kept->policy.object;
    object->uid = "";
    object->name = arena_strdup(arena, decoded->object.name);
    object->namespace_name = arena_strdup(arena, decoded->object.namespace_name);
    object->causes = (struct cause_list){0};
    kept->policy.preset = copy_reference(arena, &decoded->preset);
    kept->policy.profiles = (struct policy_references){items, profiles->count};
    kept->policy.applications = NULL;
    kept->policy.application_count = 0;
    return kept;
}

static const char *full_name(struct arena *arena, const char *namespace_name, const char *name)
{
    return arena_format(arena, "%s/%s", namespace_name, name);
}

// What exists, for those who ask whether something was deleted.
static void note_name(struct arena *scratch, struct map *names, enum action_kind kind,
                      const struct policy_object *object)
{
    const char *name = full_name(scratch, object->namespace_name, object->name);
    if (kind == OBJECT_POLICY) {
        map_set(names, object->name, names);
        map_set(names, name, names);
    } else {
        map_set(names, arena_format(scratch, "%s %s", action_kind_word(kind), name), names);
    }
}

bool collect_object(struct reading *reading, const char *bytes, size_t len, struct error *error)
{
    struct collecting *collecting = reading->collecting;
    const struct sight *sight = reading->sight;
    AUTO_PTR(arena) scratch = arena_create();
    struct policy decoded;
    if (!decode(scratch, sight, bytes, len, &decoded, error)) {
        return error_prefix(error, "element of the list");
    }
    bool failed = decoded.object.validation == POLICY_VALIDATION_FAILED;
    if (!collecting_has_room(collecting)) {
        reading->sight->overflowed = true;
        collecting->result->conditions_beyond += failed ? 1 : 0;
        return true;
    }
    struct noted_object *kept = keep(collecting->arena, &decoded);
    if (failed && !collecting_has_room_for_detail(collecting)) {
        kept->policy.object.causes = collecting->no_detail;
    } else if (failed) {
        struct policy again;
        if (!decode(collecting->arena, sight, bytes, len, &again, error)) {
            return error_prefix(error, "element of the list");
        }
        kept->policy.object.causes = again.object.causes;
    }
    note_name(scratch, &collecting->result->policies[sight->cluster].names, sight->kind,
              &decoded.object);
    // A list that begins anew, or repeats a page, replaces what it said before.
    map_set(collect_objects_of(collecting, sight->cluster, sight->kind),
            full_name(scratch, decoded.object.namespace_name, decoded.object.name), kept);
    return true;
}

static struct noted_object *find(const struct collecting *collecting, enum action_kind kind,
                                 const struct policy_reference *reference,
                                 const struct policy_object *from)
{
    if (*reference->name == '\0') {
        return NULL;
    }
    const char *namespace_name =
        *reference->namespace_name != '\0' ? reference->namespace_name : from->namespace_name;
    AUTO_PTR(arena) scratch = arena_create();
    return map_get(collect_objects_of(collecting, from->cluster, kind),
                   full_name(scratch, namespace_name, reference->name));
}

// Whoever uses it twice, itself and through its preset, comes twice in a row.
static void add_user(struct arena *arena, struct noted_object *used,
                     const struct noted_object *policy)
{
    if (used == NULL || (used->user_count > 0 && used->users[used->user_count - 1] == policy)) {
        return;
    }
    used->users =
        arena_grow(arena, used->users, &used->user_capacity, used->user_count, sizeof *used->users);
    used->users[used->user_count++] = policy;
}

static void add_profile_users(const struct collecting *collecting, const struct noted_object *owner,
                              const struct noted_object *policy)
{
    const struct policy_references *profiles = &owner->policy.profiles;
    for (size_t i = 0; i < profiles->count; i++) {
        add_user(collecting->arena,
                 find(collecting, OBJECT_PROFILE, &profiles->items[i], &owner->policy.object),
                 policy);
    }
}

// Enters each policy of a cluster at what it uses, a preset's profiles too. In time that grows with
// the policies only: a cluster with many of everything must not hold up the pass.
static void find_users(const struct collecting *collecting, size_t cluster)
{
    const struct map *policies = collect_objects_of(collecting, cluster, OBJECT_POLICY);
    for (size_t i = 0; i < policies->count; i++) {
        const struct noted_object *policy = policies->entries[i].value;
        struct noted_object *preset =
            find(collecting, OBJECT_POLICY_PRESET, &policy->policy.preset, &policy->policy.object);
        add_user(collecting->arena, preset, policy);
        add_profile_users(collecting, policy, policy);
        if (preset != NULL) {
            add_profile_users(collecting, preset, policy);
        }
    }
}

static bool was_whole(const struct collecting *collecting, size_t cluster, enum action_kind kind)
{
    const struct collection *result = collecting->result;
    for (size_t i = 0; i < result->sight_count; i++) {
        if (result->sights[i].cluster == cluster && result->sights[i].kind == kind) {
            return sight_is_whole(&result->sights[i]);
        }
    }
    return false;
}

// "used by policies daily, weekly and 3 more"
static const char *users_note(const struct collecting *collecting, const struct noted_object *used,
                              enum action_kind kind)
{
    struct arena *arena = collecting->arena;
    size_t cluster = used->policy.object.cluster;
    bool known =
        was_whole(collecting, cluster, OBJECT_POLICY) &&
        (kind == OBJECT_POLICY_PRESET || was_whole(collecting, cluster, OBJECT_POLICY_PRESET));
    if (used->user_count == 0) {
        return known ? "no policy uses it"
                     : "which policies use it is not known: not all of them could be read";
    }
    const char *names[COLLECT_NAMES_SHOWN];
    for (size_t i = 0; i < used->user_count && i < COLLECT_NAMES_SHOWN; i++) {
        names[i] = used->users[i]->policy.object.name;
    }
    return arena_format(arena, "used by %s %s%s", used->user_count == 1 ? "policy" : "policies",
                        collect_names(arena, names, used->user_count),
                        known ? "" : ", perhaps by others too: not all of them could be read");
}

static const char *note_of(const struct collecting *collecting, const struct noted_object *noted,
                           enum action_kind kind)
{
    if (kind != OBJECT_POLICY) {
        return users_note(collecting, noted, kind);
    }
    return noted->policy.paused ? "K10 will not run it; it is paused, too" : "K10 will not run it";
}

static void add_user_keys(struct arena *arena, const struct noted_object *used,
                          struct plan_condition *condition)
{
    const char **users = arena_alloc_array(arena, used->user_count, sizeof *users);
    for (size_t i = 0; i < used->user_count; i++) {
        const struct policy_object *policy = &used->users[i]->policy.object;
        users[i] = incident_policy(arena, policy->namespace_name, policy->name);
    }
    condition->users = users;
    condition->user_count = used->user_count;
}

// True when the ledger knows it as invalid.
static bool is_open(const struct collecting *collecting, const struct policy_object *object,
                    enum action_kind kind)
{
    const struct collect_input *input = collecting->input;
    if (input->ledger == NULL || input->ledger->incidents.count == 0) {
        return false;
    }
    AUTO_PTR(arena) scratch = arena_create();
    const char *name = incident_policy(scratch, object->namespace_name, object->name);
    struct incident incident = {
        .class = ALERT_INVALID,
        .cluster = input->fleet->clusters[object->cluster].settings->name,
        .policy = kind == OBJECT_POLICY ? name : "",
        .kind = kind,
        .app = kind == OBJECT_POLICY ? "" : name,
    };
    return ledger_incident_like(input->ledger, &incident) != NULL;
}

static void judge(struct collecting *collecting, const struct noted_object *noted,
                  enum action_kind kind)
{
    const struct policy_object *object = &noted->policy.object;
    bool failed = object->validation == POLICY_VALIDATION_FAILED;
    // Pending, as after each change, is no evidence that it is valid now.
    bool waits =
        object->validation != POLICY_VALIDATION_SUCCESS && is_open(collecting, object, kind);
    if (!failed && !waits) {
        return;
    }
    static const char not_validated[] = "it was invalid, and K10 has not validated it again yet";
    struct plan_condition condition = {
        .class = ALERT_INVALID,
        .cluster = object->cluster,
        .kind = kind,
        .name = object->name,
        .namespace_name = object->namespace_name,
        .note = note_of(collecting, noted, kind),
        .causes = failed ? object->causes : cause_list_of(collecting->arena, not_validated),
    };
    if (kind == OBJECT_PROFILE) {
        add_user_keys(collecting->arena, noted, &condition);
    }
    collecting_add_condition(collecting, &condition);
}

void collect_objects_finish(struct collecting *collecting)
{
    struct collection *result = collecting->result;
    size_t clusters = collecting->input->objects ? collecting->input->fleet->count : 0;
    for (size_t i = 0; i < clusters; i++) {
        result->policies[i].read = was_whole(collecting, i, OBJECT_POLICY);
        find_users(collecting, i);
        for (int kind = OBJECT_POLICY; kind < WATCHED_KIND_COUNT; kind++) {
            const struct map *objects = collect_objects_of(collecting, i, (enum action_kind)kind);
            for (size_t j = 0; j < objects->count; j++) {
                judge(collecting, objects->entries[j].value, (enum action_kind)kind);
            }
        }
    }
}
