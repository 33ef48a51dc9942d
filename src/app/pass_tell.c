// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "app/pass_parts.h"
#include "base/arena.h"
#include "base/log.h"
#include "config/settings.h"
#include "notify/channel.h"
#include "report/digest.h"

#include "base/banned.h"

static const struct digest_cluster *digest_clusters(struct pass *pass)
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
    return clusters;
}

// Recipients refused for good since the last mail: those who can mend it read this one.
static void add_refusals(struct pass *pass, struct sentences *footnotes)
{
    const struct map *refusals = &pass->ledger.refusals;
    for (size_t i = 0; i < refusals->count; i++) {
        if (refusals->entries[i].value != NULL) {
            const char *reply = refusals->entries[i].value;
            pass_say(footnotes,
                     arena_format(pass->arena,
                                  "%s did not get the mail before: its server refused it for good "
                                  "(%s). Correct ALERT_TO.",
                                  refusals->entries[i].key, reply));
        }
    }
}

static const struct digest *make_digest(struct pass *pass, const struct plan *plan)
{
    const struct settings *settings = pass->input->settings;
    struct sentences footnotes = pass->footnotes;
    add_refusals(pass, &footnotes);
    struct digest_input digest_input = {
        .plan = plan,
        .clusters = digest_clusters(pass),
        .cluster_count = settings->cluster_count,
        .subject_prefix = settings->subject_prefix,
        .now = pass->now,
        .local_time = settings->timezone != NULL,
        .version = pass->input->version,
        .notices = pass->notices.items,
        .notice_count = pass->notices.count,
        .footnotes = footnotes.items,
        .footnote_count = footnotes.count,
    };
    struct digest *digest = arena_alloc(pass->arena, sizeof *digest);
    digest_build(pass->arena, &digest_input, digest);
    return digest;
}

// Random, so that a mail sent again after the state was deleted is a new message (RFC 5322, 3.6.4).
bool pass_make_message_id(struct pass *pass, const char **ret, struct error *error)
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
                     recipient->permanent
                         ? "recipient refused for good: correct ALERT_TO"
                         : "recipient refused for now: the next passes try again for 3 days",
                     {"recipient", recipient->address}, {"reply", recipient->text});
        }
    }
}

bool pass_tell(struct pass *pass, const struct plan *plan, const struct channel_envelope *envelope,
               struct delivery *ret, struct error *error)
{
    struct channel *channel = pass->input->channel;
    *ret = (struct delivery){.outcome = DELIVERY_REFUSED};
    bool sent =
        channel->deliver(channel, pass->arena, make_digest(pass, plan), envelope, ret, error);
    log_recipients(pass, ret);
    if (sent) {
        log_line(pass->input->log, LOG_INFO,
                 pass->input->mode == PASS_DRY_RUN ? "dry run: nothing was sent" : "mail accepted",
                 {"server", channel->description}, {"message_id", envelope->message_id},
                 {"rows", pass_count_text(pass, plan->row_count)});
    }
    return sent;
}
