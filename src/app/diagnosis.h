// SPDX-License-Identifier: MIT
// What an operator can do about a cluster or kind that could not be read: one line with the key to
// set or the command to run, by what the transport met, else by the error's class.
#pragma once

#include "app/fleet.h"
#include "base/error.h"
#include "core/action.h"

struct arena;

// "" when nothing better than the reason can be said.
const char *diagnosis_remedy(struct arena *arena, const struct fleet_cluster *cluster,
                             enum action_kind kind, enum error_class class,
                             enum http_failure failure);
