// SPDX-License-Identifier: MIT
// Intent, send, outcome (docs/decisions/0005-send-then-record.md): what is about to be mailed is
// stored first, so that after a crash the same mail can be recognised, and recorded as told only
// once a server has taken it.
#include <stdlib.h>
#include <string.h>

#include "app/pass_mail.h"
#include "app/pass_parts.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "core/plan.h"
#include "kube/state_store.h"

#include "base/banned.h"

enum {
    RETRIES_PER_PASS = 5,              // of open mails: each may take SMTP_TIMEOUT
    DECISIONS_PER_PASS = 5,            // until nobody else wrote meanwhile
    PENDING_CROWDED = PENDING_MAX - 4, // the next mail, and those of others, need places
};

// What is to leave the state at the end of the pass.
struct dropping {
    struct pass *pass;
    const char *message_ids[PENDING_MAX];
    size_t count;
    bool settles;
};

static void give_up(struct dropping *dropping, const struct pending *pending, const char *why)
{
    struct pass *pass = dropping->pass;
    dropping->message_ids[dropping->count++] = pending->message_id;
    log_line(pass->input->log, LOG_ERROR, "a mail was given up", {"reason", why},
             {"message_id", pending->message_id},
             {"date", timestamp_text(pass->arena, pending->date)},
             {"recipients", pass_count_text(pass, pending->recipient_count)});
    pass_say(&pass->notices,
             arena_format(pass->arena, "The mail of %s was given up for %zu recipient%s: %s.",
                          timestamp_text(pass->arena, pending->date), pending->recipient_count,
                          pending->recipient_count == 1 ? "" : "s", why));
}

struct claim {
    struct mail *mail;
    bool is_taken; // another pass was faster
};

static bool apply_claim(void *context, struct ledger *ledger)
{
    struct claim *claim = context;
    struct mail *mail = claim->mail;
    struct pending *stored = ledger_find_pending(ledger, mail->pending.message_id);
    claim->is_taken = stored == NULL || stored->tried != mail->pending.tried ||
                      stored->accepted != mail->pending.accepted;
    if (!claim->is_taken) {
        stored->tried = mail->pass->now;
    }
    mail->written = *ledger;
    return !claim->is_taken;
}

// Takes a mail on, so that two passes at once do not both send it again. False when it is
// another's.
static bool claim(struct mail *mail)
{
    struct claim claim = {.mail = mail};
    struct state_change change = {apply_claim, &claim};
    bool written = pass_update_state(mail->pass, &change, "; the mail is sent again all the same");
    mail->pending.tried = mail->pass->now;
    if (written) {
        mail->pass->ledger = mail->written;
    }
    return !written || !claim.is_taken;
}

// False when nothing new may go in this pass.
static bool retry(struct pass *pass, struct dropping *dropping, const struct pending *stored)
{
    struct plan again;
    struct mail mail = {.pass = pass, .plan = &again, .is_retry = true, .pending = *stored};
    mail_to_outstanding(pass, &mail.pending);
    plan_again(pass->arena, &pass->plan_input, &pass->plan, &mail.pending, &again);
    if (!again.send || mail.pending.recipient_count == 0) {
        dropping->message_ids[dropping->count++] = stored->message_id;
        return true; // nothing is left to tell, or nobody to tell it to
    }
    bool is_ours = claim(&mail);
    bool accepted = !is_ours || mail_deliver(&mail);
    if (is_ours) {
        mail_store_outcome(&mail);
    }
    // What was written may hold what another pass told meanwhile.
    pass_decide_again(pass);
    return accepted || mail.pending.accepted;
}

// What other passes are sending, and what could not be sent again now, is theirs.
static void leave_out_pendings(struct pass *pass)
{
    for (size_t i = 0; i < pass->ledger.pending_count; i++) {
        const struct pending *pending = &pass->ledger.pendings[i];
        if (!pending->accepted && pending_judge(pending, pass->now) != PENDING_GIVEN_UP) {
            plan_without(pass->arena, &pass->plan_input, &pass->plan, pending, &pass->plan);
        }
    }
}

// What nobody took comes before what only some still lack, the oldest first.
static int by_need(const void *left, const void *right)
{
    const struct pending *a = left;
    const struct pending *b = right;
    if (a->accepted != b->accepted) {
        return a->accepted ? 1 : -1;
    }
    return a->date != b->date ? (a->date < b->date ? -1 : 1) : strcmp(a->message_id, b->message_id);
}

// Why an open mail is not tried any longer; NULL when it is. excess: how many there are too many.
static const char *why_given_up(const struct pending *pending, int64_t now, size_t *excess)
{
    if (pending_judge(pending, now) == PENDING_GIVEN_UP) {
        return "it could not be delivered for 3 days";
    }
    if (pending->accepted && *excess > 0) {
        (*excess)--;
        return "too many later mails wait for a recipient, too";
    }
    return NULL;
}

// Sends again what has to be; of the plan only what is left to this pass stays.
static bool settle_pendings(struct pass *pass, struct dropping *dropping)
{
    size_t count = pass->ledger.pending_count;
    struct pending *pendings = arena_alloc_array(pass->arena, count, sizeof *pendings);
    bool may_go_on = true;
    size_t retries = 0;
    for (size_t i = 0; i < count; i++) {
        pendings[i] = pass->ledger.pendings[i];
    }
    if (count > 1) {
        qsort(pendings, count, sizeof *pendings, by_need);
    }
    size_t excess = count > PENDING_CROWDED ? count - PENDING_CROWDED : 0;
    for (size_t i = 0; i < count && i < PENDING_MAX; i++) {
        const char *why = why_given_up(&pendings[i], pass->now, &excess);
        if (why != NULL) {
            give_up(dropping, &pendings[i], why);
            continue;
        }
        enum pending_state state = pending_judge(&pendings[i], pass->now);
        if (state == PENDING_RETRY && retries++ < RETRIES_PER_PASS) {
            may_go_on = retry(pass, dropping, &pendings[i]) && may_go_on;
        }
    }
    leave_out_pendings(pass);
    return may_go_on;
}

struct intent {
    struct mail *mail;
    bool is_stale; // somebody told meanwhile what this mail would
};

static bool apply_intent(void *context, struct ledger *ledger)
{
    struct intent *intent = context;
    struct pass *pass = intent->mail->pass;
    intent->is_stale = pass_state_was_deleted(pass, ledger) ||
                       plan_is_stale(intent->mail->plan, &pass->plan_input, ledger);
    if (intent->is_stale) {
        pass->ledger = *ledger;
        return false;
    }
    ledger_add_pending(ledger, &intent->mail->pending);
    plan_begin(&pass->plan_input, ledger);
    return true;
}

static void warn_of_repeat(struct pass *pass)
{
    pass_say(&pass->notices, "The record of alerts already sent could not be written before this "
                             "mail: its rows may repeat.");
}

// Stores what is about to be sent; decides again when another pass was faster. False when then
// nothing is left to say.
static bool store_intent(struct mail *mail)
{
    struct pass *pass = mail->pass;
    struct intent intent = {.mail = mail};
    struct state_change change = {apply_intent, &intent};
    for (int i = 0; i < DECISIONS_PER_PASS; i++) {
        mail->pending.ids = plan_ids(pass->arena, &pass->plan, &mail->pending.id_count);
        if (!pass_update_state(pass, &change, "; the alerts go out and may repeat")) {
            warn_of_repeat(pass);
            return true;
        }
        if (!intent.is_stale) {
            return true;
        }
        pass_decide_again(pass);
        leave_out_pendings(pass);
        if (!pass->plan.send) {
            return false;
        }
    }
    warn_of_repeat(pass);
    return true;
}

static int64_t earliest_window(const struct pass *pass)
{
    int64_t earliest = pass->now;
    for (size_t i = 0; i < pass->collection.sight_count; i++) {
        const struct sight *sight = &pass->collection.sights[i];
        bool is_earlier = sight->kind < ACTION_KIND_COUNT && sight->window_start < earliest;
        earliest = is_earlier ? sight->window_start : earliest;
    }
    return earliest;
}

// True when there is nothing left to tell.
static bool send_new(struct pass *pass)
{
    struct mail mail = {.pass = pass, .plan = &pass->plan, .settles = true};
    struct error error;
    mail.pending.date = pass->now;
    mail.pending.from = earliest_window(pass);
    mail_to_all(pass, &mail.pending);
    if (!pass_make_message_id(pass, &mail.pending.message_id, &error)) {
        log_text(pass->input->log, LOG_ERROR, error.text);
        pass_worsen(pass, EXIT_STATUS_INTERNAL);
        return false;
    }
    if (pass->has_state && !store_intent(&mail)) {
        return true;
    }
    (void)mail_deliver(&mail);
    mail_store_outcome(&mail);
    return false;
}

static bool apply_end(void *context, struct ledger *ledger)
{
    const struct dropping *dropping = context;
    struct pass *pass = dropping->pass;
    for (size_t i = 0; i < dropping->count; i++) {
        (void)ledger_remove_pending(ledger, dropping->message_ids[i]);
    }
    bool settles = dropping->settles && !pass_state_was_deleted(pass, ledger);
    if (settles) {
        plan_settle(&pass->plan, &pass->plan_input, pass->now, ledger);
    }
    return settles || dropping->count > 0;
}

static void show_dry_run(struct pass *pass)
{
    struct channel_envelope envelope = {.date = pass->now};
    struct delivery delivery;
    struct error error;
    if (!pass->plan.send) {
        return;
    }
    if (pass_tell(pass, &pass->plan, &envelope, &delivery, &error)) {
        pass->result.mailed = true;
        return;
    }
    log_text(pass->input->log, LOG_ERROR, error.text);
    pass_worsen(pass, EXIT_STATUS_INTERNAL);
}

void pass_deliver(struct pass *pass)
{
    struct dropping dropping = {.pass = pass};
    if (pass->input->mode == PASS_DRY_RUN) {
        show_dry_run(pass);
        return;
    }
    bool may_go_on = settle_pendings(pass, &dropping);
    if (!pass->plan.send) {
        dropping.settles = may_go_on; // a mail that was not accepted is something to say
    } else if (may_go_on) {
        dropping.settles = send_new(pass);
    } else {
        log_text(pass->input->log, LOG_WARN,
                 "nothing new is sent while a mail sent before is not accepted");
    }
    if (dropping.settles || dropping.count > 0) {
        struct state_change change = {apply_end, &dropping};
        (void)pass_update_state(pass, &change, "");
    }
}
