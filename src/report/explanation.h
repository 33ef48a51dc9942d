// SPDX-License-Identifier: MIT
// How a cause was chosen, for people who doubt it: every statement K10 stored, its class, and which
// of them the cause is made of. As text and as JSON. docs/root-cause.md says how to mend a choice.
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "core/remedy.h"
#include "core/root_cause.h"

struct arena;

// One error: an action's, or one given in a file.
struct explanation {
    const char *title;               // "backup shop/scheduled-x of run run-a on k3s"
    const char *state;               // "Failed, ended 2026-04-02T10:00:00Z"; "" for a file
    const struct statement *tree;    // NULL when nothing was said
    const struct statement *details; // of /details, NULL when it was not asked or said nothing
    struct cause_list causes;
    struct remedy remedy; // id NULL when no row of the table matches
};

// Why the run was, was not or will be mailed.
struct explanation_mail {
    const char *word; // for programs: that of a plan_reason, "told", "waiting", "silenced", ...
    const char *const *sentences;
    size_t count;
};

// Appends one explanation for a terminal.
void explanation_write_text(struct arena *arena, const struct explanation *explanation,
                            struct buf *out);

// Appends what is known of its mail, for a terminal.
void explanation_write_mail(const struct explanation_mail *mail, struct buf *out);

// Appends {"explanations": [...], "mail": {...}} with the same content, indented; mail may be NULL.
void explanation_write_json(struct arena *arena, const struct explanation *explanations,
                            size_t count, const struct explanation_mail *mail, struct buf *out);
