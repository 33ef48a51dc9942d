// SPDX-License-Identifier: MIT
// How policies, presets and profiles that are invalid are spoken of: nothing ran, so nothing of
// them is worded as a run.
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

size_t digest_invalid_noun(const struct finding *finding)
{
    enum action_kind kind = finding->kind;
    return kind >= OBJECT_POLICY && kind < WATCHED_KIND_COUNT ? (size_t)(kind - OBJECT_POLICY) : 0;
}

// "NAMESPACE/NAME"
static const char *full_name(struct arena *arena, const struct finding *finding)
{
    const char *namespace_name = digest_clean(arena, finding->namespace_name, DIGEST_NAME_BYTES);
    const char *name = digest_object_name(arena, finding->name);
    return *namespace_name == '\0' ? name : arena_format(arena, "%s/%s", namespace_name, name);
}

static const char *what(struct arena *arena, const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    const char *note = digest_clean(arena, finding->note, DIGEST_SENTENCE_BYTES);
    const char *between = *note == '\0' ? "" : finding->kind == OBJECT_POLICY ? ": " : "; ";
    return arena_format(arena, "%s %s is %sinvalid%s%s", digest_kind_singular(finding->kind),
                        full_name(arena, finding), row->reason == PLAN_REMINDER ? "still " : "",
                        between, note);
}

static const char *story(struct arena *arena, const struct digest_input *input,
                         const struct plan_row *row)
{
    const char *since =
        row->since == TIMESTAMP_NONE || row->since >= input->now
            ? ""
            : arena_format(arena, "first seen to be invalid %s",
                           digest_time_and_age(arena, row->since, input->now, input->local_time));
    const char *mail = digest_last_mail(arena, input, row);
    return arena_format(arena, "%s%s%s", since, *since != '\0' && *mail != '\0' ? "; " : "", mail);
}

void digest_invalid_tell(struct arena *arena, const struct digest_input *input,
                         const struct plan_row *row, struct digest_row *ret)
{
    const struct finding *finding = row->finding;
    ret->what = what(arena, row);
    ret->story = story(arena, input, row);
    ret->reason = digest_condition_reason(arena, row);
    ret->since = row->since;
    digest_object_command(arena, finding->kind, finding->namespace_name, finding->name, ret);
}

struct digest_title digest_invalid_name(struct arena *arena, const struct digest_input *input,
                                        const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    const char *thing = arena_format(arena, "%s %s", digest_kind_singular(finding->kind),
                                     digest_short_name(arena, finding->name));
    return (struct digest_title){
        .text = arena_format(arena, "%s is invalid", thing),
        .tail = digest_first_cause(arena, row),
        .headline = arena_format(arena, "%s is %sinvalid on %s", thing,
                                 row->reason == PLAN_REMINDER ? "still " : "",
                                 digest_label(arena, input, finding->cluster)),
    };
}

// "policy daily was deleted while it was invalid"
struct digest_title digest_invalid_name_end(struct arena *arena, const struct digest_input *input,
                                            const struct plan_closing *closing)
{
    (void)input;
    bool recovered = closing->reason == PLAN_RECOVERED;
    const char *name = closing->kind == OBJECT_POLICY ? closing->policy
                       : closing->app_count > 0       ? closing->apps[0]
                                                      : "";
    return (struct digest_title){
        .text = arena_format(arena, "%s %s %s", digest_kind_singular(closing->kind),
                             digest_short_name(arena, digest_policy_name(arena, name)),
                             recovered ? "is valid again" : "was deleted while it was invalid"),
        .tail = "",
    };
}

struct digest_ending digest_invalid_end(struct arena *arena, const struct digest_input *input,
                                        const struct plan_closing *closing)
{
    bool is_policy = closing->kind == OBJECT_POLICY;
    bool deleted = closing->reason == PLAN_VANISHED;
    const char *kind = digest_kind_singular(closing->kind);
    const char *name = digest_object_name(arena, closing->app_count > 0 ? closing->apps[0] : "");
    const char *thing =
        is_policy ? arena_format(arena, "the %s", kind) : arena_format(arena, "%s %s", kind, name);
    return (struct digest_ending){
        .cluster = digest_label(arena, input, closing->cluster),
        .policy = is_policy ? digest_policy_name(arena, closing->policy) : "",
        .what =
            arena_format(arena, "%s %s", thing, deleted ? "no longer exists" : "is valid again"),
        .story = digest_condition_length(arena, input, closing),
    };
}
