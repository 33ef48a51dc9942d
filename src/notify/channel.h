// SPDX-License-Identifier: MIT
// A way to tell people: a seam, so that a pass is tested without a mail server and further channels
// cost one file each.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "report/digest.h"

struct arena;

enum delivery_outcome {
    DELIVERY_ACCEPTED,  // at least one recipient
    DELIVERY_REFUSED,   // definitely nobody: may be planned afresh
    DELIVERY_AMBIGUOUS, // sent, but the answer was never seen
};

struct delivery_recipient {
    const char *address;
    bool accepted;
    bool permanent;   // refused for good (5yz)
    const char *text; // the server's words, reply code first
};

struct delivery {
    enum delivery_outcome outcome;
    struct delivery_recipient *recipients;
    size_t recipient_count;
};

struct channel_envelope {
    const char *message_id; // "<...@domain>"
    int64_t date;
    const char *const *recipients; // only these addresses of the channel's, of a mail sent again;
    size_t recipient_count;        // NULL with 0: all
};

struct channel {
    // Delivers the digest. True for DELIVERY_ACCEPTED; else error says why with the remedy. ret is
    // filled either way.
    bool (*deliver)(struct channel *channel, struct arena *arena, const struct digest *digest,
                    const struct channel_envelope *envelope, struct delivery *ret,
                    struct error *error);
    // Where it goes, for logs: "smtp.gmail.com:587 (STARTTLS)".
    const char *description;
};
