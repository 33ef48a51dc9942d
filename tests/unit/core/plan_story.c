// SPDX-License-Identifier: MIT
#include "plan_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/silence.h"
#include "plan_story_parts.h"
#include "sample.h"

enum { STAMP_LENGTH = 8 };

void telling_fail(const struct telling *telling, const char *problem, const char *found)
{
    fail_msg("%s:\n  line: %s\n  %s: %s", telling->story->name, telling->line, problem, found);
}

int64_t telling_instant(const struct telling *telling, const char *day, const char *time)
{
    bool has_seconds = strlen(time) == STAMP_LENGTH;
    return at(arena_format(telling->world->arena, "2026-04-%sT%s%sZ", day, time,
                           has_seconds ? "" : ":00"));
}

const char *telling_word(const struct telling *telling, size_t index)
{
    if (index >= telling->count) {
        telling_fail(telling, "too few words", "");
    }
    return telling->words[index];
}

long telling_number(const struct telling *telling, size_t index)
{
    return strtol(telling_word(telling, index), NULL, 10);
}

static void take_apart(struct telling *telling, const char *line)
{
    char *copy = arena_strdup(telling->world->arena, line);
    char *arrow = strstr(copy, "=>");
    char *rest = NULL;
    telling->line = line;
    telling->expected = "";
    telling->count = 0;
    if (arrow != NULL) {
        *arrow = '\0';
        telling->expected = arrow + strlen("=>") + (arrow[2] == ' ' ? 1 : 0);
    }
    const char *day = strtok_r(copy, " ", &rest);
    if (strlen(day) > 2) {
        telling->now = at(day);
    } else {
        telling->now = telling_instant(telling, day, strtok_r(NULL, " ", &rest));
    }
    for (char *next = strtok_r(NULL, " ", &rest); next != NULL && telling->count < MAX_WORDS;
         next = strtok_r(NULL, " ", &rest)) {
        telling->words[telling->count++] = next;
    }
}

// --- passes

static void expect(const struct telling *telling, const char *found)
{
    if (strcmp(found, telling->expected) != 0) {
        telling_fail(telling, "but it is", found);
    }
}

// Each pass is a process of its own: it has the ledger as it was stored.
static void plan_it(struct telling *telling)
{
    struct world *world = telling->world;
    world->ledger = world_copy_ledger(world->arena, &world->ledger);
    world_plan(world, telling->now);
    expect(telling, world_text(world, &world->plan));
}

// A mail that was refused leaves its intent's write behind.
static void refused(struct telling *telling)
{
    plan_it(telling);
    if (telling->world->plan.send) {
        plan_begin(&telling->world->input, &telling->world->ledger);
        telling->world->ledger.had_state = true;
    }
}

static void pass(struct telling *telling)
{
    plan_it(telling);
    world_accept(telling->world);
}

static void check_open(struct telling *telling)
{
    expect(telling, world_incidents(telling->world));
}

static void check_told(struct telling *telling)
{
    if (ledger_find(&telling->world->ledger, telling_word(telling, 1)) == NULL) {
        telling_fail(telling, "not told", telling_word(telling, 1));
    }
}

static void check_untold(struct telling *telling)
{
    if (ledger_find(&telling->world->ledger, telling_word(telling, 1)) != NULL) {
        telling_fail(telling, "told", telling_word(telling, 1));
    }
}

static void check_mark(struct telling *telling)
{
    int64_t mark = ledger_watermark(&telling->world->ledger, telling_word(telling, 1),
                                    telling_kind(telling, telling_word(telling, 2)));
    char text[TIMESTAMP_TEXT_BYTES] = "none";
    if (mark != TIMESTAMP_NONE) {
        timestamp_format(mark, text);
    }
    expect(telling, text);
}

// --- circumstances

// An id's subject is stored without its day.
static void silence(struct telling *telling)
{
    const char *subject = telling_word(telling, 1);
    if (strncmp(subject, SILENCE_ID, strlen(SILENCE_ID)) == 0) {
        subject = silence_id_subject(telling->world->arena, subject + strlen(SILENCE_ID));
    }
    ledger_silence(&telling->world->ledger, subject, telling->now + telling_number(telling, 2));
}

static void change_sight(struct telling *telling, enum error_class class, bool is_broken)
{
    struct world *world = telling->world;
    size_t cluster = telling_cluster(telling_word(telling, 1));
    for (size_t i = 0; i < WORLD_SIGHTS; i++) {
        bool is_meant = strcmp(telling_word(telling, 2), "all") == 0 ||
                        world->sights[i].kind == telling_kind(telling, telling_word(telling, 2));
        if (world->sights[i].cluster == cluster && is_meant) {
            world_see(world, cluster, world->sights[i].kind, class);
            world->broken[i] = is_broken;
        }
    }
}

static void blind(struct telling *telling)
{
    static const struct {
        const char *word;
        enum error_class class;
    } classes[] = {{"network", ERROR_NETWORK},
                   {"forbidden", ERROR_FORBIDDEN},
                   {"missing", ERROR_NOT_FOUND},
                   {"unavailable", ERROR_UNAVAILABLE}};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strcmp(classes[i].word, telling_word(telling, 3)) == 0) {
            change_sight(telling, classes[i].class, false);
            return;
        }
    }
    telling_fail(telling, "no class", telling_word(telling, 3));
}

static void break_list(struct telling *telling)
{
    change_sight(telling, ERROR_PROTOCOL, true);
}

static void see(struct telling *telling)
{
    change_sight(telling, ERROR_NONE, false);
}

static void see_part(struct telling *telling)
{
    struct world *world = telling->world;
    const char **namespaces = arena_alloc_array(world->arena, MAX_WORDS, sizeof *namespaces);
    size_t count = 0;
    char *rest = NULL;
    for (char *next = strtok_r(arena_strdup(world->arena, telling_word(telling, 3)), ",", &rest);
         next != NULL && count < MAX_WORDS; next = strtok_r(NULL, ",", &rest)) {
        namespaces[count++] = next;
    }
    world_see_part(world, telling_cluster(telling_word(telling, 1)),
                   telling_kind(telling, telling_word(telling, 2)), namespaces, count);
}

static void set_skew(struct telling *telling)
{
    for (size_t i = 0; i < WORLD_SIGHTS; i++) {
        struct sight *sight = &telling->world->sights[i];
        if (sight->cluster == telling_cluster(telling_word(telling, 1))) {
            sight->clock_skew = telling_number(telling, 2);
        }
    }
}

static void set_policies(struct telling *telling)
{
    struct world *world = telling->world;
    const char *names = telling_word(telling, 1);
    world->policies = arena_alloc_array(world->arena, WORLD_CLUSTERS, sizeof *world->policies);
    for (size_t i = 0; i < WORLD_CLUSTERS; i++) {
        map_init(&world->policies[i].names, world->arena);
    }
    world->policies[0].read = strcmp(names, "unread") != 0;
    char *rest = NULL;
    for (char *name = strtok_r(arena_strdup(world->arena, names), ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        const char *full = arena_format(world->arena, "kasten-io/%s", name);
        map_set(&world->policies[0].names, full, world);
        map_set(&world->policies[0].names, name, world);
    }
}

static void set_option(struct telling *telling)
{
    struct world *world = telling->world;
    const char *name = telling_word(telling, 1);
    long value = telling_number(telling, 2);
    struct plan_options *options = &world->options;
    if (strcmp(name, "every_run") == 0) {
        options->every_run = value != 0;
    } else if (strcmp(name, "remind") == 0) {
        options->remind_every_s = value;
    } else if (strcmp(name, "after") == 0) {
        options->unreachable_after_s = value;
    } else if (strcmp(name, "lookback") == 0) {
        options->lookback_s = value;
    } else if (strcmp(name, "recovered") == 0) {
        options->alert_on[ALERT_RECOVERED] = value != 0;
    } else if (strcmp(name, "unreachable") == 0) {
        options->alert_on[ALERT_UNREACHABLE] = value != 0;
    } else if (strcmp(name, "clusters") == 0) {
        world->cluster_count = (size_t)value;
    } else if (strcmp(name, "older") == 0) {
        world->older_failures = (size_t)value;
    } else if (strcmp(name, "existed") == 0) {
        world->ledger.existed = value != 0;
    } else if (strcmp(name, "state") == 0) {
        world->ledger.had_state = value != 0;
    } else {
        telling_fail(telling, "no option", name);
    }
}

static void add_original(struct telling *telling)
{
    int64_t sent = telling_instant(telling, telling_word(telling, 2), telling_word(telling, 3));
    ledger_add(&telling->world->ledger, telling_word(telling, 1), sent)->told_until = sent;
}

static void run_story(void **state)
{
    const struct story *story = *state;
    static const struct {
        const char *word;
        void (*tell)(struct telling *telling);
    } verbs[] = {
        {"pass", pass},
        {"refused", refused},
        {"open", check_open},
        {"told", check_told},
        {"untold", check_untold},
        {"mark", check_mark},
        {"silence", silence},
        {"blind", blind},
        {"broken", break_list},
        {"see", see},
        {"skew", set_skew},
        {"set", set_option},
        {"policies", set_policies},
        {"was", add_original},
        {"partly", see_part},
    };
    AUTO_PTR(arena) arena = arena_create();
    struct telling telling = {.story = story, .world = arena_alloc(arena, sizeof(struct world))};
    world_init(telling.world, arena);
    for (size_t i = 0; i < STORY_LINES && story->lines[i] != NULL; i++) {
        take_apart(&telling, story->lines[i]);
        size_t verb = 0;
        while (verb < sizeof verbs / sizeof verbs[0] &&
               strcmp(verbs[verb].word, telling_word(&telling, 0)) != 0) {
            verb++;
        }
        if (verb < sizeof verbs / sizeof verbs[0]) {
            verbs[verb].tell(&telling);
        } else if (!telling_happens(&telling)) {
            telling_fail(&telling, "no verb", telling_word(&telling, 0));
        }
    }
}

int story_main(const struct story_table *tables, size_t count)
{
    AUTO_PTR(arena) arena = arena_create();
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += tables[i].count;
    }
    struct CMUnitTest *tests = arena_alloc_array(arena, total, sizeof *tests);
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < tables[i].count; j++) {
            struct story *copy = arena_alloc(arena, sizeof *copy);
            *copy = tables[i].stories[j];
            tests[next++] = (struct CMUnitTest){copy->name, run_story, NULL, NULL, copy};
        }
    }
    return _cmocka_run_group_tests("stories", tests, total, NULL, NULL);
}
