// SPDX-License-Identifier: MIT
// How much the state object holds, and what goes first when it is full.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "kube/state_format.h"

enum { MANY = 5000, BEGIN = 1795367403 };

struct shape {
    const char *name;
    int runs;
    int apps_per_run;
    int policies;
    int causes;
    bool silenced;    // nothing was mailed, ids wait in the incidents
    bool outstanding; // the mail was accepted, but not by all
    bool run_failed;  // the RunAction too
};

static const char *run_name(struct arena *arena, int run)
{
    return arena_format(arena, "run-%010d", run);
}

static const char *alert_id(struct arena *arena, int run)
{
    return arena_format(arena, "cluster1:%s:2026-11-22", run_name(arena, run));
}

static const char *token_of(struct arena *arena, const char *kind, int number)
{
    char token[LEDGER_TOKEN_BYTES];
    ledger_token(arena_format(arena, "%s-%d", kind, number), token);
    return arena_strdup(arena, token);
}

static struct ledger_entry *tell_run(struct ledger *ledger, int run)
{
    struct arena *arena = ledger->arena;
    struct ledger_entry *entry = ledger_add(ledger, alert_id(arena, run), BEGIN + 300);
    entry->run_namespace = "kasten-io";
    entry->run_token = token_of(arena, "run", run);
    return entry;
}

static void fail_app(struct ledger *ledger, const struct shape *shape, int run, int app)
{
    struct arena *arena = ledger->arena;
    int number = run * shape->apps_per_run + app;
    const char *held[] = {alert_id(arena, run)};
    struct incident incident = {
        .class = ALERT_FAILED,
        .cluster = "cluster1",
        .policy = arena_format(arena, "kasten-io/policy-%02d", number % shape->policies),
        .kind = ACTION_BACKUP,
        .app = arena_format(arena, "app-%08d", number),
        .run = run_name(arena, run),
        .since = BEGIN + number,
        .last = BEGIN + number,
        .last_good = BEGIN - 86400,
        .told = shape->silenced ? TIMESTAMP_NONE : BEGIN + 300,
        .runs = 1,
        .cause = token_of(arena, "cause", number % shape->causes),
        .held = held,
        .held_count = shape->silenced ? 1 : 0,
        .policy_seen = true,
        .runs_without_end = TIMESTAMP_NONE,
    };
    ledger_put_incident(ledger, &incident);
    ledger_put_cause(ledger, incident.cause,
                     arena_format(arena,
                                  "Failed to upload to the profile s3-prod-%d: AccessDenied: the "
                                  "user is not authorized to perform s3:PutObject on this bucket",
                                  number % shape->causes));
}

static void fill(struct ledger *ledger, const struct shape *shape)
{
    struct arena *arena = ledger->arena;
    const char **ids = arena_alloc_array(arena, (size_t)shape->runs, sizeof *ids);
    static const char *const to[] = {"ops@example.org"};
    for (int run = 0; run < shape->runs; run++) {
        struct ledger_entry *entry = shape->silenced ? NULL : tell_run(ledger, run);
        ids[run] = alert_id(arena, run);
        for (int app = 0; app < shape->apps_per_run; app++) {
            fail_app(ledger, shape, run, app);
            if (entry != NULL) {
                ledger_add_child(ledger, entry,
                                 token_of(arena, "uid", run * shape->apps_per_run + app));
            }
        }
        if (entry != NULL && shape->run_failed) {
            ledger_add_child(ledger, entry, entry->run_token);
        }
    }
    if (shape->outstanding) {
        ledger_add_pending(ledger, &(struct pending){.message_id = "<a@example.org>",
                                                     .date = BEGIN,
                                                     .recipients = to,
                                                     .recipient_count = 1,
                                                     .ids = ids,
                                                     .id_count = (size_t)shape->runs,
                                                     .accepted = true});
    }
}

static size_t live(const struct map *map)
{
    size_t count = 0;
    for (size_t i = 0; i < map->count; i++) {
        count += map->entries[i].value != NULL ? 1 : 0;
    }
    return count;
}

static void five_thousand_failures_fit(void **state)
{
    (void)state;
    static const struct shape shapes[] = {
        {"5,000 runs of one policy", MANY, 1, 1, 1, false, false, false},
        {"5,000 runs of 50 policies", MANY, 1, 50, 20, false, false, false},
        {"5,000 runs, the RunActions failed too", MANY, 1, 50, 20, false, false, true},
        {"5,000 runs, a recipient outstanding", MANY, 1, 50, 20, false, true, true},
        {"5,000 runs, silenced", MANY, 1, 50, 20, true, false, false},
        {"5,000 runs of 5,000 causes", MANY, 1, 50, MANY, false, false, true},
        {"one run of 5,000 applications", 1, MANY, 1, 20, false, false, true},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct ledger ledger;
        struct ledger read;
        struct state_report report;
        struct state_health health;
        ledger_init(&ledger, arena);
        fill(&ledger, &shapes[i]);
        AUTO_PTR(json) document = state_format_new("x");
        state_format_encode(document, &ledger, &report);
        print_message("%s: %zu bytes of %d\n", shapes[i].name, report.bytes, STATE_MAX_BYTES);
        assert_true(report.bytes < STATE_MAX_BYTES);
        assert_int_equal(report.incidents_dropped, 0);
        assert_int_equal(report.children_dropped, 0);
        ledger_init(&read, arena);
        state_format_decode(document, &read, &health);
        assert_false(health.unreadable);
        assert_int_equal(live(&read.sent), live(&ledger.sent));
        assert_int_equal(live(&read.incidents), MANY);
        assert_int_equal(read.pending_count, ledger.pending_count);
        for (size_t k = 0; k < ledger.sent.count; k++) {
            const struct ledger_entry *entry = ledger_find(&read, ledger.sent.entries[k].key);
            const struct ledger_entry *written = ledger.sent.entries[k].value;
            assert_int_equal(entry->child_count, written->child_count);
            assert_string_equal(entry->run_token, written->run_token);
        }
    }
}

static struct incident sample_incident(struct arena *arena, int number, int runs_held)
{
    const char **held = arena_alloc_array(arena, (size_t)runs_held, sizeof *held);
    for (int i = 0; i < runs_held; i++) {
        held[i] = alert_id(arena, i);
    }
    return (struct incident){
        .class = ALERT_FAILED,
        .cluster = "cluster1",
        .policy = "kasten-io/daily",
        .app = arena_format(arena, "app-%d", number),
        .run = "run-a",
        .since = BEGIN,
        .last = BEGIN,
        .last_good = TIMESTAMP_NONE,
        .told = TIMESTAMP_NONE,
        .runs_without_end = TIMESTAMP_NONE,
        .cause = "",
        .runs = 1,
        .held = held,
        .held_count = (size_t)runs_held,
    };
}

// Written and read: what is left of a ledger that is too large.
static void squeeze(const struct ledger *ledger, struct ledger *ret, struct state_report *report)
{
    struct state_health health;
    AUTO_PTR(json) document = state_format_new("x");
    state_format_encode(document, ledger, report);
    assert_true(report->crowded);
    ledger_init(ret, ledger->arena);
    state_format_decode(document, ret, &health);
    assert_false(health.unreadable);
}

static void incidents_go_by_reminders_then_age(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct ledger left;
    struct state_report report;
    ledger_init(&ledger, arena);
    (void)tell_run(&ledger, 0);
    // About 3.5 KiB each: a few too many. The younger the more reminders, but for the last 100.
    for (int i = 0; i < COUNT; i++) {
        struct incident incident = sample_incident(arena, i, 90);
        incident.reminders = i < 200 ? (uint32_t)(i / 10) : 0;
        incident.since = BEGIN + i * 60;
        incident.last = incident.since;
        ledger_put_incident(&ledger, &incident);
    }
    squeeze(&ledger, &left, &report);
    size_t gone = report.incidents_dropped;
    assert_true(gone > 20 && gone < 200);
    assert_true(report.bytes > STATE_MAX_BYTES - 2 * 3600 && report.bytes <= STATE_MAX_BYTES);
    assert_int_equal(live(&left.incidents), COUNT - gone);
    assert_int_equal(report.children_dropped, 0);
    // Tens of the same number of reminders, the most first; in each ten the oldest first.
    for (size_t i = 0; i < 200; i++) {
        size_t place = (19 - i / 10) * 10 + i % 10;
        const char *key = arena_format(arena, "cluster1/kasten-io/daily/backup/app-%zu", i);
        assert_int_equal(ledger_incident(&left, key) == NULL, place < gone);
    }
}

static void texts_of_causes_go_before_incidents(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct ledger left;
    struct state_report report;
    struct shape shape = {"", MANY, 1, 50, MANY, false, false, true};
    ledger_init(&ledger, arena);
    fill(&ledger, &shape);
    squeeze(&ledger, &left, &report);
    assert_int_equal(report.incidents_dropped, 0);
    assert_true(live(&left.causes) < MANY);
    // What its cause was stays known, so that another one is noticed.
    for (size_t i = 0; i < left.incidents.count; i++) {
        const struct incident *incident = left.incidents.entries[i].value;
        const char *key = left.incidents.entries[i].key;
        assert_string_equal(incident->cause, ledger_incident(&ledger, key)->cause);
    }
}

static void children_go_last_and_sent_never(void **state)
{
    (void)state;
    enum { RUNS = 9300, FEW = 3 };
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct ledger left;
    struct state_report report;
    ledger_init(&ledger, arena);
    for (int i = 0; i < RUNS; i++) {
        struct ledger_entry *entry = tell_run(&ledger, i);
        entry->sent_at = BEGIN + i;
        ledger_add_child(&ledger, entry, token_of(arena, "uid", i));
    }
    for (int i = 0; i < FEW; i++) {
        struct incident incident = sample_incident(arena, i, 0);
        ledger_put_incident(&ledger, &incident);
    }
    squeeze(&ledger, &left, &report);
    assert_int_equal(report.incidents_dropped, FEW);
    assert_int_equal(live(&left.sent), RUNS);
    size_t without = 0;
    for (int i = 0; i < RUNS; i++) {
        const struct ledger_entry *entry = ledger_find(&left, alert_id(arena, i));
        // None may read as "told with every child": that would lose alerts.
        assert_int_equal(entry->told_until, TIMESTAMP_NONE);
        without += entry->child_count == 0 ? 1 : 0;
        assert_true(entry->child_count == 1 || (size_t)i < report.children_dropped);
    }
    assert_true(without > 0 && without < RUNS / 2);
    assert_int_equal(without, report.children_dropped);
}

static void a_mail_with_open_outcome_never_goes(void **state)
{
    (void)state;
    enum { IDS = 30000 };
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct ledger left;
    struct state_report report;
    static const char *const to[] = {"ops@example.org"};
    const char **ids = arena_alloc_array(arena, IDS, sizeof *ids);
    ledger_init(&ledger, arena);
    for (int i = 0; i < IDS; i++) {
        ids[i] = alert_id(arena, i);
    }
    struct incident incident = sample_incident(arena, 1, 0);
    ledger_put_incident(&ledger, &incident);
    ledger_add_pending(&ledger, &(struct pending){.message_id = "<a@example.org>",
                                                  .date = BEGIN,
                                                  .recipients = to,
                                                  .recipient_count = 1,
                                                  .ids = ids,
                                                  .id_count = IDS});
    squeeze(&ledger, &left, &report);
    assert_true(report.bytes > STATE_MAX_BYTES);
    assert_int_equal(report.incidents_dropped, 1);
    assert_int_equal(left.pendings[0].id_count, IDS);
}

static void crowded_begins_at_70_percent(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_report report;
    ledger_init(&ledger, arena);
    for (int i = 0; i < 30000; i++) {
        (void)ledger_add(&ledger, alert_id(arena, i), BEGIN);
        if (i % 1000 != 0) {
            continue;
        }
        AUTO_PTR(json) document = state_format_new("x");
        state_format_encode(document, &ledger, &report);
        assert_int_equal(report.crowded, report.bytes > STATE_MAX_BYTES / 10 * 7);
        if (report.crowded) {
            return;
        }
    }
    fail_msg("it never was");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_thousand_failures_fit),
        cmocka_unit_test(incidents_go_by_reminders_then_age),
        cmocka_unit_test(texts_of_causes_go_before_incidents),
        cmocka_unit_test(children_go_last_and_sent_never),
        cmocka_unit_test(a_mail_with_open_outcome_never_goes),
        cmocka_unit_test(crowded_begins_at_70_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
