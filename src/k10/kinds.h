// SPDX-License-Identifier: MIT
// Where K10 serves what is read: actions from its aggregated API server, policies and the like from
// custom resources (docs.kasten.io, API "Actions", "Policies", "Profiles").
#pragma once

#include "base/buf.h"
#include "core/action.h"

#define K10_ACTIONS_GROUP "actions.kio.kasten.io"
#define K10_ACTIONS_VERSION "v1alpha1"

// The API group of a kind: "actions.kio.kasten.io", for the objects "config.kio.kasten.io".
const char *kinds_group(enum action_kind kind);

// Appends the path of the cluster-wide list: "/apis/actions.kio.kasten.io/v1alpha1/backupactions".
void kinds_add_list_path(struct buf *out, enum action_kind kind);

// Appends the path of the list in one namespace, of a kind that is in namespaces:
// "/apis/actions.kio.kasten.io/v1alpha1/namespaces/shop/backupactions".
void kinds_add_namespace_path(struct buf *out, enum action_kind kind, const char *namespace_name);

// Appends the path of the resource list of a kind's group, which names all kinds that the server
// has of it: "/apis/actions.kio.kasten.io/v1alpha1".
void kinds_add_group_path(struct buf *out, enum action_kind kind);

// Appends the path of one action's details: what each phase of it said. False, with nothing
// appended, for a name or namespace that cannot stand in a path.
bool kinds_add_details_path(struct buf *out, const struct action *action) MUST_USE;
