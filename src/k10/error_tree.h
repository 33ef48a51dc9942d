// SPDX-License-Identifier: MIT
// K10's error JSON, of any shape it is known to store, as a tree of statements for
// core/root_cause: objects, lists, JSON in strings, cut JSON, JSON in sentences. Bounded in
// statements, bytes, depth and levels of JSON in strings; nothing fails, what lies beyond a bound
// is not said. Function names, file names and Kanister objects never become statements.
#pragma once

#include <stddef.h>

#include "core/root_cause.h"

struct arena;
struct json;

// The tree of status.error (also of a whole object or status, or of any text as a JSON string).
// NULL for NULL. The tree keeps nothing of error; it lives in arena, best one of its own.
struct statement *error_tree_build(struct arena *arena, const struct json *error);

// The tree of status.exceptions[]: one branch per exception. NULL when there are none.
struct statement *error_tree_build_exceptions(struct arena *arena, const struct json *exceptions);

// The tree of what a /details answer (or its status, or its actionDetails) says of failed phases
// and failed data checks. NULL when it says nothing.
struct statement *error_tree_build_details(struct arena *arena, const struct json *details);

// The tree of bytes that need not be JSON nor end properly: a file, a cut document.
struct statement *error_tree_build_text(struct arena *arena, const char *bytes, size_t len);
