// SPDX-License-Identifier: MIT
#include "fleet/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "fleet/embedded.h"
#include "fleet/fleet_clock.h"

#include "base/banned.h"

enum { CLUSTERS_MAX = 5000 };

static const char *const scenario_keys[] = {"clusters", "now", "comment", NULL};

static json_t *load(const char *path, struct error *error)
{
    json_error_t where;
    json_t *root = path == NULL ? json_loads(embedded_default_scenario, JSON_ALLOW_NUL, &where)
                                : json_load_file(path, JSON_ALLOW_NUL, &where);
    const char *unknown = NULL;
    if (root == NULL) {
        (void)error_set(error, ERROR_SETTINGS, "%s line %d: %s",
                        path == NULL ? "built-in scenario" : path, where.line, where.text);
        return NULL;
    }
    if (!json_is_object(root) || !object_has_only(root, scenario_keys, &unknown) ||
        json_array_size(json_object_get(root, "clusters")) == 0) {
        (void)error_set(error, ERROR_SETTINGS,
                        "a scenario is an object with \"clusters\" (not empty) and \"now\"%s%s",
                        unknown == NULL ? "" : ", without ", unknown == NULL ? "" : unknown);
        json_decref(root);
        return NULL;
    }
    return root;
}

// The settings of cluster number index: when clusters repeat, copies get names of their own, the
// kernel's ports and no token from the file.
static json_t *settings_of(const json_t *list, size_t index)
{
    size_t count = json_array_size(list);
    json_t *copy = json_deep_copy(json_array_get(list, index % count));
    if (index >= count && json_is_object(copy)) {
        char text[512];
        const char *name = object_string(copy, "name", "");
        (void)snprintf(text, sizeof text, "%.200s-%04zu", name, index / count + 1);
        json_t *label = json_object_get(copy, "label");
        if (label != NULL) {
            char shown[512];
            (void)snprintf(shown, sizeof shown, "%.200s %zu", json_string_value(label),
                           index / count + 1);
            (void)json_object_set_new(copy, "label", json_string(shown));
        }
        (void)json_object_set_new(copy, "name", json_string(text));
        (void)json_object_del(copy, "port");
        (void)json_object_del(copy, "token");
    }
    return copy;
}

static bool read_offset(const json_t *root, int64_t *ret, struct error *error)
{
    const char *text = object_string(root, "now", NULL);
    int64_t wanted = 0;
    *ret = 0;
    if (text == NULL) {
        return true;
    }
    if (!timestamp_parse(text, &wanted)) {
        return error_set(error, ERROR_SETTINGS, "\"now\" is not RFC 3339: \"%s\"", text);
    }
    *ret = wanted - fleet_clock_now(0);
    return true;
}

static bool name_is_taken(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->count; i++) {
        if (strcmp(scenario->clusters[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_clusters(const json_t *root, size_t wanted, struct fleet_counters *counters,
                         struct scenario *scenario, struct error *error)
{
    const json_t *list = json_object_get(root, "clusters");
    json_t *errors = json_loads(embedded_generated_errors, 0, NULL);
    int64_t offset = 0;
    bool good = read_offset(root, &offset, error);
    for (size_t i = 0; i < wanted && good; i++) {
        json_t *settings = settings_of(list, i);
        struct cluster *cluster = NULL;
        good = cluster_create(settings, offset, errors, counters, &cluster, error);
        json_decref(settings);
        if (good && name_is_taken(scenario, cluster->name)) {
            good = error_set(error, ERROR_SETTINGS, "two clusters are named \"%s\"", cluster->name);
            cluster_destroy(cluster);
        } else if (good) {
            scenario->clusters[scenario->count++] = cluster;
        }
    }
    json_decref(errors);
    return good;
}

bool scenario_read(const char *path, size_t wanted, struct fleet_counters *counters,
                   struct scenario *ret, struct error *error)
{
    json_t *root = load(path, error);
    if (root == NULL) {
        return false;
    }
    size_t count = wanted > 0 ? wanted : json_array_size(json_object_get(root, "clusters"));
    if (count > CLUSTERS_MAX) {
        json_decref(root);
        return error_set(error, ERROR_SETTINGS, "more than %d clusters", CLUSTERS_MAX);
    }
    *ret = (struct scenario){.clusters = memory_alloc(count * sizeof *ret->clusters)};
    bool good = add_clusters(root, count, counters, ret, error);
    json_decref(root);
    if (!good) {
        scenario_finish(ret);
    }
    return good;
}

void scenario_finish(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->count; i++) {
        cluster_destroy(scenario->clusters[i]);
    }
    free(scenario->clusters);
    *scenario = (struct scenario){0};
}
