// SPDX-License-Identifier: MIT
// What of a login must not come back out of a mail server's words: the password, and the forms in
// which AUTH sends it and the user (RFC 4616, the LOGIN mechanism). A server that repeats a secret
// in pieces with other words between, or in a form of its own, is not seen through.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"

enum { SMTP_SECRET_FORMS = 3, SMTP_SECRET_WORDS = SMTP_SECRET_FORMS + 2 };

struct smtp_secret {
    struct buf forms[SMTP_SECRET_FORMS];  // base64, without padding
    const char *words[SMTP_SECRET_WORDS]; // longest first
    size_t count;
};

// NULL stands for no user, no password. password and sent are borrowed; sent may change, it is the
// last word sent in an AUTH dialogue.
void smtp_secret_init(struct smtp_secret *secret, const char *user, const char *password,
                      const char *sent);

// Wipes and frees the forms.
void smtp_secret_finish(struct smtp_secret *secret);

static inline void smtp_secret_cleanup(struct smtp_secret *secret)
{
    smtp_secret_finish(secret);
}

// Replaces every occurrence in text by "***", whatever blanks stand in it; with cut, also the
// beginning of one that text ends in. Secrets under 4 characters stay: blanking them out would tell
// more than it hides.
void smtp_secret_mask(const struct smtp_secret *secret, bool cut, struct buf *text);
