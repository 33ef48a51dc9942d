// SPDX-License-Identifier: MIT
#include "fleet/generator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet/stencil.h"

#include "base/banned.h"

enum { ERRORS_MAX = 15, COUNT_MAX = 10000000 };

// Names count in base 27; five letters are 27^5 of them, visited in a scrambled order.
enum { NAME_SPACE = 27 * 27 * 27 * 27 * 27, NAME_STEP = 8675309 };

static const char *const setting_keys[] = {
    "seed",         "span_hours",     "item_bytes",
    "failed",       "failed_percent", "failed_within_minutes",
    "failed_kinds", "apps",           "policies",
    "apps_per_run", "comment",
};

struct generator {
    uint64_t seed;
    int64_t now;
    int64_t span_seconds;
    int64_t failed_within_seconds; // 0: failed ones are spread like the others
    size_t apps;
    size_t policies;
    size_t apps_per_run;
    size_t runs;
    size_t counts[RESOURCE_COUNT];
    size_t failed[RESOURCE_COUNT];
    size_t variants; // stencils of failed objects per kind
    struct stencil stencils[RESOURCE_COUNT][1 + ERRORS_MAX];
};

size_t generator_count(const struct generator *generator, const struct resource *resource)
{
    return generator == NULL ? 0 : generator->counts[resource_index(resource)];
}

static bool is_setting(const char *key)
{
    for (size_t i = 0; i < sizeof setting_keys / sizeof *setting_keys; i++) {
        if (strcmp(setting_keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static bool read_counts(struct generator *generator, const json_t *settings, struct error *error)
{
    void *at = json_object_iter((json_t *)(uintptr_t)settings);
    for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)settings, at)) {
        const char *key = json_object_iter_key(at);
        const json_t *value = json_object_iter_value(at);
        if (is_setting(key)) {
            continue;
        }
        const struct resource *resource = resource_by_name(key);
        if (resource == NULL || !resource_is_action(resource)) {
            return error_set(error, ERROR_SETTINGS, "\"generate\" has an unknown key \"%s\"", key);
        }
        json_int_t count = json_integer_value(value);
        if (!json_is_integer(value) || count < 0 || count > COUNT_MAX) {
            return error_set(error, ERROR_SETTINGS, "\"generate\".\"%s\" is not 0 to %d", key,
                             COUNT_MAX);
        }
        generator->counts[resource_index(resource)] = (size_t)count;
    }
    return true;
}

// Which kinds have failed objects of their own: those named, else backupactions, else all.
static bool may_fail(const struct generator *generator, const json_t *kinds, size_t index)
{
    const struct resource *resource = resource_at(index);
    if (json_is_array(kinds)) {
        for (size_t i = 0; i < json_array_size(kinds); i++) {
            const char *name = json_string_value(json_array_get(kinds, i));
            if (name != NULL && resource_by_name(name) == resource) {
                return true;
            }
        }
        return false;
    }
    size_t backups = resource_index(resource_by_name("backup"));
    return generator->counts[backups] == 0 || index == backups;
}

static void read_failed(struct generator *generator, const json_t *settings)
{
    const json_t *kinds = json_object_get(settings, "failed_kinds");
    double percent = object_number(settings, "failed_percent", 0);
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        if (!may_fail(generator, kinds, i)) {
            continue;
        }
        double by_percent = (double)generator->counts[i] * percent / 100 + 0.5;
        long failed = object_long(settings, "failed", (long)by_percent);
        size_t most = generator->counts[i];
        generator->failed[i] = failed < 0 ? 0 : (size_t)failed > most ? most : (size_t)failed;
    }
}

static size_t positive(const json_t *settings, const char *key, long fallback)
{
    long value = object_long(settings, key, fallback);
    return value < 1 ? 1 : (size_t)value;
}

static void read_shape(struct generator *generator, const json_t *settings)
{
    generator->seed ^= (uint64_t)object_long(settings, "seed", 1);
    generator->span_seconds = (int64_t)(object_number(settings, "span_hours", 720) * 3600);
    generator->failed_within_seconds =
        (int64_t)(object_number(settings, "failed_within_minutes", 0) * 60);
    generator->apps = positive(settings, "apps", 40);
    generator->policies = positive(settings, "policies", 8);
    generator->apps_per_run = positive(settings, "apps_per_run", 5);
    size_t most = 1;
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        bool run = strcmp(resource_at(i)->kind, "RunAction") == 0;
        size_t per_run = run ? 1 : generator->apps_per_run;
        size_t runs = (generator->counts[i] + per_run - 1) / per_run;
        most = runs > most ? runs : most;
    }
    generator->runs = most;
}

static void make_stencils(struct generator *generator, const struct action_style *style,
                          const json_t *errors, size_t item_bytes)
{
    generator->variants = json_array_size(errors);
    if (generator->variants > ERRORS_MAX) {
        generator->variants = ERRORS_MAX;
    }
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        const struct resource *resource = resource_at(i);
        for (size_t v = 0; v <= generator->variants && generator->counts[i] > 0; v++) {
            bool run = strcmp(resource->kind, "RunAction") == 0;
            json_t *action =
                json_pack("{s:s,s:s,s:s,s:s}", "name", run ? stencil_run : stencil_name, "run",
                          stencil_run, "app", stencil_app, "policy", stencil_policy);
            if (v > 0) {
                (void)json_object_set_new(action, "state", json_string("Failed"));
                (void)json_object_set(action, "error", json_array_get(errors, v - 1));
            }
            json_t *object = action_object(style, resource, action, 0);
            stencil_create(&generator->stencils[i][v], style, object, item_bytes);
            json_decref(object);
            json_decref(action);
        }
    }
}

bool generator_create(const struct action_style *style, const json_t *settings,
                      const json_t *errors, struct generator **ret, struct error *error)
{
    if (!json_is_object(settings)) {
        return error_set(error, ERROR_SETTINGS, "\"generate\" is not an object");
    }
    struct generator *generator = calloc(1, sizeof *generator);
    if (generator == NULL) {
        abort();
    }
    generator->seed = style->seed;
    generator->now = style->now;
    if (!read_counts(generator, settings, error)) {
        generator_destroy(generator);
        return false;
    }
    read_failed(generator, settings);
    read_shape(generator, settings);
    make_stencils(generator, style, errors, positive(settings, "item_bytes", 4096));
    *ret = generator;
    return true;
}

void generator_destroy(struct generator *generator)
{
    if (generator == NULL) {
        return;
    }
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        for (size_t v = 0; v <= ERRORS_MAX; v++) {
            stencil_finish(&generator->stencils[i][v]);
        }
    }
    free(generator);
}

// The failed objects of a kind stand evenly among the others, exactly as many as asked for.
static bool child_failed(const struct generator *generator, size_t kind, size_t index)
{
    size_t count = generator->counts[kind];
    size_t failed = generator->failed[kind];
    return index < count && (index + 1) * failed / count > index * failed / count;
}

static bool is_run_kind(size_t kind)
{
    return strcmp(resource_at(kind)->kind, "RunAction") == 0;
}

// A run failed when a child of it did.
static bool run_failed(const struct generator *generator, size_t run)
{
    for (size_t kind = 0; kind < RESOURCE_COUNT; kind++) {
        if (generator->failed[kind] == 0) {
            continue;
        }
        if (is_run_kind(kind)) {
            if (child_failed(generator, kind, run)) {
                return true;
            }
            continue;
        }
        for (size_t i = 0; i < generator->apps_per_run; i++) {
            if (child_failed(generator, kind, run * generator->apps_per_run + i)) {
                return true;
            }
        }
    }
    return false;
}

static int64_t run_end(const struct generator *generator, size_t run)
{
    if (generator->failed_within_seconds > 0 && run_failed(generator, run)) {
        uint64_t within = (uint64_t)generator->failed_within_seconds;
        return generator->now - (int64_t)(object_mix(generator->seed + 7, run) % within) - 1;
    }
    double share = ((double)run + 0.5) / (double)generator->runs;
    return generator->now - (int64_t)((double)generator->span_seconds * share);
}

static void write_name(uint64_t number, size_t letters, char *ret)
{
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    for (size_t i = 0; i < letters; i++) {
        ret[i] = alphabet[number % 27];
        number /= 27;
    }
    ret[letters] = '\0';
}

static void describe_times(const struct generator *generator, size_t run, size_t place,
                           struct generated *ret)
{
    uint64_t bits = object_mix(generator->seed + 3, run * 64 + place);
    int64_t end = run_end(generator, run) - (int64_t)(place % 60) * 7;
    int64_t start = end - 60 - (int64_t)(bits % 300);
    timestamp_format(start - 2, ret->created);
    timestamp_format(start - start % 60, ret->scheduled);
    timestamp_format(start, ret->start);
    timestamp_format(end, ret->end);
}

void generator_describe(const struct generator *generator, const struct resource *resource,
                        size_t index, struct generated *ret)
{
    size_t kind = resource_index(resource);
    bool is_run = is_run_kind(kind);
    size_t run = is_run ? index : index / generator->apps_per_run;
    size_t place = is_run ? 0 : index % generator->apps_per_run;
    uint64_t bits = object_mix(generator->seed, run);
    char text[64];
    (void)snprintf(ret->run, sizeof ret->run, "run-");
    write_name(bits, 10, ret->run + 4);
    (void)snprintf(ret->name, sizeof ret->name, "scheduled-");
    write_name(((uint64_t)index * NAME_STEP + kind * 1000003) % NAME_SPACE, 5, ret->name + 10);
    (void)snprintf(ret->app, sizeof ret->app, "app-%03u",
                   (unsigned)((bits + place) % generator->apps));
    (void)snprintf(ret->policy, sizeof ret->policy, "policy-%02u",
                   (unsigned)((bits >> 32) % generator->policies));
    (void)snprintf(text, sizeof text, "%zu/%zu", kind, index);
    object_uid(generator->seed, text, ret->uid);
    ret->noise = object_mix(bits, index);
    describe_times(generator, run, place, ret);
    ret->failed = is_run ? run_failed(generator, run) : child_failed(generator, kind, index);
    if (is_run) {
        (void)snprintf(ret->name, sizeof ret->name, "%s", ret->run);
    }
}

const char *generator_namespace(const struct resource *resource, const struct generated *generated)
{
    if (!resource->namespaced) {
        return "";
    }
    bool of_app = strcmp(resource->singular, "backupaction") == 0 ||
                  strcmp(resource->singular, "exportaction") == 0 ||
                  strcmp(resource->singular, "restoreaction") == 0;
    return of_app ? generated->app : "kasten-io";
}

void generator_render(const struct generator *generator, const struct resource *resource,
                      const struct generated *generated, size_t index, struct buf *out)
{
    size_t variant = 0;
    if (generated->failed && generator->variants > 0) {
        variant = 1 + object_mix(generator->seed + 11, index) % generator->variants;
    }
    stencil_fill(&generator->stencils[resource_index(resource)][variant], generated, out);
}
