// SPDX-License-Identifier: MIT
// The settings of a pass, read once from the environment by one table (settings_table.c) that also
// makes --help and docs/settings.md. Everything wrong is reported in one go; a value of a secret
// is in no message. All strings live in the arena given.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"

struct arena;

enum settings_smtp_tls { SETTINGS_TLS_STARTTLS, SETTINGS_TLS_IMPLICIT, SETTINGS_TLS_NONE };

struct cluster_settings {
    unsigned number;     // the N of CLUSTER_N_
    const char *name;    // [A-Za-z0-9._-]+, unique
    const char *label;   // for people; defaults to name
    const char *api_url; // https, or http to loopback; no trailing slash; NULL: in-cluster default
    bool in_cluster;
    const char *token;  // secret; NULL: the service account mount, or none on http to loopback
    const char *ca_pem; // from CA_FILE or CA_DATA; NULL: the mount's (in-cluster) or the system's
    const char *tls_server_name; // NULL
    bool insecure_skip_tls_verify;
    const char *k10_namespace;
    const char *dashboard_url; // NULL
};

struct mail_address {
    const char *name;    // display name, UTF-8, "" when none
    const char *address; // bare
};

enum settings_log_format { SETTINGS_LOG_TEXT, SETTINGS_LOG_JSON };

struct settings {
    struct cluster_settings *clusters; // by number
    size_t cluster_count;

    const char *smtp_host; // DNS name or address; IPv6 without brackets
    uint16_t smtp_port;
    enum settings_smtp_tls smtp_tls;
    const char *smtp_user;     // NULL: no AUTH
    const char *smtp_password; // secret
    const char *smtp_auth;     // "PLAIN", "LOGIN", "CRAM-MD5"; NULL: the best both sides know
    const char *smtp_ca_pem;   // NULL: the system's
    int64_t smtp_timeout_s;

    struct mail_address from;
    struct mail_address *to;
    size_t to_count;
    const char *subject_prefix;

    int64_t lookback_s;
    const char *const *alert_kinds; // words of ALERT_KINDS, in the documented order
    size_t alert_kind_count;
    const char *const *alert_on; // words of ALERT_ON, in the documented order
    size_t alert_on_count;
    bool every_run;              // ALERT_EVERY_RUN
    int64_t remind_every_s;      // 0: never
    int64_t unreachable_after_s; // 0: at once
    int64_t stuck_after_s;
    const char *timezone; // IANA name that the tz database has; NULL: UTC only
    const char *state; // NULL: default; "configmap", "configmap:CLUSTER[/NAMESPACE]", "file:PATH"
    unsigned max_concurrency;
    int64_t request_timeout_s;
    enum settings_log_format log_format;
    int log_level; // enum log_level
};

// Both are clean lines; "KEY: TEXT" is how they are shown.
struct settings_message {
    const char *key;  // the environment key it is about; "settings" for "and N more problems"
    const char *text; // what was expected, what shape was found, the remedy; no secret
};

struct settings_messages {
    struct settings_message *problems; // the pass cannot run
    size_t problem_count;
    struct settings_message *warnings; // it can
    size_t warning_count;
};

// Reads environ-style "KEY=VALUE" strings, NULL-terminated, and the files they name. False when
// there is any problem; ret then holds what could be read, with defaults elsewhere (the log's keys
// are worth using). ret_messages has at most 100 of each. Logs nothing, changes nothing outside;
// whether the alerter runs in a pod is not asked.
bool settings_load(struct arena *arena, char *const *environment, struct settings *ret,
                   struct settings_messages *ret_messages) MUST_USE;

// The keys with type, default and help, as the aligned text of --help (terminal columns 80), and
// as the Markdown table of docs/settings.md.
void settings_write_help(struct buf *out);
void settings_write_markdown(struct buf *out);
