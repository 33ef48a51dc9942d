// SPDX-License-Identifier: MIT
#include "app/run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/dry_run.h"
#include "app/pass.h"
#include "app/session.h"
#include "app/version.h"
#include "base/arena.h"
#include "base/log.h"
#include "kube/state_store.h"
#include "net/http.h"
#include "notify/email.h"

#include "base/banned.h"

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

static enum exit_status run_pass(struct session *session, const struct run_options *options,
                                 struct state_store *store)
{
    struct arena *arena = session->arena;
    struct email_options email;
    struct progress progress = {0};
    init_email(arena, &session->settings, &session->sink.log, &email);
    struct pass_input input = {
        .mode = options->dry_run ? PASS_DRY_RUN : PASS_SEND,
        .settings = &session->settings,
        .fleet = &session->fleet,
        .http = session->http,
        .store = store,
        .channel = options->dry_run ? dry_run_channel(arena, &email, stdout)
                                    : email_channel_create(arena, &email),
        .log = &session->sink.log,
        .progress = isatty(STDERR_FILENO) == 1 ? &progress : NULL,
        .clock = session_clock,
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
    AUTO(session) session;
    struct state_store *opened;
    enum exit_status status = session_open_with_store(&session, environment, &opened);
    AUTO_PTR(state_store) store = opened;
    return status == EXIT_STATUS_DONE ? run_pass(&session, options, store) : status;
}
