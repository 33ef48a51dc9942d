// SPDX-License-Identifier: MIT
// The mail server as the channel sees it, one SMTP session step by step.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/json.h"
#include "report/text.h"
#include "world.h"

static const struct world_mail_fault *fault_of(const struct world *world,
                                               enum world_mail_fault_kind kind)
{
    int64_t now = (world_now() - WORLD_NOON) / WORLD_MINUTE;
    for (size_t i = 0; i < world->mail_fault_count; i++) {
        const struct world_mail_fault *fault = &world->mail_faults[i];
        if (fault->kind == kind && now >= fault->from && now < fault->until) {
            return fault;
        }
    }
    return NULL;
}

static void add_name(char names[][WORLD_MAIL_TEXT], size_t *count, const char *name)
{
    if (*count == WORLD_MAIL_NAMES || strlen(name) >= WORLD_MAIL_TEXT) {
        abort();
    }
    (void)snprintf(names[(*count)++], WORLD_MAIL_TEXT, "%s", name);
}

static void note_rows(struct world_mail *mail, const struct digest *digest)
{
    for (size_t i = 0; i < digest->group_count; i++) {
        for (size_t j = 0; j < digest->groups[i].row_count; j++) {
            const struct digest_row *row = &digest->groups[i].rows[j];
            AUTO(buf) name;
            buf_init(&name, WORLD_MAIL_TEXT);
            buf_add_text(&name, row->id);
            for (size_t k = 0; k < row->namespace_count; k++) {
                buf_add_format(&name, " %s", row->namespaces[k]);
            }
            add_name(mail->rows, &mail->row_count, name.data);
        }
    }
}

// What the stored intent of this mail says that it tells.
static void note_ids(struct world *world, struct world_mail *mail)
{
    AUTO_PTR(arena) arena = arena_create();
    struct json *parsed;
    struct error error;
    struct ledger ledger;
    struct state_health health;
    if (!json_parse(world->outside->state, strlen(world->outside->state), &parsed, &error)) {
        return;
    }
    AUTO_PTR(json) document = parsed;
    ledger_init(&ledger, arena);
    state_format_decode(document, &ledger, &health);
    const struct pending *pending = ledger_find_pending(&ledger, mail->message_id);
    for (size_t i = 0; pending != NULL && i < pending->id_count; i++) {
        add_name(mail->ids, &mail->id_count, pending->ids[i]);
    }
}

static unsigned bits_of(const struct world *world, const struct channel_envelope *envelope)
{
    unsigned bits = 0;
    for (size_t i = 0; i < world->settings.to_count; i++) {
        bool wanted = envelope->recipient_count == 0;
        for (size_t j = 0; j < envelope->recipient_count; j++) {
            wanted = wanted || strcmp(envelope->recipients[j], world->settings.to[i].address) == 0;
        }
        bits |= wanted ? 1U << i : 0;
    }
    return bits;
}

static struct world_mail *new_mail(struct world *world, const struct digest *digest,
                                   const struct channel_envelope *envelope)
{
    struct outside *outside = world->outside;
    if (outside->mail_count == WORLD_MAILS) {
        abort();
    }
    struct world_mail *mail = &outside->mails[outside->mail_count++];
    *mail = (struct world_mail){.date = envelope->date, .at = world_now()};
    if (envelope->message_id != NULL) {
        (void)snprintf(mail->message_id, sizeof mail->message_id, "%s", envelope->message_id);
    }
    (void)snprintf(mail->subject, sizeof mail->subject, "%s", digest->subject);
    mail->to = bits_of(world, envelope);
    note_rows(mail, digest);
    note_ids(world, mail);
    AUTO(buf) text;
    buf_init(&text, sizeof world->text - 1);
    (void)text_render(&text, digest, sizeof world->text - 1);
    memcpy(world->text, text.data, text.len + 1);
    return mail;
}

// The recipients of the session as the server sees them: outcome of each, bits of those it takes.
static unsigned name_recipients(struct world *world, struct arena *arena,
                                const struct world_mail *mail, struct delivery *ret)
{
    const struct world_mail_fault *later = fault_of(world, MAIL_RCPT_450);
    const struct world_mail_fault *never = fault_of(world, MAIL_RCPT_550);
    unsigned willing = 0;
    for (size_t i = 0; i < world->settings.to_count; i++) {
        unsigned bit = 1U << i;
        if ((mail->to & bit) == 0) {
            continue;
        }
        bool refused = (later != NULL && (later->recipients & bit) != 0);
        bool permanent = (never != NULL && (never->recipients & bit) != 0);
        world_point(world, "before RCPT");
        ret->recipients[ret->recipient_count++] = (struct delivery_recipient){
            .address = arena_strdup(arena, world->settings.to[i].address),
            .permanent = permanent,
            .text = permanent ? "550 no such user"
                    : refused ? "450 mailbox busy"
                              : "250 ok",
        };
        willing |= refused || permanent ? 0 : bit;
        world_point(world, "after RCPT");
    }
    return willing;
}

static bool refuse(struct delivery *ret, enum delivery_outcome outcome, enum error_class class,
                   const char *text, struct error *error)
{
    ret->outcome = outcome;
    return error_set(error, class, "%s", text);
}

static bool hand_over(struct world *world, struct world_mail *mail, unsigned willing,
                      struct delivery *ret, struct error *error)
{
    bool now = fault_of(world, MAIL_FINAL_450) != NULL;
    bool never = fault_of(world, MAIL_FINAL_550) != NULL;
    bool lost = fault_of(world, MAIL_MESSAGE_LOST) != NULL;
    bool mute = fault_of(world, MAIL_ANSWER_LOST) != NULL;
    world_point(world, "before the final dot");
    if (world->outcome == DELIVERY_AMBIGUOUS || lost) {
        return refuse(ret, DELIVERY_AMBIGUOUS, ERROR_NETWORK, "no answer to the message", error);
    }
    if (now || never || world->outcome == DELIVERY_REFUSED) {
        mail->answered = true;
        mail->rejected = never;
        return refuse(ret, DELIVERY_REFUSED, never ? ERROR_REFUSED : ERROR_UNAVAILABLE,
                      never ? "554 no" : "451 try again later", error);
    }
    mail->taken = willing;
    world_point(world, "after the final dot, before its reply");
    if (mute) {
        return refuse(ret, DELIVERY_AMBIGUOUS, ERROR_NETWORK, "no answer to the message", error);
    }
    mail->answered = true;
    for (size_t i = 0, at = 0; i < world->settings.to_count; i++) {
        if ((mail->to & 1U << i) != 0) {
            ret->recipients[at++].accepted = (willing & 1U << i) != 0;
        }
    }
    ret->outcome = DELIVERY_ACCEPTED;
    world_point(world, "after the reply to the final dot");
    return true;
}

bool world_deliver(struct channel *channel, struct arena *arena, const struct digest *digest,
                   const struct channel_envelope *envelope, struct delivery *ret,
                   struct error *error)
{
    struct world *world =
        (struct world *)(void *)((char *)channel - offsetof(struct world, channel));
    struct world_mail *mail = new_mail(world, digest, envelope);
    *ret = (struct delivery){.outcome = DELIVERY_REFUSED};
    ret->recipients = arena_alloc_array(arena, world->settings.to_count, sizeof *ret->recipients);
    world_note(world, EVENT_DELIVER);
    world_point(world, "before the mail server is asked");
    if (fault_of(world, MAIL_NO_CONNECTION) != NULL) {
        for (size_t i = 0; i < world->settings.to_count; i++) {
            if ((mail->to & 1U << i) != 0) {
                ret->recipients[ret->recipient_count++] = (struct delivery_recipient){
                    .address = world->settings.to[i].address, .text = ""};
            }
        }
        return refuse(ret, DELIVERY_REFUSED, ERROR_NETWORK, "no connection", error);
    }
    world_point(world, "after MAIL");
    unsigned willing = name_recipients(world, arena, mail, ret);
    if (willing == 0) {
        mail->answered = true;
        bool never = fault_of(world, MAIL_RCPT_450) == NULL;
        return refuse(ret, DELIVERY_REFUSED, never ? ERROR_REFUSED : ERROR_UNAVAILABLE,
                      "no recipient was accepted", error);
    }
    world_point(world, "after DATA");
    return hand_over(world, mail, willing, ret, error);
}
