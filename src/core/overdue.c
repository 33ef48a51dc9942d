// SPDX-License-Identifier: MIT
#include "core/overdue.h"

#include "base/timestamp.h"

#include "base/banned.h"

enum {
    HOUR_SECONDS = 3600,
    AHEAD_MAX_SECONDS = TIMESTAMP_DAY_SECONDS, // how wrong a clock may be
    EARLY_SECONDS = 300, // K10 was seen to make a run 3 minutes before it was due
};

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct overdue_runs overdue_runs_none(void)
{
    return (struct overdue_runs){
        .last_success = TIMESTAMP_NONE,
        .last_skipped = TIMESTAMP_NONE,
        .last_other = TIMESTAMP_NONE,
        .under_way_since = TIMESTAMP_NONE,
        .skip_reason = "",
    };
}

static void add_skipped(struct overdue_runs *runs, int64_t at, const char *skip_reason)
{
    if (at >= runs->last_skipped) {
        runs->last_skipped = at;
        runs->skip_reason = skip_reason;
    }
}

void overdue_runs_add(struct overdue_runs *runs, enum action_state state, int64_t at,
                      const char *skip_reason, int64_t now)
{
    bool proves = at != TIMESTAMP_NONE && at <= now + AHEAD_MAX_SECONDS;
    switch (state) {
    case ACTION_PENDING:
    case ACTION_RUNNING:
    case ACTION_ATTEMPT_FAILED:
        runs->under_way_since = later(runs->under_way_since, proves && at < now ? at : now);
        break;
    case ACTION_COMPLETE:
        runs->last_success = proves ? later(runs->last_success, at) : runs->last_success;
        break;
    case ACTION_SKIPPED:
        if (proves) {
            add_skipped(runs, at, skip_reason);
        }
        break;
    case ACTION_FAILED:
    case ACTION_CANCELLED:
        runs->last_other = proves ? later(runs->last_other, at) : runs->last_other;
        break;
    case ACTION_UNKNOWN:
    case ACTION_DELETING:
        break;
    }
}

static bool find_schedule(enum overdue_subject subject, const struct policy *policy,
                          const struct policy_preset *preset, struct schedule *ret)
{
    const struct schedule *schedule = policy_schedule(policy, preset);
    if (schedule == NULL) {
        return false;
    }
    *ret = subject == OVERDUE_RUNS
               ? *schedule
               : schedule_for_export(schedule, policy_export(policy, preset).frequency);
    return true;
}

// Exports that follow every run, or that K10 does not make, are not judged.
bool overdue_exports_are_apart(const struct policy *policy, const struct policy_preset *preset)
{
    struct policy_export export_to = policy_export(policy, preset);
    const struct schedule *schedule = policy_schedule(policy, preset);
    return export_to.enabled && schedule != NULL && export_to.frequency > schedule->frequency;
}

// What the policy itself says against judging it.
static enum overdue_exemption exemption_of(enum overdue_subject subject,
                                           const struct policy *policy,
                                           const struct policy_preset *preset)
{
    const struct schedule *schedule = policy_schedule(policy, preset);
    struct schedule_span unused;
    struct schedule judged;
    if (policy->actions == POLICY_REPORTS) {
        return OVERDUE_REPORTS;
    }
    if (policy->paused) {
        return OVERDUE_PAUSED;
    }
    if (policy->object.validation == POLICY_VALIDATION_FAILED ||
        (preset != NULL && preset->object.validation == POLICY_VALIDATION_FAILED)) {
        return OVERDUE_INVALID;
    }
    if (schedule == NULL || !find_schedule(subject, policy, preset, &judged)) {
        return OVERDUE_NO_PRESET;
    }
    if (schedule->frequency == SCHEDULE_ON_DEMAND) {
        return OVERDUE_ON_DEMAND;
    }
    if (subject == OVERDUE_EXPORTS && !overdue_exports_are_apart(policy, preset)) {
        return OVERDUE_NOT_APART;
    }
    return schedule_around(&judged, 0, &unused) ? OVERDUE_JUDGED : OVERDUE_UNREADABLE_SCHEDULE;
}

bool overdue_watch_update(struct overdue_watch *watch, bool known, enum overdue_subject subject,
                          const struct policy *policy, const struct policy_preset *preset,
                          int64_t now)
{
    struct overdue_watch old = *watch;
    struct schedule schedule;
    bool exempt = exemption_of(subject, policy, preset) != OVERDUE_JUDGED;
    uint64_t fingerprint = known ? old.fingerprint : 0;
    if (find_schedule(subject, policy, preset, &schedule)) {
        fingerprint = schedule_fingerprint(&schedule);
    }
    *watch = (struct overdue_watch){
        .fingerprint = fingerprint, .since = TIMESTAMP_NONE, .exempt = exempt};
    if (known) {
        bool begins = fingerprint != old.fingerprint || (old.exempt && !exempt);
        watch->since = begins ? now : old.since;
    } else if (policy->object.created == TIMESTAMP_NONE) {
        watch->since = now;
    }
    return !known || watch->fingerprint != old.fingerprint || watch->since != old.since ||
           watch->exempt != old.exempt;
}

// Fills all but verdict and exemption. success is TIMESTAMP_NONE or not after now, start the moment
// since which the policy is judged, TIMESTAMP_NONE when that is not known.
static bool find_limit(const struct schedule *schedule, int64_t success, int64_t start, int64_t now,
                       struct overdue_answer *ret)
{
    struct schedule_span around;
    struct schedule_span around_now;
    bool from_success = success != TIMESTAMP_NONE && success >= start;
    int64_t from = from_success ? success : start;
    if (!schedule_around(schedule, from_success ? from + EARLY_SECONDS : from, &around) ||
        !schedule_around(schedule, now, &around_now)) {
        return false;
    }
    ret->counted_from = from;
    ret->due = around.next;
    ret->last_due = around_now.previous;
    ret->interval_seconds = around.next - around.previous;
    ret->stagger_seconds = schedule_stagger(schedule);
    ret->tolerance_seconds = later(HOUR_SECONDS, ret->interval_seconds / 2);
    ret->limit = ret->due + ret->stagger_seconds + ret->tolerance_seconds;
    if (start != TIMESTAMP_NONE) {
        ret->limit = later(ret->limit, start + ret->interval_seconds);
    }
    return true;
}

// Patience ends with the run's and, where ever newer ones begin, with the limit's.
static bool is_waited_for(const struct overdue_question *question, int64_t limit, int64_t now)
{
    int64_t since = question->runs->under_way_since;
    return since != TIMESTAMP_NONE && now - since < question->patience_seconds &&
           now - limit < question->patience_seconds;
}

static enum overdue_verdict past_limit(const struct overdue_question *question,
                                       const struct overdue_answer *answer, int64_t now)
{
    const struct overdue_runs *runs = question->runs;
    if (is_waited_for(question, answer->limit, now)) {
        return OVERDUE_UNDER_WAY;
    }
    if (runs->last_skipped > answer->counted_from && runs->last_other <= answer->counted_from) {
        return OVERDUE_ONLY_SKIPPED;
    }
    return runs->last_success == TIMESTAMP_NONE ? OVERDUE_NEVER : OVERDUE_LATE;
}

static enum overdue_exemption reason_not_to_judge(const struct overdue_question *question)
{
    enum overdue_exemption exemption =
        exemption_of(question->subject, question->policy, question->preset);
    if (exemption == OVERDUE_JUDGED && question->runs == NULL) {
        return OVERDUE_UNREAD;
    }
    return exemption == OVERDUE_JUDGED && question->failure_open ? OVERDUE_FAILURE_OPEN : exemption;
}

static struct overdue_answer not_due(enum overdue_exemption exemption)
{
    return (struct overdue_answer){
        .verdict = OVERDUE_NOT_DUE, .exemption = exemption, .skip_reason = ""};
}

struct overdue_answer overdue_judge(const struct overdue_question *question, int64_t now)
{
    struct overdue_answer answer = not_due(reason_not_to_judge(question));
    if (answer.exemption != OVERDUE_JUDGED) {
        return answer;
    }
    const struct overdue_runs *runs = question->runs;
    struct schedule schedule;
    int64_t success = runs->last_success < now ? runs->last_success : now;
    int64_t start = later(question->policy->object.created, question->since);
    if (success == TIMESTAMP_NONE && start == TIMESTAMP_NONE) {
        return not_due(OVERDUE_NO_START);
    }
    if (!find_schedule(question->subject, question->policy, question->preset, &schedule) ||
        !find_limit(&schedule, success, start, now, &answer)) {
        return not_due(OVERDUE_UNREADABLE_SCHEDULE);
    }
    if (now > answer.limit) {
        answer.verdict = past_limit(question, &answer, now);
        answer.skip_reason = answer.verdict == OVERDUE_ONLY_SKIPPED ? runs->skip_reason : "";
    } else if (success != TIMESTAMP_NONE) {
        answer.verdict = OVERDUE_ON_TIME;
    } else {
        answer.exemption = OVERDUE_NEW;
    }
    return answer;
}

bool overdue_is_told(enum overdue_verdict verdict)
{
    return verdict >= OVERDUE_LATE;
}

const char *overdue_exemption_text(enum overdue_exemption exemption)
{
    static const char *const texts[] = {
        [OVERDUE_JUDGED] = "is judged by its schedule",
        [OVERDUE_ON_DEMAND] = "runs on demand only",
        [OVERDUE_REPORTS] = "makes reports only",
        [OVERDUE_PAUSED] = "is paused",
        [OVERDUE_INVALID] = "is not valid, or its preset is not: K10 does not run it",
        [OVERDUE_NO_PRESET] = "names a preset that was not read",
        [OVERDUE_UNREADABLE_SCHEDULE] = "has no schedule that can be read",
        [OVERDUE_NOT_APART] = "exports with its runs",
        [OVERDUE_UNREAD] = "cannot be judged: its runs were not read completely",
        [OVERDUE_FAILURE_OPEN] = "has an open failure",
        [OVERDUE_NEW] = "is not due yet",
        [OVERDUE_NO_START] = "has neither a run nor a time of creation",
    };
    return texts[exemption];
}

static void note_activity(struct overdue_tally *tally, int64_t at)
{
    if (at != TIMESTAMP_NONE && (!tally->any_activity || at > tally->last_activity)) {
        tally->last_activity = at;
        tally->any_activity = true;
    }
}

void overdue_tally_add(struct overdue_tally *tally, const struct overdue_answer *answer,
                       const struct overdue_runs *runs)
{
    if (runs != NULL) {
        note_activity(tally, runs->last_success);
        note_activity(tally, runs->last_skipped);
        note_activity(tally, runs->last_other);
        note_activity(tally, runs->under_way_since);
    }
    if (!overdue_is_told(answer->verdict)) {
        return;
    }
    tally->told++;
    if (!tally->any_due || answer->due < tally->first_due) {
        tally->first_due = answer->due;
        tally->any_due = true;
    }
}

bool overdue_tally_is_standstill(const struct overdue_tally *tally)
{
    return tally->told >= 2 && tally->any_due &&
           (!tally->any_activity || tally->last_activity < tally->first_due);
}
