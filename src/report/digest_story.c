// SPDX-License-Identifier: MIT
// What the sentences of several classes share.
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "core/alert_id.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum { STORY_BYTES = 4000, SUBJECT_NAME_CHARACTERS = 50 };

static const char *age_of(struct arena *arena, const struct digest_input *input, int64_t instant)
{
    return digest_time_and_age(arena, instant, input->now, input->local_time);
}

const char *digest_join(struct arena *arena, const char *const *clauses, size_t count)
{
    AUTO(buf) story;
    buf_init(&story, STORY_BYTES);
    for (size_t i = 0; i < count; i++) {
        if (*clauses[i] != '\0') {
            buf_add_text(&story, story.len == 0 ? "" : "; ");
            buf_add_text(&story, clauses[i]);
        }
    }
    return arena_strdup(arena, story.data);
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

const char *digest_short_name(struct arena *arena, const char *name)
{
    return digest_shorten(arena, digest_object_name(arena, name), SUBJECT_NAME_CHARACTERS);
}

const char *digest_first_cause(struct arena *arena, const struct plan_row *row)
{
    const struct cause_list *causes = &row->finding->causes;
    const char *text =
        causes->count == 0 ? "" : digest_clean(arena, causes->items[0].text, DIGEST_CAUSE_BYTES);
    bool told = digest_class_of(row->finding->class)->has_cause && row->finding->action_count > 0;
    return *text != '\0' || !told ? text : digest_no_cause(row);
}

const char *digest_run_thing(struct arena *arena, const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    if (finding->policy != NULL && *finding->policy != '\0') {
        return digest_short_name(arena, finding->policy);
    }
    const char *kind =
        action_kind_word(finding->kind < ACTION_KIND_COUNT ? finding->kind : ACTION_RUN);
    bool named = finding->namespace_count > 0;
    return arena_format(arena, "%s %s%s", kind, named ? "of " : "",
                        digest_short_name(arena, named ? finding->namespaces[0] : finding->name));
}

const char *digest_closing_thing(struct arena *arena, const struct plan_closing *closing)
{
    const char *policy = digest_policy_name(arena, closing->policy);
    if (*policy != '\0') {
        return digest_short_name(arena, policy);
    }
    bool named = closing->app_count > 0;
    return arena_format(arena, "%s %s%s", digest_kind_singular(closing->kind), named ? "of " : "",
                        digest_short_name(arena, named ? closing->apps[0] : closing->run));
}

const char *digest_subject_name(struct arena *arena, const char *subject)
{
    struct finding read;
    alert_id_read_subject(arena, subject == NULL ? "" : subject, &read);
    const char *namespace_name = digest_clean(arena, read.namespace_name, DIGEST_NAMESPACE_BYTES);
    return arena_format(arena, "%s %s%s%s", digest_kind_singular(read.kind), namespace_name,
                        *namespace_name == '\0' ? "" : "/", digest_object_name(arena, read.name));
}

const char *digest_condition_reason(struct arena *arena, const struct plan_row *row)
{
    const char *label = digest_class_of(row->finding->class)->label;
    switch (row->reason) {
    case PLAN_REMINDER:
        return arena_format(arena, "Still %s, and no mail has named it for REMIND_EVERY.", label);
    case PLAN_SILENCE_ENDED:
        return arena_format(arena, "It became %s while it was silenced, and still is.", label);
    case PLAN_ID_ONLY:
        return plan_reason_sentence(PLAN_ID_ONLY);
    default:
        return arena_format(arena, "It is %s, and no mail has told it yet.", label);
    }
}

const char *digest_condition_length(struct arena *arena, const struct digest_input *input,
                                    const struct plan_closing *closing)
{
    const char *label = digest_class_of(closing->class)->label;
    if (closing->since == TIMESTAMP_NONE || closing->closed_at <= closing->since) {
        return arena_format(arena, "it was %s", label);
    }
    return arena_format(arena, "it was %s for %s, since %s", label,
                        digest_duration(arena, closing->closed_at - closing->since),
                        digest_time(arena, closing->since, input->local_time));
}

const char *digest_group_story(struct arena *arena, const struct digest_input *input,
                               const struct digest_group *group)
{
    uint32_t most = 0;
    int64_t since = TIMESTAMP_NONE;
    const struct digest_noun *noun = &digest_class_of(ALERT_FAILED)->all;
    for (size_t i = 0; i < group->row_count; i++) {
        const struct digest_row *row = &group->rows[i];
        if (row->runs > most) {
            most = row->runs;
            noun = &digest_class_of(row->class)->all;
        }
        if (row->runs > 0 && row->since != TIMESTAMP_NONE &&
            (since == TIMESTAMP_NONE || row->since < since)) {
            since = row->since;
        }
    }
    if (most == 0 || since == TIMESTAMP_NONE) {
        return "";
    }
    if (most == 1) {
        return arena_format(arena, "each the first %s, the earliest ended %s", noun->one,
                            age_of(arena, input, since));
    }
    return arena_format(arena, "up to %u %s in a row, since %s", most, noun->many,
                        age_of(arena, input, since));
}
