// SPDX-License-Identifier: MIT
// Where K10's aggregated API server serves its actions (docs.kasten.io, API "Actions").
#pragma once

#include "base/buf.h"
#include "core/action.h"

#define K10_ACTIONS_GROUP "actions.kio.kasten.io"
#define K10_ACTIONS_VERSION "v1alpha1"

// Appends the path of the cluster-wide list: "/apis/actions.kio.kasten.io/v1alpha1/backupactions".
void kinds_add_list_path(struct buf *out, enum action_kind kind);

// Appends the path of one action's details: what each phase of it said. False, with nothing
// appended, for a name or namespace that cannot stand in a path.
bool kinds_add_details_path(struct buf *out, const struct action *action) MUST_USE;
