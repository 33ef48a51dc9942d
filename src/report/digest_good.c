// SPDX-License-Identifier: MIT
// What is over.
#include "base/arena.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

// Of one class as it speaks of it; of several as of failures.
static const char *title(struct arena *arena, const struct plan *plan, enum plan_reason reason)
{
    const struct plan_closing *first = NULL;
    bool mixed = false;
    for (size_t i = 0; i < plan->closing_count; i++) {
        const struct plan_closing *closing = &plan->closings[i];
        if (closing->reason == reason) {
            first = first == NULL ? closing : first;
            mixed = mixed || closing->class != first->class;
        }
    }
    const struct digest_class *class =
        digest_class_of(first == NULL || mixed ? ALERT_FAILED : first->class);
    return digest_capital(arena, reason == PLAN_RECOVERED ? class->well : class->gone);
}

static struct digest_endings make_closings(struct arena *arena, const struct digest_input *input,
                                           enum plan_reason reason)
{
    const struct plan *plan = input->plan;
    struct digest_endings endings = {
        .items = arena_alloc_array(arena, plan->closing_count, sizeof *endings.items),
        .state = reason == PLAN_RECOVERED ? DIGEST_OK : DIGEST_WARNING,
        .title = title(arena, plan, reason),
    };
    for (size_t i = 0; i < plan->closing_count; i++) {
        const struct plan_closing *closing = &plan->closings[i];
        if (closing->reason == reason) {
            endings.items[endings.count++] =
                digest_class_of(closing->class)->end(arena, input, closing);
        }
    }
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
