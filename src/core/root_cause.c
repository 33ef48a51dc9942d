// SPDX-License-Identifier: MIT
#include "core/root_cause.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "core/cause_candidate.h"
#include "core/cause_clean.h"
#include "core/cause_fingerprint.h"
#include "core/cause_list.h"
#include "core/cause_mask.h"
#include "core/cause_mask_text.h"
#include "core/cause_place.h"
#include "core/cause_table.h"
#include "core/cause_text.h"

#include "base/banned.h"

static const char no_reason[] = "no reason given by K10";
static const char truncated_mark[] = " (truncated)";

enum { CONTEXT_STEPS = 32 };

// A statement on the way from the root to the one being visited.
struct spoken {
    const char *text; // clean, but not masked: to compare, never to show
    size_t len;
    const char *shown; // masked; NULL until asked for
    enum statement_class class;
    const char *where;
    bool partial;
};

struct finder {
    struct arena *scratch;
    struct spoken *path;
    size_t path_capacity;
    struct cause_candidate *candidates;
    size_t capacity;
    size_t count;
    size_t dropped; // informative candidates beyond CAUSE_CANDIDATE_MAX
};

enum statement_class root_cause_classify(const char *message)
{
    return message != NULL ? cause_table_class(message, strlen(message), false) : STATEMENT_EMPTY;
}

const char *root_cause_class_name(enum statement_class class)
{
    static const char *const names[] = {"empty", "wrapper", "effect", "informative"};
    return names[class];
}

static const char *mask_line(struct arena *arena, const char *text, size_t len)
{
    AUTO(buf) masked;
    buf_init(&masked, 4 * len + 64);
    cause_mask_line(&masked, text, len);
    return arena_strndup(arena, masked.data, masked.len);
}

const char *root_cause_clean(struct arena *arena, const char *message)
{
    const char *text = cause_clean(arena, message);
    return mask_line(arena, text, strlen(text));
}

const char *root_cause_mask(struct arena *arena, const char *text)
{
    return cause_mask_text(arena, text);
}

// What the statement says once wrappers that name nothing are cut off its front.
static struct spoken listen(struct finder *finder, const struct statement *statement)
{
    struct spoken spoken = {.text = "", .where = statement->where, .partial = statement->partial};
    if (statement->message == NULL || *statement->message == '\0') {
        return spoken;
    }
    spoken.text = cause_clean(finder->scratch, statement->message);
    spoken.len = strlen(spoken.text);
    struct cause_judgement judgement =
        cause_table_judge(spoken.text, spoken.len, statement->partial);
    spoken.class = judgement.class;
    if (spoken.class == STATEMENT_INFORMATIVE) {
        spoken.text += judgement.skip;
        spoken.len -= judgement.skip;
    }
    return spoken;
}

static const char *show(struct finder *finder, struct spoken *spoken)
{
    if (spoken->shown == NULL) {
        spoken->shown = cause_text_cut_blobs(finder->scratch,
                                             mask_line(finder->scratch, spoken->text, spoken->len));
    }
    return spoken->shown;
}

static bool contains(const struct spoken *whole, const char *part)
{
    return strcasestr(whole->text, part) != NULL;
}

// The nearest informative ancestor that adds something; one that already ends in the text
// replaces it (a chain whose last link is its child).
static const char *add_context(struct finder *finder, size_t depth, size_t max)
{
    struct spoken *self = &finder->path[depth];
    const char *text = show(finder, self);
    size_t top = depth > CONTEXT_STEPS ? depth - CONTEXT_STEPS : 0;
    for (size_t i = depth; i-- > top;) {
        struct spoken *ancestor = &finder->path[i];
        if (ancestor->class != STATEMENT_INFORMATIVE || ancestor->partial ||
            contains(self, ancestor->text)) {
            continue;
        }
        const char *context = show(finder, ancestor);
        if (contains(ancestor, self->text) && strlen(context) <= max) {
            return context;
        }
        return cause_text_join(finder->scratch, context, text, max);
    }
    return cause_text_keep_end(finder->scratch, text, strlen(text), max);
}

// An effect or wrapper is named after its nearest ancestor that says what failed, else, for an
// effect, after the nearest that says anything.
static const char *add_wrapper(struct finder *finder, size_t depth, size_t max)
{
    struct spoken *self = &finder->path[depth];
    const char *text = show(finder, self);
    struct spoken *nearest = NULL;
    size_t top = depth > CONTEXT_STEPS ? depth - CONTEXT_STEPS : 0;
    for (size_t i = depth; i-- > top;) {
        struct spoken *ancestor = &finder->path[i];
        if (ancestor->class == STATEMENT_EMPTY || ancestor->partial ||
            contains(self, ancestor->text)) {
            continue;
        }
        if (cause_table_names_what(ancestor->text, ancestor->len)) {
            return cause_text_join(finder->scratch, show(finder, ancestor), text, max);
        }
        nearest = nearest == NULL ? ancestor : nearest;
    }
    bool wants_name =
        self->class == STATEMENT_EFFECT || (!cause_table_names_what(self->text, self->len) &&
                                            nearest != NULL && !contains(nearest, "job failed"));
    if (nearest != NULL && wants_name) {
        return cause_text_join(finder->scratch, show(finder, nearest), text, max);
    }
    return cause_text_keep_end(finder->scratch, text, strlen(text), max);
}

static const char *gather_place(struct finder *finder, size_t depth)
{
    struct cause_place place = {.count = 0};
    for (size_t i = 0; i <= depth; i++) {
        cause_place_add(finder->scratch, &place, finder->path[i].where);
    }
    return cause_place_text(finder->scratch, &place);
}

static void add_candidate(struct finder *finder, size_t depth, bool truncated)
{
    const struct spoken *self = &finder->path[depth];
    bool informative = self->class == STATEMENT_INFORMATIVE;
    if (finder->count == CAUSE_CANDIDATE_MAX) {
        finder->dropped += informative;
        return;
    }
    finder->candidates = arena_grow(finder->scratch, finder->candidates, &finder->capacity,
                                    finder->count, sizeof *finder->candidates);
    size_t max = ROOT_CAUSE_MAX_BYTES - (truncated ? sizeof truncated_mark - 1 : 0);
    const char *text =
        informative ? add_context(finder, depth, max) : add_wrapper(finder, depth, max);
    if (truncated) {
        text = arena_format(finder->scratch, "%s%s", text, truncated_mark);
    }
    finder->candidates[finder->count++] = (struct cause_candidate){
        .text = text,
        .place = gather_place(finder, depth),
        .class = self->class,
        .informative = informative,
        .truncated = truncated,
    };
}

struct below {
    size_t from;       // index of the branch's first candidate
    bool informative;  // one of the candidates below is
    bool truncated;    // something below was cut
    const char *place; // of the only candidate below
};

static struct below look_below(const struct finder *finder, size_t from)
{
    struct below below = {.from = from, .place = ""};
    for (size_t i = from; i < finder->count; i++) {
        below.informative |= finder->candidates[i].informative;
        below.truncated |= finder->candidates[i].truncated;
    }
    if (finder->count == from + 1) {
        below.place = finder->candidates[from].place;
    }
    return below;
}

// Rule 3 for one statement, its children having been visited.
static void conclude(struct finder *finder, const struct statement *statement, size_t depth,
                     struct below below)
{
    const struct spoken *self = &finder->path[depth];
    if (below.informative) {
        return;
    }
    bool has_below = finder->count > below.from;
    if (self->class == STATEMENT_INFORMATIVE) {
        finder->count = below.from;
        add_candidate(finder, depth, statement->truncated || below.truncated);
        // What the effect below knew of the place is not lost.
        if (has_below && *below.place != '\0' && finder->count > below.from) {
            finder->candidates[below.from].place = below.place;
        }
    } else if (!has_below && self->class != STATEMENT_EMPTY) {
        add_candidate(finder, depth, statement->truncated);
    }
}

// Recursion is bounded by ROOT_CAUSE_MAX_DEPTH; below it the deepest statement reached counts.
static void visit(struct finder *finder, const struct statement *statement, size_t depth)
{
    size_t from = finder->count;
    finder->path = arena_grow(finder->scratch, finder->path, &finder->path_capacity, depth,
                              sizeof *finder->path);
    finder->path[depth] = listen(finder, statement);
    if (depth + 1 < ROOT_CAUSE_MAX_DEPTH) {
        for (const struct statement *child = statement->first_child; child != NULL;
             child = child->next_sibling) {
            visit(finder, child, depth + 1);
        }
    }
    conclude(finder, statement, depth, look_below(finder, from));
}

void root_cause_merge(struct arena *arena, struct cause_list *list, const struct cause_list *more)
{
    size_t more_count = more->omitted > 0 && more->count > 0 ? more->count - 1 : more->count;
    struct cause items[ROOT_CAUSE_MAX_CAUSES];
    cause_list_open(list, items);
    for (size_t i = 0; i < more_count; i++) {
        cause_list_add(arena, list, &more->items[i]);
    }
    list->omitted += more->omitted;
    cause_list_drop_noise(list);
    cause_list_close(arena, list);
}

static struct cause make_cause(const struct cause_candidate *candidate)
{
    return (struct cause){
        .text = candidate->text,
        .where = candidate->place,
        .truncated = candidate->truncated,
        .informative = candidate->informative,
        .fingerprint = candidate->fingerprint,
    };
}

// The first of several that differ in a number or a name only stands for all: say how many.
static const char *count_like(struct finder *finder, size_t index)
{
    const struct cause_candidate *candidate = &finder->candidates[index];
    size_t like = cause_candidate_count_like(finder->candidates, finder->count, index);
    if (like == 0) {
        return candidate->text;
    }
    const char *text =
        arena_format(finder->scratch, "%s (and %zu more like it)", candidate->text, like);
    return strlen(text) <= ROOT_CAUSE_MAX_BYTES ? text : candidate->text;
}

static void list_candidates(struct arena *arena, struct finder *finder, struct cause_list *list)
{
    for (size_t i = 0; i < finder->count; i++) {
        struct cause_candidate *candidate = &finder->candidates[i];
        candidate->fingerprint = cause_fingerprint(candidate->text);
        candidate->hash = map_hash(candidate->text, strlen(candidate->text));
    }
    for (size_t i = 0; i < finder->count; i++) {
        struct cause cause = make_cause(&finder->candidates[i]);
        if (list->count < ROOT_CAUSE_MAX_CAUSES && !cause_list_has(list, cause.fingerprint)) {
            cause.text = count_like(finder, i);
        }
        cause_list_add(arena, list, &cause);
    }
}

void root_cause_find(struct arena *arena, const struct statement *root, struct cause_list *ret)
{
    AUTO_PTR(arena) scratch = arena_create();
    struct finder finder = {.scratch = scratch};
    if (root != NULL) {
        visit(&finder, root, 0);
        finder.count = cause_candidate_drop_noise(finder.candidates, finder.count);
    }
    struct cause items[ROOT_CAUSE_MAX_CAUSES];
    struct cause_list list = {.items = items};
    list_candidates(arena, &finder, &list);
    if (list.count == 0) {
        cause_list_add(arena, &list,
                       &(struct cause){.text = no_reason,
                                       .where = "",
                                       .fingerprint = cause_fingerprint(no_reason)});
    }
    list.omitted += finder.dropped;
    cause_list_close(arena, &list);
    *ret = list;
}

bool root_cause_is_only_in(const struct cause *cause, const char *namespace_name)
{
    static const char kind[] = "namespace ";
    const char *place = cause->place_count == 1 ? cause->places[0] : cause->where;
    return cause->place_count <= 1 && strncmp(place, kind, sizeof kind - 1) == 0 &&
           strcmp(place + sizeof kind - 1, namespace_name) == 0;
}
