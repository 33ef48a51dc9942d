// SPDX-License-Identifier: MIT
#include "config/settings.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "config/environment.h"
#include "config/settings_check.h"
#include "config/settings_read.h"

#include "base/banned.h"

enum { KEY_BYTES = 64 };

struct loader {
    struct arena *arena;
    struct settings_report *report;
    const char *const *values; // by row; NULL is unset
    unsigned cluster;          // 0: the global rows
    void *base;
};

static void name_key(const struct loader *loader, const char *row, char ret[KEY_BYTES])
{
    if (loader->cluster == 0) {
        (void)snprintf(ret, KEY_BYTES, "%s", row);
    } else {
        (void)snprintf(ret, KEY_BYTES, "CLUSTER_%u_%s", loader->cluster, row);
    }
}

static void report_unset(const struct loader *loader, const struct settings_key *key,
                         const char *name)
{
    AUTO(buf) expectation;
    buf_init(&expectation, 512);
    settings_table_add_expectation(&expectation, key);
    settings_report_problem(loader->report, name, "is required and not set: expected %s",
                            expectation.data);
}

// True when the key that this one stands for is set as well, which is reported.
static bool is_doubled(const struct loader *loader, const struct settings_key *key,
                       const char *name)
{
    if (key->instead_of == NULL) {
        return false;
    }
    const struct settings_key *other = settings_table_find(key->scope, key->instead_of);
    if (loader->values[settings_table_index(other)] == NULL) {
        return false;
    }
    char other_name[KEY_BYTES];
    name_key(loader, other->name, other_name);
    settings_report_problem(loader->report, name, "expected one of %s and %s, found both set", name,
                            other_name);
    return true;
}

static void load_row(const struct loader *loader, const struct settings_key *key)
{
    char name[KEY_BYTES];
    name_key(loader, key->name, name);
    const char *value = loader->values[settings_table_index(key)];
    if (value == NULL && key->required) {
        report_unset(loader, key, name);
        return;
    }
    if (value == NULL) {
        value = key->fallback;
    } else if (is_doubled(loader, key, name)) {
        return;
    }
    if (value == NULL) {
        return;
    }
    struct settings_field field = {.arena = loader->arena,
                                   .report = loader->report,
                                   .key = key,
                                   .name = name,
                                   .value = value,
                                   .len = strlen(value)};
    // A problem is in the report; the pass will not run, so that an unset place harms nobody.
    (void)settings_read(&field, loader->base);
}

static void load_scope(const struct loader *loader, enum settings_scope scope)
{
    for (size_t i = 0; i < SETTINGS_KEY_COUNT; i++) {
        if (settings_table[i].scope == scope) {
            load_row(loader, &settings_table[i]);
        }
    }
}

static void load_clusters(struct arena *arena, const struct environment *environment,
                          struct settings_report *report, struct settings *settings)
{
    settings->cluster_count = environment->cluster_count;
    settings->clusters =
        arena_alloc_array(arena, settings->cluster_count, sizeof *settings->clusters);
    for (size_t i = 0; i < settings->cluster_count; i++) {
        struct cluster_settings *cluster = &settings->clusters[i];
        cluster->number = environment->clusters[i]->number;
        struct loader loader = {.arena = arena,
                                .report = report,
                                .values = environment->clusters[i]->values,
                                .cluster = cluster->number,
                                .base = cluster};
        load_scope(&loader, SETTINGS_PER_CLUSTER);
    }
}

static void settle_draft(struct settings_draft *draft)
{
    struct settings *settings = &draft->settings;
    settings->smtp_tls = (enum settings_smtp_tls)draft->smtp_tls;
    settings->log_format = (enum settings_log_format)draft->log_format;
    settings->to = draft->to.items;
    settings->to_count = draft->to.count;
    settings->alert_kinds = draft->kinds.items;
    settings->alert_kind_count = draft->kinds.count;
    settings->alert_on = draft->classes.items;
    settings->alert_on_count = draft->classes.count;
}

bool settings_load(struct arena *arena, char *const *environment, struct settings *ret,
                   struct settings_messages *ret_messages)
{
    struct settings_report report;
    settings_report_init(&report, arena);
    struct environment sorted;
    environment_read(arena, environment, &report, &sorted);
    struct settings_draft draft = {0};
    struct loader loader = {
        .arena = arena, .report = &report, .values = sorted.values, .base = &draft};
    load_scope(&loader, SETTINGS_GLOBAL);
    load_clusters(arena, &sorted, &report, &draft.settings);
    settings_check(&draft, &sorted, &report);
    settle_draft(&draft);
    settings_report_finish(&report, ret_messages);
    *ret = draft.settings;
    return ret_messages->problem_count == 0;
}
