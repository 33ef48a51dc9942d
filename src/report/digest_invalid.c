// SPDX-License-Identifier: MIT
// How policies, presets and profiles that are invalid are spoken of: nothing ran, so nothing of
// them is worded as a run.
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

bool digest_row_is_invalid(const struct plan_row *row)
{
    return row->finding->class == ALERT_INVALID;
}

bool digest_closing_is_invalid(const struct plan_closing *closing)
{
    return closing->class == ALERT_INVALID;
}

static size_t object_index(enum action_kind kind)
{
    return kind >= OBJECT_POLICY && kind < WATCHED_KIND_COUNT ? (size_t)(kind - OBJECT_POLICY) : 0;
}

void digest_invalid_add(struct digest_invalid *counts, enum action_kind kind)
{
    counts->by_kind[object_index(kind)]++;
    counts->count++;
}

const char *digest_invalid_count(struct arena *arena, const struct digest_invalid *counts)
{
    const char *parts[DIGEST_OBJECT_KINDS];
    size_t part_count = 0;
    for (size_t i = 0; i < DIGEST_OBJECT_KINDS; i++) {
        enum action_kind kind = (enum action_kind)(OBJECT_POLICY + i);
        if (counts->by_kind[i] > 0) {
            parts[part_count++] = arena_format(arena, "%zu invalid %s", counts->by_kind[i],
                                               counts->by_kind[i] == 1 ? digest_kind_singular(kind)
                                                                       : digest_kind_plural(kind));
        }
    }
    return part_count == 0 ? "" : digest_list(arena, parts, part_count, part_count);
}

// "NAMESPACE/NAME"
static const char *full_name(struct arena *arena, const struct finding *finding)
{
    const char *namespace_name = digest_clean(arena, finding->namespace_name, DIGEST_NAME_BYTES);
    const char *name = digest_object_name(arena, finding->name);
    return *namespace_name == '\0' ? name : arena_format(arena, "%s/%s", namespace_name, name);
}

const char *digest_invalid_what(struct arena *arena, const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    const char *note = digest_clean(arena, finding->note, DIGEST_SENTENCE_BYTES);
    const char *between = *note == '\0' ? "" : finding->kind == OBJECT_POLICY ? ": " : "; ";
    return arena_format(arena, "%s %s is %sinvalid%s%s", digest_kind_singular(finding->kind),
                        full_name(arena, finding), row->reason == PLAN_REMINDER ? "still " : "",
                        between, note);
}

const char *digest_invalid_story(struct arena *arena, const struct digest_input *input,
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

const char *digest_invalid_reason(enum plan_reason reason)
{
    switch (reason) {
    case PLAN_REMINDER:
        return "Still invalid, and no mail has named it for REMIND_EVERY.";
    case PLAN_SILENCE_ENDED:
        return "It became invalid while it was silenced, and still is.";
    default:
        return "It is invalid, and no mail has told it yet.";
    }
}

const char *digest_invalid_thing(struct arena *arena, enum action_kind kind, const char *name)
{
    return arena_format(arena, "%s %s", digest_kind_singular(kind), name);
}

const char *digest_invalid_closed_name(struct arena *arena, const struct plan_closing *closing)
{
    const char *name = closing->kind == OBJECT_POLICY ? closing->policy
                       : closing->app_count > 0       ? closing->apps[0]
                                                      : "";
    return digest_policy_name(arena, name);
}

struct digest_ending digest_invalid_ending(struct arena *arena, const struct digest_input *input,
                                           const struct plan_closing *closing)
{
    bool is_policy = closing->kind == OBJECT_POLICY;
    bool deleted = closing->reason == PLAN_VANISHED;
    const char *kind = digest_kind_singular(closing->kind);
    const char *name = digest_object_name(arena, closing->app_count > 0 ? closing->apps[0] : "");
    const char *thing =
        is_policy ? arena_format(arena, "the %s", kind) : arena_format(arena, "%s %s", kind, name);
    bool timed = closing->since != TIMESTAMP_NONE && closing->closed_at > closing->since;
    const char *length =
        !timed ? "it was invalid"
               : arena_format(arena, "it was invalid for %s, since %s",
                              digest_duration(arena, closing->closed_at - closing->since),
                              digest_time(arena, closing->since, input->local_time));
    return (struct digest_ending){
        .cluster = digest_label(arena, input, closing->cluster),
        .policy = is_policy ? digest_policy_name(arena, closing->policy) : "",
        .what =
            arena_format(arena, "%s %s", thing, deleted ? "no longer exists" : "is valid again"),
        .story = length,
    };
}
