// SPDX-License-Identifier: MIT
// Whether a policy's runs, or its exports where those have a frequency of their own, are overdue:
// K10 should have completed one by now and did not (BEHAVIOUR section 3). Pure: now is an argument.
// It concludes from absence, so its caller must have read all that could be there; when in doubt it
// says OVERDUE_NOT_DUE with the reason.
//
// Counted from the last success or, where that is later, from the moment since which the policy is
// to be judged. The first due instant after it is the one missed; the interval is the distance of
// the due instants around it; late is what has not completed by
//     limit = due + stagger + tolerance,   tolerance = the larger of 1 hour and half an interval,
// and never before one whole interval after the policy was made, changed, unpaused or made valid. A
// success up to 5 minutes before a due instant is that run's: K10 begins some early. A policy whose
// validation is Pending, or that does not say, is judged: K10 does not run it, and nothing else
// tells.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/action.h"
#include "core/policy.h"

enum overdue_verdict {
    OVERDUE_NOT_DUE,      // not judged, or nothing can be missed yet: overdue_exemption says why
    OVERDUE_ON_TIME,      // completed, and the limit of the next run lies ahead
    OVERDUE_UNDER_WAY,    // past the limit, but a run is at work and patience has not ended
    OVERDUE_LATE,         // past the limit
    OVERDUE_NEVER,        // past the limit, and no run was ever seen to complete
    OVERDUE_ONLY_SKIPPED, // past the limit, and all that ended since were Skipped
};

enum overdue_exemption {
    OVERDUE_JUDGED,
    OVERDUE_ON_DEMAND,
    OVERDUE_REPORTS, // makes K10's own reports only: nothing is unprotected without them
    OVERDUE_PAUSED,
    OVERDUE_INVALID,             // the policy or its preset failed validation: told as that
    OVERDUE_NO_PRESET,           // the preset it names was not read
    OVERDUE_UNREADABLE_SCHEDULE, // no frequency, an unknown one, or never due (30 February)
    OVERDUE_NOT_APART,           // exports without a frequency of their own follow the runs
    OVERDUE_UNREAD,              // runs or their children were not read completely
    OVERDUE_FAILURE_OPEN,        // told as a failure, which gives the last good run
    OVERDUE_NEW,                 // never completed, and not yet old enough
    OVERDUE_NO_START,            // neither a success nor a moment to count from is known
};

enum overdue_subject { OVERDUE_RUNS, OVERDUE_EXPORTS };

// What the lists say of a policy's runs (or of its ExportActions). overdue_runs_add fills it.
struct overdue_runs {
    int64_t last_success;    // end of the latest Complete one; TIMESTAMP_NONE for none
    int64_t last_skipped;    // the same of Skipped ones
    int64_t last_other;      // the same of Failed and Cancelled ones
    int64_t under_way_since; // start of the latest one that has not ended
    const char *skip_reason; // of the latest Skipped one (label actionSkipReason); "" for none
};

// What is remembered of a policy between passes, per subject. Without memory (a policy seen for the
// first time) its creation counts.
struct overdue_watch {
    uint64_t fingerprint; // of the schedule in force
    int64_t since;        // changed, unpaused or made valid then; TIMESTAMP_NONE: never seen to be
    bool exempt;          // not run by K10 when last seen
};

// The same under a name: "NAMESPACE/NAME" for runs, "NAMESPACE/NAME export" for exports.
struct overdue_memory {
    const char *name;
    struct overdue_watch watch;
};

struct overdue_question {
    enum overdue_subject subject;
    const struct policy *policy;
    const struct policy_preset *preset; // that policy_find_preset gave
    const struct overdue_runs *runs;    // NULL: not read completely
    int64_t since;                      // overdue_watch.since
    bool failure_open;                  // an open incident of the policy is about failed runs
    // How long a run may be at work, and past the limit, before it is no excuse any more
    // (STUCK_AFTER); 0: never one.
    int64_t patience_seconds;
};

struct overdue_answer {
    enum overdue_verdict verdict;
    enum overdue_exemption exemption;
    // All below only where a verdict but OVERDUE_NOT_DUE was given, and for OVERDUE_NEW.
    int64_t counted_from; // the success, or the moment, that the rest follows from
    int64_t due;          // the first due instant after it: the missed one, when it is overdue
    int64_t last_due;     // the last due instant not after now
    int64_t interval_seconds;
    int64_t stagger_seconds;
    int64_t tolerance_seconds;
    int64_t limit;           // late after this instant
    const char *skip_reason; // OVERDUE_ONLY_SKIPPED: K10's word, "" for none; lives as long as runs
};

// No runs at all.
struct overdue_runs overdue_runs_none(void);

// Takes note of one run (of its subject): its state, the instant it is judged by (action_judged_at)
// and, of a Skipped one, the reason. The order does not matter. Complete with exceptions is a
// success, told as a class of its own. Ends more than a day ahead of now prove nothing (a clock was
// wrong); a run without a time that is at work counts as begun at now.
void overdue_runs_add(struct overdue_runs *runs, enum action_state state, int64_t at,
                      const char *skip_reason, int64_t now);

// Brings the memory up to date; known is false for a policy that was not in it, *watch is then
// filled anew. A schedule that changed (a preset replaced or edited too), the end of a pause, and
// validity regained count from now. True when *watch changed.
bool overdue_watch_update(struct overdue_watch *watch, bool known, enum overdue_subject subject,
                          const struct policy *policy, const struct policy_preset *preset,
                          int64_t now);

// True when the policy's exports have a frequency of their own: else they follow its runs.
bool overdue_exports_are_apart(const struct policy *policy, const struct policy_preset *preset);

// The judgement. now is that of the pass.
struct overdue_answer overdue_judge(const struct overdue_question *question, int64_t now);

// True for the three verdicts that are told.
bool overdue_is_told(enum overdue_verdict verdict);

// A sentence part without a subject, for the log and explain: "is paused", "is not due yet".
const char *overdue_exemption_text(enum overdue_exemption exemption);

// Over all policies of one cluster: whether K10 stopped all jobs, as it does when its licence has
// run out. Begin with {0}.
struct overdue_tally {
    size_t told;
    bool any_activity;
    bool any_due;
    int64_t last_activity; // the latest run of whatever outcome that ended or is at work
    int64_t first_due;     // the earliest missed due instant
};

// Adds every policy of the cluster, exempt ones too: their runs show that K10 works. runs may be
// NULL.
void overdue_tally_add(struct overdue_tally *tally, const struct overdue_answer *answer,
                       const struct overdue_runs *runs);

// True when two policies or more are overdue and no run at all has been seen since the first of
// them was due. Policies whose limit lies ahead (monthly ones) do not speak against it.
bool overdue_tally_is_standstill(const struct overdue_tally *tally);
