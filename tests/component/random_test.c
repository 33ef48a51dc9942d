// SPDX-License-Identifier: MIT
// Random histories: failures and recoveries, outages, mail and state faults, kills and passes
// beside each other. The checks are those of the sweep; which incidents are open at the end is said
// by a model of a few lines. Arguments: the first seed and how many; a violation names its seed.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/parse.h"
#include "sweep.h"

enum { SEEDS = 400, APPS = 3, NAME_BYTES = 48, STEP = 60, HANGS = 11 };

// A scenario with the memory of its names.
struct story {
    struct scenario scenario;
    char name[NAME_BYTES];
    char uids[SWEEP_OBJECTS][NAME_BYTES];
    char runs[SWEEP_OBJECTS][NAME_BYTES];
    char open[SWEEP_LIST][NAME_BYTES];
    uint64_t dice;
};

// xorshift64* (Vigna 2016).
static size_t roll(struct story *story, size_t sides)
{
    uint64_t x = story->dice;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    story->dice = x;
    return (size_t)((x * UINT64_C(0x2545F4914F6CDD1D) >> 33) % sides);
}

static const char *const clusters[] = {"k3s", "rke2"};
static const char *const apps[APPS] = {"shop", "crm", "wiki"};

// Joins the run before, unless that is another cluster's or has the application already.
static void join_run(struct story *story, size_t index)
{
    struct world_object *object = &story->scenario.objects[index];
    const struct world_object *before = object - 1;
    bool joins = strcmp(before->cluster, object->cluster) == 0;
    for (size_t i = 0; i < index; i++) {
        const struct world_object *other = &story->scenario.objects[i];
        joins = joins && (strcmp(other->run, before->run) != 0 || other->app != object->app);
    }
    if (joins) {
        object->run = before->run;
    }
}

// Every action ends in a minute of its own, so that the model need not break ties.
static void add_objects(struct story *story)
{
    struct scenario *scenario = &story->scenario;
    size_t count = 4 + roll(story, SWEEP_OBJECTS - 8);
    int64_t last = scenario->passes[scenario->pass_count - 1];
    int64_t room = (last + 100) / (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(story->uids[i], sizeof story->uids[i], "u%zu", i);
        (void)snprintf(story->runs[i], sizeof story->runs[i], "run-%zu", i);
        scenario->objects[i] = (struct world_object){
            .cluster = clusters[roll(story, scenario->clusters)],
            .resource = "backupactions",
            .uid = story->uids[i],
            .run = story->runs[i],
            .app = apps[roll(story, APPS)],
            .policy = "daily",
            .state = roll(story, 3) > 0 ? "Failed" : "Complete",
            .cause = roll(story, 2) == 0 ? "access denied" : NULL,
            .ended = -100 + (int64_t)i * room + (int64_t)roll(story, (size_t)room),
        };
        if (i > 0 && roll(story, 3) == 0) {
            join_run(story, i);
        }
    }
}

static int64_t some_pass(struct story *story)
{
    return story->scenario.passes[roll(story, story->scenario.pass_count)];
}

static void add_faults(struct story *story)
{
    struct scenario *scenario = &story->scenario;
    static const enum world_mail_fault_kind mail_kinds[] = {MAIL_NO_CONNECTION, MAIL_RCPT_450,
                                                            MAIL_FINAL_450,     MAIL_FINAL_550,
                                                            MAIL_ANSWER_LOST,   MAIL_MESSAGE_LOST};
    size_t outages = roll(story, 3);
    size_t mail_faults = roll(story, 3);
    for (size_t i = 0; i < outages; i++) {
        int64_t from = some_pass(story);
        scenario->outages[i] = (struct world_outage){
            .cluster = clusters[roll(story, scenario->clusters)],
            .resource = roll(story, 2) == 0 ? NULL : "backupactions",
            .from = from,
            .until = from + 1 + (int64_t)roll(story, 3 * STEP),
            .status = roll(story, 2) == 0 ? 503 : 403,
        };
    }
    for (size_t i = 0; i < mail_faults; i++) {
        int64_t from = some_pass(story);
        scenario->mail_faults[i] = (struct world_mail_fault){
            .kind = mail_kinds[roll(story, sizeof mail_kinds / sizeof mail_kinds[0])],
            .recipients = 1U << roll(story, scenario->recipients),
            .from = from,
            .until = from + 1 + (int64_t)roll(story, 2 * STEP),
        };
    }
    if (roll(story, 3) == 0) {
        scenario->state_faults[0] =
            (struct world_state_fault){STATE_CONFLICT, some_pass(story), WORLD_FOREVER};
    }
}

// Open is what failed last, as far as anybody was to be told of it.
static void model_incidents(struct story *story)
{
    struct scenario *scenario = &story->scenario;
    size_t open = 0;
    for (size_t c = 0; c < scenario->clusters; c++) {
        for (size_t a = 0; a < APPS; a++) {
            const struct world_object *last = NULL;
            for (size_t i = 0; i < SWEEP_OBJECTS && scenario->objects[i].cluster != NULL; i++) {
                const struct world_object *object = &scenario->objects[i];
                if (object->cluster == clusters[c] && object->app == apps[a]) {
                    last = object;
                }
            }
            if (last != NULL && strcmp(last->state, "Failed") == 0) {
                (void)snprintf(story->open[open], NAME_BYTES, "%s/kasten-io/daily/backup/%s",
                               clusters[c], apps[a]);
                scenario->open[open] = story->open[open];
                open++;
            }
        }
    }
}

static void make(struct story *story, uint64_t seed)
{
    *story = (struct story){.dice = seed * UINT64_C(0x9E3779B97F4A7C15) + 1};
    struct scenario *scenario = &story->scenario;
    (void)snprintf(story->name, sizeof story->name, "seed %llu", (unsigned long long)seed);
    scenario->name = story->name;
    scenario->clusters = 1 + roll(story, 2);
    scenario->recipients = 1 + roll(story, 2);
    scenario->pass_count = 3 + roll(story, SWEEP_LIST - 3);
    for (size_t i = 1; i < scenario->pass_count; i++) {
        int64_t gap = roll(story, 4) == 0 ? STEP * (int64_t)(1 + roll(story, 40)) : STEP;
        scenario->passes[i] = scenario->passes[i - 1] + gap;
    }
    add_objects(story);
    add_faults(story);
    model_incidents(story);
}

static void play(struct sweeping *sweeping, struct story *story)
{
    const struct scenario *scenario = &story->scenario;
    enum { MOST_POINTS = 40 };
    sweeping->scenario = scenario;
    sweeping->run = (struct sweep_run){.scenario = scenario, .what = "random"};
    sweep_reset(sweeping);
    for (size_t i = 0; i < scenario->pass_count; i++) {
        int64_t at = scenario->passes[i];
        size_t point = 1 + roll(story, MOST_POINTS);
        sweeping->run.pass = i;
        sweeping->run.point = point;
        // Before the first pass has ended nobody knows how far back a later one has to read.
        switch (i == 0 ? SIZE_MAX : roll(story, 6)) {
        case 0:
            sweeping->run.killed = true;
            (void)sweep_may_be_killed_pass(sweeping, at, point);
            break;
        case 1:
            sweeping->hangs = 0;
            sweep_pass_beside(sweeping, at, point);
            break;
        case 2:
            sweeping->run.killed = true;
            sweeping->hangs = HANGS;
            sweep_pass_beside(sweeping, at, point);
            break;
        default:
            (void)sweep_whole_pass(sweeping, at);
        }
    }
    sweep_go_on(sweeping, scenario->pass_count, scenario->passes[scenario->pass_count - 1] + STEP);
}

static long long minutes(int64_t at)
{
    return (long long)((at - WORLD_NOON) / WORLD_MINUTE);
}

// For one seed alone: what happened, in minutes.
static void print(const struct sweeping *sweeping)
{
    const struct scenario *scenario = sweeping->scenario;
    for (size_t i = 0; i < SWEEP_OBJECTS && scenario->objects[i].cluster != NULL; i++) {
        const struct world_object *object = &scenario->objects[i];
        (void)printf("%5lld %s %s %s %s %s\n", (long long)object->ended, object->uid,
                     object->cluster, object->run, object->app, object->state);
    }
    for (size_t i = 0; i < scenario->pass_count; i++) {
        (void)printf("%5lld pass\n", (long long)scenario->passes[i]);
    }
    for (size_t i = 0; i < SWEEP_LIST; i++) {
        const struct world_outage *outage = &scenario->outages[i];
        const struct world_mail_fault *fault = &scenario->mail_faults[i];
        if (outage->status != 0) {
            (void)printf("%5lld to %lld outage of %s: %d\n", (long long)outage->from,
                         (long long)outage->until, outage->cluster, outage->status);
        }
        if (fault->until != 0) {
            (void)printf("%5lld to %lld mail fault %d of %u\n", (long long)fault->from,
                         (long long)fault->until, (int)fault->kind, fault->recipients);
        }
    }
    for (size_t i = 0; i < sweeping->outside->mail_count; i++) {
        const struct world_mail *mail = &sweeping->outside->mails[i];
        (void)printf("%5lld mail %.9s of %lld to %u taken %u:", minutes(mail->at), mail->message_id,
                     minutes(mail->date), mail->to, mail->taken);
        for (size_t j = 0; j < mail->row_count; j++) {
            (void)printf(" [%s]", mail->rows[j]);
        }
        (void)printf("\n");
    }
    (void)printf("%s\n", sweeping->outside->state);
}

static uint64_t number(int argc, char **argv, int index, uint64_t otherwise)
{
    uint64_t value = otherwise;
    if (argc > index && !parse_uint(argv[index], UINT32_MAX, &value)) {
        (void)fprintf(stderr, "usage: %s [FIRST-SEED [HOW-MANY]]\n", argv[0]);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    uint64_t first = number(argc, argv, 1, 1);
    uint64_t count = number(argc, argv, 2, SEEDS);
    struct sweeping sweeping = {.outside = sweep_shared()};
    struct story *story = memory_alloc(sizeof *story);
    for (uint64_t seed = first; seed < first + count; seed++) {
        make(story, seed);
        play(&sweeping, story);
        if (count == 1) {
            print(&sweeping);
        }
    }
    free(story);
    (void)printf("random: %zu histories, %zu violations\n", sweeping.histories, sweep_violations());
    return sweep_violations() == 0 && sweeping.histories == count ? 0 : 1;
}
