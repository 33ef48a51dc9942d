// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "k10/policy_decode.h"

#define BIT(n) (UINT64_C(1) << (n))

static const char *fixture(struct arena *arena, const char *name)
{
    char *text = arena_alloc(arena, 8192);
    FILE *file = fopen(arena_format(arena, TEST_FIXTURES "/policies/%s.json", name), "r");
    assert_non_null(file);
    size_t len = fread(text, 1, 8191, file);
    assert_true(len > 0 && len < 8191);
    (void)fclose(file);
    return text;
}

static struct policy decode(struct arena *arena, const char *text)
{
    struct policy policy;
    struct error error;
    if (!policy_decode(arena, 3, text, strlen(text), &policy, &error)) {
        fail_msg("%s: %s", text, error.text);
    }
    return policy;
}

static struct policy_preset decode_preset(struct arena *arena, const char *text)
{
    struct policy_preset preset;
    struct error error;
    if (!policy_decode_preset(arena, 3, text, strlen(text), &preset, &error)) {
        fail_msg("%s: %s", text, error.text);
    }
    return preset;
}

static struct policy_profile decode_profile(struct arena *arena, const char *text)
{
    struct policy_profile profile;
    struct error error;
    if (!policy_decode_profile(arena, 3, text, strlen(text), &profile, &error)) {
        fail_msg("%s: %s", text, error.text);
    }
    return profile;
}

static void a_policy_with_a_window_is_decoded(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct policy policy = decode(arena, fixture(arena, "window"));
    int64_t created;
    assert_true(timestamp_parse("2026-01-05T09:00:00Z", &created));
    assert_int_equal(policy.object.cluster, 3);
    assert_int_equal(policy.object.kind, POLICY_POLICY);
    assert_string_equal(policy.object.name, "shop-nightly");
    assert_string_equal(policy.object.namespace_name, "kasten-io");
    assert_string_equal(policy.object.uid, "8d0b1c1e-1111-4a4a-9c9c-000000000001");
    assert_int_equal(policy.object.created, created);
    assert_int_equal(policy.object.validation, POLICY_VALIDATION_SUCCESS);
    assert_int_equal(policy.object.causes.count, 0);
    assert_false(policy.paused);
    assert_false(policy.is_system);
    assert_int_equal(policy.actions, POLICY_BACKS_UP | POLICY_EXPORTS);
    assert_int_equal(policy.schedule.frequency, SCHEDULE_DAILY);
    assert_true(policy.schedule.has_window);
    assert_true(policy.schedule.staggered);
    assert_int_equal(policy.schedule.window_start, 22 * 60 + 30);
    assert_int_equal(policy.schedule.window_end, 7 * 60); // no minute is 0
    assert_int_equal(policy.schedule.weekdays.set, BIT(5));
    assert_int_equal(policy.schedule.days.first, 15);
    assert_true(policy.export_to.enabled);
    assert_int_equal(policy.export_to.frequency, SCHEDULE_MONTHLY);
    assert_int_equal(policy.profiles.count, 2);
    assert_string_equal(policy.profiles.items[0].name, "s3");
    assert_string_equal(policy.profiles.items[1].name, "vbr");
    assert_int_equal(policy.application_count, 2);
    assert_string_equal(policy.applications[0], "shop");
    assert_string_equal(policy.applications[1], "team-*");
    assert_string_equal(policy.preset.name, "");
}

static void times_keep_their_first_entry(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct policy policy = decode(arena, fixture(arena, "minutes"));
    assert_int_equal(policy.schedule.frequency, SCHEDULE_HOURLY);
    assert_int_equal(policy.schedule.minutes.set, BIT(15) | BIT(45)); // no 60, -1, "5"
    assert_int_equal(policy.schedule.minutes.first, 45);
    assert_int_equal(policy.schedule.hours.set, BIT(0));
    assert_int_equal(policy.schedule.weekdays.set, BIT(0) | BIT(3)); // 7 is Sunday
    assert_int_equal(policy.schedule.weekdays.first, 0);
    assert_int_equal(policy.schedule.days.set, BIT(1));
    assert_int_equal(policy.schedule.months.set, BIT(1));
    assert_false(policy.schedule.has_window);
    assert_true(policy.paused);
    assert_int_equal(policy.object.validation, POLICY_VALIDATION_PENDING);
    assert_string_equal(policy.object.uid, "policy/team-a/often");
    assert_int_equal(policy.object.created, TIMESTAMP_NONE);
    assert_true(policy.export_to.enabled);
    assert_int_equal(policy.export_to.frequency, SCHEDULE_NONE);
    assert_int_equal(policy.application_count, 1);
    assert_string_equal(policy.applications[0], "team-a");
}

static void a_failed_validation_has_its_causes(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct policy policy = decode(arena, fixture(arena, "failed"));
    assert_int_equal(policy.object.validation, POLICY_VALIDATION_FAILED);
    assert_int_equal(policy.actions, POLICY_IMPORTS | POLICY_RESTORES);
    assert_int_equal(policy.object.causes.count, 2);
    assert_non_null(strstr(policy.object.causes.items[0].text, "profile kasten-io/dr not found"));
    assert_string_equal(policy.object.causes.items[1].text, "retention has no entry for weekly");
    struct policy_profile profile = decode_profile(arena, fixture(arena, "profile"));
    assert_int_equal(profile.object.kind, POLICY_PROFILE);
    assert_int_equal(profile.object.validation, POLICY_VALIDATION_FAILED);
    assert_string_equal(profile.type, "Location");
    assert_int_equal(profile.object.causes.count, 1);
    assert_non_null(strstr(profile.object.causes.items[0].text, "AccessDenied"));
}

// K10 says so little now and then; a row needs a cause all the same.
static void a_failed_validation_without_an_error_has_a_cause(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"status\":{\"validation\":\"Failed\"}}",
        "{\"status\":{\"validation\":\"Failed\",\"error\":null}}",
        "{\"status\":{\"validation\":\"Failed\",\"error\":[]}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        assert_int_equal(decode(arena, texts[i]).object.causes.count, 1);
    }
}

static void a_preset_is_decoded_and_found(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct policy policy = decode(arena, fixture(arena, "preset-policy"));
    struct policy_preset preset = decode_preset(arena, fixture(arena, "preset"));
    struct policy_profile profile = decode_profile(arena, fixture(arena, "profile"));
    assert_string_equal(policy.preset.name, "gold");
    assert_int_equal(policy.schedule.frequency, SCHEDULE_NONE);
    assert_string_equal(policy.applications[0], "shop/vm-1");
    assert_int_equal(preset.object.kind, POLICY_PRESET);
    assert_int_equal(preset.schedule.frequency, SCHEDULE_HOURLY);
    assert_int_equal(preset.schedule.minutes.first, 30);
    assert_int_equal(preset.profiles.count, 2);
    const struct policy_preset *found = policy_find_preset(&policy, &preset, 1);
    assert_ptr_equal(found, &preset);
    assert_ptr_equal(policy_schedule(&policy, found), &preset.schedule);
    assert_int_equal(policy_export(&policy, found).frequency, SCHEDULE_DAILY);
    assert_true(policy_uses_profile(&policy, found, &profile));
    assert_false(policy_uses_profile(&policy, NULL, &profile));
}

static void a_system_policy_is_known(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct policy policy = decode(arena, fixture(arena, "report"));
    assert_true(policy.is_system);
    assert_int_equal(policy.schedule.frequency, SCHEDULE_ON_DEMAND);
    assert_int_equal(policy.actions, POLICY_REPORTS);
    assert_int_equal(policy.application_count, 0);
}

// One object that somebody shaped oddly must not blind the monitor.
static void odd_fields_are_absent(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "{\"metadata\":null,\"spec\":null,\"status\":null}",
        "{\"metadata\":[],\"spec\":7,\"status\":\"x\"}",
        "{\"spec\":{\"frequency\":null,\"paused\":null,\"actions\":null,\"selector\":null,"
        "\"subFrequency\":null,\"backupWindow\":null,\"presetRef\":null}}",
        "{\"spec\":{\"frequency\":5,\"paused\":[],\"actions\":{},\"selector\":[],"
        "\"subFrequency\":[1],\"backupWindow\":{\"start\":{\"hour\":1}},\"presetRef\":\"gold\"}}",
        "{\"spec\":{\"frequency\":\"\",\"subFrequency\":{\"minutes\":{\"0\":1},\"hours\":[null,{},"
        "24,1e300],\"weekdays\":[8],\"days\":[0,-5],\"months\":[\"1\"]},\"backupWindow\":{"
        "\"start\":{\"hour\":24},\"end\":{\"hour\":1}},\"enableStaggering\":true}}",
        "{\"spec\":{\"backupWindow\":{\"start\":{\"hour\":1,\"minute\":60},\"end\":{}}}}",
        "{\"spec\":{\"selector\":{\"matchLabels\":{\"k10.kasten.io/appNamespace\":7},"
        "\"matchExpressions\":[null,{},{\"key\":\"k10.kasten.io/appNamespace\",\"operator\":"
        "\"In\",\"values\":\"shop\"},{\"key\":\"tier\",\"operator\":\"In\",\"values\":[\"x\"]}]}}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct policy policy = decode(arena, texts[i]);
        assert_string_equal(policy.object.name, "(unnamed)");
        assert_string_equal(policy.object.namespace_name, "");
        assert_int_equal(policy.object.validation, POLICY_VALIDATION_UNKNOWN);
        assert_false(policy.paused);
        assert_string_equal(policy.preset.name, "");
        assert_int_equal(policy.schedule.frequency, SCHEDULE_NONE);
        assert_int_equal(policy.schedule.minutes.set | policy.schedule.hours.set |
                             policy.schedule.weekdays.set | policy.schedule.days.set |
                             policy.schedule.months.set,
                         0);
        assert_false(policy.schedule.has_window);
        assert_false(policy.schedule.staggered);
        assert_int_equal(policy.application_count, 0);
        assert_int_equal(policy.actions, 0);
        decode_preset(arena, texts[i]);
        decode_profile(arena, texts[i]);
    }
}

static void words_of_the_future_are_unknown(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct policy policy = decode(
        arena, "{\"spec\":{\"frequency\":\"@fortnightly\",\"actions\":[{\"action\":\"dance\"}]},"
               "\"status\":{\"validation\":\"Perhaps\"}}");
    assert_int_equal(policy.schedule.frequency, SCHEDULE_UNKNOWN);
    assert_int_equal(policy.actions, POLICY_DOES_OTHER);
    assert_int_equal(policy.object.validation, POLICY_VALIDATION_UNKNOWN);
}

// Two exports: the one that is due more often is the one that can be missed first.
static void the_most_frequent_export_decides(void **state)
{
    (void)state;
    static const struct {
        const char *first;
        const char *second;
        enum schedule_frequency frequency;
    } cases[] = {
        {"\"frequency\":\"@monthly\"", "\"frequency\":\"@weekly\"", SCHEDULE_WEEKLY},
        {"\"frequency\":\"@weekly\"", "\"frequency\":\"@monthly\"", SCHEDULE_WEEKLY},
        {"\"frequency\":\"@weekly\"", "\"x\":1", SCHEDULE_NONE},
        {"\"x\":1", "\"frequency\":\"@weekly\"", SCHEDULE_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct policy policy =
            decode(arena, arena_format(arena,
                                       "{\"spec\":{\"actions\":[{\"action\":\"export\","
                                       "\"exportParameters\":{%s}},{\"action\":\"export\","
                                       "\"exportParameters\":{%s}}]}}",
                                       cases[i].first, cases[i].second));
        assert_int_equal(policy.export_to.frequency, cases[i].frequency);
    }
}

static void lists_and_texts_are_bounded(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    AUTO(buf) text;
    buf_init(&text, 1 << 20);
    buf_add_text(&text, "{\"metadata\":{\"name\":\"");
    for (int i = 0; i < 5000; i++) {
        buf_add_text(&text, "\\u0007\xC3\xA9");
    }
    buf_add_text(&text, "\"},\"spec\":{\"actions\":[");
    for (int i = 0; i < 40; i++) {
        buf_add_format(
            &text,
            "%s{\"action\":\"export\",\"exportParameters\":{\"profile\":{\"name\":\"p%d\"}}}",
            i > 0 ? "," : "", i);
    }
    buf_add_text(&text, "],\"selector\":{\"matchExpressions\":[{\"key\":\"k10.kasten.io/"
                        "appNamespace\",\"operator\":\"In\",\"values\":[\"\"");
    for (int i = 0; i < 100; i++) {
        buf_add_format(&text, ",\"ns-%d\"", i);
    }
    buf_add_text(&text, "]}]}}}");
    assert_false(text.overflow);
    struct policy policy = decode(arena, text.data);
    assert_in_range(strlen(policy.object.name), 100, 2048);
    assert_null(strchr(policy.object.name, 7));
    assert_int_equal(policy.profiles.count, POLICY_MAX_PROFILES);
    assert_string_equal(policy.profiles.items[0].name, "p0");
    assert_int_equal(policy.application_count, 100);
    assert_string_equal(policy.applications[POLICY_MAX_APPLICATIONS - 1], "ns-31");
}

static void what_is_no_json_object_is_an_error(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "{", "{\"a\":}", "nonsense", "[]", "null", "\"x\""};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct policy policy;
        struct policy_preset preset;
        struct policy_profile profile;
        struct error error;
        size_t len = strlen(texts[i]);
        error.class = ERROR_NONE;
        assert_false(policy_decode(arena, 0, texts[i], len, &policy, &error));
        assert_int_equal(error.class, ERROR_PROTOCOL);
        assert_false(policy_decode_preset(arena, 0, texts[i], len, &preset, &error));
        assert_false(policy_decode_profile(arena, 0, texts[i], len, &profile, &error));
    }
}

static void every_prefix_is_survived(void **state)
{
    (void)state;
    static const char *const names[] = {"window", "minutes", "failed", "preset", "profile"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        const char *text = fixture(arena, names[i]);
        size_t end = strlen(text);
        while (end > 0 && text[end - 1] != '}') {
            end--;
        }
        for (size_t len = 0; len < end; len++) {
            char *exact = malloc(len > 0 ? len : 1); // without NUL: an over-read is seen
            memcpy(exact, text, len);
            struct policy policy;
            struct error error;
            assert_false(policy_decode(arena, 0, exact, len, &policy, &error));
            free(exact);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_with_a_window_is_decoded),
        cmocka_unit_test(times_keep_their_first_entry),
        cmocka_unit_test(a_failed_validation_has_its_causes),
        cmocka_unit_test(a_failed_validation_without_an_error_has_a_cause),
        cmocka_unit_test(a_preset_is_decoded_and_found),
        cmocka_unit_test(a_system_policy_is_known),
        cmocka_unit_test(odd_fields_are_absent),
        cmocka_unit_test(words_of_the_future_are_unknown),
        cmocka_unit_test(the_most_frequent_export_decides),
        cmocka_unit_test(lists_and_texts_are_bounded),
        cmocka_unit_test(what_is_no_json_object_is_an_error),
        cmocka_unit_test(every_prefix_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
