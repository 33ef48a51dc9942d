// SPDX-License-Identifier: MIT
// Further made-up plans beside tests/support/sample_digest.h: mails that go on with something.
// Reminders, endings, mails sent again.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/plan.h"
#include "report/digest.h"

struct arena;

enum { STORY_NOW = 1775125320 /* 2026-04-02T10:22:00Z */, STORY_HOUR = 3600, STORY_DAY = 86400 };

// A plan with its input, to be changed before the digest is built.
struct story {
    struct arena *arena;
    struct plan plan;
    struct digest_input input;
    struct digest_cluster clusters[3];
};

// Three clusters that were read (openshift, rke2, k3s), nothing to say; room for this many rows and
// closings.
void story_init(struct story *story, struct arena *arena, size_t room);

// A row of policy daily on k3s for application shop. With a cause there is a failed export, without
// one the row has no actions.
struct plan_row *story_add_row(struct story *story, enum plan_reason reason, const char *run,
                               const char *cause);
// An invalid object of k3s, NULL for no note; the end of such a one.
struct plan_row *story_add_invalid(struct story *story, enum plan_reason reason,
                                   enum action_kind kind, const char *name, const char *note);
struct plan_closing *story_add_valid(struct story *story, enum plan_reason reason,
                                     enum action_kind kind);
struct plan_closing *story_add_closing(struct story *story, enum plan_reason reason);
struct plan_unread *story_add_unread(struct story *story, size_t cluster, enum plan_reason why);
struct plan_readable *story_add_readable(struct story *story, size_t cluster,
                                         enum action_kind kind);

void story_build(struct story *story, struct digest *ret);

// The names of all samples, those of sample_digest.h first; NULL behind the last.
const char *sample_name(size_t index);

// "story", "reminder", "recovered", "endings", "invalid", "hostile-story", or one of
// sample_digest.h.
bool sample_make(struct arena *arena, const char *name, struct digest *ret);
