// SPDX-License-Identifier: MIT
// The parts of a message: which MIME entities there are and how each is encoded.
#pragma once

#include "base/buf.h"
#include "report/digest.h"

struct channel_envelope;

// What the message holds, not yet encoded, LF line ends but for csv.
struct email_parts {
    struct buf text;
    struct buf html;
    struct buf csv; // empty when both other parts are complete
};

// Renders the digest within the limits of a mail.
void email_parts_render(struct email_parts *parts, const struct digest *digest);
void email_parts_finish(struct email_parts *parts);

static inline void email_parts_cleanup(struct email_parts *parts)
{
    email_parts_finish(parts);
}

// Appends the Content-Type field, the empty line and the entities, with boundaries made from
// message_id.
void email_body_write(struct buf *out, const struct email_parts *parts, const char *message_id);
