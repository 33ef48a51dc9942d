// SPDX-License-Identifier: MIT
// Further made-up plans beside sample_digest.h: mails that go on with something (reminders,
// endings, mails sent again) and mails of every class (sample_classes.c).
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sample_plan.h"

// The names of all samples, those of sample_digest.h first; NULL behind the last.
const char *sample_name(size_t index);

// "story", "reminder", "recovered", "endings", "invalid", "hostile-story", or one of
// sample_digest.h or sample_classes.h.
bool sample_make(struct arena *arena, const char *name, struct digest *ret);
