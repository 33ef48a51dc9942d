// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/policy.h"

static struct policy_object object(const char *name, const char *namespace_name, size_t cluster)
{
    return (struct policy_object){
        .cluster = cluster, .uid = "", .name = name, .namespace_name = namespace_name};
}

static struct policy policy_with_preset(const char *preset, const char *namespace_name)
{
    return (struct policy){
        .object = object("apps", "kasten-io", 1),
        .schedule = {.frequency = SCHEDULE_DAILY},
        .preset = {.name = preset, .namespace_name = namespace_name},
        .export_to = {.enabled = true, .frequency = SCHEDULE_WEEKLY},
    };
}

static void references_name_an_object_of_the_cluster(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *namespace_name;
        const char *object;
        const char *object_namespace;
        size_t cluster;
        bool refers;
    } cases[] = {
        {"s3", "kasten-io", "s3", "kasten-io", 1, true},
        {"s3", "", "s3", "kasten-io", 1, true},
        {"s3", "", "s3", "team-a", 1, false},
        {"s3", "team-a", "s3", "team-a", 1, true},
        {"s3", "kasten-io", "s3", "kasten-io", 2, false},
        {"s3", "kasten-io", "S3", "kasten-io", 1, false},
    };
    struct policy_object from = object("apps", "kasten-io", 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct policy_reference reference = {cases[i].name, cases[i].namespace_name};
        struct policy_object to =
            object(cases[i].object, cases[i].object_namespace, cases[i].cluster);
        if (policy_refers_to(&reference, &from, &to) != cases[i].refers) {
            fail_msg("case %zu", i);
        }
    }
}

static void the_preset_has_the_schedule(void **state)
{
    (void)state;
    struct policy_preset presets[] = {
        {.object = object("gold", "team-a", 1), .schedule = {.frequency = SCHEDULE_YEARLY}},
        {.object = object("gold", "kasten-io", 2), .schedule = {.frequency = SCHEDULE_YEARLY}},
        {.object = object("gold", "kasten-io", 1),
         .schedule = {.frequency = SCHEDULE_HOURLY},
         .export_to = {.enabled = true, .frequency = SCHEDULE_DAILY}},
    };
    struct policy policy = policy_with_preset("gold", "");
    const struct policy_preset *preset = policy_find_preset(&policy, presets, 3);
    assert_ptr_equal(preset, &presets[2]);
    assert_int_equal(policy_schedule(&policy, preset)->frequency, SCHEDULE_HOURLY);
    assert_int_equal(policy_export(&policy, preset).frequency, SCHEDULE_DAILY);
    assert_null(policy_find_preset(&policy, presets, 2));
    assert_null(policy_schedule(&policy, NULL));
    assert_false(policy_export(&policy, NULL).enabled);
}

static void a_policy_without_preset_has_its_own(void **state)
{
    (void)state;
    struct policy_preset presets[] = {{.object = object("", "kasten-io", 1)}};
    struct policy policy = policy_with_preset("", "");
    assert_null(policy_find_preset(&policy, presets, 1));
    assert_ptr_equal(policy_schedule(&policy, NULL), &policy.schedule);
    assert_int_equal(policy_export(&policy, NULL).frequency, SCHEDULE_WEEKLY);
}

static void profiles_are_used_directly_or_by_the_preset(void **state)
{
    (void)state;
    static const struct policy_reference s3[] = {{"tape", ""}, {"s3", "kasten-io"}};
    struct policy policy = policy_with_preset("gold", "");
    struct policy_preset preset = {.object = object("gold", "kasten-io", 1), .profiles = {s3, 2}};
    struct policy_profile profile = {.object = object("s3", "kasten-io", 1)};
    struct policy_profile other = {.object = object("nfs", "kasten-io", 1)};
    assert_false(policy_uses_profile(&policy, NULL, &profile));
    assert_true(policy_uses_profile(&policy, &preset, &profile));
    assert_false(policy_uses_profile(&policy, &preset, &other));
    policy.profiles = (struct policy_references){s3, 2};
    assert_true(policy_uses_profile(&policy, NULL, &profile));
}

static void kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(policy_kind_name(POLICY_PRESET), "policy preset");
    assert_string_equal(policy_kind_name(POLICY_PROFILE), "profile");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_name_an_object_of_the_cluster),
        cmocka_unit_test(the_preset_has_the_schedule),
        cmocka_unit_test(a_policy_without_preset_has_its_own),
        cmocka_unit_test(profiles_are_used_directly_or_by_the_preset),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
