// SPDX-License-Identifier: MIT
// The environment sorted by the table: values by row, clusters by number. Names that resemble a
// setting without being one are warned about; what Kubernetes injects for Services is passed over.
#pragma once

#include <stddef.h>

#include "config/settings_report.h"
#include "config/settings_table.h"

// A value is NULL when its key is unset or empty.
struct environment_cluster {
    unsigned number;
    const char *values[SETTINGS_KEY_COUNT];
};

struct environment {
    const char *values[SETTINGS_KEY_COUNT];
    struct environment_cluster **clusters; // by number; those with any value
    size_t cluster_count;
};

// Sorts environ-style strings; the values point into them. Of a key that stands twice the first
// counts, as for getenv.
void environment_read(struct arena *arena, char *const *strings, struct settings_report *report,
                      struct environment *ret);
