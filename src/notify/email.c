// SPDX-License-Identifier: MIT
#include "notify/email.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "codec/mail_header.h"
#include "notify/email_message.h"

#include "base/banned.h"

struct email_channel {
    struct channel channel; // first: deliver gets its address
    const struct email_options *options;
};

static bool check_addresses(const struct email_options *options, struct error *error)
{
    if (!mail_header_address_is_safe(options->from.address)) {
        return error_set(error, ERROR_SETTINGS,
                         "ALERT_FROM must hold an address like alerts@example.com");
    }
    for (size_t i = 0; i < options->to_count; i++) {
        if (!mail_header_address_is_safe(options->to[i].address)) {
            return error_set(error, ERROR_SETTINGS,
                             "entry %zu of ALERT_TO must hold an address like "
                             "team@example.com",
                             i + 1);
        }
    }
    return options->to_count > 0 || error_set(error, ERROR_SETTINGS, "ALERT_TO names nobody");
}

static struct mail_header_mailbox to_mailbox(const struct email_address *address)
{
    return (struct mail_header_mailbox){.name = address->name, .address = address->address};
}

static void add_mailboxes(struct buf *out, const char *name, const struct email_address *addresses,
                          size_t count)
{
    struct mail_header_mailbox *mailboxes = memory_alloc((count + 1) * sizeof *mailboxes);
    for (size_t i = 0; i < count; i++) {
        mailboxes[i] = to_mailbox(&addresses[i]);
    }
    mail_header_mailboxes(out, name, mailboxes, count);
    free(mailboxes);
}

static void add_number(struct buf *out, const char *name, size_t number)
{
    buf_add_format(out, "%s: %zu\r\n", name, number);
}

// What filters and ticket systems read; a fleet's names are cut where they stop being useful.
static void add_machine_fields(struct buf *out, const struct digest *digest)
{
    enum { CLUSTERS = 50, LIST_BYTES = 16 * 1024 };
    mail_header_tokens(out, "X-Kasten-Alert-State", digest->state_word);
    mail_header_tokens(out, "X-Kasten-Alert-Reason", digest->reasons);
    AUTO(buf) clusters;
    buf_init(&clusters, LIST_BYTES);
    for (size_t i = 0; i < digest->cluster_name_count && i < CLUSTERS; i++) {
        buf_add_text(&clusters, i == 0 ? "" : ", ");
        buf_add_text(&clusters, digest->cluster_names[i]);
    }
    mail_header_tokens(out, "X-Kasten-Alert-Clusters", clusters.data);
    for (size_t i = 0; i < digest->header_count; i++) {
        buf_add_format(out, "X-Kasten-Alert-%s: %zu\r\n", digest->headers[i].name,
                       digest->headers[i].count);
    }
    add_number(out, "X-Kasten-Alert-Applications", digest->namespace_count);
    add_number(out, "X-Kasten-Alert-Unread", digest->unread_count);
    add_number(out, "X-Kasten-Alert-Recovered", digest->recovered.count);
    mail_header_tokens(out, "X-Kasten-Alert-Version", digest->version);
}

// The domain of an address as a dot-atom (RFC 2919, RFC 5322 section 3.6.4); an address literal is
// none.
static const char *dot_atom_domain(const char *from)
{
    const char *domain = mail_header_domain(from);
    return domain[0] == '[' ? "localhost" : domain;
}

static void add_list_id(struct buf *out, const char *from)
{
    buf_add_format(out, "List-Id: Kasten backup alerts\r\n <kasten-alerts.%s>\r\n",
                   dot_atom_domain(from));
}

// All mails of one incident answer one message that was never sent: whichever of them a reader
// keeps, they are one thread.
static void add_thread(struct buf *out, const struct digest *digest, const char *from)
{
    enum { ROOT_BYTES = 512 };
    if (digest->thread == NULL || *digest->thread == '\0') {
        return;
    }
    AUTO(buf) root;
    buf_init(&root, ROOT_BYTES);
    buf_add_format(&root, "<kasten-incident.%s@%s>", digest->thread, dot_atom_domain(from));
    if (!root.overflow && mail_header_message_id_is_safe(root.data)) {
        mail_header_tokens(out, "In-Reply-To", root.data);
        mail_header_tokens(out, "References", root.data);
    }
}

static void add_headers(const struct email_options *options, const struct digest *digest,
                        const struct channel_envelope *envelope, struct buf *out)
{
    char date[TIMESTAMP_TEXT_BYTES];
    timestamp_format_mail(envelope->date, date);
    mail_header_tokens(out, "Date", date);
    add_mailboxes(out, "From", &options->from, 1);
    add_mailboxes(out, "To", options->to, options->to_count);
    mail_header_text(out, "Subject", digest->subject);
    mail_header_tokens(out, "Message-ID", envelope->message_id);
    add_thread(out, digest, options->from.address);
    mail_header_tokens(out, "MIME-Version", "1.0");
    mail_header_tokens(out, "Auto-Submitted", "auto-generated");
    mail_header_tokens(out, "X-Auto-Response-Suppress", "All");
    add_list_id(out, options->from.address);
    add_machine_fields(out, digest);
}

bool email_compose(const struct email_options *options, const struct digest *digest,
                   const struct channel_envelope *envelope, struct buf *out, struct error *error)
{
    if (!check_addresses(options, error)) {
        return false;
    }
    if (!mail_header_message_id_is_safe(envelope->message_id)) {
        return error_set(error, ERROR_INTERNAL, "the Message-ID is not like <left@right>");
    }
    size_t start = out->len;
    AUTO(email_parts) parts;
    email_parts_render(&parts, digest);
    add_headers(options, digest, envelope, out);
    email_body_write(out, &parts, envelope->message_id);
    if (out->overflow || out->len - start > EMAIL_MAX_BYTES) {
        return error_set(error, ERROR_LIMIT, "the mail is larger than %d bytes", EMAIL_MAX_BYTES);
    }
    return true;
}

static void add_shown_address(struct buf *out, const struct email_address *address)
{
    bool named = address->name != NULL && *address->name != '\0';
    if (named) {
        utf8_clean(out, address->name, strlen(address->name));
        buf_add_text(out, " <");
    }
    utf8_clean(out, address->address, strlen(address->address));
    buf_add_text(out, named ? ">" : "");
}

void email_write_dry_run(const struct email_options *options, const struct digest *digest,
                         struct buf *out)
{
    buf_add_text(out, "From: ");
    add_shown_address(out, &options->from);
    buf_add_text(out, "\nTo: ");
    for (size_t i = 0; i < options->to_count; i++) {
        buf_add_text(out, i == 0 ? "" : ", ");
        add_shown_address(out, &options->to[i]);
    }
    buf_add_format(out, "\nSubject: %s\n\n", digest->subject);
    AUTO(email_parts) parts;
    email_parts_render(&parts, digest);
    buf_add(out, parts.text.data, parts.text.len);
}

static void fill_recipients(struct arena *arena, const struct smtp_result *result,
                            struct delivery *ret)
{
    enum { PERMANENT_CLASS = 5 };
    ret->recipients = arena_alloc_array(arena, result->recipient_count, sizeof *ret->recipients);
    ret->recipient_count = result->recipient_count;
    for (size_t i = 0; i < result->recipient_count; i++) {
        const struct smtp_recipient *recipient = &result->recipients[i];
        ret->recipients[i] = (struct delivery_recipient){
            .address = recipient->address,
            .accepted = recipient->accepted,
            .permanent = !recipient->accepted && recipient->code / 100 == PERMANENT_CLASS,
            .text = recipient->code == 0
                        ? recipient->text
                        : arena_format(arena, "%d %s", recipient->code, recipient->text),
        };
    }
}

static enum delivery_outcome to_outcome(enum smtp_outcome outcome)
{
    switch (outcome) {
    case SMTP_ACCEPTED:
        return DELIVERY_ACCEPTED;
    case SMTP_AMBIGUOUS:
        return DELIVERY_AMBIGUOUS;
    case SMTP_REFUSED:
        break;
    }
    return DELIVERY_REFUSED;
}

static bool is_wanted(const struct channel_envelope *envelope, const char *address)
{
    bool wanted = envelope->recipients == NULL;
    for (size_t i = 0; i < envelope->recipient_count && !wanted; i++) {
        wanted = strcmp(envelope->recipients[i], address) == 0;
    }
    return wanted;
}

// The addresses that get RCPT TO; all stand in To.
static const char **choose_recipients(struct arena *arena, const struct email_options *options,
                                      const struct channel_envelope *envelope, size_t *ret_count)
{
    const char **to = arena_alloc_array(arena, options->to_count, sizeof *to);
    *ret_count = 0;
    for (size_t i = 0; i < options->to_count; i++) {
        if (is_wanted(envelope, options->to[i].address)) {
            to[(*ret_count)++] = options->to[i].address;
        }
    }
    return to;
}

static bool deliver(struct channel *channel, struct arena *arena, const struct digest *digest,
                    const struct channel_envelope *envelope, struct delivery *ret,
                    struct error *error)
{
    const struct email_options *options = ((struct email_channel *)channel)->options;
    *ret = (struct delivery){.outcome = DELIVERY_REFUSED};
    AUTO(buf) message;
    buf_init(&message, EMAIL_MAX_BYTES);
    if (!email_compose(options, digest, envelope, &message, error)) {
        return false;
    }
    size_t to_count;
    const char **to = choose_recipients(arena, options, envelope, &to_count);
    if (to_count == 0) {
        return error_set(error, ERROR_SETTINGS,
                         "ALERT_TO no longer names anybody whose answer to this mail is open");
    }
    struct smtp_message mail = {
        .from = options->from.address,
        .to = to,
        .to_count = to_count,
        .data = message.data,
        .data_len = message.len,
    };
    struct smtp_result result = {.outcome = SMTP_REFUSED};
    bool accepted = smtp_send(arena, &options->server, &mail, options->log, &result, error);
    fill_recipients(arena, &result, ret);
    ret->outcome = to_outcome(result.outcome);
    return accepted;
}

static const char *tls_word(enum smtp_tls tls)
{
    switch (tls) {
    case SMTP_TLS_STARTTLS:
        return "STARTTLS";
    case SMTP_TLS_IMPLICIT:
        return "implicit TLS";
    case SMTP_TLS_NONE:
        break;
    }
    return "no TLS";
}

struct channel *email_channel_create(struct arena *arena, const struct email_options *options)
{
    struct email_channel *channel = arena_alloc(arena, sizeof *channel);
    const struct smtp_server *server = &options->server;
    bool ipv6 = strchr(server->host, ':') != NULL;
    *channel = (struct email_channel){
        .channel =
            {
                .deliver = deliver,
                .description = arena_format(arena, "%s%s%s:%u (%s)", ipv6 ? "[" : "", server->host,
                                            ipv6 ? "]" : "", server->port, tls_word(server->tls)),
            },
        .options = options,
    };
    return &channel->channel;
}
