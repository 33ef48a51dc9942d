// SPDX-License-Identifier: MIT
// A server's reply, put together from its lines (RFC 5321 4.2). Pure; what is too long is cut.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"

enum { SMTP_REPLY_BYTES = 1024 };

struct smtp_reply {
    int code;        // 0 before the first line
    bool complete;   // its last line was seen
    struct buf text; // the lines without codes, joined by blanks, clean, <= SMTP_REPLY_BYTES
};

void smtp_reply_init(struct smtp_reply *reply);
void smtp_reply_finish(struct smtp_reply *reply);

static inline void smtp_reply_cleanup(struct smtp_reply *reply)
{
    smtp_reply_finish(reply);
}

// Takes one line as libcurl hands it out, CRLF or not; the first line after a complete reply begins
// a new one. True when the reply is complete with this line. What is no reply line is skipped.
bool smtp_reply_add_line(struct smtp_reply *reply, const char *line, size_t len) MUST_USE;

// Replaces every occurrence of secret in the text by "***". Short secrets (under 4 bytes) stay:
// blanking them out would tell more than it hides.
void smtp_reply_mask(struct smtp_reply *reply, const char *secret);
