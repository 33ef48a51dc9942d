// SPDX-License-Identifier: MIT
// What is over. Good news is told as carefully as bad: nobody must take an application that left
// its policy for one that is backed up again.
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum { APPS_NAMED = 20, WHY_BYTES = 300 };

static const char *age_of(struct arena *arena, const struct digest_input *input, int64_t instant)
{
    return digest_time_and_age(arena, instant, input->now, input->local_time);
}

// "backups of shop, web and 3 more", "runs".
static const char *closing_what(struct arena *arena, const struct plan_closing *closing)
{
    const char *kind = closing->app_count == 1 ? digest_kind_singular(closing->kind)
                                               : digest_kind_plural(closing->kind);
    if (closing->app_count == 0) {
        return kind;
    }
    size_t count = closing->app_count < APPS_NAMED ? closing->app_count : APPS_NAMED;
    const char **apps = arena_alloc_array(arena, closing->app_count, sizeof *apps);
    for (size_t i = 0; i < count; i++) {
        apps[i] = digest_clean(arena, closing->apps[i], DIGEST_NAMESPACE_BYTES);
    }
    return arena_format(arena, "%s of %s", kind,
                        digest_list(arena, apps, closing->app_count, count));
}

// "3 failed runs and 2 d 3 h"
static const char *trouble(struct arena *arena, const struct plan_closing *closing)
{
    const char *runs = digest_count(arena, closing->runs, "failed run", "failed runs");
    if (closing->since == TIMESTAMP_NONE || closing->closed_at == TIMESTAMP_NONE ||
        closing->closed_at <= closing->since) {
        return runs;
    }
    return arena_format(arena, "%s and %s", runs,
                        digest_duration(arena, closing->closed_at - closing->since));
}

static const char *closing_story(struct arena *arena, const struct digest_input *input,
                                 const struct plan_closing *closing)
{
    const char *run = digest_clean(arena, closing->run, DIGEST_NAME_BYTES);
    const char *latest = *run == '\0' ? "" : arena_format(arena, "; the latest was %s", run);
    if (closing->reason == PLAN_VANISHED) {
        const char *why = digest_clean(arena, closing->why, WHY_BYTES);
        return arena_format(arena, "%s; after %s, no good run was seen%s",
                            *why == '\0' ? "it is no longer part of its policy" : why,
                            trouble(arena, closing), latest);
    }
    return arena_format(arena, "after %s%s; clean run ended %s", trouble(arena, closing), latest,
                        age_of(arena, input, closing->closed_at));
}

static struct digest_endings make_closings(struct arena *arena, const struct digest_input *input,
                                           enum plan_reason reason)
{
    const struct plan *plan = input->plan;
    bool recovered = reason == PLAN_RECOVERED;
    bool runs = false; // any of it is about failed runs
    struct digest_endings endings = {
        .items = arena_alloc_array(arena, plan->closing_count, sizeof *endings.items),
        .state = recovered ? DIGEST_OK : DIGEST_WARNING,
    };
    for (size_t i = 0; i < plan->closing_count; i++) {
        const struct plan_closing *closing = &plan->closings[i];
        if (closing->reason == reason && digest_closing_is_invalid(closing)) {
            endings.items[endings.count++] = digest_invalid_ending(arena, input, closing);
        } else if (closing->reason == reason) {
            runs = true;
            endings.items[endings.count++] = (struct digest_ending){
                .cluster = digest_label(arena, input, closing->cluster),
                .policy = digest_policy_name(arena, closing->policy),
                .what = closing_what(arena, closing),
                .story = closing_story(arena, input, closing),
            };
        }
    }
    endings.title = recovered ? (runs ? "Recovered" : "Valid again")
                              : (runs ? "Ended without a good run" : "Deleted while invalid");
    return endings;
}

// Passes go on from where they were: what they could not see is not looked for afterwards.
static const char *in_full_story(struct arena *arena, const struct digest_input *input,
                                 const struct plan_readable *readable)
{
    static const char missing[] =
        "failures of that time in what was not seen may be missing in this mail";
    if (readable->since == TIMESTAMP_NONE || readable->since > input->now) {
        return missing;
    }
    return arena_format(arena, "could be read in part only for %s, since %s; %s",
                        digest_duration(arena, input->now - readable->since),
                        digest_time(arena, readable->since, input->local_time), missing);
}

// "could not be read for 2 d 5 h, since ...; 3 failed runs of that time are in this mail"
static const char *readable_story(struct arena *arena, const struct digest_input *input,
                                  const struct plan_readable *readable)
{
    const char *caught_up =
        readable->caught_up == 0
            ? "this mail has no failed run of that time"
            : arena_format(arena, "%s of that time %s in this mail",
                           digest_count(arena, readable->caught_up, "failed run", "failed runs"),
                           readable->caught_up == 1 ? "is" : "are");
    if (readable->since == TIMESTAMP_NONE || readable->since > input->now) {
        return caught_up;
    }
    return arena_format(arena, "could not be read for %s, since %s; %s",
                        digest_duration(arena, input->now - readable->since),
                        digest_time(arena, readable->since, input->local_time), caught_up);
}

static struct digest_endings make_readable(struct arena *arena, const struct digest_input *input)
{
    const struct plan *plan = input->plan;
    struct digest_endings endings = {
        .items = arena_alloc_array(arena, plan->readable_count, sizeof *endings.items),
        .count = plan->readable_count,
        .title = "Can be read again",
        .state = DIGEST_OK,
    };
    for (size_t i = 0; i < plan->readable_count; i++) {
        const struct plan_readable *readable = &plan->readable[i];
        endings.items[i] = (struct digest_ending){
            .cluster = digest_label(arena, input, readable->cluster),
            .policy = "",
            .what = readable->in_part                 ? "the cluster's backups, in full"
                    : readable->kind == ACTION_BACKUP ? "the cluster's backups"
                                                      : digest_kind_plural(readable->kind),
            .story = readable->in_part ? in_full_story(arena, input, readable)
                                       : readable_story(arena, input, readable),
        };
    }
    return endings;
}

void digest_make_endings(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    ret->readable = make_readable(arena, input);
    ret->recovered = make_closings(arena, input, PLAN_RECOVERED);
    ret->ended = make_closings(arena, input, PLAN_VANISHED);
}
