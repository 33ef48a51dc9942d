// SPDX-License-Identifier: MIT
// How runs and lone actions that do not end are spoken of.
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

// What is not known to have begun is no older than the rest.
static bool began_before(const struct action *action, const struct action *other)
{
    int64_t a = action_began_at(action);
    int64_t b = action_began_at(other);
    return a != TIMESTAMP_NONE && (b == TIMESTAMP_NONE || a < b);
}

// The one that has been at work for longest, of a run its children before itself; NULL without any.
static const struct action *oldest(const struct finding *finding)
{
    const struct action *found = NULL;
    for (size_t i = 0; i < finding->action_count; i++) {
        const struct action *action = finding->actions[i];
        bool child = found != NULL && found->kind == ACTION_RUN && action->kind != ACTION_RUN;
        bool older = found != NULL && began_before(action, found) &&
                     (action->kind == ACTION_RUN) == (found->kind == ACTION_RUN);
        found = found == NULL || child || older ? action : found;
    }
    return found;
}

// How long something has been at work at now; "" when that is not known.
static const char *length(struct arena *arena, const struct action *action, int64_t now)
{
    int64_t began = action_began_at(action);
    return began == TIMESTAMP_NONE || began >= now ? "" : digest_duration(arena, now - began);
}

// "has been running for 1 d 2 h, 40 % done"
static const char *how_it_stands(struct arena *arena, const struct digest_input *input,
                                 const struct action *action)
{
    const char *time = length(arena, action, input->now);
    const char *done =
        action->progress < 0 ? "" : arena_format(arena, ", %d %% done", action->progress);
    bool retries = action->state == ACTION_ATTEMPT_FAILED;
    const char *doing = action->state == ACTION_PENDING ? "pending" : "running";
    if (retries && *time == '\0') {
        return arena_format(arena, "is retrying after a failed attempt%s", done);
    }
    if (retries) {
        return arena_format(arena, "is retrying after a failed attempt, %s after it began%s", time,
                            done);
    }
    if (*time == '\0') {
        return arena_format(arena, "is %s, since when is not known%s", doing, done);
    }
    return arena_format(arena, "has been %s for %s%s", doing, time, done);
}

// "backup of shop has been running for 1 d 2 h, 40 % done"; "" without actions.
static const char *of_oldest(struct arena *arena, const struct digest_input *input,
                             const struct finding *finding)
{
    const struct action *action = oldest(finding);
    return action == NULL ? ""
                          : arena_format(arena, "%s %s", digest_action_name(arena, action),
                                         how_it_stands(arena, input, action));
}

// "backup of shop is stuck: it has been running ..."; "3 backups are stuck; backup of shop ...".
static const char *what(struct arena *arena, const struct digest_input *input,
                        const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    const struct action *action = oldest(finding);
    if (action == NULL) {
        return arena_format(arena, "%s %s is stuck; it can no longer be read",
                            digest_kind_singular(finding->kind),
                            digest_object_name(arena, finding->name));
    }
    struct digest_actions actions = digest_name_actions(arena, finding);
    const char *parts[] = {
        actions.count > 1
            ? arena_format(arena, "%s are stuck; %s", actions.text,
                           of_oldest(arena, input, finding))
            : arena_format(arena, "%s is stuck: it %s", digest_action_name(arena, action),
                           how_it_stands(arena, input, action)),
        digest_clean(arena, finding->note, DIGEST_SENTENCE_BYTES),
    };
    return digest_join(arena, parts, sizeof parts / sizeof *parts);
}

static const char *story(struct arena *arena, const struct digest_input *input,
                         const struct plan_row *row)
{
    const struct action *action = oldest(row->finding);
    int64_t stuck = action == NULL ? 0 : action->stuck_at;
    const char *parts[] = {
        row->since == TIMESTAMP_NONE || row->since >= input->now
            ? ""
            : arena_format(arena, "it began %s",
                           digest_time_and_age(arena, row->since, input->now, input->local_time)),
        stuck <= 0 ? ""
                   : arena_format(arena, "counted as stuck from %s on (STUCK_AFTER)",
                                  digest_time(arena, stuck, input->local_time)),
        digest_last_mail(arena, input, row),
    };
    return digest_join(arena, parts, sizeof parts / sizeof *parts);
}

void digest_stuck_tell(struct arena *arena, const struct digest_input *input,
                       const struct plan_row *row, struct digest_row *ret)
{
    const struct finding *finding = row->finding;
    const struct action *action = oldest(finding);
    ret->what = what(arena, input, row);
    ret->story = story(arena, input, row);
    ret->reason = digest_condition_reason(arena, row);
    ret->since = row->since;
    if (action == NULL) {
        digest_run_command(arena, finding, ret);
        return;
    }
    const char *which = finding->action_count == 1
                            ? ""
                            : arena_format(arena, "the oldest of %zu %s", finding->action_count,
                                           digest_class_of(finding->class)->actions.many);
    digest_action_command(arena, action, which, ret);
}

// An incident is one run, whose name stays while its actions come and go.
struct digest_title digest_stuck_name(struct arena *arena, const struct digest_input *input,
                                      const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    const char *thing = digest_run_thing(arena, row);
    const char *stands = of_oldest(arena, input, finding);
    return (struct digest_title){
        .text = arena_format(arena, "%s is stuck", thing),
        .tail = digest_short_name(arena, finding->name),
        .headline = arena_format(
            arena, "%s is %sstuck on %s%s%s", thing, row->reason == PLAN_REMINDER ? "still " : "",
            digest_label(arena, input, finding->cluster), *stands == '\0' ? "" : ": ", stands),
    };
}

// The subject of a run: "run run-a".
static const char *run_name(struct arena *arena, const struct plan_closing *closing)
{
    const char *run = closing->run != NULL && *closing->run != '\0' ? closing->run
                      : closing->app_count > 0                      ? closing->apps[0]
                                                                    : "";
    return digest_subject_name(arena, run);
}

struct digest_title digest_stuck_name_end(struct arena *arena, const struct digest_input *input,
                                          const struct plan_closing *closing)
{
    (void)input;
    bool recovered = closing->reason == PLAN_RECOVERED;
    const char *run = run_name(arena, closing);
    const char *policy = digest_policy_name(arena, closing->policy);
    const char *thing = *policy == '\0' ? run : policy;
    return (struct digest_title){
        .text = arena_format(arena, "%s %s", digest_short_name(arena, thing),
                             recovered ? "ended well after being stuck" : "is no longer stuck"),
        .tail = !recovered        ? digest_clean(arena, closing->why, DIGEST_CAUSE_BYTES)
                : *policy == '\0' ? ""
                                  : run,
    };
}

// "after 1 d 7 h, it began ..."
struct digest_ending digest_stuck_end(struct arena *arena, const struct digest_input *input,
                                      const struct plan_closing *closing)
{
    bool recovered = closing->reason == PLAN_RECOVERED;
    const char *why = digest_clean(arena, closing->why, DIGEST_WHY_BYTES);
    bool timed = closing->since != TIMESTAMP_NONE && closing->closed_at > closing->since;
    const char *after =
        !timed ? ""
               : arena_format(arena, "after %s, it began %s",
                              digest_duration(arena, closing->closed_at - closing->since),
                              digest_time(arena, closing->since, input->local_time));
    const char *ended = !recovered || closing->closed_at == TIMESTAMP_NONE
                            ? ""
                            : arena_format(arena, "it ended %s",
                                           digest_time_and_age(arena, closing->closed_at,
                                                               input->now, input->local_time));
    const char *parts[] = {why, after, ended};
    return (struct digest_ending){
        .cluster = digest_label(arena, input, closing->cluster),
        .policy = digest_policy_name(arena, closing->policy),
        .what = arena_format(arena, "%s %s", run_name(arena, closing),
                             recovered ? "ended well" : "is no longer stuck"),
        .story = digest_join(arena, parts, sizeof parts / sizeof *parts),
    };
}

struct digest_figure digest_stuck_extra(struct arena *arena, const struct digest_input *input)
{
    int64_t longest = 0;
    for (size_t i = 0; i < input->plan->row_count; i++) {
        int64_t since = input->plan->rows[i].since;
        if (since != TIMESTAMP_NONE && input->now - since > longest) {
            longest = input->now - since;
        }
    }
    return (struct digest_figure){digest_duration(arena, longest), "the longest", DIGEST_FAILED};
}
