// SPDX-License-Identifier: MIT
// Settings for tests: a small valid environment, changed case by case, loaded in a fresh arena.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "config/settings.h"

enum { SUPPORT_CHANGES = 8 };

struct loaded {
    struct arena *arena;
    struct settings settings;
    struct settings_messages messages;
    bool ok;
};

// The valid environment with each change made: "KEY=VALUE" sets, "-KEY" removes. changes ends with
// NULL or after SUPPORT_CHANGES.
void support_load(struct loaded *loaded, const char *const changes[]);

// Exactly these variables.
void support_load_all(struct loaded *loaded, char *const *environment);

void support_finish(struct loaded *loaded);

// A setting as text: "smtp_port", "cluster.name" (of the first cluster), "to" ... An unknown
// field fails the test.
const char *support_field(const struct loaded *loaded, const char *field);

// All messages, "problem KEY: TEXT" or "warning KEY: TEXT", one a line.
const char *support_messages(const struct loaded *loaded);

// Files in a new folder, which becomes the working directory; and back with all removed.
void support_enter_folder(void);
void support_write_file(const char *name, const char *bytes, size_t len);
void support_leave_folder(void);
