// SPDX-License-Identifier: MIT
// Fields of K10's objects, the same for actions, policies and profiles: whatever a tenant put there
// becomes a clean, bounded value.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

struct arena;
struct json;

// A longer text is cut.
enum { FIELD_BYTES = 512 };

// A text as one clean line; "" when it is absent or no string.
const char *field_text(struct arena *arena, const struct json *value);

// An instant; TIMESTAMP_NONE when it is absent or none.
int64_t field_time(const struct json *value);

// Reads an instant. Go writes its zero time as 0001-01-01T00:00:00Z: nothing before 1970 is one.
// *ret counts only when it is true.
bool field_parse_time(const char *text, int64_t *ret) MUST_USE;
