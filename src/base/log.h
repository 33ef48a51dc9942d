// SPDX-License-Identifier: MIT
// The log as a seam: whoever has something to say builds a line of a message and named values and
// hands it to a sink. Only app/ and kube/, net/ call it; core/, codec/ and report/ never log.
// A value is shown as data: the sink encodes it. Never pass a secret.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log_field {
    const char *key;   // lower snake case, as in a metric's label
    const char *value; // UTF-8; NULL fields are left out
};

struct log {
    // Writes one line; fields end with a NULL key. Never fails visibly.
    void (*write)(struct log *log, enum log_level level, const char *message,
                  const struct log_field *fields);
    enum log_level level; // lines above it are not built
};

// One line with named values: log_line(log, LOG_INFO, "mail accepted", {"server", host}).
#define log_line(log, level, message, ...) \
    log_write((log), (level), (message), (const struct log_field[]){__VA_ARGS__, {NULL, NULL}})

// One line that is its message alone.
#define log_text(log, level, message) \
    log_write((log), (level), (message), (const struct log_field[]){{NULL, NULL}})

static inline bool log_enabled(const struct log *log, enum log_level level)
{
    return level <= log->level;
}

static inline void log_write(struct log *log, enum log_level level, const char *message,
                             const struct log_field *fields)
{
    if (log_enabled(log, level)) {
        log->write(log, level, message, fields);
    }
}

// "error", "warn", "info", "debug".
static inline const char *log_level_name(enum log_level level)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    return names[level];
}
