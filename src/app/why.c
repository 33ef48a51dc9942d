// SPDX-License-Identifier: MIT
#include "app/why.h"

#include <string.h>

#include "app/pass_parts.h"
#include "app/session.h"
#include "base/arena.h"
#include "base/timestamp.h"
#include "core/alert_id.h"
#include "core/silence.h"
#include "kube/state_store.h"

#include "base/banned.h"

enum { MOST_SENTENCES = 64 };

struct why {
    struct pass *pass;
    struct arena *arena;
    const char *cluster;
    const char *run;
    const char **sentences;
    size_t count;
    const char *word;
};

static void say(struct why *why, const char *sentence)
{
    if (why->count < MOST_SENTENCES) {
        why->sentences[why->count++] = sentence;
    }
}

// "k3s:run-x:2026-04-02" and "k3s:backup/shop/run-x:2026-04-02" are ids of run-x on k3s.
static bool is_id_of(const struct why *why, const char *id)
{
    struct alert_id parsed;
    if (!alert_id_parse(why->arena, id, &parsed)) {
        return false;
    }
    struct finding finding;
    alert_id_read_subject(why->arena, parsed.subject, &finding);
    return strcmp(parsed.cluster, why->cluster) == 0 && strcmp(finding.name, why->run) == 0;
}

static bool say_planned(struct why *why)
{
    const struct plan *plan = &why->pass->plan;
    for (size_t i = 0; i < plan->row_count; i++) {
        const struct plan_row *row = &plan->rows[i];
        if (strcmp(row->finding->name, why->run) == 0) {
            why->word = plan_reason_word(row->reason);
            say(why, arena_format(why->arena, "The next pass mails it as %s: %s", row->id,
                                  plan_reason_sentence(row->reason)));
            return true;
        }
    }
    return false;
}

static bool say_sent(struct why *why)
{
    const struct map *sent = &why->pass->ledger.sent;
    bool any = false;
    for (size_t i = 0; i < sent->count; i++) {
        const struct ledger_entry *entry = sent->entries[i].value;
        if (entry != NULL && is_id_of(why, sent->entries[i].key)) {
            say(why,
                arena_format(why->arena, "It was mailed on %s as %s.",
                             timestamp_text(why->arena, entry->sent_at), sent->entries[i].key));
            any = true;
        }
    }
    return any;
}

static bool say_pending(struct why *why)
{
    const struct ledger *ledger = &why->pass->ledger;
    bool any = false;
    for (size_t i = 0; i < ledger->pending_count; i++) {
        const struct pending *pending = &ledger->pendings[i];
        for (size_t j = 0; j < pending->id_count; j++) {
            if (is_id_of(why, pending->ids[j])) {
                say(why,
                    arena_format(why->arena, "It is in the mail %s of %s, whose outcome is open%s.",
                                 pending->message_id, timestamp_text(why->arena, pending->date),
                                 pending->accepted ? " for some recipients"
                                                   : "; it is sent again until it is taken"));
                any = true;
            }
        }
    }
    return any;
}

static bool concerns(const struct why *why, const struct incident *incident)
{
    size_t run = strlen(why->run);
    size_t len = strlen(incident->run);
    bool is_last = len >= run && strcmp(incident->run + (len - run), why->run) == 0;
    bool holds = false;
    for (size_t i = 0; i < incident->held_count; i++) {
        holds = holds || is_id_of(why, incident->held[i]);
    }
    bool is_of_a_run = alert_class_is_of_runs(incident->class) || incident->class == ALERT_STUCK;
    return strcmp(incident->cluster, why->cluster) == 0 && is_of_a_run && (is_last || holds);
}

static void say_incident(struct why *why, const char *key, const struct incident *incident)
{
    int64_t at = incident_reminder_at(incident, why->pass->plan_input.options.remind_every_s);
    const char *reminder = at == TIMESTAMP_NONE ? ""
                                                : arena_format(why->arena, "; next reminder %s",
                                                               timestamp_text(why->arena, at));
    if (incident->class == ALERT_STUCK) {
        say(why, arena_format(why->arena, "Incident %s: it began %s%s.", key,
                              timestamp_text(why->arena, incident->since), reminder));
        return;
    }
    say(why, arena_format(why->arena,
                          "Incident %s: open since %s, %u bad run%s in a row, last good run %s%s.",
                          key, timestamp_text(why->arena, incident->since), incident->runs,
                          incident->runs == 1 ? "" : "s",
                          incident->last_good != TIMESTAMP_NONE
                              ? timestamp_text(why->arena, incident->last_good)
                              : "not known",
                          reminder));
}

static bool say_waiting(struct why *why)
{
    const struct map *incidents = &why->pass->ledger.incidents;
    bool waits = false;
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->entries[i].value;
        if (incident != NULL && concerns(why, incident)) {
            say_incident(why, incidents->entries[i].key, incident);
            for (size_t j = 0; j < incident->held_count; j++) {
                waits = waits || is_id_of(why, incident->held[j]);
            }
        }
    }
    return waits;
}

static const struct finding *finding_of(const struct why *why)
{
    const struct plan_input *input = &why->pass->plan_input;
    for (size_t i = 0; i < input->finding_count; i++) {
        if (strcmp(input->findings[i].name, why->run) == 0) {
            return &input->findings[i];
        }
    }
    return NULL;
}

static bool say_silenced(struct why *why, const struct finding *finding)
{
    const struct plan_input *input = &why->pass->plan_input;
    const char *policy = incident_policy(why->arena, finding->policy_namespace, finding->policy);
    const char *id = alert_id_make(why->arena, why->cluster, alert_id_subject(why->arena, finding),
                                   finding->first_ended, finding->class);
    if (!silence_covers(input->ledger, why->cluster, policy, id, input->now)) {
        return false;
    }
    why->word = "silenced";
    say(why, "It is not mailed: it is silenced (kasten-alerter state show). What still fails when "
             "that ends is mailed then.");
    return true;
}

// Nothing of it is in the next mail: because it was told, waits, is silenced or is no news.
static void say_why_not(struct why *why, bool told, bool waits)
{
    const struct finding *finding = finding_of(why);
    if (finding != NULL && say_silenced(why, finding)) {
        return;
    }
    if (waits) {
        why->word = "waiting";
        say(why,
            "It waits for the reminder of its incident (ALERT_EVERY_RUN=false), or for the end "
            "of a silence.");
    } else if (told) {
        why->word = "told";
        say(why, "It is not mailed again.");
    } else if (finding != NULL && why->pass->plan_input.options.alert_on[finding->class]) {
        why->word = "over";
        say(why,
            "It is not mailed: it failed while it was silenced, and a good run followed before "
            "the silence ended.");
    } else if (finding != NULL) {
        why->word = "left-out";
        say(why, arena_format(why->arena, "It is not mailed: ALERT_ON leaves out %s.",
                              alert_class_word(finding->class)));
    } else {
        why->word = "outside";
        say(why, arena_format(
                     why->arena,
                     "It is not mailed: nothing happened to its actions that ALERT_ON names "
                     "inside the window, which begins %s for backups.",
                     timestamp_text(why->arena,
                                    plan_window_start(&why->pass->ledger, why->cluster,
                                                      ACTION_BACKUP, why->pass->now,
                                                      why->pass->plan_input.options.lookback_s))));
    }
}

void why_find(struct session *session, size_t cluster, const char *run,
              struct explanation_mail *ret)
{
    struct state_store *opened = NULL;
    *ret = (struct explanation_mail){.word = "unknown"};
    if (session_open_store(session, &opened) != EXIT_STATUS_DONE) {
        return; // told
    }
    AUTO_PTR(state_store) store = opened;
    struct fleet fleet = session->fleet;
    fleet.clusters = &session->fleet.clusters[cluster];
    fleet.count = 1;
    struct pass_input input = {
        .mode = PASS_DRY_RUN,
        .settings = &session->settings,
        .fleet = &fleet,
        .http = session->http,
        .store = store,
        .log = &session->sink.log,
        .clock = session_clock,
    };
    struct why why = {
        .arena = session->arena,
        .cluster = fleet.clusters[0].settings->name,
        .run = run,
        .sentences = arena_alloc_array(session->arena, MOST_SENTENCES, sizeof(const char *)),
        .word = "unknown",
    };
    why.pass = pass_look(session->arena, &input);
    bool told = say_sent(&why);
    bool pending = say_pending(&why);
    bool waits = say_waiting(&why);
    if (!say_planned(&why)) {
        say_why_not(&why, told || pending, waits);
    }
    *ret = (struct explanation_mail){why.word, why.sentences, why.count};
}
