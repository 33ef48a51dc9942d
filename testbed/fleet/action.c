// SPDX-License-Identifier: MIT
#include "fleet/action.h"

#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"

#include "base/banned.h"

#define K10_NAMESPACE "kasten-io"

static const char *const terminal_states[] = {"Complete", "Failed", "Cancelled", "Skipped"};

// One action while its object is being put together.
struct draft {
    const struct action_style *style;
    const struct resource *resource;
    const json_t *action;
    const char *namespace;
    const char *app;
    const char *policy;
    const char *state;
    const char *name;
    char made_up_name[32];
    char created[TIMESTAMP_TEXT_BYTES];
    char scheduled[TIMESTAMP_TEXT_BYTES];
    char start[TIMESTAMP_TEXT_BYTES];
    char end[TIMESTAMP_TEXT_BYTES];
    bool terminal;
};

static bool is_kind(const struct draft *draft, const char *kind)
{
    return strcmp(draft->resource->kind, kind) == 0;
}

static void name_draft(struct draft *draft, size_t index)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    const char *given = object_string(draft->action, "name", NULL);
    bool run = is_kind(draft, "RunAction");
    if (given == NULL && run) {
        given = object_string(draft->action, "run", NULL);
    }
    draft->name = given == NULL ? draft->made_up_name : given;
    if (given != NULL) {
        return;
    }
    uint64_t bits = object_mix(draft->style->seed + resource_index(draft->resource), index);
    char tail[11];
    size_t len = run ? 10 : 5;
    for (size_t i = 0; i < len; i++) {
        tail[i] = letters[bits % (sizeof letters - 1)];
        bits /= sizeof letters - 1;
    }
    tail[len] = '\0';
    (void)snprintf(draft->made_up_name, sizeof draft->made_up_name, "%s-%s",
                   run ? "run" : "scheduled", tail);
}

// minutes_ago counts from an action's end, or from its start while it goes on; of other objects
// from when they were made.
static void time_draft(struct draft *draft)
{
    double usual = resource_is_action(draft->resource) ? 30 : 60 * 24 * 60;
    double ago = object_number(draft->action, "minutes_ago", usual) * 60;
    double lasted = object_number(draft->action, "duration_minutes", 4) * 60;
    bool lasts = draft->terminal && resource_is_action(draft->resource);
    int64_t end = draft->style->now - (int64_t)ago;
    int64_t start = lasts ? end - (int64_t)lasted : end;
    timestamp_format(resource_is_action(draft->resource) ? start - 2 : start, draft->created);
    timestamp_format(start - start % 60, draft->scheduled);
    timestamp_format(start, draft->start);
    timestamp_format(end, draft->end);
}

static const char *default_namespace(const struct draft *draft)
{
    if (!draft->resource->namespaced || (is_kind(draft, "RunAction") && draft->style->k10_v4)) {
        return NULL;
    }
    bool of_app = is_kind(draft, "BackupAction") || is_kind(draft, "ExportAction") ||
                  is_kind(draft, "RestoreAction");
    return of_app && draft->app != NULL ? draft->app : K10_NAMESPACE;
}

// Without "app" an action is about its namespace; cluster-scoped ones carry K10's stand-in.
static const char *default_app(const struct resource *resource, const char *namespace)
{
    if (!resource_is_action(resource)) {
        return NULL;
    }
    return strstr(resource->kind, "ClusterAction") != NULL ? "kasten-io-cluster" : namespace;
}

static bool is_terminal(const char *state)
{
    for (size_t i = 0; i < sizeof terminal_states / sizeof *terminal_states; i++) {
        if (strcmp(state, terminal_states[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL) {
        (void)json_object_set_new(object, key, json_string(text));
    }
}

static json_t *draft_labels(const struct draft *draft)
{
    json_t *labels = json_object();
    const json_t *action = draft->action;
    const char *run = object_string(action, "run", NULL);
    bool config = !resource_is_action(draft->resource);
    if (draft->app != NULL && !config && !is_kind(draft, "RunAction")) {
        set_text(labels, "k10.kasten.io/appName", draft->app);
        set_text(labels, "k10.kasten.io/appNamespace", draft->app);
        set_text(labels, "k10.kasten.io/appType", object_string(action, "app_type", "namespace"));
    }
    if (draft->policy != NULL && !config) {
        set_text(labels, "k10.kasten.io/policyName", draft->policy);
        set_text(labels, "k10.kasten.io/policyNamespace",
                 object_string(action, "policy_namespace", K10_NAMESPACE));
    }
    if (run != NULL && !is_kind(draft, "RunAction")) {
        set_text(labels, "k10.kasten.io/runActionName", run);
        if (!draft->style->k10_v4 && !json_is_null(json_object_get(action, "run_namespace"))) {
            set_text(labels, "k10.kasten.io/runActionNamespace",
                     object_string(action, "run_namespace", K10_NAMESPACE));
        }
    }
    if (is_kind(draft, "ExportAction")) {
        set_text(labels, "k10.kasten.io/exportProfile", "s3-offsite");
    }
    set_text(labels, "k10.kasten.io/actionSkipReason", object_string(action, "skip_reason", NULL));
    object_merge(labels, json_object_get(action, "labels"));
    return labels;
}

static json_t *draft_metadata(const struct draft *draft, const char *api_version)
{
    char uid[OBJECT_UID_BYTES];
    char text[400];
    (void)snprintf(text, sizeof text, "%s/%s/%s/%s", draft->style->cluster, draft->resource->plural,
                   draft->namespace == NULL ? "" : draft->namespace, draft->name);
    object_uid(draft->style->seed, text, uid);
    json_t *metadata = json_object();
    set_text(metadata, "name", draft->name);
    set_text(metadata, "namespace", draft->namespace);
    set_text(metadata, "uid", object_string(draft->action, "uid", uid));
    set_text(metadata, "creationTimestamp", draft->created);
    (void)json_object_set_new(metadata, "labels", draft_labels(draft));
    const json_t *annotations = json_object_get(draft->action, "annotations");
    if (annotations != NULL) {
        (void)json_object_set_new(metadata, "annotations", json_deep_copy(annotations));
    }
    if (object_flag(draft->action, "managed_fields", true)) {
        (void)json_object_set_new(
            metadata, "managedFields",
            object_managed_fields(api_version, "executor-server", draft->created));
    }
    return metadata;
}

static json_t *draft_subject(const struct draft *draft)
{
    const char *app = draft->app == NULL ? "" : draft->app;
    const char *policy = draft->policy == NULL ? "" : draft->policy;
    if (is_kind(draft, "RunAction")) {
        return json_pack("{s:s,s:s,s:s,s:s}", "apiVersion", CONFIG_GROUP "/" KASTEN_VERSION, "kind",
                         "Policy", "name", policy, "namespace", K10_NAMESPACE);
    }
    if (is_kind(draft, "ExportAction") || is_kind(draft, "RestoreAction")) {
        return json_pack("{s:s,s:s,s:s,s:s}", "apiVersion", "apps.kio.kasten.io/" KASTEN_VERSION,
                         "kind", "RestorePoint", "name", draft->name, "namespace", app);
    }
    return json_pack("{s:s,s:s}", "name", app, "namespace", app);
}

static json_t *draft_spec(const struct draft *draft)
{
    json_t *spec = json_object();
    (void)json_object_set_new(spec, "subject", draft_subject(draft));
    set_text(spec, "scheduledTime", draft->scheduled);
    if (is_kind(draft, "BackupAction")) {
        (void)json_object_set_new(spec, "filters", json_object());
        (void)json_object_set_new(spec, "ignoreExceptions", json_false());
    }
    if (is_kind(draft, "BackupAction") || is_kind(draft, "ExportAction")) {
        (void)json_object_set_new(
            spec, "profile",
            json_pack("{s:s,s:s}", "name", "s3-offsite", "namespace", K10_NAMESPACE));
    }
    return spec;
}

static json_t *draft_error(const struct draft *draft)
{
    const json_t *given = json_object_get(draft->action, "error");
    if (given != NULL) {
        return object_expand(given);
    }
    return json_pack("{s:s,s:s,s:[],s:b}", "message", "Job failed to be executed", "cause",
                     "{\"message\":\"the fleet's scenario gives no error for this action\"}",
                     "fields", "retriable", 0);
}

// K10 does not always give one: null leaves it out.
static void set_progress(const struct draft *draft, json_t *status)
{
    json_t *given = json_object_get(draft->action, "progress");
    bool complete = strcmp(draft->state, "Complete") == 0;
    if (given == NULL) {
        (void)json_object_set_new(status, "progress", json_integer(complete ? 100 : 46));
    } else if (!json_is_null(given)) {
        (void)json_object_set(status, "progress", given);
    }
}

static json_t *draft_status(const struct draft *draft)
{
    json_t *status = json_object();
    bool failed = strcmp(draft->state, "Failed") == 0;
    bool complete = strcmp(draft->state, "Complete") == 0;
    set_text(status, "state", draft->state);
    set_text(status, "startTime", draft->start);
    (void)json_object_set_new(status, "endTime",
                              draft->terminal ? json_string(draft->end) : json_null());
    set_progress(draft, status);
    if (is_kind(draft, "BackupAction")) {
        json_t *point = json_object();
        set_text(point, "name", complete ? draft->name : "");
        set_text(point, "namespace", draft->namespace);
        (void)json_object_set_new(status, "restorePoint", point);
    }
    if (is_kind(draft, "RunAction")) {
        (void)json_object_set_new(
            status, "policySpec",
            json_pack("{s:s,s:[{s:s}]}", "frequency", "@daily", "actions", "action", "backup"));
    }
    const json_t *exceptions = json_object_get(draft->action, "exceptions");
    if (exceptions != NULL) {
        (void)json_object_set_new(status, "exceptions", object_expand(exceptions));
    }
    if (failed || json_object_get(draft->action, "error") != NULL) {
        (void)json_object_set_new(status, "error", draft_error(draft));
    }
    (void)json_object_set_new(status, "actionDetails", json_object());
    return status;
}

// Policies, presets and profiles: spec and status as the scenario gives them.
static void fill_config(json_t *object, const json_t *action)
{
    const json_t *spec = json_object_get(action, "spec");
    const json_t *status = json_object_get(action, "status");
    (void)json_object_set_new(object, "spec", spec == NULL ? json_object() : object_expand(spec));
    (void)json_object_set_new(object, "status",
                              status == NULL ? json_pack("{s:s}", "validation", "Success")
                                             : object_expand(status));
}

json_t *action_object(const struct action_style *style, const struct resource *resource,
                      const json_t *action, size_t index)
{
    const char *namespace = object_string(action, "namespace", NULL);
    struct draft draft = {
        .style = style,
        .resource = resource,
        .action = action,
        .app = object_string(action, "app", default_app(resource, namespace)),
        .policy = object_string(action, "policy", NULL),
        .state = object_string(action, "state", "Complete"),
    };
    draft.terminal = is_terminal(draft.state);
    draft.namespace = namespace == NULL ? default_namespace(&draft) : namespace;
    name_draft(&draft, index);
    time_draft(&draft);
    char api_version[80];
    (void)snprintf(api_version, sizeof api_version, "%s/%s", resource->group, KASTEN_VERSION);
    json_t *object = json_object();
    set_text(object, "kind", resource->kind);
    set_text(object, "apiVersion", api_version);
    (void)json_object_set_new(object, "metadata", draft_metadata(&draft, api_version));
    if (resource_is_action(resource)) {
        (void)json_object_set_new(object, "spec", draft_spec(&draft));
        (void)json_object_set_new(object, "status", draft_status(&draft));
    } else {
        fill_config(object, action);
    }
    json_t *merge = object_expand(json_object_get(action, "merge"));
    object_merge(object, merge);
    json_decref(merge);
    return object;
}

static void set_phase(json_t *phases, const char *name, const char *state, const json_t *status)
{
    json_t *phase = json_object();
    set_text(phase, "name", name);
    set_text(phase, "state", state);
    bool failed = strcmp(state, "failed") == 0;
    (void)json_object_set_new(phase, "attempt", json_integer(failed ? 3 : 1));
    (void)json_object_set(phase, "startTime", json_object_get(status, "startTime"));
    (void)json_object_set(phase, "endTime", json_object_get(status, "endTime"));
    (void)json_object_set(phase, "updatedTime", json_object_get(status, "endTime"));
    json_t *error = json_object_get(status, "error");
    if (failed && error != NULL) {
        (void)json_object_set_new(phase, "errors", json_pack("[O,O,O]", error, error, error));
    }
    (void)json_array_append_new(phases, phase);
}

json_t *action_details(const json_t *object, const json_t *phases)
{
    json_t *copy = json_deep_copy(object);
    json_t *status = json_object_get(copy, "status");
    if (!json_is_object(status)) {
        return copy;
    }
    json_t *shown = json_array();
    if (phases != NULL) {
        json_decref(shown);
        shown = object_expand(phases);
    } else {
        const char *state = object_string(status, "state", "");
        set_phase(shown, "Application configuration", "succeeded", status);
        set_phase(shown, "Stateful components",
                  strcmp(state, "Failed") == 0     ? "failed"
                  : strcmp(state, "Complete") == 0 ? "succeeded"
                                                   : "running",
                  status);
    }
    (void)json_object_set_new(status, "actionDetails", json_pack("{s:o}", "phases", shown));
    return copy;
}
