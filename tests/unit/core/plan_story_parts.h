// SPDX-License-Identifier: MIT
// One line of a story being told: its words (plan_story.c) and what happens in K10
// (plan_story_happens.c). Nobody else includes this.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan_story.h"
#include "plan_world.h"

enum { MAX_WORDS = 12 };

struct telling {
    const struct story *story;
    const char *line;
    struct world *world;
    int64_t now;
    const char *words[MAX_WORDS]; // verb and arguments
    size_t count;
    const char *expected; // behind "=>", "" for none
};

// Ends the test.
void telling_fail(const struct telling *telling, const char *problem, const char *found);

const char *telling_word(const struct telling *telling, size_t index);
long telling_number(const struct telling *telling, size_t index);
int64_t telling_instant(const struct telling *telling, const char *day, const char *time);
size_t telling_cluster(const char *name);
enum action_kind telling_kind(const struct telling *telling, const char *name);

// The verbs about actions and conditions; false for any other.
bool telling_happens(struct telling *telling);
