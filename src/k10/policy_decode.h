// SPDX-License-Identifier: MIT
// One element of a list of policies, policy presets or profiles (config.kio.kasten.io/v1alpha1), as
// bytes, to the core's policy. Whatever was written into the object gives one: missing, null or odd
// fields are taken as absent, texts are cleaned and bounded, numbers out of range left out.
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "core/policy.h"

#define K10_CONFIG_GROUP "config.kio.kasten.io"
#define K10_CONFIG_VERSION "v1alpha1"

struct arena;

// Decode one element of a list of cluster, its texts and causes in arena. ERROR_PROTOCOL when the
// bytes are no JSON object even after repair.
bool policy_decode(struct arena *arena, size_t cluster, const char *bytes, size_t len,
                   struct policy *ret, struct error *error) MUST_USE;
bool policy_decode_preset(struct arena *arena, size_t cluster, const char *bytes, size_t len,
                          struct policy_preset *ret, struct error *error) MUST_USE;
bool policy_decode_profile(struct arena *arena, size_t cluster, const char *bytes, size_t len,
                           struct policy_profile *ret, struct error *error) MUST_USE;
