// SPDX-License-Identifier: MIT
// Pieces of sentences that several parts of the digest need. What comes from outside is cleaned
// here, once, before it becomes part of any text.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/digest_class.h"

struct arena;

// The most that the digest takes of one value, in bytes.
enum {
    DIGEST_NAME_BYTES = 260,      // a Kubernetes object's name has up to 253
    DIGEST_NAMESPACE_BYTES = 100, // a namespace's 63
    DIGEST_CAUSE_BYTES = 520,     // ROOT_CAUSE_MAX_BYTES
    DIGEST_WHY_BYTES = 300,       // why something ended
    DIGEST_SENTENCE_BYTES = 1000,
};

// text as one clean line of at most max_bytes, cut on a character border with "..." at its end.
// NULL gives "".
const char *digest_clean(struct arena *arena, const char *text, size_t max_bytes);

// The name of an object, "(no name)" when it has none.
const char *digest_object_name(struct arena *arena, const char *name);

// text cut to at most characters characters, the last three of them "..." when it was longer.
const char *digest_shorten(struct arena *arena, const char *text, size_t characters);

// Characters (code points) of UTF-8 text.
size_t digest_characters(const char *text);

// "1 failed run", "3 failed runs".
const char *digest_count(struct arena *arena, size_t count, const char *one, const char *many);

// "1st", "2nd", "11th".
const char *digest_ordinal(struct arena *arena, size_t number);

// "2 d 3 h": a length of time.
const char *digest_duration(struct arena *arena, int64_t seconds);

// The same of a length that was chosen, not measured: "12 h", "30 min".
const char *digest_span(struct arena *arena, int64_t seconds);

// text with its first letter in upper case.
const char *digest_capital(struct arena *arena, const char *text);

// "3" "failed runs".
struct digest_figure digest_figure(struct arena *arena, size_t value,
                                   const struct digest_noun *noun, enum digest_state state);

// "OpenShift, K3s and 3 more": at most shown of the names.
const char *digest_list(struct arena *arena, const char *const *names, size_t count, size_t shown);

// "2026-04-02 10:00 UTC", with local_time "2026-04-02 12:00 CEST (10:00 UTC)"; "" when unknown.
const char *digest_time(struct arena *arena, int64_t instant, bool local_time);

// The same with its age: "..., 42 min ago", "..., 5 min in the future".
const char *digest_time_and_age(struct arena *arena, int64_t instant, int64_t now, bool local_time);

// The name of a policy without its namespace; "" for none.
const char *digest_policy_name(struct arena *arena, const char *policy);

// The LABEL of a cluster, its NAME.
const char *digest_label(struct arena *arena, const struct digest_input *input, size_t cluster);
const char *digest_name(struct arena *arena, const struct digest_input *input, size_t cluster);
