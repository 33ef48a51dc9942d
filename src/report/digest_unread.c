// SPDX-License-Identifier: MIT
#include "base/arena.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum { REASON_BYTES = 500 };

static const char *unread_what(struct arena *arena, const struct plan_unread *source)
{
    if (source->whole_cluster) {
        return "nothing could be read";
    }
    const char **kinds = arena_alloc_array(arena, source->kind_count, sizeof *kinds);
    for (size_t i = 0; i < source->kind_count; i++) {
        kinds[i] = digest_kind_plural(source->kinds[i]);
    }
    return arena_format(arena, "%s %s",
                        digest_list(arena, kinds, source->kind_count, source->kind_count),
                        source->in_part ? "can be read in part only" : "could not be read");
}

static struct digest_unread *make_lines(struct arena *arena, const struct digest_input *input,
                                        const struct plan_unread *sources, size_t count, bool dated)
{
    struct digest_unread *lines = arena_alloc_array(arena, count, sizeof *lines);
    for (size_t i = 0; i < count; i++) {
        const struct plan_unread *source = &sources[i];
        lines[i] = (struct digest_unread){
            .cluster = digest_label(arena, input, source->cluster),
            .what = unread_what(arena, source),
            .reason = digest_clean(arena, source->reason, REASON_BYTES),
            .remedy = digest_clean(arena, source->remedy, REASON_BYTES),
            .since = "",
            .told = "",
        };
        // Limits of rights are no incidents: they have no beginning.
        if (dated && source->since > 0 && source->since < input->now) {
            lines[i].since =
                digest_time_and_age(arena, source->since, input->now, input->local_time);
        }
        if (source->told_before != TIMESTAMP_NONE) {
            lines[i].told = arena_format(
                arena, "mailed before, last %s",
                digest_time_and_age(arena, source->told_before, input->now, input->local_time));
        }
    }
    return lines;
}

void digest_make_unread(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    const struct plan *plan = input->plan;
    ret->unread = make_lines(arena, input, plan->unread, plan->unread_count, true);
    ret->unread_count = plan->unread_count;
    ret->limited = make_lines(arena, input, plan->limited, plan->limited_count, false);
    ret->limited_count = plan->limited_count;
}
