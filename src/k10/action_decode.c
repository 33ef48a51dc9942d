// SPDX-License-Identifier: MIT
#include "k10/action_decode.h"

#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "core/cause_list.h"
#include "k10/action_names.h"
#include "k10/error_tree.h"
#include "k10/field.h"

#include "base/banned.h"

static const char label_skip_reason[] = "k10.kasten.io/actionSkipReason";

// Nothing that is empty says anything.
static bool is_said(const struct json *value)
{
    const char *text = json_text(value);
    return json_count(value) > 0 || (text != NULL && *text != '\0');
}

// Exceptions of a Complete action; an object or a text is one.
static uint32_t count_exceptions(const struct json *value)
{
    size_t count = json_is_array(value) ? json_count(value) : is_said(value) ? 1 : 0;
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

static int read_progress(const struct json *value)
{
    int64_t percent;
    return json_integer(value, &percent) && percent >= 0 && percent <= 100 ? (int)percent : -1;
}

static const char *copy_label(struct arena *arena, const struct json *object, const char *label)
{
    return field_text(arena, json_path(object, "metadata", "labels", label, NULL));
}

static void read_names(struct arena *arena, const struct json *object, struct action *action)
{
    const struct json *metadata = json_get(object, "metadata");
    const struct json *subject = json_path(object, "spec", "subject", NULL);
    struct action_names names = {
        .name = field_text(arena, json_get(metadata, "name")),
        .namespace_name = field_text(arena, json_get(metadata, "namespace")),
        .label_app = copy_label(arena, object, ACTION_LABEL_APP),
        .label_policy = copy_label(arena, object, ACTION_LABEL_POLICY),
        .label_policy_namespace = copy_label(arena, object, ACTION_LABEL_POLICY_NAMESPACE),
        .label_run = copy_label(arena, object, ACTION_LABEL_RUN),
        .label_run_namespace = copy_label(arena, object, ACTION_LABEL_RUN_NAMESPACE),
        .subject_name = field_text(arena, json_get(subject, "name")),
        .subject_namespace = field_text(arena, json_get(subject, "namespace")),
    };
    action_names_apply(&names, action);
}

static const char *read_profile(struct arena *arena, const struct json *object)
{
    const char *label = copy_label(arena, object, "k10.kasten.io/exportProfile");
    const char *spec = field_text(arena, json_path(object, "spec", "profile", "name", NULL));
    return *label != '\0' ? label : spec;
}

static const char *read_uid(struct arena *arena, const struct json *object,
                            const struct action *action)
{
    const char *uid = field_text(arena, json_path(object, "metadata", "uid", NULL));
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
    const struct json *exceptions = json_path(object, "status", "exceptions", NULL);
    if (action->class == ALERT_EXCEPTIONS) {
        root_cause_find(arena, error_tree_build_exceptions(scratch, exceptions), &action->causes);
    } else if (action->class == ALERT_FAILED || is_said(error)) {
        root_cause_find(arena, error_tree_build(scratch, error), &action->causes);
    } else if (*action->skip_reason != '\0') {
        action->causes = cause_list_of(arena, action->skip_reason);
    }
}

static void read_texts(struct arena *arena, const struct json *object, struct action *action)
{
    read_names(arena, object, action);
    action->uid = read_uid(arena, object, action);
    action->profile = read_profile(arena, object);
    action->skip_reason =
        action->state == ACTION_SKIPPED ? copy_label(arena, object, label_skip_reason) : "";
}

static void decode_whole(struct arena *arena, const struct action_source *source,
                         const struct json *object, struct action *action)
{
    read_texts(arena, object, action);
    if (source->causes != NULL) {
        action->causes = *source->causes;
        action->without_detail = true;
    } else {
        find_causes(arena, object, action);
    }
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
        .state = action_state_from_word(json_text(json_get(status, "state"))),
        .created = field_time(json_path(object, "metadata", "creationTimestamp", NULL)),
        .started = field_time(json_get(status, "startTime")),
        .ended = field_time(json_get(status, "endTime")),
    };
    if (action.ended < action.started) {
        action.ended = TIMESTAMP_NONE; // none, or one that cannot be
    }
    action.exceptions = count_exceptions(json_get(status, "exceptions"));
    action.clean = action.state == ACTION_COMPLETE && action.exceptions == 0;
    action.progress = read_progress(json_get(status, "progress"));
    *ret_verdict = evaluate_action(source->rules, &action);
    if (*ret_verdict == EVALUATE_FOUND) {
        decode_whole(arena, source, object, &action);
    } else if (source->scratch != NULL) {
        read_texts(source->scratch, object, &action);
    }
    *ret = action;
    return true;
}
