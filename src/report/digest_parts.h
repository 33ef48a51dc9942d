// SPDX-License-Identifier: MIT
// The parts that digest_build puts together, in the order in which it calls them. Each fills its
// own members of the digest.
#pragma once

#include "report/digest.h"
#include "report/digest_class.h"

struct arena;

// What a plan holds of one class.
struct digest_counts {
    size_t fresh;                  // rows that are no reminders
    size_t fresh_of[DIGEST_NOUNS]; // of these, by what they are
    size_t still;                  // rows that are
    size_t all_of[DIGEST_NOUNS];   // all rows, by what they are
    size_t followed;               // of fresh: a good run followed
    size_t well;                   // closings that recovered
    size_t gone;                   // other closings
};

struct digest_tally {
    struct digest_counts of[ALERT_CLASS_COUNT];
    enum alert_class top; // the worst that has rows, by digest_class_order
    size_t classes;       // that have rows
    size_t well;          // of all classes
    size_t gone;
};

struct digest_tally digest_count_plan(const struct plan *plan);

// Distinct applications of the rows of a class; of all rows for ALERT_CLASS_COUNT.
size_t digest_applications(struct arena *arena, const struct digest *digest,
                           enum alert_class class);

// Counts one row more; begin with {0}.
void digest_tally_row(struct digest_tally *tally, const struct plan_row *row);

// Which noun of its class a finding is.
size_t digest_noun_of(const struct finding *finding);

// "1 invalid policy, 2 invalid profiles"; "" for none.
const char *digest_nouns(struct arena *arena, enum alert_class class,
                         const size_t counts[DIGEST_NOUNS]);

// True when all rows are of one incident of runs, or there is one row only: the subject names it,
// the same in every mail of it.
bool digest_is_single(const struct plan *plan);

// One row of the table, with its causes; digest_make_groups adds the remedy.
void digest_make_row(struct arena *arena, const struct digest_input *input,
                     const struct plan_row *source, struct digest_row *ret);

// That of its class; DIGEST_WARNING when a good run followed or only the id is known.
enum digest_state digest_row_state(const struct plan_row *row, int64_t now);

// "export", "exports": a kind for people.
const char *digest_kind_singular(enum action_kind kind);
const char *digest_kind_plural(enum action_kind kind);

// What the actions of a row are called, without what became of them.
struct digest_actions {
    const char *text; // "export of shop to profile s3-prod", "2 backups and 1 export"; "" for none
    size_t count;     // of them; RunActions do not count beside their children
    const char *consequence; // "; the exported copy is missing ..." when one of that kind failed
};

struct digest_actions digest_name_actions(struct arena *arena, const struct finding *finding);

// "backup of shop"; "the run".
const char *digest_action_name(struct arena *arena, const struct action *action);

// A DNS subdomain (RFC 1123) of at most max bytes: what Kubernetes allows as a name, and nothing a
// shell reads otherwise.
bool digest_is_object_name(const char *name, size_t max);

// Set command and command_note of a row; command stays NULL when a name cannot stand in one. For
// an object; for one of a row's actions, which says which of several; for a run that may be gone;
// for the pods of K10.
void digest_object_command(struct arena *arena, enum action_kind kind, const char *namespace_name,
                           const char *name, struct digest_row *row);
void digest_action_command(struct arena *arena, const struct action *action, const char *which,
                           struct digest_row *row);
void digest_run_command(struct arena *arena, const struct finding *finding, struct digest_row *row);
void digest_pods_command(struct arena *arena, const struct digest_input *input, size_t cluster,
                         struct digest_row *row);

// "Clause; clause; clause" of those that are not "".
const char *digest_join(struct arena *arena, const char *const *clauses, size_t count);

// "no mail since ...", of reminders; "" for none.
const char *digest_last_mail(struct arena *arena, const struct digest_input *input,
                             const struct plan_row *row);

// The cause of a row for which none is known.
const char *digest_no_cause(const struct plan_row *row);

// The name of an object as it stands in a subject.
const char *digest_short_name(struct arena *arena, const char *name);

// The cause that a subject names; "" for none.
const char *digest_first_cause(struct arena *arena, const struct plan_row *row);

// What a row of runs is about: its policy, else its application, else itself.
const char *digest_run_thing(struct arena *arena, const struct plan_row *row);
const char *digest_closing_thing(struct arena *arena, const struct plan_closing *closing);

// "run run-a", "backup shop/backup-x": of the subject of a run or lone action (alert_id_subject).
const char *digest_subject_name(struct arena *arena, const char *subject);

// "up to 5 failed runs in a row, since ...": of several rows.
const char *digest_group_story(struct arena *arena, const struct digest_input *input,
                               const struct digest_group *group);

// What to do about the causes that these findings share, the first that is known; NULL when none
// is. Only what they all have in common (profile, policy, namespace) is named in it.
const struct digest_remedy *digest_find_remedy(struct arena *arena,
                                               const struct digest_input *input,
                                               const struct finding *const *findings, size_t count);

// groups, group_count, row_count: rows that share their causes, the worst and largest group first.
void digest_make_groups(struct arena *arena, const struct digest_input *input, struct digest *ret);

// unread, limited.
void digest_make_unread(struct arena *arena, const struct digest_input *input, struct digest *ret);

// readable, recovered, ended.
void digest_make_endings(struct arena *arena, const struct digest_input *input, struct digest *ret);

// state, its words, rows_title, rows_noun.
void digest_make_state(struct arena *arena, const struct digest_input *input, struct digest *ret);

// figures.
void digest_make_figures(struct arena *arena, const struct digest_input *input, struct digest *ret);

// prefix, subject, headline, preheader.
void digest_make_subject(struct arena *arena, const struct digest_input *input, struct digest *ret);

// notices, counts, footer.
void digest_make_notes(struct arena *arena, const struct digest_input *input, struct digest *ret);
