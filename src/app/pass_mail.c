// SPDX-License-Identifier: MIT
#include "app/pass_mail.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "config/settings.h"
#include "core/plan.h"
#include "kube/state_store.h"

#include "base/banned.h"

static bool is_configured(const struct settings *settings, const char *address)
{
    for (size_t i = 0; i < settings->to_count; i++) {
        if (strcmp(settings->to[i].address, address) == 0) {
            return true;
        }
    }
    return false;
}

void mail_to_all(struct pass *pass, struct pending *pending)
{
    const struct settings *settings = pass->input->settings;
    const char **all = arena_alloc_array(pass->arena, settings->to_count, sizeof *all);
    for (size_t i = 0; i < settings->to_count; i++) {
        all[i] = settings->to[i].address;
    }
    pending->recipients = all;
    pending->recipient_count = settings->to_count;
}

void mail_to_outstanding(struct pass *pass, struct pending *pending)
{
    const char **left = arena_alloc_array(pass->arena, pending->recipient_count, sizeof *left);
    size_t count = 0;
    for (size_t i = 0; i < pending->recipient_count; i++) {
        if (is_configured(pass->input->settings, pending->recipients[i])) {
            left[count++] = pending->recipients[i];
        }
    }
    pending->recipients = left;
    pending->recipient_count = count;
    if (count == 0 && !pending->accepted) {
        mail_to_all(pass, pending);
    }
}

static size_t outstanding(const struct mail *mail, const char **ret)
{
    size_t count = 0;
    for (size_t i = 0; i < mail->delivery.recipient_count; i++) {
        const struct delivery_recipient *recipient = &mail->delivery.recipients[i];
        if (!recipient->accepted && !recipient->permanent) {
            ret[count++] = recipient->address;
        }
    }
    return count;
}

// Told in the footer of the next mail that goes anyway.
static void note_refusals(const struct mail *mail, struct ledger *ledger)
{
    for (size_t i = 0; i < mail->delivery.recipient_count; i++) {
        const struct delivery_recipient *recipient = &mail->delivery.recipients[i];
        if (recipient->permanent) {
            map_set(&ledger->refusals, recipient->address,
                    arena_strdup(ledger->arena, recipient->text));
        }
    }
}

static void forget_told_refusals(const struct mail *mail, struct ledger *ledger)
{
    const struct map *told = &mail->pass->ledger.refusals;
    for (size_t i = 0; i < told->count; i++) {
        map_set(&ledger->refusals, told->entries[i].key, NULL);
    }
}

static void keep_outstanding(const struct mail *mail, struct ledger *ledger)
{
    const char **left =
        arena_alloc_array(ledger->arena, mail->delivery.recipient_count, sizeof *left);
    struct pending rest = mail->pending;
    rest.recipients = left;
    rest.recipient_count = outstanding(mail, left);
    rest.accepted = true;
    rest.tried = 0;
    (void)ledger_remove_pending(ledger, rest.message_id);
    if (rest.recipient_count > 0) {
        ledger_add_pending(ledger, &rest);
    }
}

// It was taken on to be sent again, and this pass is through with it.
static bool release(const struct mail *mail, struct ledger *ledger)
{
    struct pending *stored = ledger_find_pending(ledger, mail->pending.message_id);
    bool is_ours = stored != NULL && stored->tried == mail->pending.tried;
    if (is_ours) {
        stored->tried = 0;
    }
    return is_ours;
}

static bool apply_outcome(void *context, struct ledger *ledger)
{
    const struct mail *mail = context;
    struct pass *pass = mail->pass;
    if (!mail->accepted && mail->pending.accepted && mail->delivery.recipient_count > 0) {
        keep_outstanding(mail, ledger);
        note_refusals(mail, ledger);
        return true;
    }
    if (mail->frees) {
        return ledger_remove_pending(ledger, mail->pending.message_id);
    }
    if (!mail->accepted) {
        return release(mail, ledger);
    }
    keep_outstanding(mail, ledger);
    forget_told_refusals(mail, ledger);
    note_refusals(mail, ledger);
    // A mail that only its last recipients lacked was recorded when the others took it.
    if (!mail->pending.accepted) {
        plan_record(mail->plan, &pass->plan_input, mail->accepted_at, ledger);
    }
    if (mail->settles && !pass_state_was_deleted(pass, ledger)) {
        plan_settle(&pass->plan, &pass->plan_input, pass->now, ledger);
    }
    return true;
}

static bool apply_and_keep(void *context, struct ledger *ledger)
{
    struct mail *mail = context;
    bool write = apply_outcome(mail, ledger);
    mail->written = *ledger;
    return write;
}

static bool is_refused_for_good(const struct delivery *delivery, const struct error *error)
{
    bool all = delivery->recipient_count > 0;
    for (size_t i = 0; i < delivery->recipient_count; i++) {
        all = all && delivery->recipients[i].permanent;
    }
    return all || error->class == ERROR_REFUSED || error->class == ERROR_LIMIT;
}

static void log_failure(const struct mail *mail, const struct error *error)
{
    struct pass *pass = mail->pass;
    const char *message =
        mail->delivery.outcome == DELIVERY_AMBIGUOUS
            ? "the mail server's answer was never seen; the same mail is sent again"
        : mail->frees ? "the mail was not accepted; the next pass tries again"
        : mail->pending.accepted
            ? "the mail is still not accepted for some recipients; the next pass tries again"
            : "the mail whose outcome is open was not accepted now; the next pass tries again";
    log_line(pass->input->log, mail->pending.accepted ? LOG_WARN : LOG_ERROR, message,
             {"server", pass->input->channel->description}, {"error", error->text},
             {"message_id", mail->pending.message_id});
}

bool mail_deliver(struct mail *mail)
{
    struct pass *pass = mail->pass;
    struct error error = {0};
    struct channel_envelope envelope = {
        .message_id = mail->pending.message_id,
        .date = mail->pending.date,
        .recipients = mail->pending.recipients,
        .recipient_count = mail->pending.recipient_count,
    };
    mail->accepted = pass_tell(pass, mail->plan, &envelope, &mail->delivery, &error);
    mail->accepted_at = pass->input->clock();
    if (mail->accepted) {
        pass->result.mailed = true;
        return true;
    }
    bool refused = mail->delivery.outcome == DELIVERY_REFUSED;
    // What may have been taken before is not free while the server only says "not now": a mail made
    // anew could not be recognised as its copy.
    mail->frees = refused && (!mail->is_retry || is_refused_for_good(&mail->delivery, &error));
    log_failure(mail, &error);
    if (!mail->pending.accepted) {
        pass_worsen(pass, EXIT_STATUS_MAIL);
    }
    return false;
}

void mail_store_outcome(struct mail *mail)
{
    struct state_change change = {apply_and_keep, mail};
    if (!mail->accepted && !mail->frees && !mail->is_retry) {
        return; // the intent says all there is
    }
    if (pass_update_state(mail->pass, &change, mail->accepted ? "; this mail will repeat" : "")) {
        mail->pass->ledger = mail->written;
    }
}
