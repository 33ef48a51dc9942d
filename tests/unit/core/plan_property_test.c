// SPDX-License-Identifier: MIT
// Random histories of runs, outages, crashes and passes beside each other, judged by a model that
// knows BEHAVIOUR sections 4 to 7 and not the code. PLAN_SEED=n runs one history, PLAN_STEPS=n
// fewer steps of it (to shrink one that fails), PLAN_TRACE=1 says what happens.
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
#include "base/timestamp.h"
#include "core/alert_id.h"
#include "plan_world.h"
#include "sample.h"

enum {
    HISTORIES = 2500,
    STEPS = 36,
    APPS = 3,
    MINUTE = 60,
    HOUR = 3600,
    PROCESSES = 2,
    DECISIONS = 5,
};

static const char *const apps[APPS] = {"blog", "shop", "crm"};
static const enum action_kind told_kinds[] = {ACTION_BACKUP, ACTION_EXPORT};

enum answer { TAKEN, REFUSED, TAKEN_UNSEEN, LOST };

// A pass: what it read, and where it stands.
struct process {
    bool alive;
    struct ledger ledger; // as last read
    struct history history;
    struct sight sights[WORLD_SIGHTS];
    struct plan_input input;
    struct plan plan;
};

struct model {
    uint64_t seed;
    uint64_t random;
    bool trace;
    struct arena *arena;
    struct world world; // its ledger is the stored one
    int64_t now;
    int64_t first_window; // TIMESTAMP_NONE: nothing was written yet
    size_t run_count;
    size_t mail_count;
    bool faults; // crashes, refusals and outages happen
    struct process processes[PROCESSES];
    struct map seen;     // uids of failures that a pass had before it
    struct map told;     // uid -> Message-ID of the mail that is recorded to have told it
    struct map counted;  // uids that an accepted mail told, by a row or by the id of their run
    struct map waited;   // runs that an incident held
    struct map by_id;    // run names that a mail named by its id alone
    struct map accepted; // alert ids of accepted mails
    struct map named;    // incident keys: told as failing and not as over -> int64_t * when
};

static uint64_t next_random(struct model *model)
{
    model->random ^= model->random >> 12;
    model->random ^= model->random << 25;
    model->random ^= model->random >> 27;
    return model->random * UINT64_C(0x2545F4914F6CDD1D) >> 33;
}

static size_t below(struct model *model, size_t limit)
{
    return (size_t)(next_random(model) % limit);
}

static bool chance(struct model *model, size_t percent)
{
    return below(model, 100) < percent;
}

static void violated(const struct model *model, const char *rule, const char *what)
{
    char now[TIMESTAMP_TEXT_BYTES];
    timestamp_format(model->now, now);
    fail_msg("PLAN_SEED=%llu at %s: %s: %s", (unsigned long long)model->seed, now, rule, what);
}

static void trace(const struct model *model, const char *what, const char *text)
{
    char now[TIMESTAMP_TEXT_BYTES];
    if (model->trace) {
        timestamp_format(model->now, now);
        printf("%s %s %s\n", now, what, text);
    }
}

// --- what happens in K10

static void add_action(struct model *model, const char *run, const char *app, enum action_kind kind,
                       int64_t ended)
{
    char text[TIMESTAMP_TEXT_BYTES];
    timestamp_format(ended, text);
    const char *uid = arena_format(model->arena, "uid-%zu", model->world.action_count);
    struct action action = failed_backup(uid, app, text);
    action.run = run;
    action.kind = kind;
    size_t outcome = below(model, 100);
    if (outcome < 45) {
        action = world_clean(action);
    } else if (outcome < 57) {
        action = world_clean(action);
        action.clean = false; // neither a failure nor a recovery
        action.state = outcome < 52 ? ACTION_SKIPPED : ACTION_COMPLETE;
    }
    (void)world_add(&model->world, &action);
    trace(
        model, action.state == ACTION_FAILED ? "  fail" : "  good",
        arena_format(model->arena, "%s %s %s %s %s", uid, run, app, action_kind_word(kind), text));
}

static bool is_used(const struct model *model, int64_t ended)
{
    for (size_t i = 0; i < model->world.action_count; i++) {
        if (model->world.actions[i].action.ended == ended) {
            return true;
        }
    }
    return false;
}

// A run with actions for some applications; some end long after the others.
static void run_policy(struct model *model)
{
    const char *run = arena_format(model->arena, "run-%zu", model->run_count++);
    int64_t ended = model->now;
    for (size_t i = 0; i < APPS; i++) {
        for (size_t k = 0; k < 2; k++) {
            if (!chance(model, k == 0 ? 60 : 25)) {
                continue;
            }
            int64_t later = chance(model, 15) ? (int64_t)below(model, 50) * MINUTE : 0;
            ended = model->now + later + (int64_t)below(model, 30);
            while (is_used(model, ended)) {
                ended++;
            }
            add_action(model, run, apps[i], told_kinds[k], ended);
        }
    }
}

static void change_sight(struct model *model)
{
    enum action_kind kind = told_kinds[below(model, 2)];
    size_t place = below(model, 4);
    if (place == 0) {
        for (size_t i = 0; i < WORLD_KINDS; i++) {
            world_see(&model->world, 0, model->world.sights[i].kind, ERROR_NETWORK);
        }
    } else if (place == 1) {
        world_see(&model->world, 0, kind, ERROR_UNAVAILABLE);
        model->world.broken[kind == ACTION_BACKUP ? 0 : 1] = chance(model, 50);
    } else {
        for (size_t i = 0; i < WORLD_KINDS; i++) {
            world_see(&model->world, 0, model->world.sights[i].kind, ERROR_NONE);
        }
    }
    trace(model, "  sight", place == 0 ? "none" : place == 1 ? action_kind_word(kind) : "all");
}

// --- the mail server

static void tell_by_id(struct model *model, const char *id)
{
    map_set(&model->accepted, id, model);
    for (size_t i = 0; i < model->world.action_count; i++) {
        const struct action *action = &model->world.actions[i].action;
        const char *subject = arena_format(model->arena, ":%s:", action->run);
        if (strstr(id, subject) != NULL && map_get(&model->seen, action->uid) != NULL) {
            map_set(&model->counted, action->uid, model);
        }
    }
}

static bool is_of(const struct incident *incident, const struct action *action)
{
    return incident->kind == action->kind && strcmp(incident->app, action->app) == 0 &&
           action->ended >= incident->since && action->ended <= incident->last;
}

// Runs that are counted in what a mail says of an incident ("3 in a row") are told by it, as far as
// some pass had them before it.
static void tell_incidents(struct model *model, const struct plan_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        const struct incident *incident = &steps->items[i].incident;
        for (size_t j = 0; j < incident->held_count; j++) {
            tell_by_id(model, incident->held[j]);
        }
        for (size_t j = 0; j < model->world.action_count; j++) {
            const struct action *action = &model->world.actions[j].action;
            if (is_of(incident, action) && map_get(&model->seen, action->uid) != NULL) {
                map_set(&model->counted, action->uid, model);
            }
        }
    }
}

// Twice is wrong where the server's first answer was seen and stored.
static void tell_action(struct model *model, const struct action *action, const char *message_id)
{
    const char *before = map_get(&model->told, action->uid);
    bool is_repeat = before != NULL && strcmp(before, message_id) != 0;
    if (is_repeat && map_get(&model->by_id, action->run) == NULL) {
        violated(model, "never told in two mails", action->uid);
    }
    map_set(&model->counted, action->uid, model);
}

static void take_row(struct model *model, const struct plan_row *row, const char *message_id)
{
    const struct finding *finding = row->finding;
    map_set(&model->accepted, row->id, model);
    if (row->reason == PLAN_ID_ONLY) {
        map_set(&model->by_id, finding->name, model);
    }
    for (size_t i = 0; i < finding->action_count; i++) {
        tell_action(model, finding->actions[i], message_id);
    }
    for (size_t i = 0; i < row->held_count; i++) {
        tell_by_id(model, row->held[i]);
    }
    tell_incidents(model, &row->steps);
}

static void take_mail(struct model *model, const struct plan *plan, const char *message_id)
{
    for (size_t i = 0; i < plan->row_count; i++) {
        take_row(model, &plan->rows[i], message_id);
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        tell_incidents(model, &plan->closings[i].steps);
    }
}

static enum answer send_mail(struct model *model, const struct plan *plan, const char *message_id)
{
    size_t die = model->faults ? below(model, 100) : 0;
    enum answer answer = die < 70 ? TAKEN : die < 82 ? REFUSED : die < 91 ? TAKEN_UNSEEN : LOST;
    static const char *const words[] = {"taken", "refused", "taken unseen", "lost"};
    trace(model, message_id, words[answer]);
    trace(model, "   ", world_text(&model->world, plan));
    if (answer == TAKEN || answer == TAKEN_UNSEEN) {
        take_mail(model, plan, message_id);
    }
    return answer;
}

// --- what an accepted mail that is recorded means

static void check_reminder(struct model *model, const struct plan_step *step, const char *key)
{
    const int64_t *told = map_get(&model->named, key);
    int64_t every = model->world.options.remind_every_s;
    if (every == 0) {
        violated(model, "REMIND_EVERY=0 is never", key);
    }
    if (told == NULL) {
        violated(model, "only what was told is reminded of", key);
    } else if (model->now - *told < every - PLAN_EARLY_SECONDS) {
        violated(model, "reminders keep their distance", key);
    }
    if (step->close) {
        violated(model, "a reminder does not end an incident", key);
    }
}

static void note_steps(struct model *model, const struct plan_steps *steps, bool is_reminder)
{
    for (size_t i = 0; i < steps->count; i++) {
        const struct plan_step *step = &steps->items[i];
        const char *key = incident_key(model->arena, &step->incident);
        if (is_reminder) {
            check_reminder(model, step, key);
        }
        if (step->tell) {
            int64_t *at = arena_alloc(model->arena, sizeof *at);
            *at = model->now;
            map_set(&model->named, key, at);
        }
        if (step->close) {
            if (map_get(&model->named, key) == NULL) {
                violated(model, "only what was told is told to be over, once", key);
            }
            map_set(&model->named, key, NULL);
        }
    }
}

static void note_recorded(struct model *model, const struct plan *plan, const char *message_id)
{
    for (size_t i = 0; i < plan->row_count; i++) {
        const struct plan_row *row = &plan->rows[i];
        for (size_t j = 0; j < row->finding->action_count; j++) {
            map_set(&model->told, row->finding->actions[j]->uid,
                    arena_strdup(model->arena, message_id));
        }
        note_steps(model, &row->steps, row->reason == PLAN_REMINDER);
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        note_steps(model, &plan->closings[i].steps, false);
    }
}

// --- a pass

static void note_write(struct model *model, const struct process *process)
{
    if (model->first_window == TIMESTAMP_NONE) {
        model->first_window = process->input.now - model->world.options.lookback_s;
    }
    model->world.ledger.existed = true;
    model->world.ledger.had_state = true;
}

static void decide(struct model *model, struct process *process)
{
    process->ledger = world_copy_ledger(model->arena, &model->world.ledger);
    process->input.ledger = &process->ledger;
    process->input.history = &process->history;
    process->input.sights = process->sights;
    plan_make(model->arena, &process->input, &process->plan);
    for (size_t i = 0; i < process->ledger.pending_count; i++) {
        if (!process->ledger.pendings[i].accepted) {
            plan_without(model->arena, &process->input, &process->plan,
                         &process->ledger.pendings[i], &process->plan);
        }
    }
}

static void begin_pass(struct model *model, struct process *process)
{
    *process = (struct process){.alive = true};
    process->ledger = world_copy_ledger(model->arena, &model->world.ledger);
    world_plan_with(&model->world, &process->ledger, model->now);
    process->history = model->world.history;
    process->input = model->world.input;
    process->plan = model->world.plan;
    memcpy(process->sights, model->world.sights, sizeof process->sights);
    process->input.ledger = &process->ledger;
    process->input.history = &process->history;
    process->input.sights = process->sights;
    for (size_t i = 0; i < process->input.finding_count; i++) {
        const struct finding *finding = &process->input.findings[i];
        for (size_t j = 0; j < finding->action_count; j++) {
            map_set(&model->seen, finding->actions[j]->uid, model);
        }
    }
    trace(model, "begin", world_text(&model->world, &process->plan));
}

static bool crashes(struct model *model, struct process *process)
{
    if (model->faults && chance(model, 5)) {
        process->alive = false;
        trace(model, "crash", "");
        return true;
    }
    return false;
}

// False when the pass is over.
static bool send_again(struct model *model, struct process *process, const struct pending *pending,
                       bool *ret_may_go_on)
{
    struct plan again;
    struct ledger *store = &model->world.ledger;
    plan_again(model->arena, &process->input, &process->plan, pending, &again);
    if (!again.send) {
        (void)ledger_remove_pending(store, pending->message_id);
        return true;
    }
    enum answer answer = send_mail(model, &again, pending->message_id);
    if (crashes(model, process)) {
        return false;
    }
    if (answer == TAKEN) {
        (void)ledger_remove_pending(store, pending->message_id);
        plan_record(&again, &process->input, model->now, store);
        note_recorded(model, &again, pending->message_id);
    }
    *ret_may_go_on = *ret_may_go_on && answer == TAKEN;
    return true;
}

// False when the pass is over.
static bool settle_pendings(struct model *model, struct process *process, bool *ret_may_go_on)
{
    const struct ledger before = process->ledger;
    for (size_t i = 0; i < before.pending_count; i++) {
        const struct pending *pending = &before.pendings[i];
        enum pending_state judged = pending_judge(pending, process->input.now);
        if (judged == PENDING_GIVEN_UP) {
            (void)ledger_remove_pending(&model->world.ledger, pending->message_id);
        }
        bool is_there = ledger_find_pending(&model->world.ledger, pending->message_id) != NULL;
        if (is_there && judged == PENDING_RETRY &&
            !send_again(model, process, pending, ret_may_go_on)) {
            return false;
        }
    }
    decide(model, process); // what was told meanwhile, here or elsewhere
    return true;
}

// False when nothing is left to say.
static bool store_intent(struct model *model, struct process *process, struct pending *pending)
{
    struct ledger *store = &model->world.ledger;
    for (int i = 0; i < DECISIONS; i++) {
        if (!process->plan.send) {
            return false;
        }
        pending->ids = plan_ids(model->arena, &process->plan, &pending->id_count);
        if (!plan_is_stale(&process->plan, &process->input, store)) {
            ledger_add_pending(store, pending);
            plan_begin(&process->input, store);
            note_write(model, process);
            return true;
        }
        trace(model, "stale", "");
        decide(model, process);
    }
    violated(model, "a stale plan becomes a fresh one", "still stale");
    return false;
}

static void note_waiting(struct model *model)
{
    const struct map *incidents = &model->world.ledger.incidents;
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->entries[i].value;
        for (size_t j = 0; incident != NULL && j < incident->held_count; j++) {
            struct alert_id id;
            if (alert_id_parse(model->arena, incident->held[j], &id)) {
                map_set(&model->waited, id.subject, model);
            }
        }
    }
}

static void settle(struct model *model, struct process *process)
{
    plan_settle(&process->plan, &process->input, process->input.now, &model->world.ledger);
    note_write(model, process);
    note_waiting(model);
    trace(model, "settled", world_incidents(&model->world));
}

static void send_new(struct model *model, struct process *process)
{
    struct ledger *store = &model->world.ledger;
    const char *const all[] = {"ops@kasten.test"};
    struct pending pending = {
        .message_id = arena_format(model->arena, "<mail-%zu>", model->mail_count++),
        .date = process->input.now,
        .recipients = all,
        .recipient_count = 1,
    };
    if (!store_intent(model, process, &pending)) {
        settle(model, process);
        return;
    }
    if (crashes(model, process)) {
        return;
    }
    enum answer answer = send_mail(model, &process->plan, pending.message_id);
    if (crashes(model, process)) {
        return;
    }
    if (answer == REFUSED) {
        (void)ledger_remove_pending(store, pending.message_id);
    } else if (answer == TAKEN) {
        (void)ledger_remove_pending(store, pending.message_id);
        plan_record(&process->plan, &process->input, model->now, store);
        note_recorded(model, &process->plan, pending.message_id);
        settle(model, process);
    }
}

static void finish_pass(struct model *model, struct process *process)
{
    bool may_go_on = true;
    if (crashes(model, process) || !settle_pendings(model, process, &may_go_on)) {
        return;
    }
    if (may_go_on) {
        send_new(model, process);
    }
    process->alive = false;
}

// --- the model's own view

static bool latest(const struct model *model, const char *app, enum action_kind kind,
                   int64_t read_at, const struct action **ret)
{
    *ret = NULL;
    for (size_t i = 0; i < model->world.action_count; i++) {
        const struct action *action = &model->world.actions[i].action;
        bool counts = action->kind == kind && strcmp(action->app, app) == 0 &&
                      action->ended <= read_at && (action->state == ACTION_FAILED || action->clean);
        if (counts && (*ret == NULL || action->ended > (*ret)->ended)) {
            *ret = action;
        }
    }
    return *ret != NULL;
}

// After a pass that read all and told all: open is exactly what failed last.
static void check_incidents(struct model *model, const struct process *process)
{
    for (size_t i = 0; i < APPS; i++) {
        for (size_t k = 0; k < 2; k++) {
            const struct action *last;
            bool any = latest(model, apps[i], told_kinds[k], process->input.now, &last);
            bool fails = any && last->state == ACTION_FAILED && last->ended >= model->first_window;
            const char *key = arena_format(model->arena, "k3s/kasten-io/daily/%s/%s",
                                           action_kind_word(told_kinds[k]), apps[i]);
            bool is_open = ledger_incident(&model->world.ledger, key) != NULL;
            if (fails != is_open) {
                violated(model, fails ? "what fails is open" : "what went well is not open", key);
            }
            if (!is_open && map_get(&model->named, key) != NULL) {
                violated(model, "what was told is told to be over", key);
            }
        }
    }
}

static void check_sent(struct model *model)
{
    const struct map *sent = &model->world.ledger.sent;
    for (size_t i = 0; i < sent->count; i++) {
        if (sent->entries[i].value != NULL &&
            map_get(&model->accepted, sent->entries[i].key) == NULL) {
            violated(model, "nothing is marked sent that was not accepted", sent->entries[i].key);
        }
    }
}

// With ALERT_EVERY_RUN=false it may wait for the reminder, which counts it; whether it does is
// for the stories to say: a run is told once for all its applications.
static bool waits(const struct model *model, const struct action *action)
{
    return !model->world.options.every_run && map_get(&model->waited, action->run) != NULL;
}

static void check_all_told(struct model *model)
{
    for (size_t i = 0; i < model->world.action_count; i++) {
        const struct action *action = &model->world.actions[i].action;
        bool is_due = action->state == ACTION_FAILED && action->ended >= model->first_window &&
                      action->ended <= model->now;
        if (is_due && map_get(&model->counted, action->uid) == NULL && !waits(model, action)) {
            violated(model, "every failure is told",
                     arena_format(model->arena, "%s of %s", action->uid, action->run));
        }
    }
}

// --- a history

static bool is_quiet(const struct model *model)
{
    bool quiet = model->world.ledger.pending_count == 0;
    for (size_t i = 0; i < PROCESSES; i++) {
        quiet = quiet && !model->processes[i].alive;
    }
    return quiet;
}

static void step_process(struct model *model)
{
    struct process *process = &model->processes[below(model, PROCESSES)];
    if (!process->alive) {
        begin_pass(model, process);
        // Mostly it is alone.
        if (chance(model, 70)) {
            finish_pass(model, process);
        }
    } else {
        finish_pass(model, process);
    }
    check_sent(model);
}

// Two passes never stand still for longer than their time limit.
static void finish_all(struct model *model)
{
    for (size_t i = 0; i < PROCESSES; i++) {
        if (model->processes[i].alive) {
            finish_pass(model, &model->processes[i]);
        }
    }
}

static void calm_down(struct model *model)
{
    model->faults = false;
    finish_all(model);
    for (size_t i = 0; i < WORLD_KINDS; i++) {
        world_see(&model->world, 0, model->world.sights[i].kind, ERROR_NONE);
    }
    for (int i = 0; i < 3; i++) {
        model->now += HOUR;
        begin_pass(model, &model->processes[0]);
        finish_pass(model, &model->processes[0]);
        check_sent(model);
    }
    if (!is_quiet(model)) {
        violated(model, "no mail stays open", "");
    }
    check_incidents(model, &model->processes[0]);
    check_all_told(model);
}

static void live(struct model *model, size_t steps)
{
    static const int64_t reminders[] = {0, HOUR, 6 * HOUR, 24 * HOUR};
    struct plan_options *options = &model->world.options;
    options->every_run = chance(model, 60);
    options->remind_every_s = reminders[below(model, 4)];
    options->lookback_s = chance(model, 50) ? 2 * HOUR : HOUR / 2;
    trace(model, "options",
          arena_format(model->arena, "every_run %d remind %lld lookback %lld", options->every_run,
                       (long long)options->remind_every_s, (long long)options->lookback_s));
    for (size_t i = 0; i < steps; i++) {
        bool is_alive = model->processes[0].alive || model->processes[1].alive;
        // Beside a pass that runs only minutes go by.
        model->now += is_alive           ? 1 + (int64_t)below(model, 200)
                      : chance(model, 5) ? (int64_t)below(model, 30 * HOUR)
                                         : 1 + (int64_t)below(model, 50 * MINUTE);
        size_t die = below(model, 100);
        if (die < 35) {
            run_policy(model);
        } else if (die < 45) {
            change_sight(model);
        } else {
            step_process(model);
        }
        if (is_alive) {
            finish_all(model);
        }
    }
    calm_down(model);
}

static void run_history(uint64_t seed, size_t steps, bool traced)
{
    AUTO_PTR(arena) arena = arena_create();
    struct model *model = arena_alloc(arena, sizeof *model);
    *model = (struct model){
        .seed = seed,
        .random = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15),
        .trace = traced,
        .arena = arena,
        .now = at("2026-04-02T10:00:00Z") + (int64_t)(seed % 24) * HOUR,
        .first_window = TIMESTAMP_NONE,
        .faults = true,
    };
    world_init(&model->world, arena);
    model->world.cluster_count = 1;
    model->world.ledger.existed = false;
    model->world.ledger.had_state = false;
    map_init(&model->seen, arena);
    map_init(&model->told, arena);
    map_init(&model->counted, arena);
    map_init(&model->waited, arena);
    map_init(&model->by_id, arena);
    map_init(&model->accepted, arena);
    map_init(&model->named, arena);
    live(model, steps);
}

static size_t number_of(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? (size_t)strtoull(text, NULL, 10) : otherwise;
}

static void random_histories_keep_the_promises(void **state)
{
    (void)state;
    size_t steps = number_of("PLAN_STEPS", STEPS);
    bool traced = getenv("PLAN_TRACE") != NULL;
    if (getenv("PLAN_SEED") != NULL) {
        run_history(number_of("PLAN_SEED", 0), steps, traced);
        return;
    }
    for (uint64_t seed = 0; seed < HISTORIES; seed++) {
        run_history(seed, steps, traced);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_histories_keep_the_promises)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
