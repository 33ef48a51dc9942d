// SPDX-License-Identifier: MIT
// How policies whose runs or exports did not come are spoken of, and clusters that stand still.
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum { POLICY, STANDSTILL }; // as in the class's nouns

static const char *age_of(struct arena *arena, const struct digest_input *input, int64_t instant)
{
    return digest_time_and_age(arena, instant, input->now, input->local_time);
}

size_t digest_overdue_noun(const struct finding *finding)
{
    return finding->kind == OBJECT_POLICY ? STANDSTILL : POLICY;
}

static bool is_standstill(const struct plan_row *row)
{
    return digest_overdue_noun(row->finding) == STANDSTILL;
}

static bool is_of_exports(const struct finding *finding)
{
    return finding->overdue != NULL ? finding->overdue->subject == OVERDUE_EXPORTS
                                    : finding->kind == ACTION_EXPORT;
}

static const char *policy_of(const struct finding *finding)
{
    return finding->policy != NULL && *finding->policy != '\0' ? finding->policy : finding->name;
}

static const char *policy_namespace(const struct finding *finding)
{
    return finding->policy_namespace != NULL && *finding->policy_namespace != '\0'
               ? finding->policy_namespace
               : finding->namespace_name;
}

// "no policy has run since ...: 12 of 12 policies that should have run are overdue"
static const char *standstill_what(struct arena *arena, const struct digest_input *input,
                                   const struct finding_overdue *overdue)
{
    const char *since =
        overdue->last_success == TIMESTAMP_NONE
            ? ""
            : arena_format(arena, " since %s", age_of(arena, input, overdue->last_success));
    return arena_format(
        arena, "no policy has run%s: %zu of %zu policies that should have run %s overdue", since,
        overdue->policies, overdue->policies_judged, overdue->policies == 1 ? "is" : "are");
}

// The last success, or the moment from which on one was waited for.
static int64_t waited_since(const struct finding_overdue *overdue)
{
    return overdue->last_success != TIMESTAMP_NONE ? overdue->last_success
                                                   : overdue->answer.counted_from;
}

// "no run has completed since ..."
static const char *how_it_stands(struct arena *arena, const struct digest_input *input,
                                 const struct finding *finding)
{
    const struct finding_overdue *overdue = finding->overdue;
    bool exports = is_of_exports(finding);
    const char *skipped = digest_clean(arena, overdue->answer.skip_reason, DIGEST_CAUSE_BYTES);
    const char *since = age_of(arena, input, waited_since(overdue));
    switch (overdue->answer.verdict) {
    case OVERDUE_NEVER:
        return exports ? "none has ever completed" : "it has never completed a run";
    case OVERDUE_ONLY_SKIPPED:
        return arena_format(arena, "%s only skipped%s%s", exports ? "they are" : "its runs are",
                            *skipped == '\0' ? "" : ": ", skipped);
    default:
        return arena_format(arena, "%s has completed%s%s", exports ? "none" : "no run",
                            *since == '\0' ? "" : " since ", since);
    }
}

static const char *what(struct arena *arena, const struct digest_input *input,
                        const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    bool known = finding->overdue != NULL;
    bool exports = is_of_exports(finding);
    if (is_standstill(row)) {
        return known ? standstill_what(arena, input, finding->overdue) : "no policy has run";
    }
    return arena_format(arena, "%spolicy %s %s overdue%s%s", exports ? "exports of " : "",
                        digest_object_name(arena, policy_of(finding)), exports ? "are" : "is",
                        known ? ": " : "", known ? how_it_stands(arena, input, finding) : "");
}

// "one was due ..., counted late after ... (tolerance 12 h)"
static const char *due(struct arena *arena, const struct digest_input *input,
                       const struct overdue_answer *answer)
{
    const char *stagger = answer->stagger_seconds <= 0
                              ? ""
                              : arena_format(arena, ", staggered by up to %s",
                                             digest_span(arena, answer->stagger_seconds));
    return arena_format(arena, "one was due %s, counted late after %s (tolerance %s%s)",
                        age_of(arena, input, answer->due),
                        digest_time(arena, answer->limit, input->local_time),
                        digest_span(arena, answer->tolerance_seconds), stagger);
}

static const char *waited(struct arena *arena, const struct digest_input *input,
                          const struct finding_overdue *overdue)
{
    const struct overdue_answer *answer = &overdue->answer;
    switch (answer->verdict) {
    case OVERDUE_NEVER:
        return arena_format(arena, "it is older than one interval (%s), counted from %s",
                            digest_span(arena, answer->interval_seconds),
                            age_of(arena, input, answer->counted_from));
    case OVERDUE_ONLY_SKIPPED:
        return overdue->last_success == TIMESTAMP_NONE
                   ? "none is known to have completed"
                   : arena_format(arena, "the last to complete ended %s",
                                  age_of(arena, input, overdue->last_success));
    default:
        return "";
    }
}

static const char *story(struct arena *arena, const struct digest_input *input,
                         const struct plan_row *row)
{
    const struct finding_overdue *overdue = row->finding->overdue;
    const char *frequency =
        overdue == NULL ? "" : digest_clean(arena, overdue->frequency, DIGEST_NAME_BYTES);
    bool still = is_standstill(row);
    const char *parts[] = {
        *frequency == '\0' ? "" : arena_format(arena, "its frequency is %s", frequency),
        overdue == NULL || still ? "" : waited(arena, input, overdue),
        overdue == NULL ? ""
        : still         ? arena_format(arena, "the first run missed was due %s",
                                       age_of(arena, input, overdue->answer.due))
                        : due(arena, input, &overdue->answer),
        digest_last_mail(arena, input, row),
    };
    return digest_join(arena, parts, sizeof parts / sizeof *parts);
}

static const struct digest_remedy standstill_remedy = {
    .means = "K10 stops all jobs when its licence has run out or is exceeded; nothing fails then, "
             "and nothing is backed up.",
    .next_step = "Look at the Licenses page of the K10 dashboard, and for pods of K10 that do not "
                 "run.",
};

void digest_overdue_tell(struct arena *arena, const struct digest_input *input,
                         const struct plan_row *row, struct digest_row *ret)
{
    const struct finding *finding = row->finding;
    ret->what = what(arena, input, row);
    ret->story = story(arena, input, row);
    ret->reason = digest_condition_reason(arena, row);
    ret->since = row->since;
    if (is_standstill(row)) {
        ret->remedy = &standstill_remedy;
        digest_pods_command(arena, input, finding->cluster, ret);
        return;
    }
    ret->policy = digest_object_name(arena, policy_of(finding));
    digest_object_command(arena, OBJECT_POLICY, policy_namespace(finding), policy_of(finding), ret);
}

// "daily is overdue", "exports of daily are overdue", "no policy runs"
static const char *title(struct arena *arena, const struct plan_row *row, const char *still)
{
    if (is_standstill(row)) {
        return *still == '\0' ? "no policy runs" : "still no policy runs";
    }
    bool exports = is_of_exports(row->finding);
    return arena_format(arena, "%s%s %s %soverdue", exports ? "exports of " : "",
                        digest_short_name(arena, policy_of(row->finding)), exports ? "are" : "is",
                        still);
}

// ", last good run ..." as short as it can be said.
static const char *detail(struct arena *arena, const struct digest_input *input,
                          const struct plan_row *row)
{
    const struct finding_overdue *overdue = row->finding->overdue;
    if (overdue == NULL) {
        return "";
    }
    if (is_standstill(row)) {
        return arena_format(arena, ", %zu of %zu policies are overdue", overdue->policies,
                            overdue->policies_judged);
    }
    if (overdue->answer.verdict == OVERDUE_ONLY_SKIPPED) {
        return is_of_exports(row->finding) ? ": they are only skipped"
                                           : ": its runs are only skipped";
    }
    bool never = overdue->answer.verdict == OVERDUE_NEVER;
    int64_t since = waited_since(overdue);
    if (never || since == TIMESTAMP_NONE || since >= input->now) {
        return never ? ": none has ever completed" : "";
    }
    return arena_format(arena, ": none completed for %s",
                        digest_duration(arena, input->now - since));
}

struct digest_title digest_overdue_name(struct arena *arena, const struct digest_input *input,
                                        const struct plan_row *row)
{
    bool still = row->reason == PLAN_REMINDER;
    return (struct digest_title){
        .text = title(arena, row, ""),
        .tail = "",
        .headline = arena_format(arena, "%s on %s%s", title(arena, row, still ? "still " : ""),
                                 digest_label(arena, input, row->finding->cluster),
                                 detail(arena, input, row)),
    };
}

static const char *closed_policy(struct arena *arena, const struct plan_closing *closing)
{
    const char *policy = digest_policy_name(arena, closing->policy);
    return *policy != '\0' || closing->app_count == 0 ? policy
                                                      : digest_policy_name(arena, closing->apps[0]);
}

struct digest_title digest_overdue_name_end(struct arena *arena, const struct digest_input *input,
                                            const struct plan_closing *closing)
{
    (void)input;
    bool recovered = closing->reason == PLAN_RECOVERED;
    bool exports = closing->kind == ACTION_EXPORT;
    const char *why = digest_clean(arena, closing->why, DIGEST_CAUSE_BYTES);
    if (closing->kind == OBJECT_POLICY) {
        return (struct digest_title){
            .text = recovered ? "policies run again" : "policies are no longer overdue",
            .tail = recovered ? "" : why,
        };
    }
    const char *how = recovered ? (exports ? "run again" : "runs again")
                                : (exports ? "are no longer overdue" : "is no longer overdue");
    return (struct digest_title){
        .text = arena_format(arena, "%s%s %s", exports ? "exports of " : "",
                             digest_short_name(arena, closed_policy(arena, closing)), how),
        .tail = recovered ? "" : why,
    };
}

struct digest_ending digest_overdue_end(struct arena *arena, const struct digest_input *input,
                                        const struct plan_closing *closing)
{
    bool recovered = closing->reason == PLAN_RECOVERED;
    bool still = closing->kind == OBJECT_POLICY;
    const char *things = still ? "policies" : closing->kind == ACTION_EXPORT ? "exports" : "runs";
    const char *how = !recovered ? "are no longer overdue" : still ? "run again" : "complete again";
    const char *parts[] = {
        digest_clean(arena, closing->why, DIGEST_WHY_BYTES),
        digest_condition_length(arena, input, closing),
    };
    return (struct digest_ending){
        .cluster = digest_label(arena, input, closing->cluster),
        .policy = still ? "" : closed_policy(arena, closing),
        .what = arena_format(arena, "%s %s", things, how),
        .story = digest_join(arena, parts, sizeof parts / sizeof *parts),
    };
}

// The policies of a cluster that stands still, else how long the longest has been without a run.
struct digest_figure digest_overdue_extra(struct arena *arena, const struct digest_input *input)
{
    int64_t longest = 0;
    for (size_t i = 0; i < input->plan->row_count; i++) {
        const struct plan_row *row = &input->plan->rows[i];
        const struct finding_overdue *overdue = row->finding->overdue;
        if (overdue != NULL && is_standstill(row)) {
            return (struct digest_figure){
                arena_format(arena, "%zu of %zu", overdue->policies, overdue->policies_judged),
                "policies overdue", DIGEST_FAILED};
        }
        int64_t since = overdue == NULL ? TIMESTAMP_NONE : waited_since(overdue);
        if (since != TIMESTAMP_NONE && input->now - since > longest) {
            longest = input->now - since;
        }
    }
    if (longest == 0) {
        return (struct digest_figure){0};
    }
    return (struct digest_figure){digest_duration(arena, longest), "longest without a run",
                                  DIGEST_FAILED};
}
