// SPDX-License-Identifier: MIT
// BEHAVIOUR sections 6 and 7: what a mail names, told again; two passes beside each other; what
// enters a ledger that is newer than the plan; threads.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "plan_world.h"
#include "sample.h"

static const char *const recipients[] = {"ops@kasten.test"};

static struct pending pending_of(const struct world *world, const char *message_id)
{
    struct pending pending = {
        .message_id = message_id,
        .date = world->input.now,
        .recipients = recipients,
        .recipient_count = 1,
    };
    pending.ids = plan_ids(world->arena, &world->plan, &pending.id_count);
    return pending;
}

// A ledger of its own for each pass, as separate processes have.
static void plan_at(struct world *world, const char *now)
{
    world->ledger = world_copy_ledger(world->arena, &world->ledger);
    world_plan(world, at(now));
}

static void add_failure(struct world *world, const char *run, const char *app, const char *ended)
{
    const char *uid = arena_format(world->arena, "uid-%zu", world->action_count);
    struct action action = failed_backup(uid, app, ended);
    action.run = run;
    (void)world_add(world, &action);
}

static void add_success(struct world *world, const char *run, const char *app, const char *ended)
{
    const char *uid = arena_format(world->arena, "uid-%zu", world->action_count);
    struct action action = world_clean(failed_backup(uid, app, ended));
    action.run = run;
    (void)world_add(world, &action);
}

static const char *again_text(const struct world *world, const struct pending *pending)
{
    struct plan again;
    plan_again(world->arena, &world->input, &world->plan, pending, &again);
    assert_int_equal(
        again.send,
        again.row_count + again.closing_count + again.readable_count + again.unread_count > 0);
    assert_int_equal(again.again, !pending->accepted);
    assert_int_equal(again.quiet.count, 0);
    return world_text(world, &again);
}

static const char *rest_text(const struct world *world, const struct pending *pending)
{
    struct plan rest = world->plan;
    plan_without(world->arena, &world->input, &rest, pending, &rest);
    return world_text(world, &rest);
}

// News of every sort: a row, a closing, an unread cluster, one that can be read again.
static void make_news(struct world *world)
{
    add_failure(world, "run-0", "crm", "2026-04-02T08:10:00Z");
    world_see(world, 0, ACTION_EXPORT, ERROR_UNAVAILABLE);
    world_pass(world, "2026-04-02T08:30:00Z");
    add_success(world, "run-1", "crm", "2026-04-02T09:40:00Z");
    world_see(world, 0, ACTION_EXPORT, ERROR_NONE);
    world_see(world, 1, ACTION_BACKUP, ERROR_NETWORK);
    add_failure(world, "run-2", "blog", "2026-04-02T09:50:00Z");
    plan_at(world, "2026-04-02T10:00:00Z");
    assert_string_equal(world_text(world, &world->plan),
                        "new run-2:02 [blog] 1x | recovered kasten-io/daily backup [crm] 1x | "
                        "unread rke2 [backup] network | readable k3s/export caught 1");
}

static void an_intent_names_news_of_every_sort(void **state)
{
    struct world *world = *state;
    static const char *const expected[] = {"k3s:run-2:2026-04-02",
                                           "!recovered/k3s/kasten-io/daily/backup",
                                           "!readable/k3s/export", "!unreachable/rke2"};
    make_news(world);
    struct pending pending = pending_of(world, "<1@x>");
    assert_int_equal(pending.id_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(pending_names(&pending, expected[i]));
    }
}

static void the_same_mail_again_says_the_same(void **state)
{
    struct world *world = *state;
    make_news(world);
    const char *said = world_text(world, &world->plan);
    struct pending pending = pending_of(world, "<1@x>");
    ledger_add_pending(&world->ledger, &pending);
    plan_at(world, "2026-04-02T11:00:00Z");
    assert_string_equal(again_text(world, &pending), said);
    struct plan rest = world->plan;
    plan_without(world->arena, &world->input, &rest, &pending, &rest);
    assert_false(rest.send);
    assert_int_equal(rest.covered, 1);
}

static void what_is_new_since_goes_in_a_mail_of_its_own(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-02T10:10:00Z");
    plan_at(world, "2026-04-02T10:30:00Z");
    struct pending pending = pending_of(world, "<1@x>");
    ledger_add_pending(&world->ledger, &pending);
    add_failure(world, "run-b", "shop", "2026-04-02T10:40:00Z");
    add_failure(world, "run-a", "crm", "2026-04-02T10:50:00Z");
    plan_at(world, "2026-04-02T11:30:00Z");
    // A copy may be dropped by its Message-ID: what failed since is not in it.
    assert_string_equal(again_text(world, &pending), "new run-a:02 [blog] 1x");
    assert_string_equal(rest_text(world, &pending), "new run-b:02 [shop] 1x | covered 1");
}

static void an_object_that_is_gone_is_named_by_its_id(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-02T10:10:00Z");
    add_failure(world, "run-b", "shop", "2026-04-02T10:11:00Z");
    plan_at(world, "2026-04-02T10:30:00Z");
    struct pending pending = pending_of(world, "<1@x>");
    ledger_add_pending(&world->ledger, &pending);
    world->actions[0].until = at("2026-04-02T11:00:00Z");
    plan_at(world, "2026-04-02T11:30:00Z");
    assert_string_equal(again_text(world, &pending),
                        "new run-b:02 [shop] 1x | id-only run-a:02 []");
    struct plan again;
    plan_again(world->arena, &world->input, &world->plan, &pending, &again);
    plan_record(&again, &world->input, world->input.now, &world->ledger);
    assert_non_null(ledger_find(&world->ledger, "k3s:run-a:2026-04-02"));
    assert_non_null(ledger_find(&world->ledger, "k3s:run-b:2026-04-02"));
}

static void what_an_id_told_does_not_hide_a_later_child(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-02T10:10:00Z");
    plan_at(world, "2026-04-02T10:30:00Z");
    struct pending pending = pending_of(world, "<1@x>");
    ledger_add_pending(&world->ledger, &pending);
    plan_begin(&world->input, &world->ledger);
    world_see(world, 0, ACTION_BACKUP, ERROR_NETWORK);
    add_failure(world, "run-a", "shop", "2026-04-02T10:50:00Z");
    plan_at(world, "2026-04-02T11:30:00Z");
    struct plan again;
    plan_again(world->arena, &world->input, &world->plan, &pending, &again);
    plan_record(&again, &world->input, world->input.now, &world->ledger);
    (void)ledger_remove_pending(&world->ledger, "<1@x>");
    world_see(world, 0, ACTION_BACKUP, ERROR_NONE);
    plan_at(world, "2026-04-02T12:30:00Z");
    assert_int_equal(world->plan.row_count, 1);
    assert_int_equal(world->plan.rows[0].reason, PLAN_MORE_OF_RUN);
    world_accept(world);
    assert_string_equal(world_incidents(world),
                        "kasten-io/daily/backup/blog 1x; kasten-io/daily/backup/shop 1x");
}

static void a_reminder_told_again_the_next_day_is_one_row(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-02T23:30:00Z");
    world_pass(world, "2026-04-02T23:40:00Z");
    plan_at(world, "2026-04-03T23:50:00Z");
    struct pending pending = pending_of(world, "<1@x>");
    assert_string_equal(pending.ids[0], "k3s:run-a:2026-04-02");
    ledger_add_pending(&world->ledger, &pending);
    plan_at(world, "2026-04-04T00:50:00Z");
    assert_string_equal(again_text(world, &pending), "reminder run-a:04 [blog] 1x");
    struct plan rest = world->plan;
    plan_without(world->arena, &world->input, &rest, &pending, &rest);
    assert_false(rest.send);
}

static void what_another_pass_told_since_is_not_told_again(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-02T10:10:00Z");
    plan_at(world, "2026-04-02T10:30:00Z");
    struct pending pending = pending_of(world, "<1@x>");
    world_accept(world);
    ledger_add_pending(&world->ledger, &pending);
    plan_at(world, "2026-04-02T11:30:00Z");
    struct plan again;
    plan_again(world->arena, &world->input, &world->plan, &pending, &again);
    assert_false(again.send);
}

static void outstanding_recipients_get_the_rows_again(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-02T10:10:00Z");
    plan_at(world, "2026-04-02T10:30:00Z");
    struct pending pending = pending_of(world, "<1@x>");
    pending.accepted = true;
    world_accept(world);
    ledger_add_pending(&world->ledger, &pending);
    add_failure(world, "run-b", "shop", "2026-04-02T11:10:00Z");
    plan_at(world, "2026-04-02T11:30:00Z");
    assert_string_equal(again_text(world, &pending), "new run-a:02 [blog]");
    world->actions[0].until = at("2026-04-02T11:40:00Z");
    plan_at(world, "2026-04-02T12:00:00Z");
    assert_string_equal(again_text(world, &pending), "id-only run-a:02 []");
}

// Told, it is only a limitation; but not to those who have not got the mail.
static void outstanding_recipients_are_told_of_what_is_read_in_part(void **state)
{
    static const char *const namespaces[] = {"shop"};
    struct world *world = *state;
    world_see_part(world, 0, ACTION_BACKUP, namespaces, 1);
    plan_at(world, "2026-04-02T10:30:00Z");
    struct pending pending = pending_of(world, "<1@x>");
    assert_int_equal(pending.id_count, 1);
    assert_string_equal(pending.ids[0], "!unreachable/k3s/part");
    pending.accepted = true;
    world_accept(world);
    ledger_add_pending(&world->ledger, &pending);
    plan_at(world, "2026-04-02T11:30:00Z");
    assert_string_equal(again_text(world, &pending), "still-unread k3s in part [backup] forbidden");
    assert_string_equal(rest_text(world, &pending),
                        "(still-unread k3s in part [backup] forbidden)");
    (void)ledger_remove_pending(&world->ledger, "<1@x>");
    plan_at(world, "2026-04-02T12:30:00Z");
    assert_string_equal(world_text(world, &world->plan), "limited 1");
    assert_int_equal(world->plan.next_reminder, TIMESTAMP_NONE);
}

static void a_run_that_waits_now_is_shown_not_only_named(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-02T10:10:00Z");
    plan_at(world, "2026-04-02T10:30:00Z");
    struct pending pending = pending_of(world, "<1@x>");
    ledger_add_pending(&world->ledger, &pending);
    ledger_silence(&world->ledger, "policy:daily", at("2026-04-03T10:00:00Z"));
    plan_at(world, "2026-04-02T11:30:00Z");
    assert_string_equal(again_text(world, &pending), "new run-a:02 [blog] | silenced 1");
}

static void an_id_of_a_cluster_that_is_gone_is_left_out(void **state)
{
    struct world *world = *state;
    static const char *const ids[] = {"other:run-a:2026-04-02", "nonsense", "!unreachable/other"};
    struct pending pending = {.message_id = "<1@x>",
                              .date = at("2026-04-02T10:00:00Z"),
                              .recipients = recipients,
                              .recipient_count = 1,
                              .ids = ids,
                              .id_count = 3};
    struct plan again;
    plan_at(world, "2026-04-02T11:30:00Z");
    plan_again(world->arena, &world->input, &world->plan, &pending, &again);
    assert_false(again.send);
}

// --- two passes

static void a_plan_is_stale_when_another_pass_told_or_is_about_to(void **state)
{
    struct world *world = *state;
    make_news(world);
    struct plan_input input = world->input;
    struct ledger known = world_copy_ledger(world->arena, &world->ledger);
    input.ledger = &known;
    struct ledger found = world_copy_ledger(world->arena, &known);
    assert_false(plan_is_stale(&world->plan, &input, &found));
    struct pending all = pending_of(world, "<1@x>");
    for (size_t i = 0; i < all.id_count; i++) {
        struct pending other = all;
        other.ids = &all.ids[i];
        other.id_count = 1;
        found = world_copy_ledger(world->arena, &known);
        ledger_add_pending(&found, &other);
        assert_true(plan_is_stale(&world->plan, &input, &found));
        struct ledger knew = found;
        input.ledger = &knew; // one that was known already is dealt with
        assert_false(plan_is_stale(&world->plan, &input, &found));
        input.ledger = &known;
    }
    found = world_copy_ledger(world->arena, &known);
    all.ids = (const char *const[]){"k3s:run-z:2026-04-02"};
    all.id_count = 1;
    ledger_add_pending(&found, &all);
    assert_false(plan_is_stale(&world->plan, &input, &found));
}

static void a_plan_is_stale_for_each_sort_of_news_another_pass_recorded(void **state)
{
    struct world *world = *state;
    make_news(world);
    struct plan_input input = world->input;
    struct ledger known = world_copy_ledger(world->arena, &world->ledger);
    input.ledger = &known;
    const struct plan whole = world->plan;
    for (int i = 0; i < 4; i++) {
        struct plan part = whole;
        part.row_count = i == 0 ? part.row_count : 0;
        part.closing_count = i == 1 ? part.closing_count : 0;
        part.readable_count = i == 2 ? part.readable_count : 0;
        part.unread_count = i == 3 ? part.unread_count : 0;
        struct ledger found = world_copy_ledger(world->arena, &known);
        plan_record(&part, &input, world->input.now + 5, &found);
        assert_true(plan_is_stale(&part, &input, &found));
        assert_true(plan_is_stale(&whole, &input, &found));
    }
}

static void a_reminder_is_stale_across_midnight(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-01T23:30:00Z");
    world_pass(world, "2026-04-01T23:40:00Z");
    plan_at(world, "2026-04-02T23:59:50Z");
    struct pending pending = pending_of(world, "<1@x>");
    struct ledger found = world_copy_ledger(world->arena, &world->ledger);
    ledger_add_pending(&found, &pending);
    plan_at(world, "2026-04-03T00:00:10Z");
    assert_int_equal(world->plan.rows[0].reason, PLAN_REMINDER);
    assert_true(plan_is_stale(&world->plan, &world->input, &found));
}

static void a_mail_is_recorded_into_a_newer_ledger(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-02T10:10:00Z");
    plan_at(world, "2026-04-02T10:30:00Z");
    struct plan first = world->plan;
    struct plan_input first_input = world->input;
    struct ledger known = world_copy_ledger(world->arena, &world->ledger);
    first_input.ledger = &known;
    // Another pass, a little later, tells a further run and something else.
    add_failure(world, "run-b", "blog", "2026-04-02T10:31:00Z");
    add_failure(world, "run-c", "shop", "2026-04-02T10:32:00Z");
    plan_at(world, "2026-04-02T10:35:00Z");
    world_accept(world);
    ledger_silence(&world->ledger, "policy:weekly", at("2026-04-09T00:00:00Z"));
    plan_record(&first, &first_input, at("2026-04-02T10:36:00Z"), &world->ledger);
    plan_settle(&first, &first_input, first_input.now, &world->ledger);
    assert_string_equal(world_incidents(world),
                        "kasten-io/daily/backup/blog 2x; kasten-io/daily/backup/shop 1x");
    const struct incident *blog =
        ledger_incident(&world->ledger, "k3s/kasten-io/daily/backup/blog");
    assert_string_equal(blog->run, "run-b");
    assert_int_equal(blog->since, at("2026-04-02T10:10:00Z"));
    assert_int_equal(blog->told, at("2026-04-02T10:36:00Z"));
    static const char *const ids[] = {"k3s:run-a:2026-04-02", "k3s:run-b:2026-04-02",
                                      "k3s:run-c:2026-04-02"};
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(ledger_find(&world->ledger, ids[i]));
    }
    assert_int_equal(ledger_silenced_until(&world->ledger, "policy:weekly"),
                     at("2026-04-09T00:00:00Z"));
}

static void an_incident_that_failed_anew_meanwhile_stays_open(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-02T10:10:00Z");
    world_pass(world, "2026-04-02T10:20:00Z");
    add_success(world, "run-b", "blog", "2026-04-02T10:25:00Z");
    plan_at(world, "2026-04-02T10:30:00Z");
    struct plan first = world->plan;
    struct plan_input first_input = world->input;
    struct ledger known = world_copy_ledger(world->arena, &world->ledger);
    first_input.ledger = &known;
    assert_int_equal(first.closing_count, 1);
    add_failure(world, "run-c", "blog", "2026-04-02T10:31:00Z");
    plan_at(world, "2026-04-02T10:35:00Z");
    world_accept(world);
    plan_record(&first, &first_input, at("2026-04-02T10:36:00Z"), &world->ledger);
    assert_string_equal(world_incidents(world), "kasten-io/daily/backup/blog 1x");
}

static void what_another_pass_ended_is_not_opened_again_by_what_was_not_told(void **state)
{
    struct world *world = *state;
    struct plan_policies policies[WORLD_CLUSTERS] = {{.read = true}};
    map_init(&policies[0].names, world->arena);
    map_set(&policies[0].names, "kasten-io/daily", world);
    world->policies = policies;
    add_failure(world, "run-a", "blog", "2026-04-02T10:10:00Z");
    world_pass(world, "2026-04-02T10:20:00Z");
    plan_at(world, "2026-04-02T10:30:00Z"); // learns that the policy is there
    assert_true(world->plan.quiet.count > 0);
    struct plan first = world->plan;
    struct plan_input first_input = world->input;
    struct ledger known = world_copy_ledger(world->arena, &world->ledger);
    first_input.ledger = &known;
    add_success(world, "run-b", "blog", "2026-04-02T10:31:00Z");
    plan_at(world, "2026-04-02T10:35:00Z");
    world_accept(world);
    plan_settle(&first, &first_input, first_input.now, &world->ledger);
    assert_string_equal(world_incidents(world), "-");
}

static void an_unanswered_mail_holds_the_watermarks(void **state)
{
    struct world *world = *state;
    world_pass(world, "2026-04-02T10:00:00Z");
    struct pending pending = {.message_id = "<1@x>",
                              .date = at("2026-04-02T10:30:00Z"),
                              .recipients = recipients,
                              .recipient_count = 1};
    ledger_add_pending(&world->ledger, &pending);
    world_pass(world, "2026-04-02T11:00:00Z");
    assert_int_equal(ledger_watermark(&world->ledger, "k3s", ACTION_BACKUP),
                     at("2026-04-02T10:00:00Z"));
    (void)ledger_remove_pending(&world->ledger, "<1@x>");
    pending.accepted = true; // only recipients are outstanding
    ledger_add_pending(&world->ledger, &pending);
    world_pass(world, "2026-04-02T12:00:00Z");
    assert_int_equal(ledger_watermark(&world->ledger, "k3s", ACTION_BACKUP),
                     at("2026-04-02T12:00:00Z"));
}

static void the_window_reaches_back_to_what_a_pending_mail_saw(void **state)
{
    struct world *world = *state;
    int64_t now = at("2026-04-03T10:00:00Z");
    ledger_set_watermark(&world->ledger, "k3s", ACTION_BACKUP, now - 60);
    assert_int_equal(plan_window_start(&world->ledger, "k3s", ACTION_BACKUP, now, 7200),
                     now - 7200);
    assert_int_equal(plan_window_start(&world->ledger, "k3s", ACTION_BACKUP, now, 60), now - 660);
    struct pending pending = {.message_id = "<1@x>", .date = now - 36000};
    ledger_add_pending(&world->ledger, &pending);
    assert_int_equal(plan_window_start(&world->ledger, "k3s", ACTION_BACKUP, now, 7200),
                     now - 36000 - 7200);
    assert_int_equal(plan_window_start(&world->ledger, "rke2", ACTION_RUN, now, 7200),
                     now - 36000 - 7200);
}

// --- threads

static void the_thread_of_an_incident_is_constant(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-02T10:10:00Z");
    plan_at(world, "2026-04-02T10:30:00Z");
    const char *token = world->plan.thread;
    assert_int_equal(strlen(token), LEDGER_TOKEN_BYTES - 1);
    world_accept(world);
    add_failure(world, "run-b", "blog", "2026-04-02T11:10:00Z");
    plan_at(world, "2026-04-02T11:30:00Z");
    assert_string_equal(world->plan.thread, token);
    world_accept(world);
    plan_at(world, "2026-04-03T11:30:00Z"); // the reminder
    assert_int_equal(world->plan.rows[0].reason, PLAN_REMINDER);
    assert_string_equal(world->plan.thread, token);
    world_accept(world);
    add_success(world, "run-c", "blog", "2026-04-03T12:10:00Z");
    plan_at(world, "2026-04-03T12:30:00Z");
    assert_int_equal(world->plan.closing_count, 1);
    assert_string_equal(world->plan.thread, token);
    world_accept(world);
    add_failure(world, "run-d", "blog", "2026-04-03T13:10:00Z"); // another incident
    plan_at(world, "2026-04-03T13:30:00Z");
    assert_string_not_equal(world->plan.thread, token);
    assert_string_not_equal(world->plan.thread, "");
}

static void a_mail_about_several_policies_is_in_no_thread(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-02T10:10:00Z");
    struct action other = failed_backup("u9", "shop", "2026-04-02T10:11:00Z");
    other.policy = "weekly";
    other.run = "run-w";
    (void)world_add(world, &other);
    plan_at(world, "2026-04-02T10:30:00Z");
    assert_int_equal(world->plan.row_count, 2);
    assert_string_equal(world->plan.thread, "");
}

static void clusters_and_policies_have_different_threads(void **state)
{
    struct world *world = *state;
    add_failure(world, "run-a", "blog", "2026-04-02T10:10:00Z");
    plan_at(world, "2026-04-02T10:30:00Z");
    const char *token = world->plan.thread;
    world->actions[0].action.cluster = 1;
    plan_at(world, "2026-04-02T10:30:00Z");
    assert_string_not_equal(world->plan.thread, token);
    assert_string_not_equal(world->plan.thread, "");
}

static void the_thread_of_a_blind_cluster_is_constant(void **state)
{
    struct world *world = *state;
    world_see(world, 0, ACTION_BACKUP, ERROR_NETWORK);
    plan_at(world, "2026-04-02T10:30:00Z");
    const char *token = world->plan.thread;
    assert_string_not_equal(token, "");
    world_accept(world);
    plan_at(world, "2026-04-03T10:30:00Z");
    assert_true(world->plan.unread[0].due);
    assert_string_equal(world->plan.thread, token);
    world_accept(world);
    world_see(world, 0, ACTION_BACKUP, ERROR_NONE);
    plan_at(world, "2026-04-03T11:30:00Z");
    assert_int_equal(world->plan.readable_count, 1);
    assert_string_equal(world->plan.thread, token);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_intent_names_news_of_every_sort),
        TEST(the_same_mail_again_says_the_same),
        TEST(what_is_new_since_goes_in_a_mail_of_its_own),
        TEST(an_object_that_is_gone_is_named_by_its_id),
        TEST(what_an_id_told_does_not_hide_a_later_child),
        TEST(a_reminder_told_again_the_next_day_is_one_row),
        TEST(what_another_pass_told_since_is_not_told_again),
        TEST(outstanding_recipients_get_the_rows_again),
        TEST(outstanding_recipients_are_told_of_what_is_read_in_part),
        TEST(a_run_that_waits_now_is_shown_not_only_named),
        TEST(an_id_of_a_cluster_that_is_gone_is_left_out),
        TEST(a_plan_is_stale_when_another_pass_told_or_is_about_to),
        TEST(a_plan_is_stale_for_each_sort_of_news_another_pass_recorded),
        TEST(a_reminder_is_stale_across_midnight),
        TEST(a_mail_is_recorded_into_a_newer_ledger),
        TEST(an_incident_that_failed_anew_meanwhile_stays_open),
        TEST(what_another_pass_ended_is_not_opened_again_by_what_was_not_told),
        TEST(an_unanswered_mail_holds_the_watermarks),
        TEST(the_window_reaches_back_to_what_a_pending_mail_saw),
        TEST(the_thread_of_an_incident_is_constant),
        TEST(a_mail_about_several_policies_is_in_no_thread),
        TEST(clusters_and_policies_have_different_threads),
        TEST(the_thread_of_a_blind_cluster_is_constant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
