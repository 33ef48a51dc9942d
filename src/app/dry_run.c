// SPDX-License-Identifier: MIT
#include "app/dry_run.h"

#include "base/arena.h"
#include "base/buf.h"

#include "base/banned.h"

struct dry_run {
    struct channel channel;
    const struct email_options *options;
    FILE *stream;
};

static bool show(struct channel *channel, struct arena *arena, const struct digest *digest,
                 const struct channel_envelope *envelope, struct delivery *ret, struct error *error)
{
    const struct dry_run *dry_run = (const struct dry_run *)(const void *)channel;
    (void)arena;
    (void)envelope;
    AUTO(buf) text;
    buf_init(&text, EMAIL_MAX_BYTES);
    email_write_dry_run(dry_run->options, digest, &text);
    *ret = (struct delivery){.outcome = DELIVERY_ACCEPTED};
    if (fwrite(text.data, 1, text.len, dry_run->stream) != text.len ||
        fflush(dry_run->stream) != 0) {
        ret->outcome = DELIVERY_REFUSED;
        return error_set(error, ERROR_INTERNAL, "cannot write the mail to the standard output");
    }
    return true;
}

struct channel *dry_run_channel(struct arena *arena, const struct email_options *options,
                                FILE *stream)
{
    struct dry_run *dry_run = arena_alloc(arena, sizeof *dry_run);
    *dry_run = (struct dry_run){{show, "the standard output"}, options, stream};
    return &dry_run->channel;
}
