// SPDX-License-Identifier: MIT
// Header fields of a message (RFC 5322) with encoded words (RFC 2047), folded at 76 columns. No
// CR, LF, NUL or other control character of a value reaches the output.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

// Appends "NAME: value CRLF" for unstructured text; words that are not plain ASCII, or too long for
// a line, become encoded words of at most 75 octets that hold whole characters.
void mail_header_text(struct buf *out, const char *name, const char *value);

// Appends "NAME: value CRLF" for tokens separated by blanks that are ASCII (Message-IDs, dates,
// lists of names); bytes outside printable ASCII become '?'. Folds at blanks only.
void mail_header_tokens(struct buf *out, const char *name, const char *value);

struct mail_header_mailbox {
    const char *name;    // display name, "" or NULL when none
    const char *address; // bare; mail_header_address_is_safe
};

// Appends "NAME: a <b@c>, ... CRLF", display names as atoms, quoted strings or encoded words.
void mail_header_mailboxes(struct buf *out, const char *name,
                           const struct mail_header_mailbox *mailboxes, size_t count);

// True for a bare ASCII address "local@domain" of at most 254 octets without blanks, controls,
// quotes, brackets or further separators: fit for a header and for RCPT TO.
bool mail_header_address_is_safe(const char *address);

// True for "<left@right>" of dot-atoms (RFC 5322 section 3.6.4), at most 250 octets.
bool mail_header_message_id_is_safe(const char *message_id);

// The domain part of a safe address; "localhost" for another.
const char *mail_header_domain(const char *address);
