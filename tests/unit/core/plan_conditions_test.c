// SPDX-License-Identifier: MIT
// What is wrong now and no run: when it is told, reminded of, silenced and over.
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
#include "core/evaluate.h"
#include "core/plan.h"
#include "core/silence.h"

enum { HOUR = 3600, DAY = 86400, NOW = 1775125200 }; // 2026-04-02T10:20:00Z

// One cluster whose policies, presets and profiles are read, and what is invalid there.
struct world {
    struct arena *arena;
    struct ledger ledger;
    struct sight sights[4];
    struct plan_policies policies;
    struct plan_condition conditions[4];
    size_t condition_count;
    struct plan_input input;
    struct plan plan;
};

static const char *const names[] = {"k3s", "rke2"};

static int begin(void **state)
{
    struct arena *arena = arena_create();
    struct world *world = arena_alloc(arena, sizeof *world);
    *world = (struct world){
        .arena = arena,
        .sights = {{.kind = ACTION_BACKUP, .reason = "", .remedy = ""},
                   {.kind = OBJECT_POLICY, .reason = "", .remedy = ""},
                   {.kind = OBJECT_POLICY_PRESET, .reason = "", .remedy = ""},
                   {.kind = OBJECT_PROFILE, .reason = "", .remedy = ""}},
        .policies = {.read = true},
        .input = {.sight_count = 4,
                  .cluster_names = names,
                  .cluster_count = 1,
                  .options = {.remind_every_s = DAY, .lookback_s = 2 * HOUR, .every_run = true}},
    };
    for (size_t i = 0; i < ALERT_CLASS_COUNT; i++) {
        world->input.options.alert_on[i] = true;
    }
    ledger_init(&world->ledger, arena);
    world->ledger.existed = true;
    map_init(&world->policies.names, arena);
    map_set(&world->policies.names, "kasten-io/daily", world);
    map_set(&world->policies.names, "policypreset kasten-io/daily", world);
    map_set(&world->policies.names, "profile kasten-io/daily", world);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    arena_destroy(world->arena);
    return 0;
}

// One of them is called daily, whatever it is.
static void is_invalid(struct world *world, enum action_kind kind, const char *cause)
{
    struct cause *item = arena_alloc(world->arena, sizeof *item);
    *item =
        (struct cause){.text = cause, .where = "", .fingerprint = map_hash(cause, strlen(cause))};
    assert_true(world->condition_count < 4);
    world->conditions[world->condition_count++] = (struct plan_condition){
        .class = ALERT_INVALID,
        .kind = kind,
        .name = "daily",
        .namespace_name = "kasten-io",
        .note = "K10 will not run it",
        .causes = {.items = item, .count = 1},
    };
}

static void plan_at(struct world *world, int64_t now)
{
    world->input.sights = world->sights;
    world->input.policies = &world->policies;
    world->input.conditions = world->conditions;
    world->input.condition_count = world->condition_count;
    world->input.ledger = &world->ledger;
    world->input.now = now;
    plan_make(world->arena, &world->input, &world->plan);
}

// A pass whose mail, if there is one, is accepted.
static void pass_at(struct world *world, int64_t now)
{
    plan_at(world, now);
    if (world->plan.send) {
        plan_record(&world->plan, &world->input, now, &world->ledger);
    }
    plan_settle(&world->plan, &world->input, now, &world->ledger);
}

static void expect(const struct world *world, size_t rows, size_t closings)
{
    assert_int_equal(world->plan.row_count, rows);
    assert_int_equal(world->plan.closing_count, closings);
    assert_int_equal(world->plan.send, rows + closings > 0);
}

static size_t open_incidents(const struct world *world)
{
    size_t open = 0;
    for (size_t i = 0; i < world->ledger.incidents.count; i++) {
        open += world->ledger.incidents.entries[i].value != NULL ? 1 : 0;
    }
    return open;
}

static const struct plan_closing *closing_of(const struct world *world, enum action_kind kind)
{
    const struct plan_closing *found = NULL;
    for (size_t i = 0; i < world->plan.closing_count; i++) {
        found = world->plan.closings[i].kind == kind ? &world->plan.closings[i] : found;
    }
    assert_non_null(found);
    return found;
}

static const char policy_key[] = "invalid:k3s/kasten-io/daily/policy/-";

static void it_is_told_once(void **state)
{
    struct world *world = *state;
    is_invalid(world, OBJECT_POLICY, "profile s3 not found");
    plan_at(world, NOW);
    expect(world, 1, 0);
    const struct plan_row *row = &world->plan.rows[0];
    assert_int_equal(row->reason, PLAN_NEW);
    assert_int_equal(row->runs, 0);
    assert_string_equal(row->id, "!invalid:k3s/kasten-io/daily/policy/-");
    assert_int_equal(row->finding->class, ALERT_INVALID);
    assert_int_equal(row->finding->kind, OBJECT_POLICY);
    assert_string_equal(row->finding->policy, "daily");
    assert_string_equal(row->finding->note, "K10 will not run it");
    assert_string_equal(row->finding->causes.items[0].text, "profile s3 not found");
    assert_int_equal(open_incidents(world), 0); // nothing is recorded without a mail
    pass_at(world, NOW);
    const struct incident *incident = ledger_incident(&world->ledger, policy_key);
    assert_non_null(incident);
    assert_int_equal(incident->since, NOW);
    assert_int_equal(incident->told, NOW);
    assert_string_equal(ledger_cause(&world->ledger, incident->cause), "profile s3 not found");
    pass_at(world, NOW + HOUR);
    expect(world, 0, 0);
    assert_int_equal(world->plan.already_told, 1);
    // No alert id: it lives in its incident only.
    assert_int_equal(world->ledger.sent.count, 0);
}

// Kinds are told apart although the names are the same; presets and profiles belong to no policy.
static void each_object_is_its_own(void **state)
{
    struct world *world = *state;
    is_invalid(world, OBJECT_POLICY, "a");
    is_invalid(world, OBJECT_POLICY_PRESET, "b");
    is_invalid(world, OBJECT_PROFILE, "c");
    pass_at(world, NOW);
    expect(world, 3, 0);
    assert_int_equal(open_incidents(world), 3);
    const struct incident *profile =
        ledger_incident(&world->ledger, "invalid:k3s/-/profile/kasten-io/daily");
    assert_non_null(profile);
    assert_string_equal(profile->policy, "");
    pass_at(world, NOW + HOUR);
    expect(world, 0, 0);
}

static void it_is_reminded_of(void **state)
{
    struct world *world = *state;
    is_invalid(world, OBJECT_PROFILE, "AccessDenied");
    pass_at(world, NOW);
    pass_at(world, NOW + DAY - HOUR);
    expect(world, 0, 0);
    pass_at(world, NOW + DAY - PLAN_EARLY_SECONDS);
    expect(world, 1, 0);
    assert_int_equal(world->plan.rows[0].reason, PLAN_REMINDER);
    assert_int_equal(world->plan.rows[0].since, NOW);
    pass_at(world, NOW + DAY);
    expect(world, 0, 0);
    assert_int_equal(world->plan.next_reminder, NOW + 2 * DAY - PLAN_EARLY_SECONDS);
    const struct incident *incident =
        ledger_incident(&world->ledger, "invalid:k3s/-/profile/kasten-io/daily");
    assert_int_equal(incident->reminders, 1);
    world->input.options.remind_every_s = 0;
    pass_at(world, NOW + 9 * DAY);
    expect(world, 0, 0);
}

static void a_silence_holds_it_back(void **state)
{
    struct world *world = *state;
    is_invalid(world, OBJECT_POLICY, "a");
    ledger_silence(&world->ledger, SILENCE_POLICY "k3s/daily", NOW + 2 * HOUR);
    pass_at(world, NOW);
    expect(world, 0, 0);
    assert_int_equal(world->plan.silenced, 1);
    assert_int_equal(ledger_incident(&world->ledger, policy_key)->told, TIMESTAMP_NONE);
    pass_at(world, NOW + 3 * HOUR);
    expect(world, 1, 0);
    assert_int_equal(world->plan.rows[0].reason, PLAN_SILENCE_ENDED);
    assert_int_equal(world->plan.rows[0].since, NOW);
    pass_at(world, NOW + 4 * HOUR);
    expect(world, 0, 0);
}

// As `state show` names it: the only way for what is no policy, short of its cluster.
static void a_profile_is_silenced_by_its_incident(void **state)
{
    struct world *world = *state;
    static const char key[] = "invalid:k3s/-/profile/kasten-io/daily";
    is_invalid(world, OBJECT_PROFILE, "a");
    ledger_silence(&world->ledger, silence_id_subject(world->arena, key), NOW + 2 * HOUR);
    pass_at(world, NOW);
    expect(world, 0, 0);
    assert_int_equal(world->plan.silenced, 1);
    is_invalid(world, OBJECT_POLICY_PRESET, "a"); // another object of that name
    pass_at(world, NOW + HOUR);
    expect(world, 1, 0);
    pass_at(world, NOW + 3 * HOUR);
    expect(world, 1, 0);
    assert_int_equal(world->plan.rows[0].finding->kind, OBJECT_PROFILE);
    assert_int_equal(world->plan.rows[0].reason, PLAN_SILENCE_ENDED);
}

// Nobody heard of it, nobody hears that it is over.
static void what_was_silenced_ends_in_silence(void **state)
{
    struct world *world = *state;
    is_invalid(world, OBJECT_PROFILE, "a");
    ledger_silence(&world->ledger, SILENCE_CLUSTER "k3s", NOW + HOUR);
    pass_at(world, NOW);
    world->condition_count = 0;
    pass_at(world, NOW + 2 * HOUR);
    expect(world, 0, 0);
    assert_int_equal(open_incidents(world), 0);
}

static void valid_again_is_told(void **state)
{
    struct world *world = *state;
    is_invalid(world, OBJECT_POLICY, "a");
    is_invalid(world, OBJECT_PROFILE, "b");
    pass_at(world, NOW);
    world->condition_count = 0;
    pass_at(world, NOW + 3 * HOUR);
    expect(world, 0, 2);
    const struct plan_closing *closing = closing_of(world, OBJECT_POLICY);
    assert_int_equal(closing->reason, PLAN_RECOVERED);
    assert_int_equal(closing->class, ALERT_INVALID);
    assert_string_equal(closing->policy, "kasten-io/daily");
    assert_int_equal(closing->since, NOW);
    assert_int_equal(closing->closed_at, NOW + 3 * HOUR);
    assert_int_equal(closing->app_count, 0);
    assert_string_equal(closing_of(world, OBJECT_PROFILE)->apps[0], "kasten-io/daily");
    assert_int_equal(open_incidents(world), 0);
    pass_at(world, NOW + 4 * HOUR);
    expect(world, 0, 0);
    is_invalid(world, OBJECT_POLICY, "a");
    pass_at(world, NOW + 5 * HOUR);
    expect(world, 1, 0);
    assert_int_equal(world->plan.rows[0].reason, PLAN_NEW);
    assert_int_equal(world->plan.rows[0].since, NOW + 5 * HOUR);
}

// One that was deleted is over, but nobody may take it for valid.
static void a_deleted_object_is_over(void **state)
{
    static const struct {
        enum action_kind kind;
        const char *why;
    } cases[] = {{OBJECT_POLICY, "the policy no longer exists"},
                 {OBJECT_POLICY_PRESET, "the policy preset no longer exists"},
                 {OBJECT_PROFILE, "the profile no longer exists"}};
    struct world *world = *state;
    for (size_t i = 0; i < 3; i++) {
        is_invalid(world, cases[i].kind, "a");
    }
    pass_at(world, NOW);
    world->condition_count = 0;
    map_init(&world->policies.names, world->arena);
    map_set(&world->policies.names, "kasten-io/other", world);
    pass_at(world, NOW + HOUR);
    expect(world, 0, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct plan_closing *closing = closing_of(world, cases[i].kind);
        assert_int_equal(closing->reason, PLAN_VANISHED);
        assert_string_equal(closing->why, cases[i].why);
    }
    assert_int_equal(open_incidents(world), 0);
}

static void an_unread_list_proves_nothing(void **state)
{
    static const char *const elsewhere[] = {"shop"};
    static const struct sight cases[] = {
        {.state = SIGHT_READ, .partial = true, .namespaces = elsewhere, .namespace_count = 1},
        {.state = SIGHT_UNREAD, .class = ERROR_UNAVAILABLE},
        {.state = SIGHT_LIMITED, .class = ERROR_FORBIDDEN},
        {.state = SIGHT_READ, .overflowed = true},
    };
    struct world *world = *state;
    world->input.options.alert_on[ALERT_UNREACHABLE] = false;
    is_invalid(world, OBJECT_PROFILE, "a");
    pass_at(world, NOW);
    world->condition_count = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world->sights[3] = cases[i];
        world->sights[3].kind = OBJECT_PROFILE;
        world->sights[3].reason = "no";
        world->sights[3].remedy = "";
        pass_at(world, NOW + HOUR);
        expect(world, 0, 0);
    }
    world->input.sight_count = 3; // not watched at all
    pass_at(world, NOW + HOUR);
    expect(world, 0, 0);
    world->input.sight_count = 4;
    world->sights[3] = (struct sight){.kind = OBJECT_PROFILE, .reason = "", .remedy = ""};
    pass_at(world, NOW + 2 * HOUR);
    expect(world, 0, 1);
}

// What is not seen elsewhere does not matter to an object of a namespace that was read.
static void a_list_of_its_namespace_is_enough(void **state)
{
    static const char *const there[] = {"shop", "kasten-io"};
    struct world *world = *state;
    is_invalid(world, OBJECT_PROFILE, "a");
    pass_at(world, NOW);
    world->condition_count = 0;
    world->sights[3].partial = true;
    world->sights[3].class = ERROR_FORBIDDEN;
    world->sights[3].namespaces = there;
    world->sights[3].namespace_count = 2;
    pass_at(world, NOW + HOUR);
    expect(world, 0, 1);
}

static void a_cluster_that_is_gone_is_dropped(void **state)
{
    struct world *world = *state;
    static const char *const others[] = {"rke2"};
    is_invalid(world, OBJECT_POLICY, "a");
    pass_at(world, NOW);
    world->condition_count = 0;
    world->input.cluster_names = others;
    pass_at(world, NOW + HOUR);
    expect(world, 0, 0);
    assert_int_equal(open_incidents(world), 0);
}

static void switched_off_it_says_nothing(void **state)
{
    struct world *world = *state;
    is_invalid(world, OBJECT_POLICY, "a");
    world->input.options.alert_on[ALERT_INVALID] = false;
    pass_at(world, NOW);
    expect(world, 0, 0);
    assert_int_equal(open_incidents(world), 0);
    world->input.options.alert_on[ALERT_INVALID] = true;
    pass_at(world, NOW + HOUR);
    expect(world, 1, 0);
    // Nor does it take what it does not look at for valid.
    world->input.options.alert_on[ALERT_INVALID] = false;
    pass_at(world, NOW + 2 * HOUR);
    expect(world, 0, 0);
    assert_int_equal(open_incidents(world), 1);
}

static void without_recovered_it_ends_quietly(void **state)
{
    struct world *world = *state;
    world->input.options.alert_on[ALERT_RECOVERED] = false;
    is_invalid(world, OBJECT_POLICY, "a");
    pass_at(world, NOW);
    world->condition_count = 0;
    pass_at(world, NOW + HOUR);
    expect(world, 0, 0);
    assert_int_equal(open_incidents(world), 0);
}

// A mail whose outcome is open names it by its id; sent again it is the same row.
static void a_mail_sent_again_has_it(void **state)
{
    struct world *world = *state;
    is_invalid(world, OBJECT_POLICY, "a");
    plan_at(world, NOW);
    struct pending pending = {.message_id = "<1@test>", .date = NOW};
    pending.ids = plan_ids(world->arena, &world->plan, &pending.id_count);
    assert_int_equal(pending.id_count, 1);
    plan_at(world, NOW + HOUR);
    struct plan again;
    struct plan rest;
    plan_again(world->arena, &world->input, &world->plan, &pending, &again);
    assert_int_equal(again.row_count, 1);
    assert_int_equal(again.rows[0].finding->class, ALERT_INVALID);
    assert_true(again.send);
    plan_without(world->arena, &world->input, &world->plan, &pending, &rest);
    assert_int_equal(rest.row_count, 0);
    assert_false(rest.send);
}

static struct action failed_with(enum action_kind kind, const char *policy, const char *profile)
{
    static struct cause cause = {.text = "No profile found", .where = "", .fingerprint = 7};
    return (struct action){
        .kind = kind,
        .state = ACTION_FAILED,
        .uid = "u",
        .name = "a",
        .namespace_name = "shop",
        .app = "shop",
        .policy = policy,
        .policy_namespace = "kasten-io",
        .run = "run-a",
        .run_namespace = "kasten-io",
        .profile = profile,
        .created = TIMESTAMP_NONE,
        .started = NOW - HOUR,
        .ended = NOW - 60,
        .causes = {.items = &cause, .count = 1},
    };
}

// What a failed profile explains stands with it.
static void a_profile_explains_the_runs_that_need_it(void **state)
{
    static const char *const users[] = {"kasten-io/weekly", "kasten-io/hourly"};
    static const struct {
        enum action_kind kind;
        const char *policy;
        const char *profile;
        bool is_explained;
    } cases[] = {
        {ACTION_RUN, "hourly", "", true},         {ACTION_RUN, "other", "", false},
        {ACTION_EXPORT, "hourly", "daily", true}, {ACTION_EXPORT, "other", "daily", true},
        {ACTION_EXPORT, "hourly", "", true},      {ACTION_EXPORT, "hourly", "nfs", false},
        {ACTION_BACKUP, "hourly", "", false},     {ACTION_IMPORT, "weekly", "", true},
    };
    struct world *world = *state;
    is_invalid(world, OBJECT_PROFILE, "AccessDenied");
    world->conditions[0].users = users;
    world->conditions[0].user_count = 2;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct action action = failed_with(cases[i].kind, cases[i].policy, cases[i].profile);
        const struct action *actions[] = {&action};
        struct finding *findings;
        evaluate_group(world->arena, actions, 1, &findings, &world->input.finding_count);
        world->input.findings = findings;
        plan_at(world, NOW);
        assert_int_equal(world->plan.row_count, 2);
        const struct plan_row *rows = world->plan.rows;
        assert_int_equal(rows[0].group != NULL, cases[i].is_explained);
        assert_ptr_equal(rows[0].group, rows[1].group);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_told_once),
        TEST(each_object_is_its_own),
        TEST(it_is_reminded_of),
        TEST(a_silence_holds_it_back),
        TEST(a_profile_is_silenced_by_its_incident),
        TEST(what_was_silenced_ends_in_silence),
        TEST(valid_again_is_told),
        TEST(a_deleted_object_is_over),
        TEST(an_unread_list_proves_nothing),
        TEST(a_list_of_its_namespace_is_enough),
        TEST(a_cluster_that_is_gone_is_dropped),
        TEST(switched_off_it_says_nothing),
        TEST(without_recovered_it_ends_quietly),
        TEST(a_mail_sent_again_has_it),
        TEST(a_profile_explains_the_runs_that_need_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
