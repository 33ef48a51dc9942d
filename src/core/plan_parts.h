// SPDX-License-Identifier: MIT
// One plan in the making: what its parts share, and the parts in the order in which plan_make calls
// them. Only plan*.c include this.
#pragma once

#include "core/plan.h"

struct planning {
    struct arena *arena;
    const struct plan_input *input;
    struct plan *plan;
    struct map after;  // incident key -> const struct incident *: as this plan leaves it
    struct map named;  // incident keys that something of this plan tells
    struct map closed; // incident keys that this plan closes
    size_t row_capacity;
};

// The incident as this plan leaves it so far, else as the ledger has it; NULL when there is none.
const struct incident *planning_incident(const struct planning *planning, const char *key);

// How a (cluster, kind) was seen; NULL when it is not watched.
const struct sight *planning_sight(const struct plan_input *input, size_t cluster,
                                   enum action_kind kind);

// The index of a cluster's NAME; cluster_count when it is not configured.
size_t planning_cluster(const struct plan_input *input, const char *name);

// The latest clean end for an incident's policy, application and kind, if its kind was read
// as far as it may be and kept (else nothing proves anything); TIMESTAMP_NONE when there is none.
int64_t planning_latest_good(const struct plan_input *input, size_t cluster,
                             const struct incident *incident);

// A row without a story, without steps.
struct plan_row plan_row_of(const struct finding *finding, enum plan_reason reason, const char *id);

// The row tells the incident of a step: of several it shows the story of the one that has gone on
// for longest. What waited with it goes into held, whose keys are the row's held ids in the end;
// the row's own id not, when the row has its actions.
void planning_tell(struct planning *planning, struct plan_row *row, struct map *held,
                   const struct plan_step *step);

void planning_add_row(struct planning *planning, const struct plan_row *row);

// Adds a step. An incident that stays open stands in planning->after from then on; one that is
// told stands in planning->named.
void planning_add_step(struct planning *planning, struct plan_steps *steps,
                       const struct plan_step *step);

// True when a plan holds something that is worth a mail.
bool plan_has_news(const struct plan *plan);

// plan_thread.c: the token of the one incident thread that all of a plan's news belongs to, "" for
// none. The same while the oldest of the policy's incidents is open.
const char *plan_thread(struct arena *arena, const struct plan_input *input,
                        const struct plan *plan);

// plan_failures.c: rows for findings nobody was told of, the incidents they open or go on with.
void plan_failures(struct planning *planning);

// plan_open.c: what becomes of open incidents: recovered, vanished, reminded of.
void plan_open(struct planning *planning);

// plan_group.c: rows that one thing explains.
void plan_group(struct planning *planning);

// plan_conditions.c: what is wrong now: begins, goes on, is over.
void plan_conditions(struct planning *planning);

// True when an incident is to be reminded of: told, and no mail has named it for REMIND_EVERY.
bool planning_is_due(const struct plan_input *input, const struct incident *incident);

// plan_sight.c: what cannot be read, what can again, what is caught up.
void plan_sight(struct planning *planning);
