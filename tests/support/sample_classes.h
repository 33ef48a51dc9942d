// SPDX-License-Identifier: MIT
// Made-up plans of every class: one mail of an operator's bad day, and small ones.
#pragma once

#include <stdbool.h>

#include "report/digest.h"

struct arena;

// "classes", "exceptions", "stuck", "overdue", "standstill", "expiring", "explained", "over",
// "hostile-classes".
extern const char *const sample_classes_names[];

// False when there is no scenario of that name.
bool sample_classes_make(struct arena *arena, const char *name, struct digest *ret);
