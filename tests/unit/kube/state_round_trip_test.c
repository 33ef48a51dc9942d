// SPDX-License-Identifier: MIT
// Whatever a pass may remember comes back as it was: random ledgers, written and read.
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
#include "kube/state_token.h"

enum { LEDGERS = 400, NOW = 1795367403 };

struct dice {
    uint64_t state;
    struct arena *arena;
};

// xorshift64*: the same ledgers in every run.
static uint64_t roll(struct dice *dice, uint64_t sides)
{
    dice->state ^= dice->state >> 12;
    dice->state ^= dice->state << 25;
    dice->state ^= dice->state >> 27;
    return (dice->state * UINT64_C(0x2545F4914F6CDD1D) >> 33) % sides;
}

static int64_t roll_instant(struct dice *dice)
{
    switch (roll(dice, 12)) {
    case 0:
        return TIMESTAMP_NONE;
    case 1:
        return 0;
    case 2:
        return -62135596800;
    case 3:
        return 253402300798;
    default:
        return NOW + (int64_t)roll(dice, 40 * 86400) - 20 * 86400;
    }
}

static int64_t roll_known(struct dice *dice)
{
    int64_t instant = roll_instant(dice);
    return instant == TIMESTAMP_NONE ? NOW : instant;
}

static const char *roll_word(struct dice *dice, const char *first)
{
    static const char *const tails[] = {"", "-a", " b c", "/d", "\"e\\", "-\xC3\xA4", "<f>", "-9"};
    return arena_format(dice->arena, "%s%s%d", first, tails[roll(dice, 8)], (int)roll(dice, 30));
}

static const char *roll_token(struct dice *dice)
{
    char token[LEDGER_TOKEN_BYTES];
    ledger_token(roll_word(dice, "uid"), token);
    return arena_strdup(dice->arena, token);
}

static const char *roll_id(struct dice *dice)
{
    return arena_format(dice->arena, "%s:%s:2026-11-22", roll_word(dice, "cluster"),
                        roll_word(dice, "run"));
}

static void roll_entry(struct dice *dice, struct ledger *ledger)
{
    struct ledger_entry *entry = ledger_add(ledger, roll_id(dice), roll_known(dice));
    switch (roll(dice, 4)) {
    case 0: // the original's
        entry->told_until = roll(dice, 2) == 0 ? entry->sent_at : INT64_MAX;
        break;
    case 1:
        entry->told_until = roll_instant(dice);
        break;
    default:
        break;
    }
    if (roll(dice, 3) > 0) {
        entry->run_namespace = roll_word(dice, "namespace");
    }
    for (uint64_t i = roll(dice, 5); i > 0; i--) {
        ledger_add_child(ledger, entry, roll_token(dice));
    }
    if (roll(dice, 2) == 0 && entry->child_count > 0) {
        entry->run_token = entry->children[roll(dice, entry->child_count)];
    } else if (roll(dice, 2) == 0) {
        entry->run_token = roll_token(dice);
    }
}

static const char *const *roll_ids(struct dice *dice, const struct ledger *ledger, size_t count)
{
    const char **ids = arena_alloc_array(dice->arena, count, sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        bool known = ledger->sent.count > 0 && roll(dice, 2) == 0;
        ids[i] = known ? ledger->sent.entries[roll(dice, ledger->sent.count)].key : roll_id(dice);
    }
    return ids;
}

static void roll_incident(struct dice *dice, struct ledger *ledger)
{
    struct incident incident = {
        .class = (enum alert_class)roll(dice, ALERT_CLASS_COUNT),
        .cluster = roll_word(dice, "cluster"),
        .policy = roll(dice, 5) == 0 ? "" : roll_word(dice, "kasten-io/policy"),
        .kind = (enum action_kind)roll(dice, ACTION_KIND_COUNT),
        .app = roll(dice, 5) == 0 ? "" : roll_word(dice, "app"),
        .run = roll(dice, 5) == 0 ? "" : roll_word(dice, "run"),
        .since = roll_instant(dice),
        .last = roll_instant(dice),
        .last_good = roll_instant(dice),
        .told = roll_instant(dice),
        .runs = (uint32_t)roll(dice, 4),
        .reminders = (uint32_t)roll(dice, 3),
        .cause = roll(dice, 4) == 0 ? "" : roll_token(dice),
        .held_count = roll(dice, 4) == 0 ? roll(dice, 5) : 0,
        .policy_seen = roll(dice, 2) == 0,
        .policy_absent = (uint8_t)roll(dice, 3),
        .runs_without = (uint8_t)roll(dice, 3),
        .runs_without_end = roll_instant(dice),
    };
    if (roll(dice, 3) == 0) {
        incident.last = incident.since;
    }
    incident.held = roll_ids(dice, ledger, incident.held_count);
    ledger_put_incident(ledger, &incident);
    if (roll(dice, 3) > 0) {
        ledger_put_cause(ledger, incident.cause, roll_word(dice, "disk full"));
    }
}

static void roll_pending(struct dice *dice, struct ledger *ledger)
{
    static const char *const addresses[] = {"a@example.org", "b.c@example.org", "d@[192.0.2.1]"};
    size_t count = roll(dice, 6);
    struct pending pending = {
        .message_id = arena_format(dice->arena, "<%d.%d@example.org>", (int)roll(dice, 1000),
                                   (int)ledger->pending_count),
        .date = NOW + (int64_t)roll(dice, 1000),
        .recipients = addresses,
        .recipient_count = 1 + roll(dice, 3),
        .ids = roll_ids(dice, ledger, count),
        .id_count = count,
        .accepted = roll(dice, 2) == 0,
    };
    ledger_add_pending(ledger, &pending);
}

static void roll_policies(struct dice *dice, struct ledger *ledger)
{
    struct overdue_memory memories[3];
    size_t count = roll(dice, 4);
    for (size_t i = 0; i < count; i++) {
        memories[i] = (struct overdue_memory){
            .name = roll_word(dice, "kasten-io/policy"),
            .watch = {.fingerprint = dice->state * UINT64_C(0x9E3779B97F4A7C15),
                      .since = roll_instant(dice),
                      .exempt = roll(dice, 2) == 0},
        };
    }
    ledger_set_watches(ledger, roll_word(dice, "cluster"), memories, count);
}

static void roll_ledger(struct dice *dice, struct ledger *ledger)
{
    ledger_init(ledger, dice->arena);
    for (uint64_t i = roll(dice, 30); i > 0; i--) {
        roll_entry(dice, ledger);
    }
    for (uint64_t i = roll(dice, 20); i > 0; i--) {
        roll_incident(dice, ledger);
    }
    for (uint64_t i = roll(dice, 4); i > 0; i--) {
        roll_pending(dice, ledger);
        ledger_set_watermark(ledger, roll_word(dice, "cluster"),
                             (enum action_kind)roll(dice, ACTION_KIND_COUNT), roll_known(dice));
        ledger_silence(ledger, roll_word(dice, "policy:"), roll_known(dice));
        roll_policies(dice, ledger);
        map_set(&ledger->refusals, "x@example.org", (void *)(uintptr_t)roll_word(dice, "550 no"));
    }
    // What is gone is not written.
    if (ledger->sent.count > 1) {
        (void)ledger_drop(ledger, ledger->sent.entries[0].key);
    }
    if (ledger->incidents.count > 1) {
        (void)ledger_close_incident(ledger, ledger->incidents.entries[0].key);
    }
}

static void same_entry(const void *left, const void *right)
{
    const struct ledger_entry *a = left;
    const struct ledger_entry *b = right;
    assert_int_equal(a->sent_at, b->sent_at);
    assert_int_equal(a->told_until, b->told_until);
    assert_string_equal(a->run_namespace, b->run_namespace);
    assert_string_equal(a->run_token, b->run_token);
    assert_int_equal(a->child_count, b->child_count);
    for (size_t i = 0; i < a->child_count; i++) {
        assert_string_equal(a->children[i], b->children[i]);
    }
}

static void same_incident(const void *left, const void *right)
{
    const struct incident *a = left;
    const struct incident *b = right;
    assert_int_equal(a->class, b->class);
    assert_string_equal(a->cluster, b->cluster);
    assert_string_equal(a->policy, b->policy);
    assert_int_equal(a->kind, b->kind);
    assert_string_equal(a->app, b->app);
    assert_string_equal(a->run, b->run);
    assert_int_equal(a->since, b->since);
    assert_int_equal(a->last, b->last);
    assert_int_equal(a->last_good, b->last_good);
    assert_int_equal(a->told, b->told);
    assert_int_equal(a->runs, b->runs);
    assert_int_equal(a->reminders, b->reminders);
    assert_string_equal(a->cause, b->cause);
    assert_int_equal(a->policy_seen, b->policy_seen);
    assert_int_equal(a->policy_absent, b->policy_absent);
    assert_int_equal(a->runs_without, b->runs_without);
    assert_int_equal(a->runs_without_end, b->runs_without_end);
    assert_int_equal(a->held_count, b->held_count);
    for (size_t i = 0; i < a->held_count; i++) {
        assert_string_equal(a->held[i], b->held[i]);
    }
}

static void same_time(const void *left, const void *right)
{
    assert_int_equal(*(const int64_t *)left, *(const int64_t *)right);
}

static void same_watch(const void *left, const void *right)
{
    const struct overdue_watch *a = left;
    const struct overdue_watch *b = right;
    assert_true(a->fingerprint == b->fingerprint);
    assert_int_equal(a->since, b->since);
    assert_int_equal(a->exempt, b->exempt);
}

static void same_text(const void *left, const void *right)
{
    assert_string_equal((const char *)left, (const char *)right);
}

static void same_map(const struct map *a, const struct map *b,
                     void (*same)(const void *left, const void *right))
{
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++) {
        if (a->entries[i].value != NULL) {
            const void *other = map_get(b, a->entries[i].key);
            assert_non_null(other);
            same(a->entries[i].value, other);
            count++;
        }
    }
    for (size_t i = 0; i < b->count; i++) {
        count -= b->entries[i].value != NULL ? 1 : 0;
    }
    assert_int_equal(count, 0);
}

static void same_pending(const struct pending *a, const struct pending *b)
{
    assert_string_equal(a->message_id, b->message_id);
    assert_int_equal(a->date, b->date);
    assert_int_equal(a->accepted, b->accepted);
    assert_int_equal(a->recipient_count, b->recipient_count);
    for (size_t i = 0; i < a->recipient_count; i++) {
        assert_string_equal(a->recipients[i], b->recipients[i]);
    }
    assert_int_equal(a->id_count, b->id_count);
    for (size_t i = 0; i < a->id_count; i++) {
        assert_true(pending_names(b, a->ids[i]));
    }
}

static void same_ledger(const struct ledger *a, const struct ledger *b)
{
    same_map(&a->sent, &b->sent, same_entry);
    same_map(&a->incidents, &b->incidents, same_incident);
    same_map(&a->watermarks, &b->watermarks, same_time);
    same_map(&a->silences, &b->silences, same_time);
    same_map(&a->watches, &b->watches, same_watch);
    same_map(&a->causes, &b->causes, same_text);
    same_map(&a->refusals, &b->refusals, same_text);
    assert_int_equal(a->pending_count, b->pending_count);
    for (size_t i = 0; i < a->pending_count; i++) {
        same_pending(&a->pendings[i], &b->pendings[i]);
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= LEDGERS; seed++) {
        AUTO_PTR(arena) arena = arena_create();
        struct dice dice = {seed * UINT64_C(0x9E3779B97F4A7C15), arena};
        struct ledger written;
        struct ledger read;
        struct state_report report;
        struct state_health health;
        roll_ledger(&dice, &written);
        AUTO_PTR(json) document = state_format_new("x");
        state_format_encode(document, &written, &report);
        assert_int_equal(report.incidents_dropped + report.children_dropped, 0);
        assert_false(report.newer);
        ledger_init(&read, arena);
        state_format_decode(document, &read, &health);
        if (health.unreadable || health.newer) {
            fail_msg("ledger %d: %s", (int)seed, health.reason);
        }
        assert_true(read.existed);
        assert_true(read.had_state);
        assert_true(read.revision != 0);
        same_ledger(&written, &read);
    }
}

static void the_revision_changes_with_the_text(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct state_report report;
    struct state_health health;
    uint64_t seen[3];
    for (int i = 0; i < 3; i++) {
        struct ledger ledger;
        struct ledger read;
        ledger_init(&ledger, arena);
        (void)ledger_add(&ledger, "k3s:run-a:2026-04-02", NOW);
        if (i == 1) {
            ledger_set_watermark(&ledger, "k3s", ACTION_RUN, NOW);
        }
        AUTO_PTR(json) document = state_format_new("x");
        state_format_encode(document, &ledger, &report);
        ledger_init(&read, arena);
        state_format_decode(document, &read, &health);
        seen[i] = read.revision;
    }
    assert_true(seen[0] != seen[1]);
    assert_true(seen[0] == seen[2]);
}

static void tokens_are_packed(void **state)
{
    (void)state;
    static const struct {
        const char *token;
        const char *packed;
    } cases[] = {
        {"0000000000000000", "AAAAAAAAAAA"}, {"0000000000000001", "AAAAAAAAAAB"},
        {"ffffffffffffffff", "P__________"}, {"82492b1d67ac3c5a", "IJJKx1nrDxa"},
        {"000000000000003e", "AAAAAAAAAA-"},
    };
    char packed[STATE_TOKEN_PACKED_BYTES];
    char token[LEDGER_TOKEN_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(state_token_pack(cases[i].token, packed));
        assert_string_equal(packed, cases[i].packed);
        assert_true(state_token_unpack(packed, token));
        assert_string_equal(token, cases[i].token);
    }
    static const char *const none[] = {"", "82492b1d67ac3c5", "82492b1d67ac3c5A",
                                       "82492b1d67ac3c5a0", "82492b1d67ac3c5g"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_false(state_token_pack(none[i], packed));
    }
    // Too short, a foreign digit, more than 64 bits.
    static const char *const odd[] = {"", "AAAAAAAAAA", "AAAAA+AAAAA", "QAAAAAAAAAA",
                                      "__________A"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        assert_false(state_token_unpack(odd[i], token));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(the_revision_changes_with_the_text),
        cmocka_unit_test(tokens_are_packed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
