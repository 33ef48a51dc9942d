// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "k10/action_decode.h"
#include "k10/action_names.h"
#include "k10/kinds.h"

static const struct evaluate_rules anything = {.window_start = 0};

static enum evaluate_verdict decode(struct arena *arena, enum action_kind kind, const char *text,
                                    struct action *ret)
{
    struct action_source source = {.cluster = 3, .kind = kind, .rules = &anything};
    enum evaluate_verdict verdict = EVALUATE_NOTHING;
    struct error error;
    if (!action_decode(arena, &source, text, strlen(text), ret, &verdict, &error)) {
        fail_msg("%s: %s", text, error.text);
    }
    return verdict;
}

static void a_policy_backup_is_decoded(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct action action;
    assert_int_equal(
        decode(arena, ACTION_BACKUP,
               "{\"metadata\":{\"name\":\"scheduled-x\",\"namespace\":\"shop\",\"uid\":\"u-1\","
               "\"creationTimestamp\":\"2026-04-02T09:59:00Z\",\"labels\":{"
               "\"k10.kasten.io/policyName\":\"daily\",\"k10.kasten.io/policyNamespace\":\"k10\","
               "\"k10.kasten.io/appName\":\"shop\",\"k10.kasten.io/runActionName\":\"run-a\","
               "\"k10.kasten.io/runActionNamespace\":\"k10\"}},"
               "\"spec\":{\"profile\":{\"name\":\"s3\"}},"
               "\"status\":{\"state\":\"Failed\",\"startTime\":\"2026-04-02T10:00:00.123Z\","
               "\"endTime\":\"2026-04-02T12:00:00+02:00\",\"error\":{\"message\":\"No profile "
               "found\"}}}",
               &action),
        EVALUATE_FOUND);
    assert_int_equal(action.cluster, 3);
    assert_string_equal(action.name, "scheduled-x");
    assert_string_equal(action.uid, "u-1");
    assert_string_equal(action.app, "shop");
    assert_string_equal(action.policy, "daily");
    assert_string_equal(action.run, "run-a");
    assert_string_equal(action.run_namespace, "k10");
    assert_string_equal(action.profile, "s3");
    assert_int_equal(action.started, action.created + 60);
    assert_int_equal(action.ended, action.started);
    assert_int_equal(action.causes.count, 1);
    assert_string_equal(action.causes.items[0].text, "No profile found");
}

static void a_run_names_its_policy(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct action action;
    decode(arena, ACTION_RUN,
           "{\"metadata\":{\"name\":\"run-a\",\"namespace\":\"k10\"},\"spec\":{\"subject\":{"
           "\"kind\":\"Policy\",\"name\":\"daily\",\"namespace\":\"k10\"}},"
           "\"status\":{\"state\":\"Failed\"}}",
           &action);
    assert_string_equal(action.policy, "daily");
    assert_string_equal(action.run, "run-a");
    assert_string_equal(action.run_namespace, "k10");
    assert_string_equal(action.app, "");
    assert_string_equal(action.uid, "run/k10/run-a"); // no uid: kind and name stand for it
    assert_int_equal(action.causes.count, 1);
}

// One object a tenant can shape must not blind the monitor: whatever is odd is taken as absent.
static void odd_fields_are_absent(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"status\":{\"state\":\"Failed\"}}",
        "{\"metadata\":null,\"spec\":null,\"status\":{\"state\":\"Failed\",\"error\":null}}",
        "{\"metadata\":[],\"spec\":7,\"status\":{\"state\":\"Failed\",\"error\":[]}}",
        "{\"metadata\":{\"name\":1,\"labels\":\"x\",\"uid\":{}},\"status\":{\"state\":\"Failed\","
        "\"endTime\":null,\"startTime\":17,\"error\":{}}}",
        "{\"metadata\":{\"name\":\"\\u0000\\ud800\",\"namespace\":\"\"},\"status\":{\"state\":"
        "\"Failed\",\"endTime\":\"yesterday\",\"error\":\"\"}}",
        "{\"status\":{\"state\":\"Failed\",\"progress\":1e999,\"error\":{\"message\":\"\xff\"}}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct action action;
        assert_int_equal(decode(arena, ACTION_BACKUP, texts[i], &action), EVALUATE_FOUND);
        assert_true(*action.name != '\0' && *action.uid != '\0');
        assert_int_equal(action.ended, TIMESTAMP_NONE);
        assert_true(action.causes.count >= 1);
        assert_true(*action.causes.items[0].text != '\0');
    }
}

static void times_that_cannot_be_are_absent(void **state)
{
    (void)state;
    static const struct {
        const char *started;
        const char *ended;
        const char *judged; // NULL: at no time
    } cases[] = {
        {"2026-04-02T10:00:00Z", "2026-04-02T11:00:00Z", "2026-04-02T11:00:00Z"},
        {"2026-04-02T10:00:00Z", "0001-01-01T00:00:00Z", "2026-04-02T10:00:00Z"},
        {"2026-04-02T10:00:00Z", "2019-04-02T10:00:00Z", "2026-04-02T10:00:00Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", NULL},
        {"1969-12-31T23:59:59Z", "2026-04-02T11:00:00Z", "2026-04-02T11:00:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct action action;
        int64_t judged = TIMESTAMP_NONE;
        char *text = arena_format(
            arena, "{\"status\":{\"state\":\"Failed\",\"startTime\":\"%s\",\"endTime\":\"%s\"}}",
            cases[i].started, cases[i].ended);
        assert_int_equal(decode(arena, ACTION_BACKUP, text, &action), EVALUATE_FOUND);
        assert_true(cases[i].judged == NULL || timestamp_parse(cases[i].judged, &judged));
        assert_int_equal(action_judged_at(&action), judged);
    }
}

static void other_states_are_no_failure(void **state)
{
    (void)state;
    static const char *const states[] = {
        "\"Complete\"", "\"AttemptFailed\"", "\"failed\"", "null", "\"Exploded\"", "{}", "\"\""};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct action action;
        char *text = arena_format(arena, "{\"status\":{\"state\":%s}}", states[i]);
        assert_int_equal(decode(arena, ACTION_BACKUP, text, &action), EVALUATE_NOTHING);
    }
}

static void older_failures_keep_nothing(void **state)
{
    (void)state;
    static const char text[] =
        "{\"metadata\":{\"name\":\"b\"},\"status\":{\"state\":\"Failed\","
        "\"endTime\":\"2020-01-01T00:00:00Z\",\"error\":{\"message\":\"x\"}}}";
    AUTO_PTR(arena) arena = arena_create();
    struct evaluate_rules rules = {.window_start = INT64_C(1600000000)};
    struct action_source source = {.kind = ACTION_BACKUP, .rules = &rules};
    for (int i = 0; i < 1000; i++) {
        struct action action;
        struct error error;
        enum evaluate_verdict verdict;
        assert_true(action_decode(arena, &source, text, strlen(text), &action, &verdict, &error));
        assert_int_equal(verdict, EVALUATE_OLDER);
    }
    assert_int_equal(arena_used(arena), 0);
}

static void what_is_no_json_object_is_an_error(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "{", "{\"a\":}", "nonsense", "{\"a\":1}}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct action_source source = {.kind = ACTION_BACKUP, .rules = &anything};
        struct action action;
        struct error error;
        enum evaluate_verdict verdict;
        assert_false(
            action_decode(arena, &source, texts[i], strlen(texts[i]), &action, &verdict, &error));
        assert_int_equal(error.class, ERROR_PROTOCOL);
    }
}

// What went well has its names in the scratch arena and nothing in the pass's.
static void others_have_names_in_scratch(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        bool clean;
    } cases[] = {
        {"\"state\":\"Complete\"", true},
        {"\"state\":\"Complete\",\"exceptions\":[]", true},
        {"\"state\":\"Complete\",\"exceptions\":null", true},
        {"\"state\":\"Complete\",\"exceptions\":[{\"message\":\"x\"}]", false},
        {"\"state\":\"Complete\",\"exceptions\":\"x\"", false},
        {"\"state\":\"Deleting\"", false},
        {"\"state\":\"complete\"", false},
        {"\"state\":null", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        AUTO_PTR(arena) scratch = arena_create();
        struct action_source source = {
            .kind = ACTION_BACKUP, .rules = &anything, .scratch = scratch};
        struct action action;
        struct error error;
        enum evaluate_verdict verdict;
        char *text = arena_format(
            scratch, "{\"metadata\":{\"name\":\"b\",\"namespace\":\"shop\"},\"status\":{%s}}",
            cases[i].status);
        assert_true(action_decode(arena, &source, text, strlen(text), &action, &verdict, &error));
        assert_int_equal(verdict, EVALUATE_NOTHING);
        assert_int_equal(action.clean, cases[i].clean);
        assert_string_equal(action.app, "shop");
        assert_int_equal(action.causes.count, 0);
        assert_int_equal(arena_used(arena), 0);
    }
}

static void given_causes_replace_the_search(void **state)
{
    (void)state;
    static const char text[] =
        "{\"status\":{\"state\":\"Failed\",\"error\":{\"message\":\"disk full\"}}}";
    AUTO_PTR(arena) arena = arena_create();
    struct cause given = {.text = "given", .where = ""};
    struct cause_list causes = {.items = &given, .count = 1};
    struct action_source source = {.kind = ACTION_BACKUP, .rules = &anything, .causes = &causes};
    struct action action;
    struct error error;
    enum evaluate_verdict verdict;
    assert_true(action_decode(arena, &source, text, strlen(text), &action, &verdict, &error));
    assert_true(action.without_detail);
    assert_ptr_equal(action.causes.items, &given);
}

static void other_classes_say_what_they_are(void **state)
{
    (void)state;
    static const bool all[ALERT_CLASS_COUNT] = {
        [ALERT_EXCEPTIONS] = true, [ALERT_STUCK] = true, [ALERT_SKIPPED] = true};
    static const struct evaluate_rules rules = {
        .window_start = INT64_MIN, .wanted = all, .stuck_after_s = 60, .now = 2000000000};
    static const struct {
        const char *labels;
        const char *status;
        enum alert_class class;
        uint32_t exceptions;
        int progress;
        const char *cause; // "" for none
    } cases[] = {
        {"",
         "\"state\":\"Complete\",\"exceptions\":[{\"message\":\"volume data-0 was left "
         "out\"},{\"message\":\"hook failed: exit 1\"}]",
         ALERT_EXCEPTIONS, 2, -1, "volume data-0 was left out"},
        {"", "\"state\":\"Complete\",\"exceptions\":\"one as text\"", ALERT_EXCEPTIONS, 1, -1,
         "one as text"},
        {"", "\"state\":\"Running\",\"progress\":40,\"error\":null", ALERT_STUCK, 0, 40, ""},
        {"", "\"state\":\"Running\",\"progress\":140,\"error\":{}", ALERT_STUCK, 0, -1, ""},
        {"", "\"state\":\"AttemptFailed\",\"error\":{\"message\":\"disk full\"}", ALERT_STUCK, 0,
         -1, "disk full"},
        {"\"k10.kasten.io/actionSkipReason\":\"noapplicationselected\"",
         "\"state\":\"Skipped\",\"error\":null", ALERT_SKIPPED, 0, -1, "noapplicationselected"},
        {"", "\"state\":\"Skipped\"", ALERT_SKIPPED, 0, -1, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct action action;
        struct error error;
        enum evaluate_verdict verdict;
        struct action_source source = {.kind = ACTION_BACKUP, .rules = &rules};
        const char *text =
            arena_format(arena,
                         "{\"metadata\":{\"name\":\"a\",\"labels\":{%s}},\"status\":{"
                         "\"startTime\":\"2026-04-02T10:00:00Z\",%s}}",
                         cases[i].labels, cases[i].status);
        assert_true(action_decode(arena, &source, text, strlen(text), &action, &verdict, &error));
        assert_int_equal(verdict, EVALUATE_FOUND);
        assert_int_equal(action.class, cases[i].class);
        assert_int_equal(action.exceptions, cases[i].exceptions);
        assert_int_equal(action.progress, cases[i].progress);
        assert_string_equal(action.causes.count > 0 ? action.causes.items[0].text : "",
                            cases[i].cause);
    }
}

static void kinds_have_words_and_paths(void **state)
{
    (void)state;
    for (int i = 0; i < ACTION_KIND_COUNT; i++) {
        enum action_kind kind = (enum action_kind)i;
        enum action_kind found;
        AUTO(buf) path;
        buf_init(&path, 256);
        assert_true(action_kind_from_word(action_kind_word(kind), &found));
        assert_int_equal(found, kind);
        kinds_add_list_path(&path, kind);
        assert_string_equal(strrchr(path.data, '/') + 1, action_kind_resource(kind));
    }
    enum action_kind found;
    assert_false(action_kind_from_word("backups", &found));
    assert_false(action_kind_from_word(action_kind_word(OBJECT_POLICY), &found));
}

// They run in K10's namespace, or a repository's: that is no application.
static void some_kinds_have_an_application_by_label_only(void **state)
{
    (void)state;
    static const enum action_kind without[] = {ACTION_BATCH_RESTORE, ACTION_UPGRADE, ACTION_REPORT};
    static const enum action_kind with[] = {ACTION_BACKUP, ACTION_STAGE};
    const struct action_names names = {.name = "a",
                                       .namespace_name = "kasten-io",
                                       .subject_name = "",
                                       .subject_namespace = "",
                                       .label_app = "",
                                       .label_policy = "",
                                       .label_policy_namespace = "",
                                       .label_run = "",
                                       .label_run_namespace = ""};
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
        struct action action = {.kind = without[i]};
        action_names_apply(&names, &action);
        assert_string_equal(action.app, "");
    }
    for (size_t i = 0; i < sizeof with / sizeof with[0]; i++) {
        struct action action = {.kind = with[i]};
        action_names_apply(&names, &action);
        assert_string_equal(action.app, "kasten-io");
    }
}

static void objects_have_words_and_paths(void **state)
{
    (void)state;
    static const struct {
        enum action_kind kind;
        const char *word;
        const char *path;
    } cases[] = {
        {OBJECT_POLICY, "policy", "/apis/config.kio.kasten.io/v1alpha1/policies"},
        {OBJECT_POLICY_PRESET, "policypreset", "/apis/config.kio.kasten.io/v1alpha1/policypresets"},
        {OBJECT_PROFILE, "profile", "/apis/config.kio.kasten.io/v1alpha1/profiles"},
        {ACTION_RETIRE, "retire", "/apis/actions.kio.kasten.io/v1alpha1/retireactions"},
        {ACTION_BATCH_RESTORE, "batchrestore",
         "/apis/actions.kio.kasten.io/v1alpha1/batchrestoreactions"},
        {ACTION_UPGRADE, "upgrade", "/apis/actions.kio.kasten.io/v1alpha1/upgradeactions"},
        {ACTION_STAGE, "stage", "/apis/actions.kio.kasten.io/v1alpha1/stageactions"},
        {ACTION_MIGRATE_FCD, "migratefcd",
         "/apis/actions.kio.kasten.io/v1alpha1/migratefcdactions"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(buf) path;
        buf_init(&path, 256);
        kinds_add_list_path(&path, cases[i].kind);
        assert_string_equal(path.data, cases[i].path);
        assert_string_equal(action_kind_word(cases[i].kind), cases[i].word);
        assert_non_null(strstr(path.data, kinds_group(cases[i].kind)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_backup_is_decoded),
        cmocka_unit_test(a_run_names_its_policy),
        cmocka_unit_test(some_kinds_have_an_application_by_label_only),
        cmocka_unit_test(odd_fields_are_absent),
        cmocka_unit_test(times_that_cannot_be_are_absent),
        cmocka_unit_test(other_states_are_no_failure),
        cmocka_unit_test(older_failures_keep_nothing),
        cmocka_unit_test(what_is_no_json_object_is_an_error),
        cmocka_unit_test(others_have_names_in_scratch),
        cmocka_unit_test(given_causes_replace_the_search),
        cmocka_unit_test(other_classes_say_what_they_are),
        cmocka_unit_test(kinds_have_words_and_paths),
        cmocka_unit_test(objects_have_words_and_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
