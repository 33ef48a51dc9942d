// SPDX-License-Identifier: MIT
// The scenario file: JSON in, clusters out. testbed/README.md documents every key.
#pragma once

#include "fleet/cluster.h"

struct scenario {
    struct cluster **clusters;
    size_t count;
};

// Builds the clusters of a scenario file (NULL: the built-in one). wanted > 0 repeats or cuts its
// clusters to that number. ERROR_SETTINGS names what is wrong with the file.
bool scenario_read(const char *path, size_t wanted, struct fleet_counters *counters,
                   struct scenario *ret, struct error *error) MUST_USE;

void scenario_finish(struct scenario *scenario);
