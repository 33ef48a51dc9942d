// SPDX-License-Identifier: MIT
// How runs and lone actions that ended are spoken of: failed, with exceptions, cancelled, skipped.
#include "base/arena.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

// How such a class speaks of what happened.
struct run_words {
    const char *one;    // "backup of shop" FAILED
    const char *many;   // "3 backups" FAILED
    const char *still;  // "daily" STILL FAILING
    const char *before; // of the kind of a run: "FAILED run"
    const char *after;  // "run WITH EXCEPTIONS"
    const char *then;   // when a good run followed, in a subject
    const char *later;  // the same in a sentence
};

static const struct run_words *words_of(enum alert_class class)
{
    static const struct run_words failed = {
        "failed", "failed", "still failing", "failed ", "", "succeeded", "a later run succeeded"};
    static const struct run_words exceptions = {"completed with exceptions",
                                                "completed with exceptions",
                                                "still completes with exceptions",
                                                "",
                                                " with exceptions",
                                                "without",
                                                "a later run had none"};
    static const struct run_words cancelled = {
        "was cancelled", "were cancelled",       "is still cancelled", "cancelled ", "",
        "succeeded",     "a later run succeeded"};
    static const struct run_words skipped = {
        "was skipped", "were skipped",         "is still skipped", "skipped ", "",
        "succeeded",   "a later run succeeded"};
    switch (class) {
    case ALERT_EXCEPTIONS:
        return &exceptions;
    case ALERT_CANCELLED:
        return &cancelled;
    case ALERT_SKIPPED:
        return &skipped;
    default:
        return &failed;
    }
}

static const char *age_of(struct arena *arena, const struct digest_input *input, int64_t instant)
{
    return digest_time_and_age(arena, instant, input->now, input->local_time);
}

// Of the actions of a run; of the run itself when it has no others.
static size_t items_left_out(const struct finding *finding)
{
    size_t own = 0;
    size_t children = 0;
    for (size_t i = 0; i < finding->action_count; i++) {
        const struct action *action = finding->actions[i];
        *(action->kind == ACTION_RUN ? &own : &children) += action->exceptions;
    }
    return children > 0 ? children : own;
}

static const char *how_it_ended(struct arena *arena, const struct finding *finding, size_t count)
{
    const struct run_words *words = words_of(finding->class);
    size_t items = finding->class == ALERT_EXCEPTIONS ? items_left_out(finding) : 0;
    if (items > 0) {
        return arena_format(arena, "completed, %s left out",
                            digest_count(arena, items, "item", "items"));
    }
    return count > 1 ? words->many : words->one;
}

// "export of shop to profile s3-prod failed; ..."
static const char *what_of_actions(struct arena *arena, const struct finding *finding)
{
    struct digest_actions actions = digest_name_actions(arena, finding);
    const char *ended = how_it_ended(arena, finding, actions.count);
    bool failed = finding->class == ALERT_FAILED;
    if (actions.count == 0) {
        return arena_format(arena, "the run %s%s", ended,
                            failed ? "; no failed action of it was found" : "");
    }
    return arena_format(arena, "%s %s%s", actions.text, ended, failed ? actions.consequence : "");
}

static const char *what_without_actions(struct arena *arena, const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    const struct run_words *words = words_of(finding->class);
    const char *name = digest_object_name(arena, finding->name);
    const char *kind = digest_kind_singular(finding->kind);
    const char *latest =
        arena_format(arena, "the latest %s%s%s is %s", words->before, kind, words->after, name);
    switch (row->reason) {
    case PLAN_REMINDER:
        return arena_format(arena, "%s; %s", words->still, latest);
    case PLAN_SILENCE_ENDED:
        return arena_format(arena, "%s while silenced; %s", words->one, latest);
    case PLAN_ID_ONLY:
        return arena_format(arena, "%s %s %s; it can no longer be read", kind, name, words->one);
    default:
        return arena_format(arena, "%s %s %s", kind, name, words->one);
    }
}

static const char *what(struct arena *arena, const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    const char *note = digest_clean(arena, finding->note, DIGEST_SENTENCE_BYTES);
    const char *parts[] = {
        finding->action_count > 0 ? what_of_actions(arena, finding)
                                  : what_without_actions(arena, row),
        note,
    };
    return digest_join(arena, parts, sizeof parts / sizeof *parts);
}

// "3rd failed run in a row, since ...". Of rows that are no new run: "5 failed runs in a row, ...".
static const char *in_a_row(struct arena *arena, const struct digest_input *input,
                            const struct plan_row *row)
{
    const struct digest_noun *noun = &digest_class_of(row->finding->class)->all;
    bool is_run = row->reason != PLAN_REMINDER && row->reason != PLAN_SILENCE_ENDED;
    if (row->runs == 0) {
        return "";
    }
    if (row->runs == 1 && is_run) {
        return arena_format(arena, "first %s", noun->one);
    }
    const char *count =
        is_run ? arena_format(arena, "%s %s in a row", digest_ordinal(arena, row->runs), noun->one)
        : row->runs == 1 ? arena_format(arena, "1 %s", noun->one)
                         : arena_format(arena, "%u %s in a row", row->runs, noun->many);
    if (row->since == TIMESTAMP_NONE) {
        return count;
    }
    return arena_format(arena, "%s, since %s", count, age_of(arena, input, row->since));
}

static const char *held(struct arena *arena, const struct plan_row *row)
{
    if (row->held_count == 0) {
        return "";
    }
    return arena_format(arena, "%zu of them not mailed %s", row->held_count,
                        row->held_count == 1 ? "by itself" : "by themselves");
}

static const char *last_good(struct arena *arena, const struct digest_input *input,
                             const struct plan_row *row)
{
    if (row->runs == 0) {
        return "";
    }
    return row->last_good == TIMESTAMP_NONE
               ? "no good run is known"
               : arena_format(arena, "last good run %s", age_of(arena, input, row->last_good));
}

static const char *story(struct arena *arena, const struct digest_input *input,
                         const struct plan_row *row)
{
    if (row->reason == PLAN_FOLLOWED) {
        const char *later = words_of(row->finding->class)->later;
        return row->followed_at == TIMESTAMP_NONE
                   ? later
                   : arena_format(arena, "%s, it ended %s", later,
                                  age_of(arena, input, row->followed_at));
    }
    const char *clauses[] = {
        in_a_row(arena, input, row),
        held(arena, row),
        digest_last_mail(arena, input, row),
        last_good(arena, input, row),
    };
    return digest_join(arena, clauses, sizeof clauses / sizeof *clauses);
}

static const char *reason(struct arena *arena, const struct plan_row *row)
{
    const struct run_words *words = words_of(row->finding->class);
    if (row->finding->class == ALERT_FAILED) {
        return plan_reason_sentence(row->reason);
    }
    switch (row->reason) {
    case PLAN_NEW:
        return arena_format(arena, "It %s, and no mail has told it yet.", words->one);
    case PLAN_AGAIN:
        return arena_format(arena, "It %s, like the run before it.", words->one);
    case PLAN_CAUSE_CHANGED:
        return arena_format(arena, "It %s, now for another cause than the last mail gave.",
                            words->one);
    case PLAN_FOLLOWED:
        return arena_format(arena, "It %s; a clean run had followed when it was first seen.",
                            words->one);
    case PLAN_REMINDER:
        return arena_format(arena, "It %s, and no mail has named it for REMIND_EVERY.",
                            words->still);
    case PLAN_SILENCE_ENDED:
        return arena_format(arena, "It %s while it was silenced, and no clean run has followed.",
                            words->one);
    default:
        return plan_reason_sentence(row->reason);
    }
}

// The command that shows the action itself: its error tree is the first thing to read.
static void add_command(struct arena *arena, const struct finding *finding, struct digest_row *ret)
{
    if (finding->action_count == 0) {
        digest_run_command(arena, finding, ret);
        return;
    }
    const struct action *action = finding->actions[0];
    for (size_t i = 1; i < finding->action_count && action->kind == ACTION_RUN; i++) {
        action = finding->actions[i];
    }
    const char *which = finding->action_count == 1
                            ? ""
                            : arena_format(arena, "first of %zu %s", finding->action_count,
                                           digest_class_of(finding->class)->actions.many);
    digest_action_command(arena, action, which, ret);
}

void digest_run_tell(struct arena *arena, const struct digest_input *input,
                     const struct plan_row *row, struct digest_row *ret)
{
    const struct finding *finding = row->finding;
    ret->what = what(arena, row);
    ret->story = story(arena, input, row);
    ret->reason = reason(arena, row);
    ret->ended = digest_time_and_age(arena, finding->last_ended, input->now, input->local_time);
    ret->ended_at = finding->last_ended;
    ret->since = row->runs > 0 ? row->since : TIMESTAMP_NONE;
    add_command(arena, finding, ret);
}

// What changed since the last mail of the same subject.
static const char *changed(struct arena *arena, const struct plan_row *row)
{
    const struct digest_noun *noun = &digest_class_of(row->finding->class)->all;
    switch (row->reason) {
    case PLAN_AGAIN:
        return row->runs < 2 ? ""
                             : arena_format(arena, ", %s %s in a row",
                                            digest_ordinal(arena, row->runs), noun->one);
    case PLAN_CAUSE_CHANGED:
        return ", now with another cause";
    case PLAN_MORE_OF_RUN:
        return ", more of a run that was mailed before";
    case PLAN_FOLLOWED:
        return arena_format(arena, ", then %s", words_of(row->finding->class)->later);
    case PLAN_REMINDER:
        return row->runs < 2 ? "" : arena_format(arena, ", %u %s in a row", row->runs, noun->many);
    case PLAN_SILENCE_ENDED:
        return " while it was silenced";
    case PLAN_ID_ONLY:
        return ", it can no longer be read";
    default:
        return "";
    }
}

struct digest_title digest_run_name(struct arena *arena, const struct digest_input *input,
                                    const struct plan_row *row)
{
    const struct run_words *words = words_of(row->finding->class);
    const char *thing = digest_run_thing(arena, row);
    bool still = row->reason == PLAN_REMINDER;
    const char *then =
        row->reason == PLAN_FOLLOWED ? arena_format(arena, ", then %s", words->then) : "";
    return (struct digest_title){
        .text = arena_format(arena, "%s %s%s", thing, words->one, then),
        .tail = digest_first_cause(arena, row),
        .headline =
            arena_format(arena, "%s %s on %s%s", thing, still ? words->still : words->one,
                         digest_label(arena, input, row->finding->cluster), changed(arena, row)),
    };
}

struct digest_figure digest_run_extra(struct arena *arena, const struct digest_input *input)
{
    const struct plan *plan = input->plan;
    struct digest_tally tally = digest_count_plan(plan);
    const struct digest_class *class = digest_class_of(tally.top);
    size_t actions = 0;
    size_t most = 0;
    for (size_t i = 0; i < plan->row_count; i++) {
        actions += plan->rows[i].finding->action_count;
        most = plan->rows[i].runs > most ? plan->rows[i].runs : most;
    }
    bool reminders = tally.of[tally.top].fresh == 0 && plan->row_count > 0;
    if (reminders) {
        return digest_figure(arena, most,
                             &(struct digest_noun){
                                 arena_format(arena, "%s in a row", class->all.one),
                                 arena_format(arena, "%s in a row", class->all.many),
                             },
                             class->state);
    }
    return digest_figure(arena, actions, &class->actions,
                         plan->row_count > 0 ? class->state : DIGEST_OK);
}

struct digest_figure digest_exceptions_extra(struct arena *arena, const struct digest_input *input)
{
    static const struct digest_noun items = {"item left out", "items left out"};
    size_t count = 0;
    for (size_t i = 0; i < input->plan->row_count; i++) {
        count += items_left_out(input->plan->rows[i].finding);
    }
    return count > 0 ? digest_figure(arena, count, &items, DIGEST_WARNING)
                     : digest_run_extra(arena, input);
}
