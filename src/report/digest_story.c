// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum { STORY_BYTES = 2000 };

// Clauses of one sentence, joined by semicolons.
static void add_clause(struct buf *story, const char *clause)
{
    if (*clause != '\0') {
        buf_add_text(story, story->len == 0 ? "" : "; ");
        buf_add_text(story, clause);
    }
}

static const char *age_of(struct arena *arena, const struct digest_input *input, int64_t instant)
{
    return digest_time_and_age(arena, instant, input->now, input->local_time);
}

// "3rd failed run in a row, since ...". Of rows that are no new run: "5 failed runs in a row, ...".
static const char *in_a_row(struct arena *arena, const struct digest_input *input,
                            const struct plan_row *row)
{
    bool is_run = row->reason != PLAN_REMINDER && row->reason != PLAN_SILENCE_ENDED;
    if (row->runs == 0) {
        return "";
    }
    if (row->runs == 1 && is_run) {
        return "first failed run";
    }
    const char *count =
        is_run ? arena_format(arena, "%s failed run in a row", digest_ordinal(arena, row->runs))
        : row->runs == 1 ? "1 failed run"
                         : arena_format(arena, "%u failed runs in a row", row->runs);
    if (row->since == TIMESTAMP_NONE) {
        return count;
    }
    return arena_format(arena, "%s, since %s", count, age_of(arena, input, row->since));
}

static const char *held(struct arena *arena, const struct plan_row *row)
{
    if (row->held_count == 0) {
        return "";
    }
    return arena_format(arena, "%zu of them not mailed %s", row->held_count,
                        row->held_count == 1 ? "by itself" : "by themselves");
}

// When a mail last named what the row is about: the latest of its incidents.
static int64_t last_told(const struct plan_row *row)
{
    int64_t told = TIMESTAMP_NONE;
    for (size_t i = 0; i < row->steps.count; i++) {
        int64_t at = row->steps.items[i].incident.told;
        told = at > told ? at : told;
    }
    return told;
}

const char *digest_last_mail(struct arena *arena, const struct digest_input *input,
                             const struct plan_row *row)
{
    int64_t told = last_told(row);
    if (row->reason != PLAN_REMINDER || told == TIMESTAMP_NONE || told >= input->now) {
        return "";
    }
    return arena_format(arena, "no mail since %s", age_of(arena, input, told));
}

static const char *last_good(struct arena *arena, const struct digest_input *input,
                             const struct plan_row *row)
{
    if (row->runs == 0) {
        return "";
    }
    return row->last_good == TIMESTAMP_NONE
               ? "no good run is known"
               : arena_format(arena, "last good run %s", age_of(arena, input, row->last_good));
}

const char *digest_row_story(struct arena *arena, const struct digest_input *input,
                             const struct plan_row *row)
{
    if (digest_row_is_invalid(row)) {
        return digest_invalid_story(arena, input, row);
    }
    AUTO(buf) story;
    buf_init(&story, STORY_BYTES);
    if (row->reason == PLAN_FOLLOWED) {
        add_clause(&story, row->followed_at == TIMESTAMP_NONE
                               ? "a later run succeeded"
                               : arena_format(arena, "a later run succeeded, it ended %s",
                                              age_of(arena, input, row->followed_at)));
        return arena_strdup(arena, story.data);
    }
    add_clause(&story, in_a_row(arena, input, row));
    add_clause(&story, held(arena, row));
    add_clause(&story, digest_last_mail(arena, input, row));
    add_clause(&story, last_good(arena, input, row));
    return arena_strdup(arena, story.data);
}

const char *digest_row_without_actions(struct arena *arena, const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    const char *name = digest_object_name(arena, finding->name);
    const char *kind = digest_kind_singular(finding->kind);
    switch (row->reason) {
    case PLAN_REMINDER:
        return arena_format(arena, "still failing; the latest failed %s is %s", kind, name);
    case PLAN_SILENCE_ENDED:
        return arena_format(arena, "failed while silenced; the latest failed %s is %s", kind, name);
    case PLAN_ID_ONLY:
        return arena_format(arena, "%s %s failed; it can no longer be read", kind, name);
    default:
        return arena_format(arena, "%s %s failed", kind, name);
    }
}

const char *digest_no_cause(const struct plan_row *row)
{
    switch (row->reason) {
    case PLAN_REMINDER:
    case PLAN_SILENCE_ENDED:
        return "the cause was not kept";
    case PLAN_ID_ONLY:
        return "the cause can no longer be read";
    default:
        return "no reason given by K10";
    }
}

const char *digest_group_story(struct arena *arena, const struct digest_input *input,
                               const struct digest_group *group)
{
    uint32_t most = 0;
    int64_t since = TIMESTAMP_NONE;
    for (size_t i = 0; i < group->row_count; i++) {
        const struct digest_row *row = &group->rows[i];
        most = row->runs > most ? row->runs : most;
        if (row->runs > 0 && row->since != TIMESTAMP_NONE &&
            (since == TIMESTAMP_NONE || row->since < since)) {
            since = row->since;
        }
    }
    if (most == 0 || since == TIMESTAMP_NONE) {
        return "";
    }
    if (most == 1) {
        return arena_format(arena, "each the first failed run, the earliest ended %s",
                            age_of(arena, input, since));
    }
    return arena_format(arena, "up to %u failed runs in a row, since %s", most,
                        age_of(arena, input, since));
}
