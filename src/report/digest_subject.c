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
    HEADLINE_CHARACTERS = 160,
    PREHEADER_CHARACTERS = 400,
    CAUSE_TAIL_CHARACTERS = 16, // a shorter end of a chain says too little
    CAUSE_CHARACTERS = 20,      // less room than this: no cause in the subject
    NAMED_AT_MOST = 8,
};

static bool fits(const struct phrase *phrase, const char *text)
{
    return digest_characters(text) <= phrase->room;
}

// Names as many clusters as fit, but least of each; those of rows give way before those that cannot
// be read. NULL when it does not fit.
static const char *with_names(const struct phrase *phrase, size_t least, enum phrase_detail detail)
{
    for (size_t others = NAMED_AT_MOST + 1; others-- > least;) {
        for (size_t first = NAMED_AT_MOST + 1; first-- > least;) {
            const char *text =
                phrase_all(phrase, &(struct phrase_limits){first, others, SIZE_MAX, detail});
            if (fits(phrase, text)) {
                return text;
            }
        }
    }
    return NULL;
}

// Where several classes do not fit, the names of clusters are worth more than those of classes.
static const char *several(const struct phrase *phrase)
{
    static const struct {
        size_t least;
        enum phrase_detail detail;
    } tries[] = {{1, PHRASE_APART},
                 {1, PHRASE_TOGETHER},
                 {1, PHRASE_BAD_ONLY},
                 {0, PHRASE_APART},
                 {0, PHRASE_TOGETHER}};
    const char *text = NULL;
    for (size_t i = 0; text == NULL && i < sizeof tries / sizeof *tries; i++) {
        text = with_names(phrase, tries[i].least, tries[i].detail);
    }
    return text != NULL
               ? text
               : phrase_all(phrase, &(struct phrase_limits){0, 0, phrase->room, PHRASE_TOGETHER});
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

// "K3s: daily-postgres failed - AccessDenied on profile s3-prod; cannot read RKE2". Every mail of
// an incident but the one that it is over has the same: Gmail threads by it.
static const char *single_row(const struct phrase *phrase)
{
    const struct plan_row *row = &phrase->input->plan->rows[0];
    const struct digest_class *class = digest_class_of(row->finding->class);
    struct digest_title title = class->name(phrase->arena, phrase->input, row);
    const char *text = arena_format(phrase->arena, "%s: %s",
                                    phrase->rows[row->finding->class].names[0], title.text);
    return with_cause(phrase, text, title.tail, rest_of(phrase, text));
}

// "K3s: daily recovered - backup of shop"
static const char *single_ending(const struct phrase *phrase)
{
    const struct plan_closing *closing = &phrase->input->plan->closings[0];
    const struct digest_class *class = digest_class_of(closing->class);
    struct digest_title title = class->name_end(phrase->arena, phrase->input, closing);
    const char *text =
        arena_format(phrase->arena, "%s: %s",
                     digest_label(phrase->arena, phrase->input, closing->cluster), title.text);
    return with_cause(phrase, text, title.tail, "");
}

static bool is_single_ending(const struct phrase *phrase)
{
    const struct plan *plan = phrase->input->plan;
    return plan->closing_count == 1 && plan->row_count == 0 && phrase->unread.count == 0 &&
           phrase->readable.count == 0;
}

static const char *headline(const struct phrase *phrase)
{
    const struct plan *plan = phrase->input->plan;
    if (phrase_is_empty(phrase)) {
        return "No new failures";
    }
    if (digest_is_single(plan)) {
        const struct plan_row *row = &plan->rows[0];
        const struct digest_class *class = digest_class_of(row->finding->class);
        const char *text = class->name(phrase->arena, phrase->input, row).headline;
        return arena_format(phrase->arena, "%s%s", text, rest_of(phrase, text));
    }
    const char *text = is_single_ending(phrase) ? single_ending(phrase) : several(phrase);
    return strncmp(text, "cannot", 6) == 0 ? digest_capital(phrase->arena, text) : text;
}

static void add_sentence(struct buf *text, const char *sentence)
{
    if (*sentence != '\0') {
        buf_add_format(text, "%s%s.", text->len == 0 ? "" : " ", sentence);
    }
}

// "2 stuck runs." "1 still stuck."
static void add_rows(struct arena *arena, enum alert_class class, const struct digest_tally *tally,
                     struct buf *text)
{
    const struct digest_counts *counts = &tally->of[class];
    if (class != ALERT_FAILED) {
        add_sentence(text, digest_nouns(arena, class, counts->fresh_of));
    }
    if (counts->still > 0) {
        add_sentence(text,
                     arena_format(arena, "%zu %s", counts->still, digest_class_of(class)->still));
    }
}

static const char *preheader(struct arena *arena, const struct phrase *phrase,
                             const struct digest *digest)
{
    enum { TEXT_BYTES = 8000 };
    const struct plan *plan = phrase->input->plan;
    const struct digest_tally *tally = &phrase->tally;
    const struct digest_counts *counts = &tally->of[ALERT_FAILED];
    AUTO(buf) text;
    buf_init(&text, TEXT_BYTES);
    if (digest_is_single(plan)) {
        add_sentence(&text, digest->groups[0].rows[0].story);
    }
    size_t failed = digest_applications(arena, digest, ALERT_FAILED);
    if (counts->fresh > 0 || (tally->classes == 0 && phrase->unread.count > 0)) {
        add_sentence(&text,
                     arena_format(arena, "%s, %s affected",
                                  digest_count(arena, counts->fresh, "failed run", "failed runs"),
                                  digest_count(arena, failed, "application", "applications")));
    }
    for (size_t i = 0; i < DIGEST_ROW_CLASSES; i++) {
        add_rows(arena, digest_class_order[i], tally, &text);
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
