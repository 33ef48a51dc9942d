// SPDX-License-Identifier: MIT
#include "core/pending.h"

#include <string.h>

#include "base/arena.h"

#include "base/banned.h"

enum pending_state pending_judge(const struct pending *pending, int64_t now)
{
    int64_t age = now - pending->date;
    if (age > PENDING_GIVE_UP_SECONDS) {
        return PENDING_GIVEN_UP;
    }
    if (pending->tried != 0) {
        bool tries = now - pending->tried < PENDING_YOUNG_SECONDS &&
                     now - pending->tried > -PENDING_YOUNG_SECONDS;
        return tries ? PENDING_YOUNG : PENDING_RETRY;
    }
    // A date in the future is that of a clock that was set back since: nobody can tell how long the
    // other pass has been gone, so it gets as much time again.
    bool is_young = age < PENDING_YOUNG_SECONDS && age > -PENDING_YOUNG_SECONDS;
    return !pending->accepted && is_young ? PENDING_YOUNG : PENDING_RETRY;
}

bool pending_names(const struct pending *pending, const char *id)
{
    for (size_t i = 0; i < pending->id_count; i++) {
        if (strcmp(pending->ids[i], id) == 0) {
            return true;
        }
    }
    return false;
}

static const char *const *copy_texts(struct arena *arena, const char *const *texts, size_t count)
{
    const char **copy = arena_alloc_array(arena, count, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = arena_strdup(arena, texts[i]);
    }
    return copy;
}

struct pending pending_copy(struct arena *arena, const struct pending *pending)
{
    struct pending copy = *pending;
    copy.message_id = arena_strdup(arena, pending->message_id);
    copy.recipients = copy_texts(arena, pending->recipients, pending->recipient_count);
    copy.ids = copy_texts(arena, pending->ids, pending->id_count);
    return copy;
}
