// SPDX-License-Identifier: MIT
#include "app/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/version.h"
#include "base/arena.h"
#include "base/timestamp.h"
#include "kube/state_store.h"
#include "net/http.h"

#include "base/banned.h"

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

// Without ALERT_TIMEZONE times are UTC, whatever TZ the container has.
static bool use_zone(struct session *session)
{
    const char *zone = session->settings.timezone;
    if (timestamp_use_zone(zone != NULL ? zone : "UTC")) {
        return true;
    }
    log_setting(&session->sink.log, LOG_ERROR, "ALERT_TIMEZONE",
                "is not in the time zone database of this system");
    return false;
}

enum exit_status session_open(struct session *session, char *const *environment)
{
    struct settings_messages messages;
    *session = (struct session){.arena = arena_create()};
    bool usable = settings_load(session->arena, environment, &session->settings, &messages);
    init_log(&session->sink, &session->settings);
    log_messages(&session->sink.log, &messages);
    if (!usable || !use_zone(session)) {
        log_line(&session->sink.log, LOG_ERROR,
                 "the settings are not usable; see kasten-alerter help settings",
                 {"problems", arena_format(session->arena, "%zu", messages.problem_count)});
        return EXIT_STATUS_SETTINGS;
    }
    session->environment = (struct fleet_environment){
        .service_account_dir = KUBE_SERVICE_ACCOUNT_DIR,
        .service_host = getenv("KUBERNETES_SERVICE_HOST"),
        .service_port = getenv("KUBERNETES_SERVICE_PORT"),
        .state_home = getenv("XDG_STATE_HOME"),
        .home = getenv("HOME"),
    };
    fleet_init(session->arena, &session->settings, &session->environment, &session->fleet);
    session->http = http_create(&(struct http_options){
        session->settings.max_concurrency, "kasten-alerter/" APP_VERSION, &session->sink.log});
    return EXIT_STATUS_DONE;
}

enum exit_status session_open_store(struct session *session, struct state_store **ret)
{
    struct state_place place;
    struct error error;
    if (!fleet_state_place(session->arena, &session->fleet, session->settings.state,
                           &session->environment, &place, &error)) {
        log_text(&session->sink.log, LOG_ERROR, error.text);
        return EXIT_STATUS_SETTINGS;
    }
    *ret = place.cluster != NULL
               ? state_configmap_create(session->http, place.cluster, place.namespace_name,
                                        place.description)
               : state_file_create(place.path, place.description, STATE_LOCK_WAIT_MS);
    return EXIT_STATUS_DONE;
}

enum exit_status session_open_with_store(struct session *session, char *const *environment,
                                         struct state_store **ret)
{
    enum exit_status status = session_open(session, environment);
    *ret = NULL;
    return status == EXIT_STATUS_DONE ? session_open_store(session, ret) : status;
}

int64_t session_clock(void)
{
    return (int64_t)time(NULL);
}

void session_close(struct session *session)
{
    if (session->http != NULL) {
        http_destroy(session->http);
    }
    arena_destroy(session->arena);
    *session = (struct session){0};
}
