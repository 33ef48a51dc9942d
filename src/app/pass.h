// SPDX-License-Identifier: MIT
// One pass: load the state, read every cluster, decide, tell, record. Everything it touches comes
// through seams (http, state store, channel, clock, log), so that a test can drive it whole.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/exit_status.h"
#include "app/fleet.h"
#include "app/progress.h"
#include "core/action.h"

struct channel;
struct http;
struct log;
struct settings;
struct state_store;

enum pass_mode {
    PASS_SEND,    // tells and records
    PASS_DRY_RUN, // the channel only shows; nothing is recorded
};

struct pass_input {
    enum pass_mode mode;
    const struct settings *settings;
    const struct fleet *fleet;
    struct http *http;
    struct state_store *store;
    struct channel *channel;
    struct log *log;
    struct progress *progress; // NULL
    int64_t (*clock)(void);    // seconds since the epoch
    const char *version;
};

struct pass_result {
    enum exit_status status; // EXIT_STATUS_ALERTS excepted: the caller asks for it
    size_t failures;         // findings in the window, told before or not
    size_t rows;             // rows of this pass's mail
    bool mailed;
};

void pass_run(const struct pass_input *input, struct pass_result *ret);
