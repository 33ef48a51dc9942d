// SPDX-License-Identifier: MIT
#include "app/pass.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "app/collect.h"
#include "app/details.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "config/settings.h"
#include "core/evaluate.h"
#include "core/ledger.h"
#include "core/plan.h"
#include "kube/state_store.h"
#include "notify/channel.h"
#include "report/digest.h"

#include "base/banned.h"

enum { SKEW_SECONDS = 120, MAX_SENTENCES = 64 };

// Sentences for the reader, collected while the pass goes on.
struct sentences {
    const char *items[MAX_SENTENCES];
    size_t count;
};

struct pass {
    const struct pass_input *input;
    struct arena *arena;
    int64_t now;
    int64_t window_start;
    struct ledger ledger;
    struct collection collection;
    struct plan_input plan_input;
    struct plan plan;
    struct sentences notices;
    struct sentences footnotes;
    struct pass_result result;
};

static void say(struct sentences *sentences, const char *sentence)
{
    if (sentences->count < MAX_SENTENCES) {
        sentences->items[sentences->count++] = sentence;
    }
}

static void worsen(struct pass *pass, enum exit_status status)
{
    pass->result.status = exit_status_worse(pass->result.status, status);
}

static const char *count_text(struct pass *pass, size_t count)
{
    return arena_format(pass->arena, "%zu", count);
}

// Alerts fail open: a state that cannot be read costs a repeat, never a mail.
static void load_state(struct pass *pass)
{
    struct state_store *store = pass->input->store;
    struct state_health health;
    struct error error;
    ledger_init(&pass->ledger, pass->arena);
    if (!store->load(store, &pass->ledger, &health, &error)) {
        pass->ledger.existed = true; // unknown: not the same as "never ran"
        log_line(pass->input->log, LOG_ERROR, "the state cannot be read; alerts may repeat",
                 {"state", store->description}, {"error", error.text});
        say(&pass->notices,
            arena_format(pass->arena,
                         "The record of alerts already sent (%s) could not be read: rows may "
                         "repeat. %s",
                         store->description, error.text));
        worsen(pass, EXIT_STATUS_STATE);
        return;
    }
    if (health.unreadable || health.newer) {
        log_line(pass->input->log, LOG_ERROR,
                 health.newer ? "the state is of a later version; it is left untouched"
                              : "the state is damaged; what is readable is used, the rest is kept "
                                "under data.unreadable and replaced",
                 {"state", store->description}, {"reason", health.reason});
        say(&pass->notices,
            arena_format(pass->arena,
                         "The record of alerts already sent (%s) could not be read wholly: rows "
                         "may repeat. Reason: %s.",
                         store->description, health.reason));
        worsen(pass, EXIT_STATUS_STATE);
    }
}

static void log_unseen(struct pass *pass, const struct sight *sight)
{
    const char *cluster = pass->plan_input.cluster_names[sight->cluster];
    const char *kind = action_kind_resource(sight->kind);
    if (sight->state == SIGHT_UNREAD) {
        log_line(pass->input->log, LOG_ERROR, "cannot be read", {"cluster", cluster},
                 {"kind", kind}, {"reason", sight->reason}, {"remedy", sight->remedy});
    } else if (sight->state == SIGHT_LIMITED) {
        log_line(pass->input->log, LOG_WARN, "not watched: no right to it, or not in this K10",
                 {"cluster", cluster}, {"kind", kind}, {"reason", sight->reason});
    }
}

// One line for what was read of a cluster, one for each kind that was not.
static void log_cluster(struct pass *pass, size_t cluster)
{
    size_t kinds = 0;
    size_t items = 0;
    size_t older = 0;
    for (size_t i = 0; i < pass->collection.sight_count; i++) {
        const struct sight *sight = &pass->collection.sights[i];
        if (sight->cluster != cluster) {
            continue;
        }
        log_unseen(pass, sight);
        if (sight->state == SIGHT_READ) {
            kinds++;
            items += sight->items;
            older += sight->older_failures;
        }
    }
    if (kinds > 0) {
        log_line(pass->input->log, LOG_INFO, "cluster read",
                 {"cluster", pass->plan_input.cluster_names[cluster]},
                 {"kinds", count_text(pass, kinds)}, {"actions", count_text(pass, items)},
                 {"older_failures", older > 0 ? count_text(pass, older) : NULL});
    }
}

// The largest skew of a cluster, once.
static void note_skew(struct pass *pass, size_t cluster)
{
    int64_t worst = 0;
    for (size_t i = 0; i < pass->collection.sight_count; i++) {
        const struct sight *sight = &pass->collection.sights[i];
        int64_t size = sight->clock_skew < 0 ? -sight->clock_skew : sight->clock_skew;
        if (sight->cluster == cluster && size > (worst < 0 ? -worst : worst)) {
            worst = sight->clock_skew;
        }
    }
    if (worst > SKEW_SECONDS || worst < -SKEW_SECONDS) {
        char age[TIMESTAMP_TEXT_BYTES];
        timestamp_format_age(worst < 0 ? -worst : worst, age);
        const char *label = pass->input->fleet->clusters[cluster].settings->label;
        const char *sentence = arena_format(pass->arena, "The clock of %s is %s %s this program's.",
                                            label, age, worst < 0 ? "behind" : "ahead of");
        log_line(pass->input->log, LOG_WARN, "clocks differ",
                 {"cluster", pass->plan_input.cluster_names[cluster]},
                 {"seconds", arena_format(pass->arena, "%" PRId64, worst)});
        say(&pass->footnotes, sentence);
    }
}

static void read_clusters(struct pass *pass)
{
    const struct settings *settings = pass->input->settings;
    enum action_kind kinds[ACTION_KIND_COUNT];
    size_t kind_count = 0;
    for (size_t i = 0; i < settings->alert_kind_count && kind_count < ACTION_KIND_COUNT; i++) {
        if (action_kind_from_word(settings->alert_kinds[i], &kinds[kind_count])) {
            kind_count++;
        }
    }
    struct collect_input collect_input = {
        .http = pass->input->http,
        .fleet = pass->input->fleet,
        .kinds = kinds,
        .kind_count = kind_count,
        .window_start = pass->window_start,
        .clock = pass->input->clock,
        .log = pass->input->log,
        .progress = pass->input->progress,
    };
    collect(pass->arena, &collect_input, &pass->collection);
    for (size_t i = 0; i < pass->input->fleet->count; i++) {
        log_cluster(pass, i);
        note_skew(pass, i);
    }
    if (pass->collection.extent == SIGHT_NONE) {
        worsen(pass, EXIT_STATUS_BLIND);
    } else if (pass->collection.extent == SIGHT_SOME) {
        worsen(pass, EXIT_STATUS_PARTIAL);
    }
}

static void log_rows(struct pass *pass)
{
    for (size_t i = 0; i < pass->plan.row_count; i++) {
        const struct finding *finding = pass->plan.rows[i].finding;
        log_line(pass->input->log, LOG_WARN, "backup failure",
                 {"cluster", pass->plan_input.cluster_names[finding->cluster]},
                 {"run_action", finding->name}, {"policy", finding->policy},
                 {"namespace", finding->namespace_count > 0 ? finding->namespaces[0] : NULL},
                 {"namespaces",
                  finding->namespace_count > 1 ? count_text(pass, finding->namespace_count) : NULL},
                 {"cause", finding->causes.count > 0 ? finding->causes.items[0].text : NULL});
    }
    if (pass->plan.first_pass && pass->plan.older_failures > 0) {
        log_line(pass->input->log, LOG_INFO,
                 "first pass: older failures are not mailed; raise LOOKBACK_HOURS to see them",
                 {"older_failures", count_text(pass, pass->plan.older_failures)});
    }
}

static void group_and_plan(struct pass *pass)
{
    struct finding *findings;
    size_t count;
    evaluate_group(pass->arena, pass->collection.actions, pass->collection.action_count, &findings,
                   &count);
    pass->plan_input.findings = findings;
    pass->plan_input.finding_count = count;
    pass->plan_input.sights = pass->collection.sights;
    pass->plan_input.sight_count = pass->collection.sight_count;
    plan_make(pass->arena, &pass->plan_input, &pass->plan);
}

// The actions of this plan's rows for which K10 may say more on request.
static size_t wanting_details(const struct pass *pass, const struct action **ret)
{
    size_t count = 0;
    for (size_t i = 0; i < pass->plan.row_count; i++) {
        const struct finding *finding = pass->plan.rows[i].finding;
        for (size_t j = 0; j < finding->action_count && count < DETAILS_PER_PASS; j++) {
            const struct action *action = finding->actions[j];
            // A RunAction beside its children is not asked: they give the cause.
            bool stands_alone = action->kind != ACTION_RUN || finding->action_count == 1;
            if (stands_alone && details_are_wanted(action)) {
                ret[count++] = action;
            }
        }
    }
    return count;
}

// Puts a copy with better causes in the action's place.
static void replace_causes(struct pass *pass, const struct action *action,
                           const struct cause_list *causes)
{
    for (size_t i = 0; i < pass->collection.action_count; i++) {
        if (pass->collection.actions[i] == action) {
            struct action *better = arena_alloc(pass->arena, sizeof *better);
            *better = *action;
            better->causes = *causes;
            pass->collection.actions[i] = better;
        }
    }
}

static bool ask_for_details(struct pass *pass)
{
    const struct action *wanted[DETAILS_PER_PASS];
    struct cause_list causes[DETAILS_PER_PASS];
    size_t count = wanting_details(pass, wanted);
    struct details_input input = {pass->input->http, pass->input->fleet, pass->input->log};
    bool improved = false;
    if (count == 0) {
        return false;
    }
    details_fetch(pass->arena, &input, wanted, count, causes);
    for (size_t i = 0; i < count; i++) {
        if (causes[i].count > 0) {
            replace_causes(pass, wanted[i], &causes[i]);
            improved = true;
        }
    }
    return improved;
}

static void decide(struct pass *pass)
{
    group_and_plan(pass);
    if (ask_for_details(pass)) {
        group_and_plan(pass);
    }
    pass->result.failures = pass->plan_input.finding_count;
    pass->result.rows = pass->plan.row_count;
    log_rows(pass);
}

static const struct digest *make_digest(struct pass *pass)
{
    const struct settings *settings = pass->input->settings;
    struct digest_cluster *clusters =
        arena_alloc_array(pass->arena, settings->cluster_count, sizeof *clusters);
    for (size_t i = 0; i < settings->cluster_count; i++) {
        const struct cluster_settings *cluster = &settings->clusters[i];
        clusters[i] =
            (struct digest_cluster){cluster->name, cluster->label, cluster->k10_namespace,
                                    cluster->dashboard_url, cluster->insecure_skip_tls_verify};
    }
    struct digest_input digest_input = {
        .plan = &pass->plan,
        .clusters = clusters,
        .cluster_count = settings->cluster_count,
        .subject_prefix = settings->subject_prefix,
        .now = pass->now,
        .local_time = settings->timezone != NULL,
        .version = pass->input->version,
        .notices = pass->notices.items,
        .notice_count = pass->notices.count,
        .footnotes = pass->footnotes.items,
        .footnote_count = pass->footnotes.count,
    };
    struct digest *digest = arena_alloc(pass->arena, sizeof *digest);
    digest_build(pass->arena, &digest_input, digest);
    return digest;
}

// Random, so that a mail sent again after the state was deleted is a new message (RFC 5322, 3.6.4).
static bool make_message_id(struct pass *pass, const char **ret, struct error *error)
{
    unsigned char random[16];
    char hex[sizeof random * 2 + 1];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return error_set(error, ERROR_INTERNAL, "the system gives no random bytes");
    }
    for (size_t i = 0; i < sizeof random; i++) {
        (void)snprintf(hex + i * 2, 3, "%02x", random[i]);
    }
    const char *at = strrchr(pass->input->settings->from.address, '@');
    *ret = arena_format(pass->arena, "<%s%s>", hex, at != NULL ? at : "@localhost");
    return true;
}

static void log_recipients(struct pass *pass, const struct delivery *delivery)
{
    for (size_t i = 0; i < delivery->recipient_count; i++) {
        const struct delivery_recipient *recipient = &delivery->recipients[i];
        if (!recipient->accepted && delivery->outcome == DELIVERY_ACCEPTED) {
            log_line(pass->input->log, LOG_ERROR,
                     recipient->permanent ? "recipient refused for good: correct ALERT_TO"
                                          : "recipient refused for now",
                     {"recipient", recipient->address}, {"reply", recipient->text});
        }
    }
}

// True when the server took responsibility for the mail.
static bool send_mail(struct pass *pass)
{
    struct channel *channel = pass->input->channel;
    struct channel_envelope envelope = {NULL, pass->now};
    struct delivery delivery = {.outcome = DELIVERY_REFUSED};
    struct error error;
    bool sent =
        make_message_id(pass, &envelope.message_id, &error) &&
        channel->deliver(channel, pass->arena, make_digest(pass), &envelope, &delivery, &error);
    log_recipients(pass, &delivery);
    if (!sent) {
        log_line(pass->input->log, LOG_ERROR,
                 delivery.outcome == DELIVERY_AMBIGUOUS
                     ? "the mail server's answer was never seen; the alerts are sent again"
                     : "the mail was not accepted; nothing is recorded, the next pass tries again",
                 {"server", channel->description}, {"error", error.text});
        worsen(pass, EXIT_STATUS_MAIL);
        return false;
    }
    pass->result.mailed = true;
    log_line(pass->input->log, LOG_INFO,
             pass->input->mode == PASS_DRY_RUN ? "dry run: nothing was sent" : "mail accepted",
             {"server", channel->description}, {"message_id", envelope.message_id},
             {"rows", count_text(pass, pass->plan.row_count)});
    return true;
}

// A first pass whose mail was refused leaves no state behind: the next one is the first again.
static bool state_is_worth_a_write(const struct pass *pass)
{
    if (pass->input->mode == PASS_DRY_RUN) {
        return false;
    }
    bool refused = pass->plan.send && !pass->result.mailed;
    return pass->ledger.existed ? pass->ledger.changed : !refused;
}

static void save_state(struct pass *pass)
{
    struct state_store *store = pass->input->store;
    struct error error;
    bool crowded = false;
    int64_t keep_from = pass->now - LEDGER_KEEP_SECONDS;
    ledger_prune(&pass->ledger, keep_from < pass->window_start ? keep_from : pass->window_start);
    plan_forget_read(&pass->plan_input, &pass->ledger);
    if (!state_is_worth_a_write(pass)) {
        return;
    }
    if (!store->save(store, &pass->ledger, &crowded, &error)) {
        log_line(pass->input->log, LOG_ERROR,
                 pass->result.mailed ? "the state cannot be written; this mail will repeat"
                                     : "the state cannot be written",
                 {"state", store->description}, {"error", error.text});
        worsen(pass, EXIT_STATUS_STATE);
        return;
    }
    if (crowded) {
        log_line(pass->input->log, LOG_WARN, "the state object is more than 70 % full",
                 {"state", store->description});
    }
    log_line(pass->input->log, LOG_DEBUG, "state written", {"state", store->description});
}

static void log_end(struct pass *pass)
{
    log_line(pass->input->log, LOG_INFO, "pass done",
             {"clusters_read", arena_format(pass->arena, "%zu/%zu", pass->plan.clusters_read,
                                            pass->plan.cluster_count)},
             {"actions", count_text(pass, pass->collection.items)},
             {"new_failures", count_text(pass, pass->plan.row_count)},
             {"already_told", count_text(pass, pass->plan.already_told)},
             {"mailed", pass->result.mailed ? "true" : "false"},
             {"status", arena_format(pass->arena, "%d", (int)pass->result.status)});
}

void pass_run(const struct pass_input *input, struct pass_result *ret)
{
    AUTO_PTR(arena) arena = arena_create();
    struct pass *pass = arena_alloc(arena, sizeof *pass);
    pass->input = input;
    pass->arena = arena;
    pass->now = input->clock();
    pass->window_start = pass->now - input->settings->lookback_s;

    const char **names = arena_alloc_array(arena, input->fleet->count, sizeof *names);
    for (size_t i = 0; i < input->fleet->count; i++) {
        names[i] = input->fleet->clusters[i].settings->name;
    }
    pass->plan_input = (struct plan_input){.cluster_names = names,
                                           .cluster_count = input->fleet->count,
                                           .ledger = &pass->ledger,
                                           .now = pass->now};
    load_state(pass);
    read_clusters(pass);
    decide(pass);
    if (pass->plan.send && send_mail(pass)) {
        plan_record(&pass->plan, &pass->plan_input, input->clock(), &pass->ledger);
    }
    save_state(pass);
    log_end(pass);
    *ret = pass->result;
}
