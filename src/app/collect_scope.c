// SPDX-License-Identifier: MIT
#include <string.h>

#include "app/collect_parts.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "k10/kinds.h"
#include "kube/namespaces.h"

#include "base/banned.h"

// Where a restricted token may look on one cluster.
struct collect_scope {
    struct collect_question question;
    struct collecting *collecting;
    const struct fleet_cluster *cluster;
    enum kube_namespaces_extent extent;
    const char **names; // K10's namespace first
    size_t count;
    size_t beyond;
    struct error error; // class ERROR_NONE when it is known
    enum http_failure failure;
};

// One kind being read in one namespace after the other.
struct narrowed {
    size_t at;         // of the scope's names
    const char **read; // names of those that were read whole
    size_t read_count;
    const char *refused[COLLECT_NAMES_SHOWN]; // the first of them
    size_t refused_count;
    size_t absent_count;    // the kind was not found in them
    struct error not_found; // what the last of them said
};

void collect_scope_begin(struct collecting *collecting)
{
    collecting->scopes = arena_alloc_array(collecting->arena, collecting->input->fleet->count,
                                           sizeof *collecting->scopes);
}

static struct collect_scope *scope_of(const struct reading *reading)
{
    return &reading->collecting->scopes[reading->sight->cluster];
}

// What is left unseen, as far as it is known.
static const char *not_seen(struct arena *arena, const struct collect_scope *scope,
                            const struct narrowed *narrowed)
{
    size_t count = narrowed->refused_count + scope->beyond;
    if (scope->extent != KUBE_NAMESPACES_ALL) {
        return "all other namespaces";
    }
    if (count == 0) {
        return "namespaces that no longer exist";
    }
    if (narrowed->refused_count < COLLECT_NAMES_SHOWN && scope->beyond > 0) {
        return arena_format(arena, "%zu other namespaces", count);
    }
    return collect_names(arena, narrowed->refused, count);
}

static void set_partial(struct reading *reading, const struct collect_scope *scope)
{
    struct arena *arena = reading->collecting->arena;
    const struct narrowed *narrowed = reading->narrowed;
    struct sight *sight = reading->sight;
    const char *bound =
        scope->beyond == 0
            ? ""
            : arena_format(arena, " (no more than %d are looked into)", COLLECT_NAMESPACES);
    sight->state = SIGHT_READ;
    sight->partial = true;
    sight->namespaces = narrowed->read;
    sight->namespace_count = narrowed->read_count;
    sight->reason = arena_format(
        arena, "lists of the whole cluster are forbidden (403); read in %s; not seen: %s%s",
        collect_names(arena, narrowed->read, narrowed->read_count),
        not_seen(arena, scope, narrowed), bound);
}

static void go_on(struct reading *reading)
{
    const struct collect_scope *scope = scope_of(reading);
    const struct narrowed *narrowed = reading->narrowed;
    if (narrowed->at < scope->count) {
        AUTO(buf) path;
        buf_init(&path, 512);
        kinds_add_namespace_path(&path, reading->sight->kind, scope->names[narrowed->at]);
        collect_list(reading, path.data);
    } else if (narrowed->read_count > 0) {
        set_partial(reading, scope);
        collect_end(reading);
    } else if (narrowed->absent_count > 0) {
        collect_fail(reading, &narrowed->not_found, HTTP_FAILURE_NONE);
    } else {
        collect_end(reading);
    }
}

// Of a list that breaks in one namespace nothing counts: what is missing is not known.
void collect_scope_answer(struct reading *reading, const struct kube_list_result *result)
{
    struct narrowed *narrowed = reading->narrowed;
    const char *name = scope_of(reading)->names[narrowed->at];
    switch (result->error.class) {
    case ERROR_NONE:
        narrowed->read[narrowed->read_count++] = name;
        break;
    case ERROR_FORBIDDEN:
        if (narrowed->refused_count < COLLECT_NAMES_SHOWN) {
            narrowed->refused[narrowed->refused_count] = name;
        }
        narrowed->refused_count++;
        break;
    case ERROR_NOT_FOUND:
        narrowed->absent_count++;
        narrowed->not_found = result->error;
        break;
    default: {
        struct error error = result->error;
        (void)error_prefix(&error, "namespace %s", name);
        collect_fail(reading, &error, result->failure);
        return;
    }
    }
    narrowed->at++;
    go_on(reading);
}

// What was read before the cluster's list turned out to be forbidden is read again.
static void start(struct reading *reading)
{
    struct arena *arena = reading->collecting->arena;
    const struct collect_scope *scope = scope_of(reading);
    reading->narrowed = arena_alloc(arena, sizeof *reading->narrowed);
    reading->narrowed->read =
        arena_alloc_array(arena, scope->count, sizeof *reading->narrowed->read);
    reading->sight->items = 0;
    reading->sight->older_failures = 0;
    reading->sight->older_stuck = 0;
    if (scope->error.class != ERROR_NONE) {
        collect_fail(reading, &scope->error, scope->failure);
    } else {
        go_on(reading);
    }
}

static void add_name(struct collect_scope *scope, const char *name)
{
    for (size_t i = 0; i < scope->count; i++) {
        if (strcmp(scope->names[i], name) == 0) {
            return;
        }
    }
    if (scope->count == COLLECT_NAMESPACES) {
        scope->beyond++;
        return;
    }
    scope->names[scope->count++] = name;
}

static void on_namespaces(void *context, const struct kube_namespaces *result)
{
    struct collect_scope *scope = context;
    struct collecting *collecting = scope->collecting;
    scope->extent = result->extent;
    scope->beyond = result->beyond;
    scope->error = result->error;
    scope->failure = result->failure;
    if (scope->error.class != ERROR_NONE) {
        (void)error_prefix(&scope->error, "which namespaces there are");
    }
    scope->names = arena_alloc_array(collecting->arena, COLLECT_NAMESPACES, sizeof *scope->names);
    add_name(scope, scope->cluster->settings->k10_namespace);
    for (size_t i = 0; i < result->count; i++) {
        add_name(scope, result->names[i]);
    }
    log_line(collecting->input->log, LOG_DEBUG, "namespaces are read one by one",
             {"cluster", scope->cluster->settings->name},
             {"namespaces", arena_format(collecting->arena, "%zu", scope->count)},
             {"error", scope->error.class != ERROR_NONE ? scope->error.text : NULL});
    collect_question_answer(&scope->question, start);
}

void collect_scope_enter(struct reading *reading)
{
    struct collect_scope *scope = scope_of(reading);
    if (scope->question.state == COLLECT_ANSWERED) {
        start(reading);
        return;
    }
    if (collect_question_wait(&scope->question, reading)) {
        struct kube_namespaces_sink sink = {on_namespaces, scope};
        scope->collecting = reading->collecting;
        scope->cluster = reading->cluster;
        kube_namespaces_list(reading->collecting->input->http, &reading->kube,
                             reading->collecting->arena, COLLECT_NAMESPACES, &sink);
    }
}
