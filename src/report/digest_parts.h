// SPDX-License-Identifier: MIT
// The parts that digest_build puts together, in the order in which it calls them. Each fills its
// own members of the digest.
#pragma once

#include "report/digest.h"

struct arena;

enum { DIGEST_OBJECT_KINDS = WATCHED_KIND_COUNT - OBJECT_POLICY };

// Invalid objects, those of each kind too.
struct digest_invalid {
    size_t count;
    size_t by_kind[DIGEST_OBJECT_KINDS];
};

// What a plan holds, by what is to be said of it.
struct digest_tally {
    size_t fresh;                  // rows that are failed runs
    size_t still;                  // rows that are reminders of failed runs
    size_t followed;               // of fresh: a good run followed
    size_t id_only;                // of fresh: known by their id only
    struct digest_invalid invalid; // rows that are invalid objects
    size_t still_invalid;          // further ones: reminders
    size_t recovered;              // closings of failed runs
    size_t ended;                  // the same without a good run
    size_t valid;                  // closings: valid again
    size_t deleted;                // closings: deleted while invalid
};

struct digest_tally digest_count_plan(const struct plan *plan);

// True when all rows are of one incident of failed runs, or there is one row only: the subject
// names it, the same in every mail of it.
bool digest_is_single(const struct plan *plan);

// One row of the table, with its causes; digest_make_groups adds the remedy.
void digest_make_row(struct arena *arena, const struct digest_input *input,
                     const struct plan_row *source, struct digest_row *ret);

// DIGEST_WARNING when a good run followed or only the id is known.
enum digest_state digest_row_state(const struct plan_row *row);

// "export", "exports": a kind for people.
const char *digest_kind_singular(enum action_kind kind);
const char *digest_kind_plural(enum action_kind kind);

// A DNS subdomain (RFC 1123) of at most max bytes: what Kubernetes allows as a name, and nothing a
// shell reads otherwise.
bool digest_is_object_name(const char *name, size_t max);

// "3rd failed run in a row, since ...; last good run ...": where a row stands; "" for none.
const char *digest_row_story(struct arena *arena, const struct digest_input *input,
                             const struct plan_row *row);

// "no mail since ...", of reminders; "" for none.
const char *digest_last_mail(struct arena *arena, const struct digest_input *input,
                             const struct plan_row *row);

// digest_invalid.c: the words for class invalid.
bool digest_row_is_invalid(const struct plan_row *row);
bool digest_closing_is_invalid(const struct plan_closing *closing);
void digest_invalid_add(struct digest_invalid *counts, enum action_kind kind);

// "1 invalid policy, 2 invalid profiles"; "" for none.
const char *digest_invalid_count(struct arena *arena, const struct digest_invalid *counts);

// "policy kasten-io/daily is invalid: K10 will not run it"; since when; why it is in the mail.
const char *digest_invalid_what(struct arena *arena, const struct plan_row *row);
const char *digest_invalid_story(struct arena *arena, const struct digest_input *input,
                                 const struct plan_row *row);
const char *digest_invalid_reason(enum plan_reason reason);

// "policy daily"; the name, without its namespace, of what a closing is about.
const char *digest_invalid_thing(struct arena *arena, enum action_kind kind, const char *name);
const char *digest_invalid_closed_name(struct arena *arena, const struct plan_closing *closing);

struct digest_ending digest_invalid_ending(struct arena *arena, const struct digest_input *input,
                                           const struct plan_closing *closing);

// What a row without readable actions is about.
const char *digest_row_without_actions(struct arena *arena, const struct plan_row *row);

// The cause of such a row, when none is known.
const char *digest_no_cause(const struct plan_row *row);

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

// state, its words, rows_title, rows_noun, figures.
void digest_make_state(struct arena *arena, const struct digest_input *input, struct digest *ret);

// prefix, subject, headline, preheader.
void digest_make_subject(struct arena *arena, const struct digest_input *input, struct digest *ret);

// notices, counts, footer.
void digest_make_notes(struct arena *arena, const struct digest_input *input, struct digest *ret);
