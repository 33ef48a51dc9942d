// SPDX-License-Identifier: MIT
#include "app/state.h"

#include <stdio.h>
#include <string.h>

#include "app/output.h"
#include "app/session.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "core/incident.h"
#include "core/silence.h"
#include "kube/state_store.h"
#include "report/state_report.h"

#include "base/banned.h"

enum { OUTPUT_BYTES = 64 * 1024 * 1024 };

struct changing {
    const struct state_options *options;
    const char *subject; // as the ledger knows it
    int64_t until;
    bool found;
};

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

// What was typed, as the ledger names it: an alert id has colons, a cluster is configured, the rest
// is a policy, by its name or as CLUSTER/POLICY.
static const char *silence_subject(const struct session *session, const char *typed)
{
    static const char *const prefixes[] = {SILENCE_CLUSTER, SILENCE_POLICY, SILENCE_ID};
    struct arena *arena = session->arena;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (starts_with(typed, prefixes[i])) {
            return typed;
        }
    }
    if (strchr(typed, ':') != NULL) {
        return silence_id_subject(arena, typed);
    }
    if (fleet_find(&session->fleet, typed, strlen(typed)) != NULL) {
        return arena_format(arena, SILENCE_CLUSTER "%s", typed);
    }
    size_t len = strcspn(typed, "/");
    const struct fleet_cluster *cluster = fleet_find(&session->fleet, typed, len);
    const char *policy = incident_policy_name(typed);
    return cluster != NULL
               ? arena_format(arena, SILENCE_POLICY "%s/%s", cluster->settings->name, policy)
               : arena_format(arena, SILENCE_POLICY "%s", policy);
}

static bool forget(void *context, struct ledger *ledger)
{
    struct changing *changing = context;
    changing->found = ledger_drop(ledger, changing->subject);
    changing->found = ledger_close_incident(ledger, changing->subject) || changing->found;
    return changing->found;
}

static bool silence(void *context, struct ledger *ledger)
{
    struct changing *changing = context;
    bool is_silent = ledger_silenced_until(ledger, changing->subject) != TIMESTAMP_NONE;
    changing->found = is_silent || changing->until != TIMESTAMP_NONE;
    if (changing->found) {
        ledger_silence(ledger, changing->subject, changing->until);
    }
    return changing->found;
}

static enum exit_status fail_state(struct session *session, const struct state_store *store,
                                   const char *what, const struct error *error)
{
    log_line(&session->sink.log, LOG_ERROR, what, {"state", store->description},
             {"error", error->text});
    return EXIT_STATUS_STATE;
}

static enum exit_status show(struct session *session, struct state_store *store,
                             const struct state_options *options)
{
    struct ledger ledger;
    struct state_health health;
    struct error error;
    ledger_init(&ledger, session->arena);
    if (!store->load(store, &ledger, &health, &error)) {
        return fail_state(session, store, "the state cannot be read", &error);
    }
    struct state_report_input input = {
        .ledger = &ledger,
        .description = store->description,
        .remind_every_s = session->settings.remind_every_s,
        .now = session_clock(),
    };
    AUTO(buf) out;
    buf_init(&out, OUTPUT_BYTES);
    if (options->as_json) {
        state_report_write_json(session->arena, &input, &out);
    } else {
        state_report_write_text(session->arena, &input, &out);
    }
    enum exit_status status = output_print(&out);
    if (health.unreadable || health.newer) {
        log_line(&session->sink.log, LOG_ERROR, "the state could not be read wholly",
                 {"state", store->description}, {"reason", health.reason});
        status = exit_status_worse(status, EXIT_STATUS_STATE);
    }
    return status;
}

static void say_done(const struct changing *changing, const char *description)
{
    char until[TIMESTAMP_TEXT_BYTES];
    if (changing->options->verb == STATE_FORGET) {
        (void)printf("%s is forgotten in %s. What still fails inside the window is mailed again.\n",
                     changing->subject, description);
    } else if (changing->until == TIMESTAMP_NONE) {
        (void)printf("%s is no longer silenced in %s.\n", changing->subject, description);
    } else {
        timestamp_format(changing->until, until);
        (void)printf("%s is silenced until %s in %s. What still fails then is mailed.\n",
                     changing->subject, until, description);
    }
}

static enum exit_status change(struct session *session, struct state_store *store,
                               const struct state_options *options)
{
    bool silences = options->verb == STATE_SILENCE;
    struct changing changing = {
        .options = options,
        .subject = silences ? silence_subject(session, options->subject) : options->subject,
        .until = options->for_s > 0 ? session_clock() + options->for_s : TIMESTAMP_NONE,
    };
    struct state_change state_change = {silences ? silence : forget, &changing};
    struct state_report report = {0};
    struct error error;
    if (!store->update(store, session->arena, &state_change, &report, &error)) {
        return fail_state(session, store, "the state cannot be written", &error);
    }
    if (report.newer) {
        log_line(&session->sink.log, LOG_ERROR,
                 "the state is of a later version; it is left untouched",
                 {"state", store->description});
        return EXIT_STATUS_STATE;
    }
    if (!changing.found) {
        log_line(&session->sink.log, LOG_ERROR, "nothing by that id; see kasten-alerter state show",
                 {"found", changing.subject}, {"state", store->description});
        return EXIT_STATUS_INTERNAL;
    }
    say_done(&changing, store->description);
    return EXIT_STATUS_DONE;
}

enum exit_status state_command(const struct state_options *options, char *const *environment)
{
    AUTO(session) session;
    struct state_store *opened;
    enum exit_status status = session_open_with_store(&session, environment, &opened);
    AUTO_PTR(state_store) store = opened;
    if (status != EXIT_STATUS_DONE) {
        return status;
    }
    return options->verb == STATE_SHOW ? show(&session, store, options)
                                       : change(&session, store, options);
}
