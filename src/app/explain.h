// SPDX-License-Identifier: MIT
// The command `explain`: why a run's cause reads as it does, from a cluster, a file or the standard
// input.
#pragma once

#include <stdbool.h>

#include "app/exit_status.h"

struct explain_options {
    const char *run;  // "CLUSTER/RUN"; NULL: the file
    const char *file; // path, "-" for the standard input
    bool as_json;
};

// EXIT_STATUS_INTERNAL when nothing by that name was found.
enum exit_status explain_command(const struct explain_options *options, char *const *environment);
