// SPDX-License-Identifier: MIT
// A digest as one RFC 5322 message: multipart/alternative, text first, then HTML; the full list as
// CSV when rows were left out. Submitted by net/smtp. Nothing from a cluster reaches a header but
// through codec/mail_header.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "net/smtp.h"
#include "notify/channel.h"
#include "report/digest.h"

struct arena;
struct log;

enum { EMAIL_MAX_BYTES = 5 * 1024 * 1024 };

struct email_address {
    const char *name;    // display name, UTF-8, "" or NULL when none
    const char *address; // bare, ASCII
};

struct email_options {
    struct smtp_server server;
    struct email_address from;
    const struct email_address *to;
    size_t to_count; // at least 1
    struct log *log;
};

// Appends the message with CRLF line ends, at most EMAIL_MAX_BYTES. The boundary is derived from
// the Message-ID, so that the same digest and envelope give the same bytes. An address or
// Message-ID that cannot stand in a header is ERROR_SETTINGS or ERROR_INTERNAL.
bool email_compose(const struct email_options *options, const struct digest *digest,
                   const struct channel_envelope *envelope, struct buf *out,
                   struct error *error) MUST_USE;

// Appends what --dry-run shows: From, To and Subject, decoded, and the text part.
void email_write_dry_run(const struct email_options *options, const struct digest *digest,
                         struct buf *out);

// A channel that mails to all of options->to in one session, or to those of them that the envelope
// names; ERROR_SETTINGS when it names none of them. It lives in arena; options and what
// it points to must live as long.
struct channel *email_channel_create(struct arena *arena, const struct email_options *options);
