// SPDX-License-Identifier: MIT
// Policies, policy presets and profiles of K10 (config.kio.kasten.io/v1alpha1) as the domain sees
// them. Texts are one clean line each (utf8_clean), "" when absent, and live in the pass's arena.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/root_cause.h"
#include "core/schedule.h"

// The order is that in which they are told.
enum policy_kind { POLICY_POLICY, POLICY_PRESET, POLICY_PROFILE, POLICY_KIND_COUNT };

// status.validation: only what is valid is run by K10. A word that K10 adds later, and none, are
// POLICY_VALIDATION_UNKNOWN.
enum policy_validation {
    POLICY_VALIDATION_UNKNOWN,
    POLICY_VALIDATION_PENDING,
    POLICY_VALIDATION_SUCCESS,
    POLICY_VALIDATION_FAILED,
};

enum {
    POLICY_MAX_PROFILES = 16,     // that one policy names
    POLICY_MAX_APPLICATIONS = 32, // that one policy names
};

// What the three kinds have in common.
struct policy_object {
    size_t cluster; // index into the pass's clusters
    enum policy_kind kind;
    const char *uid; // metadata.uid; "kind/namespace/name" where the server gives none
    const char *name;
    const char *namespace_name;
    int64_t created; // TIMESTAMP_NONE where absent
    enum policy_validation validation;
    struct cause_list causes; // of one whose validation failed: at least one; else empty
};

struct policy_reference {
    const char *name;
    const char *namespace_name; // "" where only the name is given
};

struct policy_references {
    const struct policy_reference *items;
    size_t count;
};

// What a policy or a preset says of exports.
struct policy_export {
    bool enabled;
    enum schedule_frequency frequency; // SCHEDULE_NONE: every snapshot is exported
};

// What spec.actions[] holds, in bits.
enum policy_actions {
    POLICY_BACKS_UP = 1 << 0,
    POLICY_EXPORTS = 1 << 1,
    POLICY_IMPORTS = 1 << 2,
    POLICY_RESTORES = 1 << 3,
    POLICY_REPORTS = 1 << 4,
    POLICY_DOES_OTHER = 1 << 5, // an action that K10 adds later
};

struct policy {
    struct policy_object object;
    bool paused;
    bool is_system;           // K10's own: reports, disaster recovery
    unsigned actions;         // enum policy_actions
    struct schedule schedule; // its own; without meaning beside a preset
    struct policy_reference preset;
    struct policy_export export_to;
    struct policy_references profiles; // distinct, at most POLICY_MAX_PROFILES
    // The namespaces or machines its selector names ("shop", "team-*", "shop/vm-1"), distinct.
    // Empty for a selector by other labels. application_count counts also those beyond the bound.
    const char *const *applications;
    size_t application_count;
};

struct policy_preset {
    struct policy_object object;
    struct schedule schedule;
    struct policy_export export_to;
    struct policy_references profiles;
};

struct policy_profile {
    struct policy_object object;
    const char *type; // "Location", "Infra"
};

// "policy", "policy preset", "profile".
const char *policy_kind_name(enum policy_kind kind);

// True when the reference names the object; a missing namespace is the namespace of from.
bool policy_refers_to(const struct policy_reference *reference, const struct policy_object *from,
                      const struct policy_object *object);

// The preset that the policy names among those of its cluster; NULL when it names none or it is
// not there.
const struct policy_preset *policy_find_preset(const struct policy *policy,
                                               const struct policy_preset *presets, size_t count);

// True when the policy, or the preset it uses (NULL for none), works with the profile.
bool policy_uses_profile(const struct policy *policy, const struct policy_preset *preset,
                         const struct policy_profile *profile);

// The schedule in force: the policy's own or, when it names a preset, the preset's. preset is what
// policy_find_preset gave. NULL when the preset is missing.
const struct schedule *policy_schedule(const struct policy *policy,
                                       const struct policy_preset *preset);

// What is in force for exports, in the same way; all absent when the preset is missing.
struct policy_export policy_export(const struct policy *policy, const struct policy_preset *preset);
