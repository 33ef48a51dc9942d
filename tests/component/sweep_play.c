// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "sweep.h"

enum { KILLED = 99, LATER = 60, END_PASSES = 3 };

// Elements of a list before the first that is all zero.
static size_t length(const void *list, size_t size, size_t most)
{
    static const char zero[sizeof(struct world_object)];
    size_t count = 0;
    while (count < most && memcmp((const char *)list + count * size, zero, size) != 0) {
        count++;
    }
    return count;
}

void sweep_begin(struct sweeping *sweeping, struct world *world)
{
    const struct scenario *scenario = sweeping->scenario;
    world_init(world, sweeping->outside);
    world->settings.cluster_count = scenario->clusters;
    world->settings.to_count = scenario->recipients;
    world->chunk_bytes = 4096;
    world->objects = scenario->objects;
    world->object_count = length(scenario->objects, sizeof scenario->objects[0], SWEEP_OBJECTS);
    world->outages = scenario->outages;
    world->outage_count = length(scenario->outages, sizeof scenario->outages[0], SWEEP_LIST);
    world->mail_faults = scenario->mail_faults;
    world->mail_fault_count =
        length(scenario->mail_faults, sizeof scenario->mail_faults[0], SWEEP_LIST);
    world->state_faults = scenario->state_faults;
    world->state_fault_count =
        length(scenario->state_faults, sizeof scenario->state_faults[0], SWEEP_LIST);
    world->context = sweeping;
}

void sweep_reset(struct sweeping *sweeping)
{
    const struct scenario *scenario = sweeping->scenario;
    struct world world;
    memset(sweeping->outside, 0, sizeof *sweeping->outside);
    sweep_begin(sweeping, &world);
    if (scenario->sent != NULL) {
        world_put_state(&world, scenario->sent, scenario->state);
    }
    world_finish(&world);
}

static void die(struct world *world, size_t number, const char *where)
{
    const struct sweeping *sweeping = world->context;
    (void)where;
    if (number == sweeping->target) {
        _exit(KILLED);
    }
}

static void run_another(struct world *world, size_t number, const char *where)
{
    struct sweeping *sweeping = world->context;
    if (number != sweeping->target) {
        return;
    }
    struct world other;
    sweeping->run.where = where;
    sweep_begin(sweeping, &other);
    world_pass_at(&other, (world_now() - WORLD_NOON) / WORLD_MINUTE + sweeping->hangs);
    world_finish(&other);
}

static void remember_where(struct world *world, size_t number, const char *where)
{
    struct sweeping *sweeping = world->context;
    if (number == sweeping->target) {
        sweeping->run.where = where;
    }
}

size_t sweep_whole_pass(struct sweeping *sweeping, int64_t at)
{
    struct world world;
    sweep_begin(sweeping, &world);
    world.at_point = remember_where;
    world_pass_at(&world, at);
    size_t points = world.points;
    sweep_check_pass(&sweeping->run, &world);
    world_finish(&world);
    return points;
}

bool sweep_may_be_killed_pass(struct sweeping *sweeping, int64_t at, size_t point)
{
    (void)fflush(stdout);
    sweeping->target = point;
    pid_t child = fork();
    if (child == 0) {
        struct world world;
        sweep_begin(sweeping, &world);
        world.at_point = die;
        world_pass_at(&world, at);
        _exit(0);
    }
    int status = 0;
    sweeping->target = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
        sweep_violate(&sweeping->run, "the pass crashed", "in its process");
        return false;
    }
    return WEXITSTATUS(status) == KILLED;
}

void sweep_killed_pass(struct sweeping *sweeping, int64_t at, size_t point)
{
    if (!sweep_may_be_killed_pass(sweeping, at, point)) {
        sweep_violate(&sweeping->run, "the pass did not end at its point", "no such point");
    }
}

void sweep_pass_beside(struct sweeping *sweeping, int64_t at, size_t point)
{
    struct world world;
    sweeping->target = point;
    sweep_begin(sweeping, &world);
    world.at_point = run_another;
    world_pass_at(&world, at);
    sweep_check_pass(&sweeping->run, &world);
    world_finish(&world);
    sweeping->target = 0;
}

void sweep_go_on(struct sweeping *sweeping, size_t pass, int64_t from)
{
    const struct scenario *scenario = sweeping->scenario;
    int64_t last = from;
    struct world world;
    for (size_t i = pass + 1; i < scenario->pass_count; i++) {
        if (scenario->passes[i] > from) {
            last = scenario->passes[i];
            (void)sweep_whole_pass(sweeping, last);
        }
    }
    sweep_begin(sweeping, &world);
    for (int64_t i = 1; i <= END_PASSES; i++) {
        world_pass_at(&world, last + i * LATER);
        sweep_check_pass(&sweeping->run, &world);
    }
    sweep_check_end(&sweeping->run, &world);
    world_finish(&world);
    sweeping->histories++;
}

struct outside *sweep_shared(void)
{
    struct outside *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return shared;
}
