// SPDX-License-Identifier: MIT
// What every command that reads clusters needs: settings, log, clusters, HTTP. Opened once, in this
// order, from the environment; what is wrong is told on the standard error.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "app/exit_status.h"
#include "app/fleet.h"
#include "app/log_sink.h"
#include "config/settings.h"

struct arena;
struct http;
struct state_store;

struct session {
    struct arena *arena;
    struct settings settings;
    struct log_sink sink;
    struct fleet_environment environment;
    struct fleet fleet;
    struct http *http;
};

// EXIT_STATUS_DONE, or EXIT_STATUS_SETTINGS once every problem was told. Close it in both cases.
enum exit_status session_open(struct session *session, char *const *environment);

// The store that STATE names, to be destroyed before the session is closed; else
// EXIT_STATUS_SETTINGS, told.
enum exit_status session_open_store(struct session *session, struct state_store **ret);

// Both; *ret is NULL unless EXIT_STATUS_DONE is returned. Close the session in any case.
enum exit_status session_open_with_store(struct session *session, char *const *environment,
                                         struct state_store **ret);

// Seconds since the epoch.
int64_t session_clock(void);

void session_close(struct session *session);

static inline void session_cleanup(struct session *session)
{
    session_close(session);
}
