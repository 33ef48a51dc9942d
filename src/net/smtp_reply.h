// SPDX-License-Identifier: MIT
// A server's reply, put together from its lines (RFC 5321 4.2), without the login's secrets. Pure;
// what is too long is cut.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "net/smtp_secret.h"

enum { SMTP_REPLY_BYTES = 1024 };

struct smtp_reply {
    int code;                         // 0 before the first line
    bool complete;                    // its last line was seen
    bool cut;                         // the text is not all of it
    const struct smtp_secret *secret; // borrowed, NULL for none
    struct buf text; // the lines without codes, joined by blanks, clean, <= SMTP_REPLY_BYTES
};

void smtp_reply_init(struct smtp_reply *reply, const struct smtp_secret *secret);
void smtp_reply_finish(struct smtp_reply *reply);

static inline void smtp_reply_cleanup(struct smtp_reply *reply)
{
    smtp_reply_finish(reply);
}

// Takes one line as libcurl hands it out, CRLF or not; the first line after a complete reply begins
// a new one. True when the reply is complete with this line; its secrets are masked then, also
// those that are spread over several lines. What is no reply line is skipped.
bool smtp_reply_add_line(struct smtp_reply *reply, const char *line, size_t len) MUST_USE;
