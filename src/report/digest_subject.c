// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "report/digest_parts.h"
#include "report/digest_phrase.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum {
    SUBJECT_NAME_CHARACTERS = 50, // of a policy or run
    HEADLINE_CHARACTERS = 300,
    PREHEADER_CHARACTERS = 400,
    CAUSE_TAIL_CHARACTERS = 16, // a shorter end of a chain says too little
    CAUSE_CHARACTERS = 20,      // less room than this: no cause in the subject
    NAMED_AT_MOST = 8,
};

static bool fits(const struct phrase *phrase, const char *text)
{
    return digest_characters(text) <= phrase->room;
}

// Names as many clusters as fit; those of the first clause give way before those that cannot be
// read.
static const char *several(const struct phrase *phrase)
{
    const char *text = "";
    for (size_t others = NAMED_AT_MOST + 1; others-- > 0;) {
        for (size_t first = NAMED_AT_MOST + 1; first-- > 0;) {
            text = phrase_all(phrase, first, others, SIZE_MAX);
            if (fits(phrase, text)) {
                return text;
            }
        }
    }
    return phrase_all(phrase, 0, 0, phrase->room);
}

// Go chains put the cause last: where the whole does not fit, the longest end of it that does.
static const char *shorten_cause(const struct phrase *phrase, const char *cause, size_t room)
{
    if (digest_characters(cause) <= room) {
        return cause;
    }
    for (const char *colon = strstr(cause, ": "); colon != NULL; colon = strstr(colon + 2, ": ")) {
        size_t characters = digest_characters(colon + 2);
        if (characters <= room && characters >= CAUSE_TAIL_CHARACTERS) {
            return colon + 2;
        }
    }
    return digest_shorten(phrase->arena, cause, room);
}

static const char *short_name(const struct phrase *phrase, const char *name)
{
    return digest_shorten(phrase->arena, digest_object_name(phrase->arena, name),
                          SUBJECT_NAME_CHARACTERS);
}

// What failed, by its policy where it has one; what is invalid.
static const char *failed_thing(const struct phrase *phrase)
{
    const struct plan_row *row = &phrase->input->plan->rows[0];
    const struct finding *finding = row->finding;
    if (digest_row_is_invalid(row)) {
        return digest_invalid_thing(phrase->arena, finding->kind,
                                    short_name(phrase, finding->name));
    }
    if (finding->policy != NULL && *finding->policy != '\0') {
        return short_name(phrase, finding->policy);
    }
    const char *kind =
        action_kind_word(finding->kind < ACTION_KIND_COUNT ? finding->kind : ACTION_RUN);
    bool named = finding->namespace_count > 0;
    return arena_format(phrase->arena, "%s %s%s", kind, named ? "of " : "",
                        short_name(phrase, named ? finding->namespaces[0] : finding->name));
}

// What is over, by its policy where it has one.
static const char *ended_thing(const struct phrase *phrase)
{
    const struct plan_closing *closing = &phrase->input->plan->closings[0];
    if (digest_closing_is_invalid(closing)) {
        const char *name = digest_invalid_closed_name(phrase->arena, closing);
        return digest_invalid_thing(phrase->arena, closing->kind, short_name(phrase, name));
    }
    const char *policy = digest_policy_name(phrase->arena, closing->policy);
    if (*policy != '\0') {
        return short_name(phrase, policy);
    }
    bool named = closing->app_count > 0;
    return arena_format(phrase->arena, "%s %s%s", digest_kind_singular(closing->kind),
                        named ? "of " : "",
                        short_name(phrase, named ? closing->apps[0] : closing->run));
}

// Which of a policy's applications recovered: others of it may still fail. "" for the run itself.
static const char *ended_part(const struct phrase *phrase)
{
    const struct plan_closing *closing = &phrase->input->plan->closings[0];
    if (digest_closing_is_invalid(closing) || closing->app_count == 0 ||
        *digest_policy_name(phrase->arena, closing->policy) == '\0') {
        return "";
    }
    if (closing->app_count > 1) {
        return arena_format(phrase->arena, "%s of %zu applications",
                            digest_kind_plural(closing->kind), closing->app_count);
    }
    return arena_format(phrase->arena, "%s of %s", digest_kind_singular(closing->kind),
                        short_name(phrase, closing->apps[0]));
}

// "- CAUSE" as far as there is room behind text and before rest.
static const char *with_cause(const struct phrase *phrase, const char *text, const char *cause,
                              const char *rest)
{
    size_t used = digest_characters(text) + digest_characters(rest);
    if (*cause == '\0' || used + 3 + CAUSE_CHARACTERS > phrase->room) {
        return digest_shorten(phrase->arena, arena_format(phrase->arena, "%s%s", text, rest),
                              phrase->room);
    }
    return arena_format(phrase->arena, "%s - %s%s", text,
                        shorten_cause(phrase, cause, phrase->room - used - 3), rest);
}

// What there is beside text, with the names of clusters if they fit.
static const char *rest_of(const struct phrase *phrase, const char *text)
{
    enum { NAMED = 6, NAMED_IN_SUBJECT = 2 };
    bool is_subject = phrase->room < DIGEST_SUBJECT_CHARACTERS;
    size_t used = digest_characters(text) + 2;
    size_t room = phrase->room > used ? phrase->room - used : 0;
    size_t shown = !is_subject ? NAMED
                   : phrase->unread.count + phrase->readable.count <= NAMED_IN_SUBJECT
                       ? NAMED_IN_SUBJECT
                       : 0;
    const char *rest = phrase_rest(phrase, shown, room);
    return *rest == '\0' ? "" : arena_format(phrase->arena, "; %s", rest);
}

static const char *first_cause(const struct phrase *phrase)
{
    const struct plan_row *row = &phrase->input->plan->rows[0];
    const struct cause_list *causes = &row->finding->causes;
    const char *text = causes->count == 0
                           ? ""
                           : digest_clean(phrase->arena, causes->items[0].text, DIGEST_CAUSE_BYTES);
    return *text != '\0' || row->finding->action_count == 0 ? text : digest_no_cause(row);
}

static const char *first_cluster(const struct phrase *phrase)
{
    return digest_row_is_invalid(&phrase->input->plan->rows[0]) ? phrase->invalid.names[0]
                                                                : phrase->failed.names[0];
}

// "K3s: daily-postgres failed - AccessDenied on profile s3-prod; cannot read RKE2". Every mail of
// an incident but the one that it is over has the same: Gmail threads by it.
static const char *single_row(const struct phrase *phrase)
{
    bool well = phrase->input->plan->rows[0].reason == PLAN_FOLLOWED;
    bool invalid = digest_row_is_invalid(&phrase->input->plan->rows[0]);
    const char *text =
        arena_format(phrase->arena, "%s: %s %s%s", first_cluster(phrase), failed_thing(phrase),
                     invalid ? "is invalid" : "failed", well ? ", then succeeded" : "");
    return with_cause(phrase, text, first_cause(phrase), rest_of(phrase, text));
}

// "K3s: daily recovered - backup of shop"
static const char *single_ending(const struct phrase *phrase)
{
    const struct plan_closing *closing = &phrase->input->plan->closings[0];
    bool recovered = closing->reason == PLAN_RECOVERED;
    bool invalid = digest_closing_is_invalid(closing);
    const char *how = invalid ? (recovered ? "is valid again" : "was deleted while it was invalid")
                              : (recovered ? "recovered" : "ended without a good run");
    const char *text = arena_format(phrase->arena, "%s: %s %s",
                                    digest_label(phrase->arena, phrase->input, closing->cluster),
                                    ended_thing(phrase), how);
    const char *part = recovered || invalid
                           ? ended_part(phrase)
                           : digest_clean(phrase->arena, closing->why, DIGEST_CAUSE_BYTES);
    return with_cause(phrase, text, part, "");
}

static bool is_single_ending(const struct phrase *phrase)
{
    const struct plan *plan = phrase->input->plan;
    return plan->closing_count == 1 && plan->row_count == 0 && phrase->unread.count == 0 &&
           phrase->readable.count == 0;
}

// What changed since the last mail of the same subject.
static const char *changed(const struct phrase *phrase)
{
    const struct plan_row *row = &phrase->input->plan->rows[0];
    struct arena *arena = phrase->arena;
    switch (row->reason) {
    case PLAN_AGAIN:
        return row->runs < 2 ? ""
                             : arena_format(arena, ", %s failed run in a row",
                                            digest_ordinal(arena, row->runs));
    case PLAN_CAUSE_CHANGED:
        return ", now with another cause";
    case PLAN_MORE_OF_RUN:
        return ", more of a run that was mailed before";
    case PLAN_FOLLOWED:
        return ", then a later run succeeded";
    case PLAN_REMINDER:
        return row->runs < 2 ? "" : arena_format(arena, ", %u failed runs in a row", row->runs);
    case PLAN_SILENCE_ENDED:
        return digest_row_is_invalid(row) ? "" : " while it was silenced";
    case PLAN_ID_ONLY:
        return ", it can no longer be read";
    default:
        return "";
    }
}

static const char *headline(const struct phrase *phrase)
{
    const struct plan *plan = phrase->input->plan;
    if (phrase_is_empty(phrase)) {
        return "No new failures";
    }
    if (digest_is_single(plan)) {
        bool still = plan->rows[0].reason == PLAN_REMINDER;
        const char *how = digest_row_is_invalid(&plan->rows[0])
                              ? (still ? "is still invalid" : "is invalid")
                              : (still ? "still failing" : "failed");
        const char *text = arena_format(phrase->arena, "%s %s on %s%s", failed_thing(phrase), how,
                                        first_cluster(phrase), changed(phrase));
        return arena_format(phrase->arena, "%s%s", text, rest_of(phrase, text));
    }
    const char *text = is_single_ending(phrase) ? single_ending(phrase) : several(phrase);
    return strncmp(text, "cannot", 6) == 0 ? arena_format(phrase->arena, "C%s", text + 1) : text;
}

static void add_sentence(struct buf *text, const char *sentence)
{
    if (*sentence != '\0') {
        buf_add_format(text, "%s%s.", text->len == 0 ? "" : " ", sentence);
    }
}

static const char *preheader(struct arena *arena, const struct phrase *phrase,
                             const struct digest *digest)
{
    enum { TEXT_BYTES = 8000 };
    const struct plan *plan = phrase->input->plan;
    const struct digest_tally *tally = &phrase->tally;
    AUTO(buf) text;
    buf_init(&text, TEXT_BYTES);
    if (digest_is_single(plan)) {
        add_sentence(&text, digest_row_story(arena, phrase->input, &plan->rows[0]));
    }
    size_t invalid = tally->invalid.count + tally->still_invalid;
    if (tally->fresh > 0 || (tally->still + invalid == 0 && phrase->unread.count > 0)) {
        add_sentence(&text,
                     arena_format(arena, "%s, %s affected",
                                  digest_count(arena, tally->fresh, "failed run", "failed runs"),
                                  digest_count(arena, digest->namespace_count, "application",
                                               "applications")));
    }
    if (tally->still > 0) {
        add_sentence(&text, arena_format(arena, "%zu still failing", tally->still));
    }
    add_sentence(&text, digest_invalid_count(arena, &tally->invalid));
    if (tally->still_invalid > 0) {
        add_sentence(&text, arena_format(arena, "%zu still invalid", tally->still_invalid));
    }
    add_sentence(&text, phrase_rest_but_unread(phrase));
    if (phrase_is_empty(phrase)) {
        add_sentence(&text, "No new failures");
    }
    add_sentence(&text,
                 arena_format(arena, "%zu of %zu %s read", plan->clusters_read, plan->cluster_count,
                              plan->cluster_count == 1 ? "cluster" : "clusters"));
    return digest_shorten(arena, arena_strdup(arena, text.data), PREHEADER_CHARACTERS);
}

static const char *subject(const struct phrase *phrase)
{
    if (phrase_is_empty(phrase)) {
        return "no new failures";
    }
    return digest_is_single(phrase->input->plan) ? single_row(phrase)
           : is_single_ending(phrase)            ? single_ending(phrase)
                                                 : several(phrase);
}

void digest_make_subject(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    enum { PREFIX_CHARACTERS = 40 };
    struct phrase phrase;
    phrase_begin(&phrase, arena, input);
    const char *prefix = digest_shorten(
        arena, digest_clean(arena, input->subject_prefix, DIGEST_NAME_BYTES), PREFIX_CHARACTERS);
    const char *blank = *prefix == '\0' ? "" : " ";
    phrase.room = DIGEST_SUBJECT_CHARACTERS - 1 - digest_characters(prefix) - strlen(blank);
    ret->prefix = prefix;
    ret->subject = arena_format(arena, "%s%s%s", prefix, blank, subject(&phrase));
    phrase.room = HEADLINE_CHARACTERS;
    ret->headline = headline(&phrase);
    ret->preheader = preheader(arena, &phrase, ret);
}
