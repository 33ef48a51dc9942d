// SPDX-License-Identifier: MIT
// Decides what to say and why: which findings are news, which incidents open, go on, are reminded
// of or end, which clusters cannot be read or can again, whether a mail goes at all. Pure: the
// ledger says what was told before, now is an argument. What a plan learned enters a ledger only by
// plan_record (with an accepted mail) and plan_settle (at a pass's end).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/finding.h"
#include "core/history.h"
#include "core/ledger.h"
#include "core/sight.h"

struct arena;

// Why something is in the mail, or would be.
enum plan_reason {
    PLAN_NEW,           // a failure nobody was told of
    PLAN_AGAIN,         // a further failed run of an open incident
    PLAN_CAUSE_CHANGED, // the same, with another cause
    PLAN_MORE_OF_RUN,   // further actions of a run that was mailed before
    PLAN_FOLLOWED,      // a failure that a good run followed before it was first seen
    PLAN_REMINDER,      // still failing, no mail for REMIND_EVERY
    PLAN_SILENCE_ENDED, // failed while silenced, and not well since
    PLAN_ID_ONLY,       // of a mail sent again: the object can no longer be read
    PLAN_RECOVERED,     // a clean run ended the incident
    PLAN_VANISHED,      // its policy, or its application in the policy, is no more
    PLAN_UNREAD,        // cannot be read
    PLAN_STILL_UNREAD,  // reminder of that
    PLAN_READABLE,      // can be read again
    PLAN_REASON_COUNT,
};

// For machines ("new", "cause-changed"), and one sentence for people.
const char *plan_reason_word(enum plan_reason reason);
const char *plan_reason_sentence(enum plan_reason reason);

// What becomes of an incident when what it stands with was told.
struct plan_step {
    struct incident incident; // as it is then; told is set by plan_record
    bool close;               // it is over
    bool tell;                // a mail named it
    const char *cause_text;   // of incident.cause, "" when the ledger has it
};

struct plan_steps {
    struct plan_step *items;
    size_t count;
    size_t capacity;
};

struct plan_row {
    const struct finding *finding; // for PLAN_MORE_OF_RUN: only the actions not told yet. Without
                                   // actions for PLAN_REMINDER, PLAN_SILENCE_ENDED, PLAN_ID_ONLY
    enum plan_reason reason;
    const char *id;        // alert id that an accepted mail records
    const char *stored_id; // PLAN_REMINDER: the id under which the run was told, where that is
                           // known; it stands for the row in pending.ids. NULL: id does
    // The story of its incidents; of several the longest. For reasons that have none: runs 0.
    uint32_t runs;           // bad runs in a row, this one included
    int64_t since;           // when the first of them ended
    int64_t last_good;       // TIMESTAMP_NONE: not known
    int64_t followed_at;     // PLAN_FOLLOWED: end of the clean run; else TIMESTAMP_NONE
    const char *const *held; // further alert ids told with it: runs that waited for this mail
    size_t held_count;
    struct plan_steps steps;
    const char *group; // equal for rows that one thing explains, though their causes differ: an
                       // invalid profile and the failed runs that use it; NULL
};

// Incidents of one cluster, policy and kind that are over for one reason.
struct plan_closing {
    size_t cluster;
    enum plan_reason reason; // PLAN_RECOVERED, PLAN_VANISHED
    enum alert_class class;
    const char *policy; // as in incidents
    enum action_kind kind;
    const char *const *apps; // distinct; none for runs as such
    size_t app_count;
    const char *run;   // latest bad one
    int64_t since;     // the earliest
    int64_t closed_at; // end of the clean run; PLAN_VANISHED: now
    uint32_t runs;     // most bad runs in a row
    const char *why;   // PLAN_VANISHED: "the policy no longer exists", ...; else ""; of conditions
                       // that recovered what is known of how, or ""
    const char *id;    // for pending.ids
    struct plan_steps steps;
};

// One line of "could not be read": a whole cluster, or some kinds of it for one cause.
struct plan_unread {
    size_t cluster;
    bool whole_cluster;      // no kind of it could be read
    bool in_part;            // they were read, but in some namespaces only
    enum action_kind *kinds; // the unread ones
    size_t kind_count;
    enum error_class class;
    const char *reason;
    const char *remedy;
    enum plan_reason why; // PLAN_UNREAD, PLAN_STILL_UNREAD
    int64_t since;        // first pass that could not read it; now when this is the first
    int64_t told_before;  // TIMESTAMP_NONE: never
    bool due;             // worth a mail of its own now
    bool silenced;        // shown in a mail that goes anyway, not counted as told by it
    const char *id;       // for pending.ids
    struct plan_steps steps;
};

// A cluster, or a kind of it, of which a mail said that it cannot be read and that now can.
struct plan_readable {
    size_t cluster;
    enum action_kind kind; // ACTION_BACKUP: the cluster
    bool in_part;          // it was read in part only, and is whole again
    int64_t since;         // since when it could not be read
    size_t caught_up;      // rows of this plan for that cluster
    const char *id;        // for pending.ids
    struct plan_steps steps;
};

// Finished after the last complete pass was expected: the reader is told how late this is.
struct plan_late {
    size_t cluster;
    int64_t last_read; // the watermark it was caught up from
};

struct plan {
    struct plan_row *rows; // by cluster, then latest first; reminders after what is new
    size_t row_count;
    struct plan_closing *closings;
    size_t closing_count;
    struct plan_unread *unread;
    size_t unread_count;
    struct plan_readable *readable;
    size_t readable_count;
    struct plan_unread *limited; // limitations (403, 404 on other kinds, kinds read in part), for
                                 // the footer
    size_t limited_count;
    struct plan_late *late; // clusters whose window reached back beyond the look-back
    size_t late_count;
    struct plan_steps quiet; // what is learned without being told
    size_t cluster_count;
    size_t clusters_read;  // clusters of which at least one kind of action was read
    size_t failed_actions; // failed actions behind the rows
    size_t already_told;   // findings left out because they were told before
    size_t silenced;       // findings and incidents left out because of a silence
    size_t held;           // findings that wait for the reminder (ALERT_EVERY_RUN=false)
    size_t covered;        // findings left to a pass that is sending them now
    size_t older_failures; // before the window, of kinds read for the first time; not mailed
    size_t older_stuck;    // the same of what was stuck long before
    bool first_pass;       // the state did not exist yet
    bool again;            // a mail that is sent again, because its outcome is open
    int64_t next_reminder; // of anything told here or before; TIMESTAMP_NONE: none
    const char *thread;    // token of the one incident thread all of it belongs to; "" for none
    bool send;             // there is something to say in a mail
};

struct plan_options {
    bool alert_on[ALERT_CLASS_COUNT];
    bool every_run;              // ALERT_EVERY_RUN
    int64_t remind_every_s;      // 0: never
    int64_t unreachable_after_s; // 0: at once
    int64_t lookback_s;
};

// A Complete run and whom it worked for, as far as open incidents ask for it.
struct plan_run {
    size_t cluster;
    const char *policy; // as in incidents
    int64_t ended;
    const char *const *apps; // of its actions that still exist
    size_t app_count;
};

// How a condition ended.
struct plan_ending {
    int64_t at;      // TIMESTAMP_NONE: not known
    bool recovered;  // as it should; else it is only no longer so
    bool quiet;      // something else tells of it
    const char *why; // "it was paused", "it failed"; "" for nothing
};

// Something that is wrong now, not a run that ended so: told once and reminded of like an incident.
// An object is valid again when a complete list no longer shows it invalid; of all else neither
// presence nor end is concluded from absence.
struct plan_condition {
    enum alert_class class; // ALERT_STUCK, ALERT_OVERDUE, ALERT_INVALID, ALERT_EXPIRING
    size_t cluster;
    // Invalid: of the object, whose complete list proves that it is over. Overdue: ACTION_RUN or
    // ACTION_EXPORT of a policy, OBJECT_POLICY of a cluster that stands still. Expiring:
    // ACTION_BACKUP. Stuck: the finding's.
    enum action_kind kind;
    const char *name; // of the object or policy, "" at a standstill; "token", "certificate", "ca"
    const char *namespace_name;
    const char *note;              // one sentence, NULL for nothing
    struct cause_list causes;      // of an invalid object at least one
    const char *const *users;      // of an invalid profile: the policies that use it, as in
    size_t user_count;             // incidents
    const struct finding *finding; // stuck: the run and its stuck actions, while it is; else NULL
    const char *run;               // stuck: the finding's subject (alert_id_subject); else NULL
    const char *policy;            // stuck: as in incidents; else NULL
    const struct finding_overdue *overdue; // overdue, while it is; else NULL
    int64_t expires;                       // expiring; else 0
    int64_t since;                    // when it began; 0: not known, then when it was first seen
    const struct plan_ending *ending; // NULL: it holds. Else it matters only when it is known
};

// The objects of a cluster by their names: policies, when they were read completely, as
// "NAMESPACE/NAME" and "NAME", presets and profiles as "policypreset NAMESPACE/NAME" and
// "profile NAMESPACE/NAME".
struct plan_policies {
    bool read;
    struct map names; // -> anything
    // What is to be remembered of its policies from this pass on; NULL: what is remembered stays.
    const struct overdue_memory *memories;
    size_t memory_count;
};

struct plan_input {
    const struct finding *findings;
    size_t finding_count;
    const struct sight *sights; // one per (cluster, kind), by cluster
    size_t sight_count;
    const struct history *history;
    const struct plan_run *runs; // NULL with run_count 0
    size_t run_count;
    const struct plan_policies *policies; // by cluster; NULL: none were asked for
    const struct plan_condition *conditions;
    size_t condition_count;
    const char *const *cluster_names; // NAME of each cluster
    size_t cluster_count;
    const struct ledger *ledger;
    struct plan_options options;
    int64_t now;
};

enum {
    PLAN_EARLY_SECONDS = 600
}; // a reminder is due this early: an hourly schedule must not drift

void plan_make(struct arena *arena, const struct plan_input *input, struct plan *ret);

// The part of a plan that a pending mail told, to tell it again: what its ids name, and a row for
// each alert id whose object can no longer be read. For an accepted one (recipients outstanding)
// rows are made again from the findings although they were told. send is false when nothing is
// left.
void plan_again(struct arena *arena, const struct plan_input *input, const struct plan *plan,
                const struct pending *pending, struct plan *ret);

// The plan without what a pending mail tells; ret may be plan.
void plan_without(struct arena *arena, const struct plan_input *input, const struct plan *plan,
                  const struct pending *pending, struct plan *ret);

// The ids of all that a plan tells, for pending.ids.
const char *const *plan_ids(struct arena *arena, const struct plan *plan, size_t *ret_count);

// True when a ledger found just now shows that somebody else told, or is about to tell, some of
// what this plan would: it is to be made again.
bool plan_is_stale(const struct plan *plan, const struct plan_input *input,
                   const struct ledger *found);

// Keeps where the first window of each kind without a watermark began, until it has one: what
// failed then is not lost to a mail server that is down, or a kind that is unread, for longer than
// the look-back. Part of the intent's write; plan_settle does it too.
void plan_begin(const struct plan_input *input, struct ledger *ledger);

// Enters what an accepted mail told into a ledger, which may be newer than the plan's.
void plan_record(const struct plan *plan, const struct plan_input *input, int64_t accepted_at,
                 struct ledger *ledger);

// At the end of a pass whose mails were accepted, or that had nothing to say: what was learned
// without a mail, and the watermarks of all kinds that were read. began is the pass's start.
void plan_settle(const struct plan *plan, const struct plan_input *input, int64_t began,
                 struct ledger *ledger);

// The start of the window of a cluster's kind (BEHAVIOUR section 4): the earlier of the look-back
// and the watermark with its overlap; earlier still for a mail whose outcome is open.
int64_t plan_window_start(const struct ledger *ledger, const char *cluster, enum action_kind kind,
                          int64_t now, int64_t lookback_s);
