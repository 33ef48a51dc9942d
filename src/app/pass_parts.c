// SPDX-License-Identifier: MIT
#include "app/pass_parts.h"

#include "base/arena.h"

#include "base/banned.h"

void pass_say(struct sentences *sentences, const char *sentence)
{
    if (sentences->count < PASS_MAX_SENTENCES) {
        sentences->items[sentences->count++] = sentence;
    }
}

void pass_worsen(struct pass *pass, enum exit_status status)
{
    pass->result.status = exit_status_worse(pass->result.status, status);
}

const char *pass_count_text(const struct pass *pass, size_t count)
{
    return arena_format(pass->arena, "%zu", count);
}
