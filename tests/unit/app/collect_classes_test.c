// SPDX-License-Identifier: MIT
// What a pass learns of runs that are stuck, or missing.
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
#include "collect_world.h"

enum { MINUTES_OF_DAY = 24 * 60 };

static bool wanted[ALERT_CLASS_COUNT];

static int begin(void **state)
{
    (void)fixture_set_up(state);
    struct fixture *fixture = *state;
    for (size_t i = 0; i < ALERT_CLASS_COUNT; i++) {
        wanted[i] = true;
    }
    fixture->input.alert_on = wanted;
    fixture->input.stuck_after_s = 24 * HOUR;
    fixture->input.objects = true;
    return 0;
}

static void open_stuck(struct fixture *fixture, const char *run)
{
    ledger_put_incident(&fixture->ledger, &(struct incident){.class = ALERT_STUCK,
                                                             .cluster = "one",
                                                             .policy = "kasten-io/daily",
                                                             .kind = ACTION_RUN,
                                                             .app = run,
                                                             .run = run,
                                                             .cause = ""});
}

static void what_is_stuck_is_kept_with_its_progress(void **state)
{
    struct fixture *fixture = *state;
    const struct sample samples[] = {
        {"b", "shop", "run-a", "Running", MINUTES_OF_DAY + 10, -1, NULL, ",\"progress\":40"},
        {"c", "shop", "run-b", "Running", MINUTES_OF_DAY - 10, -1, NULL, NULL},
        {"d", "shop", "run-c", "Pending", 20 * MINUTES_OF_DAY, -1, NULL, NULL},
    };
    answer_items(fixture, "backupactions", items(fixture, samples, 3));
    const struct collection *result = look(fixture);
    assert_int_equal(result->action_count, 1);
    assert_int_equal(result->actions[0]->class, ALERT_STUCK);
    assert_int_equal(result->actions[0]->progress, 40);
    assert_int_equal(result->sights[0].older_stuck, 1);
    assert_int_equal(result->sights[0].older_failures, 0);
}

// However long ago it began: a mail has told it.
static void what_was_told_is_never_too_old(void **state)
{
    struct fixture *fixture = *state;
    const struct sample sample = {"d", "shop", "run-c", "Pending", 20 * MINUTES_OF_DAY,
                                  -1,  NULL,   NULL};
    open_stuck(fixture, "run-c");
    answer_items(fixture, "backupactions", item(fixture, &sample));
    const struct collection *result = look(fixture);
    assert_int_equal(result->action_count, 1);
    assert_int_equal(result->condition_count, 0);
    assert_int_equal(result->sights[0].older_stuck, 0);
}

static void how_it_ended_is_known(void **state)
{
    static const struct {
        const char *run;   // state of the RunAction; NULL: it is gone
        const char *child; // of its backup
        const char *why;   // "" for well, NULL for nothing to say
    } cases[] = {
        {"Complete", "Complete", ""},
        {"Complete", "Failed", ""},
        {NULL, "Failed", "it failed"},
        {NULL, "Cancelled", "it was cancelled"},
        {"Cancelled", "Complete", "it was cancelled"},
        {NULL, NULL, "it no longer exists"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        void *own = NULL;
        (void)begin(&own);
        struct fixture *fixture = own;
        const struct sample run = {"run-a", "kasten-io", NULL, cases[i].run, 2000, 30, NULL, NULL};
        const struct sample child = {"b", "shop", "run-a", cases[i].child, 2000, 40, NULL, NULL};
        open_stuck(fixture, "run-a");
        if (cases[i].run != NULL) {
            answer_items(fixture, "runactions", item(fixture, &run));
        }
        if (cases[i].child != NULL) {
            answer_items(fixture, "backupactions", item(fixture, &child));
        }
        const struct collection *result = look(fixture);
        assert_int_equal(result->condition_count, 1);
        const struct plan_condition *condition = &result->conditions[0];
        assert_int_equal(condition->class, ALERT_STUCK);
        assert_string_equal(condition->run, "run-a");
        assert_string_equal(condition->policy, "kasten-io/daily");
        assert_non_null(condition->ending);
        assert_string_equal(condition->ending->why, cases[i].why);
        assert_int_equal(condition->ending->recovered, *cases[i].why == '\0');
        (void)fixture_tear_down(&own);
    }
    (void)state;
}

static void it_does_not_end_unseen(void **state)
{
    struct fixture *fixture = *state;
    open_stuck(fixture, "run-a");
    answer(fixture, "exportactions", 503, "down");
    assert_int_equal(look(fixture)->condition_count, 0);
    answer(fixture, "exportactions", 403, "no"); // none of this token: none of the run's
    assert_int_equal(look(fixture)->condition_count, 1);
}

static void one_that_is_at_work_again_ends_quietly(void **state)
{
    struct fixture *fixture = *state;
    const struct sample sample = {"b", "shop", "run-a", "Running", 600, -1, NULL, NULL};
    open_stuck(fixture, "run-a");
    answer_items(fixture, "backupactions", item(fixture, &sample));
    const struct collection *result = look(fixture);
    assert_int_equal(result->condition_count, 1);
    assert_true(result->conditions[0].ending->quiet);
}

static const char daily[] =
    "{\"metadata\":{\"name\":\"daily\",\"namespace\":\"kasten-io\",\"creationTimestamp\":"
    "\"2020-01-01T00:00:00Z\"},\"spec\":{\"frequency\":\"@daily\",\"actions\":[{\"action\":"
    "\"backup\"}]},\"status\":{\"validation\":\"Success\"}}";

static void a_policy_that_did_not_run_is_overdue(void **state)
{
    struct fixture *fixture = *state;
    const struct sample run = {"run-a", "kasten-io", NULL, "Complete", 3000, 2990, NULL, NULL};
    answer_items(fixture, "runactions", item(fixture, &run));
    answer_items(fixture, "/policies", daily);
    const struct collection *result = look(fixture);
    assert_int_equal(result->condition_count, 1);
    assert_int_equal(result->conditions[0].class, ALERT_OVERDUE);
    assert_string_equal(result->conditions[0].name, "daily");
    assert_int_equal(result->conditions[0].overdue->last_success, NOW - 2990 * 60);
    assert_int_equal(result->policies[0].memory_count, 1);
}

static void nothing_is_overdue_that_was_not_looked_for(void **state)
{
    struct fixture *fixture = *state;
    answer_items(fixture, "/policies", daily);
    answer(fixture, "runactions", 503, "down");
    assert_int_equal(look(fixture)->condition_count, 0);
    answer_items(fixture, "runactions", "");
    wanted[ALERT_OVERDUE] = false;
    assert_int_equal(look(fixture)->condition_count, 0);
    assert_null(fixture->result.policies[0].memories);
    wanted[ALERT_OVERDUE] = true;
    assert_int_equal(look(fixture)->condition_count, 1);
}

// The preset is read like the policy; its schedule counts.
static void a_preset_says_when(void **state)
{
    struct fixture *fixture = *state;
    answer_items(
        fixture, "/policies",
        "{\"metadata\":{\"name\":\"gold\",\"namespace\":\"kasten-io\",\"creationTimestamp\":"
        "\"2020-01-01T00:00:00Z\"},\"spec\":{\"presetRef\":{\"name\":\"gold\"},\"actions\":"
        "[{\"action\":\"backup\"}]},\"status\":{\"validation\":\"Success\"}}");
    assert_int_equal(look(fixture)->condition_count, 0);
    answer_items(
        fixture, "/policypresets",
        "{\"metadata\":{\"name\":\"gold\",\"namespace\":\"kasten-io\"},\"spec\":{\"backup\":"
        "{\"frequency\":\"@hourly\"}},\"status\":{\"validation\":\"Success\"}}");
    assert_int_equal(look(fixture)->condition_count, 1);
    assert_string_equal(fixture->result.conditions[0].overdue->frequency, "hourly");
    assert_int_equal(fixture->result.conditions[0].overdue->answer.verdict, OVERDUE_NEVER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_stuck_is_kept_with_its_progress),
        TEST(what_was_told_is_never_too_old),
        TEST(how_it_ended_is_known),
        TEST(it_does_not_end_unseen),
        TEST(one_that_is_at_work_again_ends_quietly),
        TEST(a_policy_that_did_not_run_is_overdue),
        TEST(nothing_is_overdue_that_was_not_looked_for),
        TEST(a_preset_says_when),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
