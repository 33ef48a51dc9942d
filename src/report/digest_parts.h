// SPDX-License-Identifier: MIT
// The parts that digest_build puts together, in the order in which it calls them. Each fills its
// own members of the digest.
#pragma once

#include "report/digest.h"

struct arena;

// One row of the table, with its causes; digest_make_groups adds the remedy.
void digest_make_row(struct arena *arena, const struct digest_input *input,
                     const struct plan_row *source, struct digest_row *ret);

// "exports", "backups": the plural of a kind for people.
const char *digest_kind_plural(enum action_kind kind);

// What to do about the causes that these findings share, the first that is known; NULL when none
// is. Only what they all have in common (profile, policy, namespace) is named in it.
const struct digest_remedy *digest_find_remedy(struct arena *arena,
                                               const struct digest_input *input,
                                               const struct finding *const *findings, size_t count);

// groups, group_count, row_count: rows that share their causes, the largest group first.
void digest_make_groups(struct arena *arena, const struct digest_input *input, struct digest *ret);

// unread, limited.
void digest_make_unread(struct arena *arena, const struct digest_input *input, struct digest *ret);

// subject, word, headline, preheader, figures.
void digest_make_subject(struct arena *arena, const struct digest_input *input, struct digest *ret);

// notices, counts, footer.
void digest_make_notes(struct arena *arena, const struct digest_input *input, struct digest *ret);
