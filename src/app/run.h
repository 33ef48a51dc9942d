// SPDX-License-Identifier: MIT
// The command `run`: settings from the environment, one pass, its exit status.
#pragma once

#include <stdbool.h>

#include "app/exit_status.h"

struct run_options {
    bool dry_run;
    bool fail_on_alerts;
};

enum exit_status run_command(const struct run_options *options, char *const *environment);
