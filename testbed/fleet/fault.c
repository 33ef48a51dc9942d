// SPDX-License-Identifier: MIT
#include "fleet/fault.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "fleet/object.h"
#include "fleet/resource.h"

#include "base/banned.h"

// Which requests a fault can strike at all, before "kind", "path" and "method" narrow it.
enum scope { SCOPE_ANY, SCOPE_GET, SCOPE_LIST, SCOPE_CONTINUED, SCOPE_ALL_CONTINUED, SCOPE_WRITE };

static const struct {
    const char *name;
    enum scope scope;
    bool answers; // replaces the whole answer; only one of these can strike
} kinds[FAULT_COUNT] = {
    [FAULT_401] = {"401", SCOPE_ANY, true},
    [FAULT_403] = {"403", SCOPE_ANY, true},
    [FAULT_404] = {"404", SCOPE_ANY, true},
    [FAULT_410] = {"410", SCOPE_CONTINUED, true},
    [FAULT_410_BARE] = {"410-bare", SCOPE_ALL_CONTINUED, true},
    [FAULT_429] = {"429", SCOPE_ANY, true},
    [FAULT_500] = {"500", SCOPE_ANY, true},
    [FAULT_502] = {"502", SCOPE_ANY, true},
    [FAULT_503] = {"503", SCOPE_ANY, true},
    [FAULT_503_UNAVAILABLE] = {"503-unavailable", SCOPE_ANY, true},
    [FAULT_503_RETRY_AFTER] = {"503-retry-after", SCOPE_ANY, true},
    [FAULT_504] = {"504", SCOPE_ANY, true},
    [FAULT_STATUS] = {"status", SCOPE_ANY, true},
    [FAULT_HTML] = {"html", SCOPE_ANY, true},
    [FAULT_GARBAGE_JSON] = {"garbage-json", SCOPE_ANY, true},
    [FAULT_EMPTY] = {"empty", SCOPE_ANY, true},
    [FAULT_GZIP_GARBAGE] = {"gzip-garbage", SCOPE_ANY, true},
    [FAULT_REDIRECT] = {"redirect", SCOPE_ANY, true},
    [FAULT_HANG] = {"hang", SCOPE_ANY, true},
    [FAULT_CLOSE] = {"close", SCOPE_ANY, true},
    [FAULT_DELAY] = {"delay", SCOPE_ANY, false},
    [FAULT_TRUNCATED] = {"truncated", SCOPE_GET, false},
    [FAULT_TRUNCATED_CHUNKED] = {"truncated-chunked", SCOPE_GET, false},
    [FAULT_TRUNCATED_JSON] = {"truncated-json", SCOPE_GET, false},
    [FAULT_HANG_BODY] = {"hang-body", SCOPE_GET, false},
    [FAULT_SLOW] = {"slow", SCOPE_GET, false},
    [FAULT_BIG_BODY] = {"big-body", SCOPE_LIST, true},
    [FAULT_BIG_ITEM] = {"big-item", SCOPE_LIST, true},
    [FAULT_LIMIT_IGNORED] = {"limit-ignored", SCOPE_LIST, false},
    [FAULT_PRETTY] = {"pretty", SCOPE_GET, false},
    [FAULT_ITEMS_NULL] = {"items-null", SCOPE_LIST, false},
    [FAULT_ITEM_NOT_OBJECT] = {"item-not-object", SCOPE_LIST, false},
    [FAULT_DUPLICATE_ITEMS] = {"duplicate-items", SCOPE_LIST, false},
    [FAULT_BAD_UTF8] = {"bad-utf8", SCOPE_LIST, false},
    [FAULT_LONE_SURROGATE] = {"lone-surrogate", SCOPE_LIST, false},
    [FAULT_NUL_ESCAPE] = {"nul-escape", SCOPE_LIST, false},
    [FAULT_DEEP_ITEM] = {"deep-item", SCOPE_LIST, false},
    [FAULT_CONFLICT] = {"conflict", SCOPE_WRITE, false},
};

struct fault {
    enum fault_id id;
    char *path;
    char *kind;
    char *method;
    long after;
    long times; // -1: for ever
    long seen;
    json_t *options;
};

static const char *const option_keys[] = {
    "fault",       "path",     "kind",  "method",      "times",   "after", "bytes",
    "rate",        "ms",       "items", "after_items", "status",  "body",  "content_type",
    "retry_after", "location", "merge", "gzip",        "comment", NULL,
};

const char *fault_name(enum fault_id id)
{
    return id < FAULT_COUNT ? kinds[id].name : "";
}

static char *copy_text(const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL) {
        abort();
    }
    return copy;
}

static char *copy_option(const json_t *options, const char *key)
{
    const char *text = object_string(options, key, NULL);
    return text == NULL ? NULL : copy_text(text);
}

static bool read_fault(const json_t *options, struct fault *ret, struct error *error)
{
    const char *unknown = NULL;
    if (json_is_object(options) && !object_has_only(options, option_keys, &unknown)) {
        return error_set(error, ERROR_SETTINGS, "a fault has an unknown key \"%s\"", unknown);
    }
    const char *name = object_string(options, "fault", "");
    size_t id = 0;
    while (id < FAULT_COUNT && strcmp(kinds[id].name, name) != 0) {
        id++;
    }
    if (id == FAULT_COUNT) {
        return error_set(error, ERROR_SETTINGS, "unknown fault \"%s\"", name);
    }
    const struct resource *resource = resource_by_name(object_string(options, "kind", ""));
    *ret = (struct fault){
        .id = (enum fault_id)id,
        .path = copy_option(options, "path"),
        .kind = resource == NULL ? copy_option(options, "kind") : copy_text(resource->plural),
        .method = copy_option(options, "method"),
        .after = object_long(options, "after", 0),
        .times = object_long(options, "times", -1),
        .options = json_deep_copy(options),
    };
    return true;
}

bool fault_list_read(const json_t *array, struct fault_list *ret, struct error *error)
{
    *ret = (struct fault_list){0};
    if (array == NULL) {
        return true;
    }
    if (!json_is_array(array)) {
        return error_set(error, ERROR_SETTINGS, "\"faults\" is not an array");
    }
    ret->faults = memory_alloc((json_array_size(array) + 1) * sizeof *ret->faults);
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (!read_fault(json_array_get(array, i), &ret->faults[i], error)) {
            fault_list_finish(ret);
            return false;
        }
        ret->count++;
    }
    return true;
}

void fault_list_finish(struct fault_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->faults[i].path);
        free(list->faults[i].kind);
        free(list->faults[i].method);
        json_decref(list->faults[i].options);
    }
    free(list->faults);
    *list = (struct fault_list){0};
}

static bool in_scope(const struct fault *fault, const struct fault_target *target)
{
    bool write = strcmp(target->plural, "configmaps") == 0 &&
                 strcmp(target->method, fault->method == NULL ? "PUT" : fault->method) == 0;
    switch (kinds[fault->id].scope) {
    case SCOPE_ANY:
        return true;
    case SCOPE_GET:
        return strcmp(target->method, "GET") == 0;
    case SCOPE_LIST:
        return target->list;
    case SCOPE_CONTINUED:
        return target->list && target->continued;
    case SCOPE_ALL_CONTINUED:
        return target->list && (target->continued || target->inconsistent);
    case SCOPE_WRITE:
        return write;
    }
    return false;
}

static bool fits(const struct fault *fault, const struct fault_target *target)
{
    return in_scope(fault, target) &&
           (fault->path == NULL || strstr(target->uri, fault->path) != NULL) &&
           (fault->kind == NULL || strcmp(fault->kind, target->plural) == 0) &&
           (fault->method == NULL || strcmp(fault->method, target->method) == 0);
}

void fault_list_match(struct fault_list *list, const struct fault_target *target,
                      struct fault_set *ret)
{
    bool answered = false;
    ret->count = 0;
    for (size_t i = 0; i < list->count && ret->count < FAULT_SET_MAX; i++) {
        struct fault *fault = &list->faults[i];
        if (!fits(fault, target) || (answered && kinds[fault->id].answers)) {
            continue;
        }
        long seen = fault->seen++;
        if (seen < fault->after || (fault->times >= 0 && seen - fault->after >= fault->times)) {
            continue;
        }
        answered = answered || kinds[fault->id].answers;
        ret->hits[ret->count].id = fault->id;
        ret->hits[ret->count].options = json_incref(fault->options);
        ret->count++;
    }
}

void fault_set_finish(struct fault_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        json_decref(set->hits[i].options);
    }
    set->count = 0;
}

const json_t *fault_set_get(const struct fault_set *set, enum fault_id id)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->hits[i].id == id) {
            return set->hits[i].options;
        }
    }
    return NULL;
}

enum fault_id fault_set_answer(const struct fault_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (kinds[set->hits[i].id].answers) {
            return set->hits[i].id;
        }
    }
    return FAULT_COUNT;
}
