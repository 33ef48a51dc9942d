// SPDX-License-Identifier: MIT
// Plans made up for tests and for looking at: each named scenario gives the digest of a mail that
// one would get, without a cluster. Times are fixed, so that every run gives the same bytes.
#pragma once

#include <stdbool.h>

#include "report/digest.h"

struct arena;

// "typical", "single", "group", "unread", "quiet", "first", "many", "distinct", "hostile", "fleet",
// "empty".
extern const char *const sample_digest_names[];

// False when there is no scenario of that name.
bool sample_digest_make(struct arena *arena, const char *name, struct digest *ret);
