// SPDX-License-Identifier: MIT
// Reads one value by its row: checks the grammar, then puts the value where the row says, or
// reports the problem and leaves the place alone.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "config/settings_report.h"
#include "config/settings_table.h"

struct settings_field {
    struct arena *arena;
    struct settings_report *report;
    const struct settings_key *key;
    const char *name;  // the whole environment key, CLUSTER_2_TOKEN
    const char *value; // NUL-terminated; a file's may hold NUL before
    size_t len;
    bool from_file;
};

// base is the struct that the row's offset counts from. False when a problem was reported.
bool settings_read(const struct settings_field *field, void *base);

// Reports "expected ..., found VALUE[, which REASON]"; reason may be NULL. A secret shows its shape
// only, a host or URL with a credential or query nothing of itself. Always returns false.
bool settings_read_reject(const struct settings_field *field, const char *reason);

// Types with a file of their own; target is the place of the value.
bool settings_read_address(const struct settings_field *field, void *target);
bool settings_read_address_list(const struct settings_field *field, void *target);
bool settings_read_password(const struct settings_field *field, void *target);
bool settings_read_token(const struct settings_field *field, void *target);
bool settings_read_secret_file(const struct settings_field *field, void *target);
bool settings_read_ca_data(const struct settings_field *field, void *target);
bool settings_read_ca_file(const struct settings_field *field, void *target);
bool settings_read_name(const struct settings_field *field, void *target);
bool settings_read_text(const struct settings_field *field, void *target);
bool settings_read_user(const struct settings_field *field, void *target);
bool settings_read_host(const struct settings_field *field, void *target);
bool settings_read_namespace(const struct settings_field *field, void *target);
bool settings_read_api_url(const struct settings_field *field, void *target);
bool settings_read_web_url(const struct settings_field *field, void *target);
bool settings_read_state(const struct settings_field *field, void *target);
bool settings_read_zone(const struct settings_field *field, void *target);
