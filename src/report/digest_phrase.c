// SPDX-License-Identifier: MIT
#include "report/digest_phrase.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum {
    LABEL_CHARACTERS = 40, // of one cluster in a subject
    PHRASE_BYTES = 16000,
    ALL_NAMES = 8,
};

static void add_label(struct map *map, const struct phrase *phrase, size_t cluster)
{
    map_set(map, digest_label(phrase->arena, phrase->input, cluster), NULL);
}

static struct phrase_names to_names(struct arena *arena, const struct map *map)
{
    const char **names = arena_alloc_array(arena, map->count, sizeof *names);
    for (size_t i = 0; i < map->count; i++) {
        names[i] = digest_shorten(arena, map->entries[i].key, LABEL_CHARACTERS);
    }
    return (struct phrase_names){names, map->count};
}

static bool is_backup_work(enum action_kind kind)
{
    return kind == ACTION_BACKUP || kind == ACTION_EXPORT || kind == ACTION_RUN ||
           kind == ACTION_BACKUP_CLUSTER;
}

static bool finding_is_backup_work(const struct finding *finding)
{
    bool backup = finding->action_count > 0 || is_backup_work(finding->kind);
    for (size_t i = 0; i < finding->action_count; i++) {
        backup = backup && is_backup_work(finding->actions[i]->kind);
    }
    return backup;
}

static void collect_rows(struct phrase *phrase)
{
    const struct plan *plan = phrase->input->plan;
    phrase->backup_work = true;
    for (size_t class = 0; class < ALERT_CLASS_COUNT; class ++) {
        struct map names;
        map_init(&names, phrase->arena);
        for (size_t i = 0; i < plan->row_count; i++) {
            const struct finding *finding = plan->rows[i].finding;
            if (finding->class == class) {
                add_label(&names, phrase, finding->cluster);
                phrase->backup_work = phrase->backup_work &&
                                      (class != ALERT_FAILED || finding_is_backup_work(finding));
            }
        }
        phrase->rows[class] = to_names(phrase->arena, &names);
    }
}

static void collect_unread(struct phrase *phrase)
{
    const struct plan *plan = phrase->input->plan;
    bool threaded = plan->thread != NULL && *plan->thread != '\0';
    struct map unread;
    map_init(&unread, phrase->arena);
    phrase->unread_whole = true;
    for (size_t i = 0; i < plan->unread_count; i++) {
        if (!threaded || plan->unread[i].due) {
            add_label(&unread, phrase, plan->unread[i].cluster);
            phrase->unread_whole = phrase->unread_whole && plan->unread[i].whole_cluster;
        }
    }
    phrase->unread = to_names(phrase->arena, &unread);
}

static void collect_endings(struct phrase *phrase)
{
    const struct plan *plan = phrase->input->plan;
    struct map closed;
    struct map readable;
    map_init(&closed, phrase->arena);
    map_init(&readable, phrase->arena);
    for (size_t i = 0; i < plan->closing_count; i++) {
        add_label(&closed, phrase, plan->closings[i].cluster);
    }
    for (size_t i = 0; i < plan->readable_count; i++) {
        add_label(&readable, phrase, plan->readable[i].cluster);
    }
    phrase->closed = to_names(phrase->arena, &closed);
    phrase->readable = to_names(phrase->arena, &readable);
}

void phrase_begin(struct phrase *phrase, struct arena *arena, const struct digest_input *input)
{
    *phrase = (struct phrase){
        .arena = arena,
        .input = input,
        .tally = digest_count_plan(input->plan),
    };
    collect_rows(phrase);
    collect_unread(phrase);
    collect_endings(phrase);
}

bool phrase_is_empty(const struct phrase *phrase)
{
    const struct plan *plan = phrase->input->plan;
    return plan->row_count == 0 && plan->closing_count == 0 && phrase->unread.count == 0 &&
           phrase->readable.count == 0;
}

// "OpenShift, K3s and 3 more"; without any name shown "5 clusters".
static const char *clusters(const struct phrase *phrase, const struct phrase_names *names,
                            size_t shown)
{
    return shown == 0 ? digest_count(phrase->arena, names->count, "cluster", "clusters")
                      : digest_list(phrase->arena, names->names, names->count, shown);
}

// "cannot read RKE2, K3s"; without any name shown "cannot read 2 clusters".
static const char *unread_clause(const struct phrase *phrase, size_t shown)
{
    return arena_format(phrase->arena, "cannot read %s%s", phrase->unread_whole ? "" : "all of ",
                        clusters(phrase, &phrase->unread, shown));
}

static bool same_names(const struct phrase_names *a, const struct phrase_names *b)
{
    if (a->names == NULL || b->names == NULL) {
        return a->count == b->count; // neither has any
    }
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        same = strcmp(a->names[i], b->names[i]) == 0;
    }
    return same;
}

static const char *fresh_rows(const struct phrase *phrase, enum alert_class which, size_t shown)
{
    const struct digest_counts *counts = &phrase->tally.of[which];
    const struct digest_class *class = digest_class_of(which);
    const struct digest_noun *noun = &class->in_subject[phrase->backup_work ? 1 : 0];
    if (counts->fresh == 0) {
        return "";
    }
    if (noun->one != NULL) {
        return digest_count(phrase->arena, counts->fresh, noun->one, noun->many);
    }
    return shown == 0 ? arena_format(phrase->arena, "%zu %s", counts->fresh, class->label)
                      : digest_nouns(phrase->arena, which, counts->fresh_of);
}

// "3 backup failures, 2 still failing on OpenShift, K3s"; "1 invalid policy on K3s", without any
// name shown "3 invalid on 2 clusters". named is NULL behind rows on the same clusters.
static const char *rows_clause(const struct phrase *phrase, enum alert_class which,
                               const struct phrase_names *named, size_t shown)
{
    const struct digest_counts *counts = &phrase->tally.of[which];
    struct arena *arena = phrase->arena;
    const char *fresh = fresh_rows(phrase, which, shown);
    const char *still = counts->still == 0 ? ""
                                           : arena_format(arena, "%zu %s", counts->still,
                                                          digest_class_of(which)->still);
    bool all_well = counts->fresh > 0 && counts->followed == counts->fresh && counts->still == 0;
    return arena_format(arena, "%s%s%s%s%s%s", fresh, *fresh == '\0' || *still == '\0' ? "" : ", ",
                        still, named != NULL ? " on " : "",
                        named != NULL ? clusters(phrase, named, shown) : "",
                        all_well ? ", followed by good runs" : "");
}

static void add_closings(size_t count, const char *words, struct buf *text)
{
    if (count > 0) {
        buf_add_format(text, "%s%zu %s", text->len == 0 ? "" : ", ", count, words);
    }
}

// "2 recovered, 1 ended without a good run on K3s"; behind other clauses without the clusters.
// Together "3 incidents over on K3s".
static const char *closings_clause(const struct phrase *phrase, bool named, size_t shown,
                                   enum phrase_detail detail)
{
    const struct digest_tally *tally = &phrase->tally;
    AUTO(buf) text;
    buf_init(&text, PHRASE_BYTES);
    for (size_t i = 0; i < DIGEST_ROW_CLASSES; i++) {
        const struct digest_counts *counts = &tally->of[digest_class_order[i]];
        const struct digest_class *class = digest_class_of(digest_class_order[i]);
        add_closings(counts->well, class->well, &text);
        add_closings(counts->gone, class->gone, &text);
    }
    const char *parts = detail == PHRASE_APART
                            ? text.data
                            : digest_count(phrase->arena, tally->well + tally->gone,
                                           "incident over", "incidents over");
    return arena_format(phrase->arena, "%s%s%s", parts, named ? " on " : "",
                        named ? clusters(phrase, &phrase->closed, shown) : "");
}

// "K3s can be read again", "K3s can be read in full again", "exports of K3s can be read again"
static const char *readable_clause(const struct phrase *phrase, size_t shown)
{
    const struct plan *plan = phrase->input->plan;
    const char *names = clusters(phrase, &phrase->readable, shown);
    if (plan->readable_count == 1 && plan->readable[0].kind != ACTION_BACKUP) {
        return arena_format(phrase->arena, "%s of %s can be read again",
                            digest_kind_plural(plan->readable[0].kind), names);
    }
    bool in_full = plan->readable_count == 1 && plan->readable[0].in_part;
    return arena_format(phrase->arena, "%s can be read%s again", names, in_full ? " in full" : "");
}

// Clauses joined by semicolons; one for which there is no room is left out.
struct clauses {
    struct buf text;
    size_t room; // characters
};

static void clauses_begin(struct clauses *clauses, size_t room)
{
    buf_init(&clauses->text, PHRASE_BYTES);
    clauses->room = room;
}

static const char *clauses_end(struct clauses *clauses, struct arena *arena)
{
    const char *text = arena_strdup(arena, clauses->text.data);
    buf_finish(&clauses->text);
    return text;
}

static void add_clause(struct clauses *clauses, const char *clause)
{
    const char *between = clauses->text.len == 0 ? "" : "; ";
    size_t before = digest_characters(clauses->text.data) + digest_characters(between);
    if (before + digest_characters(clause) <= clauses->room) {
        buf_add_text(&clauses->text, between);
        buf_add_text(&clauses->text, clause);
    }
}

static void add_good(const struct phrase *phrase, bool named, const struct phrase_limits *limits,
                     struct clauses *clauses)
{
    if (phrase->closed.count > 0) {
        add_clause(clauses, closings_clause(phrase, named, limits->first, limits->detail));
    }
    if (phrase->readable.count > 0) {
        add_clause(clauses, readable_clause(phrase, limits->others));
    }
}

static void add_unread(const struct phrase *phrase, const struct phrase_limits *limits,
                       struct clauses *clauses)
{
    if (phrase->unread.count > 0) {
        add_clause(clauses, unread_clause(phrase, limits->others));
    }
}

// The classes that have rows, the worst first, behind it what cannot be read; in short all but the
// first as one number. Returns the clusters that the last of them named.
static const struct phrase_names *add_rows(const struct phrase *phrase,
                                           const struct phrase_limits *limits,
                                           struct clauses *clauses)
{
    static const struct phrase_names none = {0};
    const struct phrase_names *before = &none;
    size_t rest = 0;
    for (size_t i = 0; i < DIGEST_ROW_CLASSES; i++) {
        enum alert_class class = digest_class_order[i];
        const struct phrase_names *names = &phrase->rows[class];
        const struct digest_counts *counts = &phrase->tally.of[class];
        bool first = before->count == 0;
        if (names->count > 0 && !first && limits->detail != PHRASE_APART) {
            rest += counts->fresh + counts->still;
        } else if (names->count > 0) {
            bool same = same_names(names, before);
            add_clause(clauses, rows_clause(phrase, class, same ? NULL : names, limits->first));
            before = names;
        }
        if (names->count > 0 && first) {
            add_unread(phrase, limits, clauses);
        }
    }
    if (before->count == 0) {
        add_unread(phrase, limits, clauses);
    }
    if (rest > 0) {
        add_clause(clauses, digest_count(phrase->arena, rest, "more finding", "more findings"));
    }
    return before;
}

const char *phrase_all(const struct phrase *phrase, const struct phrase_limits *limits)
{
    struct clauses clauses;
    clauses_begin(&clauses, limits->room);
    const struct phrase_names *rows = add_rows(phrase, limits, &clauses);
    bool bad = rows->count > 0 || phrase->unread.count > 0;
    if (!bad || limits->detail != PHRASE_BAD_ONLY) {
        add_good(phrase, !bad, limits, &clauses);
    }
    return clauses_end(&clauses, phrase->arena);
}

const char *phrase_rest(const struct phrase *phrase, size_t shown, size_t room)
{
    struct clauses clauses;
    clauses_begin(&clauses, room);
    if (phrase->unread.count > 0) {
        add_clause(&clauses, unread_clause(phrase, shown));
    }
    add_good(phrase, false, &(struct phrase_limits){.others = shown}, &clauses);
    return clauses_end(&clauses, phrase->arena);
}

const char *phrase_rest_but_unread(const struct phrase *phrase)
{
    struct clauses clauses;
    clauses_begin(&clauses, SIZE_MAX);
    add_good(phrase, true, &(struct phrase_limits){.first = ALL_NAMES, .others = ALL_NAMES},
             &clauses);
    return clauses_end(&clauses, phrase->arena);
}
