// SPDX-License-Identifier: MIT
#include "core/policy.h"

#include <string.h>

#include "base/banned.h"

const char *policy_kind_name(enum policy_kind kind)
{
    static const char *const names[POLICY_KIND_COUNT] = {"policy", "policy preset", "profile"};
    return names[kind];
}

bool policy_refers_to(const struct policy_reference *reference, const struct policy_object *from,
                      const struct policy_object *object)
{
    const char *namespace_name =
        *reference->namespace_name != '\0' ? reference->namespace_name : from->namespace_name;
    return from->cluster == object->cluster && strcmp(reference->name, object->name) == 0 &&
           strcmp(namespace_name, object->namespace_name) == 0;
}

const struct policy_preset *policy_find_preset(const struct policy *policy,
                                               const struct policy_preset *presets, size_t count)
{
    for (size_t i = 0; *policy->preset.name != '\0' && i < count; i++) {
        if (policy_refers_to(&policy->preset, &policy->object, &presets[i].object)) {
            return &presets[i];
        }
    }
    return NULL;
}

static bool holds(const struct policy_references *references, const struct policy_object *from,
                  const struct policy_object *object)
{
    for (size_t i = 0; i < references->count; i++) {
        if (policy_refers_to(&references->items[i], from, object)) {
            return true;
        }
    }
    return false;
}

bool policy_uses_profile(const struct policy *policy, const struct policy_preset *preset,
                         const struct policy_profile *profile)
{
    return holds(&policy->profiles, &policy->object, &profile->object) ||
           (preset != NULL && holds(&preset->profiles, &preset->object, &profile->object));
}

const struct schedule *policy_schedule(const struct policy *policy,
                                       const struct policy_preset *preset)
{
    if (*policy->preset.name == '\0') {
        return &policy->schedule;
    }
    return preset != NULL ? &preset->schedule : NULL;
}

struct policy_export policy_export(const struct policy *policy, const struct policy_preset *preset)
{
    if (*policy->preset.name == '\0') {
        return policy->export_to;
    }
    return preset != NULL ? preset->export_to : (struct policy_export){.enabled = false};
}
