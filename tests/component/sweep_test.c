// SPDX-License-Identifier: MIT
// Kills a pass at every call to the world outside, in turn, and lets another whole pass run inside
// each of them; later passes must put everything right. KASTEN_SWEEP_SAMPLE=N disturbs every Nth
// point only (for sanitizers); an argument is the name of the one scenario to play.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/parse.h"
#include "sweep.h"

enum { HANGS = 11, SOME = 6 };

struct sweep {
    struct sweeping sweeping;
    struct outside *before;  // of the pass that is disturbed
    struct outside *between; // after the first kill
    size_t sample;
    size_t kill_points;
    size_t scenarios;
};

static void kill_again(struct sweep *sweep, size_t pass, int64_t at, size_t step)
{
    struct sweeping *sweeping = &sweep->sweeping;
    *sweep->between = *sweeping->outside;
    size_t points = sweep_whole_pass(sweeping, at);
    for (size_t i = 1; i <= points; i += step) {
        *sweeping->outside = *sweep->between;
        sweeping->run.second = i;
        sweep_killed_pass(sweeping, at, i);
        (void)sweep_whole_pass(sweeping, at + SWEEP_AFTER);
        sweep_go_on(sweeping, pass, at + SWEEP_AFTER);
    }
    sweeping->run.second = 0;
}

static void kill_in_pass(struct sweep *sweep, size_t pass, size_t points)
{
    struct sweeping *sweeping = &sweep->sweeping;
    const struct scenario *scenario = sweeping->scenario;
    int64_t at = scenario->passes[pass];
    size_t step = (scenario->every_pair ? 1 : SOME) * sweep->sample;
    sweeping->run =
        (struct sweep_run){.scenario = scenario, .what = "killed", .pass = pass, .killed = true};
    for (size_t i = 1; i <= points; i += sweep->sample) {
        sweeping->run.point = i;
        sweeping->target = i;
        *sweeping->outside = *sweep->before;
        (void)sweep_whole_pass(sweeping, at); // for the name of the point
        *sweeping->outside = *sweep->before;
        sweep_killed_pass(sweeping, at, i);
        *sweep->between = *sweeping->outside;
        (void)sweep_whole_pass(sweeping, at + SWEEP_SOON);
        (void)sweep_whole_pass(sweeping, at + SWEEP_AFTER);
        sweep_go_on(sweeping, pass, at + SWEEP_AFTER);
        sweep->kill_points++;
        if (scenario->pass_count <= 2 && i % step == 1 % step) {
            *sweeping->outside = *sweep->between;
            kill_again(sweep, pass, at + SWEEP_AFTER, step);
        }
    }
}

static void interleave(struct sweep *sweep, size_t pass, size_t points, int64_t hangs)
{
    struct sweeping *sweeping = &sweep->sweeping;
    int64_t at = sweeping->scenario->passes[pass];
    sweeping->hangs = hangs;
    sweeping->run = (struct sweep_run){.scenario = sweeping->scenario,
                                       .what = hangs > 0 ? "another pass beside one that hangs"
                                                         : "another pass beside",
                                       .pass = pass,
                                       .killed = hangs > 0};
    for (size_t i = 1; i <= points; i += sweep->sample) {
        sweeping->run.point = i;
        *sweeping->outside = *sweep->before;
        sweep_pass_beside(sweeping, at, i);
        (void)sweep_whole_pass(sweeping, at + SWEEP_AFTER + hangs);
        sweep_go_on(sweeping, pass, at + SWEEP_AFTER + hangs);
    }
}

static void play(struct sweep *sweep, const struct scenario *scenario)
{
    struct sweeping *sweeping = &sweep->sweeping;
    struct outside *undisturbed = memory_alloc(sizeof *undisturbed);
    sweeping->scenario = scenario;
    sweep->scenarios++;
    sweep_reset(sweeping);
    *undisturbed = *sweeping->outside;
    sweeping->run = (struct sweep_run){.scenario = scenario, .what = "undisturbed"};
    (void)sweep_whole_pass(sweeping, scenario->passes[0]);
    sweep_go_on(sweeping, 0, scenario->passes[0]);
    for (size_t i = 0; i < scenario->pass_count; i++) {
        sweeping->run = (struct sweep_run){.scenario = scenario, .what = "undisturbed", .pass = i};
        *sweep->before = *undisturbed;
        *sweeping->outside = *undisturbed;
        size_t points = sweep_whole_pass(sweeping, scenario->passes[i]);
        *undisturbed = *sweeping->outside;
        kill_in_pass(sweep, i, points);
        interleave(sweep, i, points, 0);
        interleave(sweep, i, points, HANGS);
    }
    free(undisturbed);
}

static size_t sample_wanted(void)
{
    const char *text = getenv("KASTEN_SWEEP_SAMPLE");
    uint64_t sample = 1;
    if (text != NULL && (!parse_uint(text, UINT16_MAX, &sample) || sample == 0)) {
        (void)fprintf(stderr, "KASTEN_SWEEP_SAMPLE must be a number from 1 on\n");
        exit(2);
    }
    return (size_t)sample;
}

int main(int argc, char **argv)
{
    struct sweep sweep = {.sample = sample_wanted()};
    sweep.sweeping.outside = sweep_shared();
    sweep.before = memory_alloc(sizeof *sweep.before);
    sweep.between = memory_alloc(sizeof *sweep.between);
    for (size_t i = 0; i < sweep_scenario_count; i++) {
        if (argc < 2 || strcmp(argv[1], sweep_scenarios[i].name) == 0) {
            play(&sweep, &sweep_scenarios[i]);
        }
    }
    free(sweep.before);
    free(sweep.between);
    (void)printf("sweep: %zu kill points in %zu scenarios, %zu violations; %zu histories played\n",
                 sweep.kill_points, sweep.scenarios, sweep_violations(), sweep.sweeping.histories);
    return sweep_violations() == 0 && sweep.kill_points > 0 ? 0 : 1;
}
