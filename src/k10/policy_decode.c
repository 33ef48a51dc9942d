// SPDX-License-Identifier: MIT
#include "k10/policy_decode.h"

#include <string.h>

#include "base/arena.h"
#include "base/parse.h"
#include "codec/json.h"
#include "k10/error_tree.h"
#include "k10/field.h"

#include "base/banned.h"

enum { LIST_MAX_ENTRIES = 1024 };

static const char namespace_key[] = "k10.kasten.io/appNamespace";
static const char machine_key[] = "k10.kasten.io/virtualMachineRef";

// true, also as a label's text.
static bool is_true(const struct json *value)
{
    bool truth = false;
    const char *text = json_text(value);
    return text != NULL ? parse_bool(text, &truth) && truth : json_bool(value, &truth) && truth;
}

static int index_of(const char *const *words, int count, const struct json *value)
{
    const char *text = json_text(value);
    for (int i = 0; text != NULL && i < count; i++) {
        if (strcmp(words[i], text) == 0) {
            return i;
        }
    }
    return -1;
}

static enum policy_validation read_validation(const struct json *value)
{
    static const char *const words[] = {"Pending", "Success", "Failed"};
    int index = index_of(words, 3, value);
    return index < 0 ? POLICY_VALIDATION_UNKNOWN
                     : (enum policy_validation)(POLICY_VALIDATION_PENDING + index);
}

static void read_object(struct arena *arena, const struct json *json, struct policy_object *object)
{
    const struct json *metadata = json_get(json, "metadata");
    const struct json *status = json_get(json, "status");
    const char *name = field_text(arena, json_get(metadata, "name"));
    object->name = *name != '\0' ? name : "(unnamed)";
    object->namespace_name = field_text(arena, json_get(metadata, "namespace"));
    object->created = field_time(json_get(metadata, "creationTimestamp"));
    object->uid = field_text(arena, json_get(metadata, "uid"));
    if (*object->uid == '\0') {
        object->uid = arena_format(arena, "%s/%s/%s", policy_kind_name(object->kind),
                                   object->namespace_name, object->name);
    }
    object->validation = read_validation(json_get(status, "validation"));
    if (object->validation == POLICY_VALIDATION_FAILED) {
        AUTO_PTR(arena) scratch = arena_create();
        root_cause_find(arena, error_tree_build(scratch, json_get(status, "error")),
                        &object->causes);
    }
}

static enum schedule_frequency read_frequency(const struct json *value)
{
    static const char *const words[] = {"@onDemand", "@hourly",  "@daily",
                                        "@weekly",   "@monthly", "@yearly"};
    const char *text = json_text(value);
    int index = index_of(words, 6, value);
    if (index >= 0) {
        return (enum schedule_frequency)(SCHEDULE_ON_DEMAND + index);
    }
    return text == NULL || *text == '\0' ? SCHEDULE_NONE : SCHEDULE_UNKNOWN;
}

static bool read_number(const struct json *value, int min, int max, int *ret)
{
    int64_t number;
    if (!json_integer(value, &number) || number < min || number > max) {
        return false;
    }
    *ret = (int)number;
    return true;
}

static struct schedule_list read_list(const struct json *array, int min, int max)
{
    struct schedule_list list = {.set = 0};
    size_t count = json_is_array(array) ? json_count(array) : 0;
    for (size_t i = 0; i < count && i < LIST_MAX_ENTRIES; i++) {
        int entry;
        if (!read_number(json_at(array, i), min, max, &entry)) {
            continue;
        }
        if (list.set == 0) {
            list.first = entry;
        }
        list.set |= UINT64_C(1) << entry;
    }
    return list;
}

// Sunday is 0 and 7.
static struct schedule_list read_weekdays(const struct json *array)
{
    struct schedule_list list = read_list(array, 0, 7);
    list.set = (list.set | list.set >> 7) & 0x7f;
    list.first %= 7;
    return list;
}

// Go leaves out a minute or an hour of 0.
static bool read_time_of_day(const struct json *object, int *ret_minutes)
{
    int hour = 0;
    int minute = 0;
    const struct json *hours = json_get(object, "hour");
    const struct json *minutes = json_get(object, "minute");
    if (!json_is_object(object) || (hours != NULL && !read_number(hours, 0, 23, &hour)) ||
        (minutes != NULL && !read_number(minutes, 0, 59, &minute))) {
        return false;
    }
    *ret_minutes = hour * 60 + minute;
    return true;
}

// spec of a policy, spec.backup of a preset.
static struct schedule read_schedule(const struct json *spec)
{
    const struct json *sub = json_get(spec, "subFrequency");
    const struct json *window = json_get(spec, "backupWindow");
    struct schedule schedule = {
        .frequency = read_frequency(json_get(spec, "frequency")),
        .minutes = read_list(json_get(sub, "minutes"), 0, 59),
        .hours = read_list(json_get(sub, "hours"), 0, 23),
        .weekdays = read_weekdays(json_get(sub, "weekdays")),
        .days = read_list(json_get(sub, "days"), 1, 31),
        .months = read_list(json_get(sub, "months"), 1, 12),
    };
    schedule.has_window = read_time_of_day(json_get(window, "start"), &schedule.window_start) &&
                          read_time_of_day(json_get(window, "end"), &schedule.window_end);
    schedule.staggered = schedule.has_window && is_true(json_get(spec, "enableStaggering"));
    return schedule;
}

static struct policy_reference read_reference(struct arena *arena, const struct json *value)
{
    return (struct policy_reference){
        .name = field_text(arena, json_get(value, "name")),
        .namespace_name = field_text(arena, json_get(value, "namespace")),
    };
}

static bool same_reference(const struct policy_reference *a, const struct policy_reference *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->namespace_name, b->namespace_name) == 0;
}

struct reference_list {
    struct arena *arena;
    struct policy_reference items[POLICY_MAX_PROFILES];
    size_t count;
};

static void add_reference(struct reference_list *list, const struct json *value)
{
    struct policy_reference reference = read_reference(list->arena, value);
    bool known = *reference.name == '\0' || list->count == POLICY_MAX_PROFILES;
    for (size_t i = 0; i < list->count && !known; i++) {
        known = same_reference(&list->items[i], &reference);
    }
    if (!known) {
        list->items[list->count++] = reference;
    }
}

static void add_profiles(struct reference_list *list, const struct json *parameters)
{
    add_reference(list, json_get(parameters, "profile"));
    add_reference(list, json_get(parameters, "blockModeProfile"));
}

static struct policy_references keep_references(const struct reference_list *list)
{
    struct policy_references kept = {.count = list->count};
    if (list->count > 0) {
        size_t bytes = list->count * sizeof list->items[0];
        kept.items = memcpy(arena_alloc(list->arena, bytes), list->items, bytes);
    }
    return kept;
}

static unsigned read_action(const struct json *action)
{
    static const char *const words[] = {"backup", "export", "import", "restore", "report"};
    int index = index_of(words, 5, json_get(action, "action"));
    return index < 0 ? (unsigned)POLICY_DOES_OTHER : 1U << index;
}

// Of several exports the most frequent one decides: every snapshot, when one says nothing.
static void add_export(const struct json *parameters, struct policy_export *export_to)
{
    enum schedule_frequency frequency = read_frequency(json_get(parameters, "frequency"));
    if (!export_to->enabled || frequency < export_to->frequency) {
        export_to->frequency = frequency;
    }
    export_to->enabled = true;
}

static void read_actions(struct arena *arena, const struct json *spec, struct policy *policy)
{
    static const char *const parameters[] = {"backupParameters", "exportParameters",
                                             "importParameters", "restoreParameters"};
    struct reference_list profiles = {.arena = arena};
    const struct json *actions = json_get(spec, "actions");
    size_t count = json_is_array(actions) ? json_count(actions) : 0;
    for (size_t i = 0; i < count && i < LIST_MAX_ENTRIES; i++) {
        const struct json *action = json_at(actions, i);
        unsigned bit = read_action(action);
        policy->actions |= bit;
        if (bit == POLICY_EXPORTS) {
            add_export(json_get(action, "exportParameters"), &policy->export_to);
        }
        for (size_t p = 0; p < sizeof parameters / sizeof parameters[0]; p++) {
            add_profiles(&profiles, json_get(action, parameters[p]));
        }
    }
    policy->profiles = keep_references(&profiles);
}

struct name_list {
    struct arena *arena;
    const char *items[POLICY_MAX_APPLICATIONS];
    size_t kept;
    size_t count;
};

static void add_name(struct name_list *list, const struct json *value)
{
    const char *name = field_text(list->arena, value);
    bool known = *name == '\0';
    for (size_t i = 0; i < list->kept && !known; i++) {
        known = strcmp(list->items[i], name) == 0;
    }
    if (known) {
        return;
    }
    if (list->kept < POLICY_MAX_APPLICATIONS) {
        list->items[list->kept++] = name;
    }
    list->count++;
}

static bool selects_by_name(const struct json *expression)
{
    const char *key = json_text(json_get(expression, "key"));
    const char *relation = json_text(json_get(expression, "operator"));
    return key != NULL && relation != NULL && strcmp(relation, "In") == 0 &&
           (strcmp(key, namespace_key) == 0 || strcmp(key, machine_key) == 0);
}

static void read_applications(struct arena *arena, const struct json *spec, struct policy *policy)
{
    struct name_list names = {.arena = arena};
    const struct json *labels = json_path(spec, "selector", "matchLabels", NULL);
    const struct json *expressions = json_path(spec, "selector", "matchExpressions", NULL);
    size_t count = json_is_array(expressions) ? json_count(expressions) : 0;
    add_name(&names, json_get(labels, namespace_key));
    add_name(&names, json_get(labels, machine_key));
    for (size_t i = 0; i < count && i < LIST_MAX_ENTRIES; i++) {
        const struct json *values = json_get(json_at(expressions, i), "values");
        size_t value_count = selects_by_name(json_at(expressions, i)) ? json_count(values) : 0;
        for (size_t v = 0; v < value_count && v < LIST_MAX_ENTRIES; v++) {
            add_name(&names, json_at(values, v));
        }
    }
    const char **items = arena_alloc_array(arena, names.kept, sizeof *items);
    memcpy(items, names.items, names.kept * sizeof *items);
    policy->applications = items;
    policy->application_count = names.count;
}

static bool parse_object(const char *bytes, size_t len, struct json **ret, struct error *error)
{
    struct json *json;
    if (!json_parse(bytes, len, &json, error)) {
        return false;
    }
    if (!json_is_object(json)) {
        json_free(json);
        (void)error_set(error, ERROR_PROTOCOL, "list element: expected a JSON object");
        return false;
    }
    *ret = json;
    return true;
}

bool policy_decode(struct arena *arena, size_t cluster, const char *bytes, size_t len,
                   struct policy *ret, struct error *error)
{
    struct json *parsed;
    if (!parse_object(bytes, len, &parsed, error)) {
        return false;
    }
    AUTO_PTR(json) json = parsed;
    const struct json *spec = json_get(json, "spec");
    struct policy policy = {
        .object = {.cluster = cluster, .kind = POLICY_POLICY},
        .paused = is_true(json_get(spec, "paused")),
        .is_system =
            is_true(json_path(json, "metadata", "labels", "k10.kasten.io/isSystemPolicy", NULL)),
        .schedule = read_schedule(spec),
        .preset = read_reference(arena, json_get(spec, "presetRef")),
    };
    read_object(arena, json, &policy.object);
    read_actions(arena, spec, &policy);
    read_applications(arena, spec, &policy);
    *ret = policy;
    return true;
}

bool policy_decode_preset(struct arena *arena, size_t cluster, const char *bytes, size_t len,
                          struct policy_preset *ret, struct error *error)
{
    struct json *parsed;
    if (!parse_object(bytes, len, &parsed, error)) {
        return false;
    }
    AUTO_PTR(json) json = parsed;
    const struct json *backup = json_path(json, "spec", "backup", NULL);
    const struct json *export_to = json_path(json, "spec", "export", NULL);
    struct reference_list profiles = {.arena = arena};
    struct policy_preset preset = {
        .object = {.cluster = cluster, .kind = POLICY_PRESET},
        .schedule = read_schedule(backup),
        .export_to = {.enabled = json_is_object(export_to),
                      .frequency = read_frequency(json_get(export_to, "frequency"))},
    };
    read_object(arena, json, &preset.object);
    add_profiles(&profiles, backup);
    add_profiles(&profiles, export_to);
    preset.profiles = keep_references(&profiles);
    *ret = preset;
    return true;
}

bool policy_decode_profile(struct arena *arena, size_t cluster, const char *bytes, size_t len,
                           struct policy_profile *ret, struct error *error)
{
    struct json *parsed;
    if (!parse_object(bytes, len, &parsed, error)) {
        return false;
    }
    AUTO_PTR(json) json = parsed;
    struct policy_profile profile = {
        .object = {.cluster = cluster, .kind = POLICY_PROFILE},
        .type = field_text(arena, json_path(json, "spec", "type", NULL)),
    };
    read_object(arena, json, &profile.object);
    *ret = profile;
    return true;
}
