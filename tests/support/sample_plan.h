// SPDX-License-Identifier: MIT
// Plans made by hand, piece by piece, for tests and samples of mails. Times are fixed, so that
// every run gives the same bytes.
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

// A copy of a row's finding that may be changed; the row has it from now on.
struct finding *story_finding(struct story *story, struct plan_row *row);

// A row of another class of runs than failed: with exceptions (3 items), cancelled, skipped.
struct plan_row *story_add_run(struct story *story, enum alert_class class, enum plan_reason reason,
                               const char *cause);

// A run of policy daily with one backup that began 26 hours ago and does not end.
struct plan_row *story_add_stuck(struct story *story, enum plan_reason reason,
                                 enum action_state state, int progress);

// Policy daily, its runs overdue; their last success 38 hours ago. A cluster that stands still.
struct plan_row *story_add_overdue(struct story *story, enum plan_reason reason,
                                   enum overdue_verdict verdict);
struct plan_row *story_add_standstill(struct story *story, enum plan_reason reason);

// "token", "certificate" or "ca" of k3s, which has so many seconds left.
struct plan_row *story_add_expiring(struct story *story, enum plan_reason reason, const char *name,
                                    int64_t left);

// The end of what is no failed run and no invalid object.
struct plan_closing *story_add_ended(struct story *story, enum plan_reason reason,
                                     enum alert_class class, enum action_kind kind,
                                     const char *why);
