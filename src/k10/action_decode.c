// SPDX-License-Identifier: MIT
#include "k10/action_decode.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "k10/error_tree.h"

#include "base/banned.h"

enum { FIELD_MAX_BYTES = 512 };

// A letter of "Failed" written as an escape: \u0046, or \u0061 to \u006c.
static bool has_escaped_letter(const char *bytes, size_t len)
{
    static const char escape[] = "\\u00";
    const char *end = bytes + len;
    const char *at = memmem(bytes, len, escape, strlen(escape));
    while (at != NULL) {
        at += strlen(escape);
        if (at < end && (*at == '4' || *at == '6')) {
            return true;
        }
        at = memmem(at, (size_t)(end - at), escape, strlen(escape));
    }
    return false;
}

bool action_may_have_failed(const char *bytes, size_t len)
{
    static const char word[] = "Failed";
    return memmem(bytes, len, word, strlen(word)) != NULL || has_escaped_letter(bytes, len);
}

// A field as one clean, bounded line; "" when it is absent or no string.
static const char *copy_text(struct arena *arena, const struct json *value)
{
    const char *text = json_text(value);
    if (text == NULL || *text == '\0') {
        return "";
    }
    AUTO(buf) line;
    buf_init(&line, 4096);
    size_t len = utf8_cut(text, strlen(text), FIELD_MAX_BYTES);
    utf8_clean(&line, text, len);
    return arena_strndup(arena, line.data, line.len);
}

// Go writes its zero time as 0001-01-01T00:00:00Z: nothing before 1970 is a time.
static int64_t read_time(const struct json *value)
{
    const char *text = json_text(value);
    int64_t instant;
    bool is_time = text != NULL && timestamp_parse(text, &instant) && instant > 0;
    return is_time ? instant : TIMESTAMP_NONE;
}

static enum action_state read_state(const struct json *value)
{
    static const struct {
        const char *word;
        enum action_state state;
    } states[] = {
        {"Pending", ACTION_PENDING},
        {"Running", ACTION_RUNNING},
        {"AttemptFailed", ACTION_ATTEMPT_FAILED},
        {"Failed", ACTION_FAILED},
        {"Complete", ACTION_COMPLETE},
        {"Skipped", ACTION_SKIPPED},
        {"Cancelled", ACTION_CANCELLED},
        {"Deleting", ACTION_DELETING},
    };
    const char *word = json_text(value);
    for (size_t i = 0; word != NULL && i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(states[i].word, word) == 0) {
            return states[i].state;
        }
    }
    return ACTION_UNKNOWN;
}

static const char *first_text(const char *a, const char *b)
{
    return *a != '\0' ? a : b;
}

static const char *copy_label(struct arena *arena, const struct json *object, const char *label)
{
    return copy_text(arena, json_path(object, "metadata", "labels", label, NULL));
}

// The application by label, else by the action's subject, else by its namespace. A RunAction's
// subject is its policy, a cluster-scoped action has no application.
static const char *read_app(struct arena *arena, enum action_kind kind, const struct json *object,
                            const char *namespace_name)
{
    if (kind == ACTION_RUN || kind == ACTION_VALIDATE || kind == ACTION_IMPORT ||
        kind == ACTION_REPORT) {
        return copy_label(arena, object, "k10.kasten.io/appName");
    }
    const char *label = copy_label(arena, object, "k10.kasten.io/appName");
    const char *subject = copy_text(arena, json_path(object, "spec", "subject", "name", NULL));
    return first_text(label,
                      kind == ACTION_EXPORT ? namespace_name : first_text(subject, namespace_name));
}

static void read_run(struct arena *arena, const struct json *object, struct action *action)
{
    if (action->kind == ACTION_RUN) {
        action->run = action->name;
        action->run_namespace = action->namespace_name;
        return;
    }
    action->run = copy_label(arena, object, "k10.kasten.io/runActionName");
    action->run_namespace = copy_label(arena, object, "k10.kasten.io/runActionNamespace");
}

static void read_policy(struct arena *arena, const struct json *object, struct action *action)
{
    const struct json *subject = json_path(object, "spec", "subject", NULL);
    action->policy = copy_label(arena, object, "k10.kasten.io/policyName");
    action->policy_namespace = copy_label(arena, object, "k10.kasten.io/policyNamespace");
    if (action->kind == ACTION_RUN && *action->policy == '\0') {
        action->policy = copy_text(arena, json_get(subject, "name"));
        action->policy_namespace = copy_text(arena, json_get(subject, "namespace"));
    }
}

static const char *read_profile(struct arena *arena, const struct json *object)
{
    const char *label = copy_label(arena, object, "k10.kasten.io/exportProfile");
    const char *spec = copy_text(arena, json_path(object, "spec", "profile", "name", NULL));
    return first_text(label, spec);
}

static const char *read_uid(struct arena *arena, const struct json *object,
                            const struct action *action)
{
    const char *uid = copy_text(arena, json_path(object, "metadata", "uid", NULL));
    if (*uid != '\0') {
        return uid;
    }
    return arena_format(arena, "%s/%s/%s", action_kind_word(action->kind), action->namespace_name,
                        action->name);
}

// The tree of a nested error can be large and is needed for the moment of choosing only.
static void find_causes(struct arena *arena, const struct json *object, struct action *action)
{
    AUTO_PTR(arena) scratch = arena_create();
    const struct json *error = json_path(object, "status", "error", NULL);
    root_cause_find(arena, error_tree_build(scratch, error), &action->causes);
}

static void decode_whole(struct arena *arena, const struct json *object, struct action *action)
{
    const struct json *metadata = json_get(object, "metadata");
    action->name = first_text(copy_text(arena, json_get(metadata, "name")), "(unnamed)");
    action->namespace_name = copy_text(arena, json_get(metadata, "namespace"));
    action->uid = read_uid(arena, object, action);
    action->app = read_app(arena, action->kind, object, action->namespace_name);
    action->profile = read_profile(arena, object);
    read_policy(arena, object, action);
    read_run(arena, object, action);
    find_causes(arena, object, action);
}

bool action_decode(struct arena *arena, const struct action_source *source, const char *bytes,
                   size_t len, struct action *ret, enum evaluate_verdict *ret_verdict,
                   struct error *error)
{
    struct json *parsed;
    if (!json_parse(bytes, len, &parsed, error)) {
        return false;
    }
    AUTO_PTR(json) object = parsed;
    const struct json *status = json_get(object, "status");
    struct action action = {
        .cluster = source->cluster,
        .kind = source->kind,
        .state = read_state(json_get(status, "state")),
        .created = read_time(json_path(object, "metadata", "creationTimestamp", NULL)),
        .started = read_time(json_get(status, "startTime")),
        .ended = read_time(json_get(status, "endTime")),
    };
    if (action.ended < action.started) {
        action.ended = TIMESTAMP_NONE; // none, or one that cannot be
    }
    *ret_verdict = evaluate_action(&action, source->window_start);
    if (*ret_verdict == EVALUATE_FAILURE) {
        decode_whole(arena, object, &action);
    }
    *ret = action;
    return true;
}
