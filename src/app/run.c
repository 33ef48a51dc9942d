// SPDX-License-Identifier: MIT
#include "app/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/dry_run.h"
#include "app/fleet.h"
#include "app/log_sink.h"
#include "app/pass.h"
#include "app/version.h"
#include "base/arena.h"
#include "base/timestamp.h"
#include "config/settings.h"
#include "kube/state_store.h"
#include "net/http.h"
#include "notify/email.h"

#include "base/banned.h"

static int64_t wall_clock(void)
{
    return (int64_t)time(NULL);
}

// Settings are told as sentences that begin with their key.
static void log_setting(struct log *log, enum log_level level, const char *key, const char *text)
{
    AUTO_PTR(arena) scratch = arena_create();
    log_text(log, level, arena_format(scratch, "%s %s", key, text));
}

static void log_messages(struct log *log, const struct settings_messages *messages)
{
    for (size_t i = 0; i < messages->warning_count; i++) {
        log_setting(log, LOG_WARN, messages->warnings[i].key, messages->warnings[i].text);
    }
    for (size_t i = 0; i < messages->problem_count; i++) {
        log_setting(log, LOG_ERROR, messages->problems[i].key, messages->problems[i].text);
    }
}

static void init_log(struct log_sink *sink, const struct settings *settings)
{
    enum log_sink_style style = log_sink_wants_colour(stderr) ? LOG_SINK_COLOUR : LOG_SINK_TEXT;
    if (settings->log_format == SETTINGS_LOG_JSON) {
        style = LOG_SINK_JSON;
    }
    log_sink_init(sink, stderr, style, (enum log_level)settings->log_level);
}

static struct smtp_server smtp_server_from(const struct settings *settings)
{
    static const enum smtp_tls modes[] = {
        [SETTINGS_TLS_STARTTLS] = SMTP_TLS_STARTTLS,
        [SETTINGS_TLS_IMPLICIT] = SMTP_TLS_IMPLICIT,
        [SETTINGS_TLS_NONE] = SMTP_TLS_NONE,
    };
    return (struct smtp_server){
        .host = settings->smtp_host,
        .port = settings->smtp_port,
        .tls = modes[settings->smtp_tls],
        .ca_pem = settings->smtp_ca_pem,
        .ca_len = settings->smtp_ca_pem != NULL ? strlen(settings->smtp_ca_pem) : 0,
        .user = settings->smtp_user,
        .password = settings->smtp_password,
        .auth = settings->smtp_auth,
        .timeout_ms = settings->smtp_timeout_s * 1000,
    };
}

static void init_email(struct arena *arena, const struct settings *settings, struct log *log,
                       struct email_options *ret)
{
    struct email_address *to = arena_alloc_array(arena, settings->to_count, sizeof *to);
    for (size_t i = 0; i < settings->to_count; i++) {
        to[i] = (struct email_address){settings->to[i].name, settings->to[i].address};
    }
    *ret = (struct email_options){
        .server = smtp_server_from(settings),
        .from = {settings->from.name, settings->from.address},
        .to = to,
        .to_count = settings->to_count,
        .log = log,
    };
}

static struct state_store *open_store(struct http *http, const struct state_place *place)
{
    if (place->cluster != NULL) {
        return state_configmap_create(http, place->cluster, place->namespace_name,
                                      place->description);
    }
    return state_file_create(place->path, place->description);
}

static void warn_insecure(const struct settings *settings, struct log *log)
{
    for (size_t i = 0; i < settings->cluster_count; i++) {
        if (settings->clusters[i].insecure_skip_tls_verify) {
            log_line(log, LOG_WARN,
                     "INSECURE_SKIP_TLS_VERIFY is set: whoever is on the way can read the token "
                     "and forge the answers; set CA_DATA instead",
                     {"cluster", settings->clusters[i].name});
        }
    }
}

static enum exit_status run_pass(struct arena *arena, const struct run_options *options,
                                 const struct settings *settings, struct log *log)
{
    struct fleet_environment environment = {
        .service_account_dir = KUBE_SERVICE_ACCOUNT_DIR,
        .service_host = getenv("KUBERNETES_SERVICE_HOST"),
        .service_port = getenv("KUBERNETES_SERVICE_PORT"),
        .state_home = getenv("XDG_STATE_HOME"),
        .home = getenv("HOME"),
    };
    struct fleet fleet;
    struct state_place place;
    struct error error;
    fleet_init(arena, settings, &environment, &fleet);
    if (!fleet_state_place(arena, &fleet, settings->state, &environment, &place, &error)) {
        log_text(log, LOG_ERROR, error.text);
        return EXIT_STATUS_SETTINGS;
    }
    AUTO_PTR(http)
    http = http_create(
        &(struct http_options){settings->max_concurrency, "kasten-alerter/" APP_VERSION, log});
    AUTO_PTR(state_store) store = open_store(http, &place);
    struct email_options email;
    init_email(arena, settings, log, &email);
    struct progress progress = {0};
    struct pass_input input = {
        .mode = options->dry_run ? PASS_DRY_RUN : PASS_SEND,
        .settings = settings,
        .fleet = &fleet,
        .http = http,
        .store = store,
        .channel = options->dry_run ? dry_run_channel(arena, &email, stdout)
                                    : email_channel_create(arena, &email),
        .log = log,
        .progress = isatty(STDERR_FILENO) == 1 ? &progress : NULL,
        .clock = wall_clock,
        .version = APP_VERSION,
    };
    struct pass_result result;
    pass_run(&input, &result);
    if (options->fail_on_alerts && result.failures > 0) {
        return exit_status_worse(result.status, EXIT_STATUS_ALERTS);
    }
    return result.status;
}

enum exit_status run_command(const struct run_options *options, char *const *environment)
{
    AUTO_PTR(arena) arena = arena_create();
    struct settings settings;
    struct settings_messages messages;
    struct log_sink sink;
    bool usable = settings_load(arena, environment, &settings, &messages);
    init_log(&sink, &settings);
    log_messages(&sink.log, &messages);
    // Without ALERT_TIMEZONE times are UTC, whatever TZ the container has.
    if (usable && !timestamp_use_zone(settings.timezone != NULL ? settings.timezone : "UTC")) {
        log_setting(&sink.log, LOG_ERROR, "ALERT_TIMEZONE",
                    "is not in the time zone database of this system");
        usable = false;
    }
    if (!usable) {
        log_line(&sink.log, LOG_ERROR,
                 "the settings are not usable; see kasten-alerter help settings",
                 {"problems", arena_format(arena, "%zu", messages.problem_count)});
        return EXIT_STATUS_SETTINGS;
    }
    warn_insecure(&settings, &sink.log);
    return run_pass(arena, options, &settings, &sink.log);
}
