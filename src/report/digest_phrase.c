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
    struct map failed;
    struct map invalid;
    map_init(&failed, phrase->arena);
    map_init(&invalid, phrase->arena);
    phrase->backup_work = true;
    for (size_t i = 0; i < plan->row_count; i++) {
        const struct finding *finding = plan->rows[i].finding;
        if (digest_row_is_invalid(&plan->rows[i])) {
            add_label(&invalid, phrase, finding->cluster);
            continue;
        }
        add_label(&failed, phrase, finding->cluster);
        phrase->backup_work = phrase->backup_work && finding_is_backup_work(finding);
    }
    phrase->failed = to_names(phrase->arena, &failed);
    phrase->invalid = to_names(phrase->arena, &invalid);
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

// "3 backup failures, 2 still failing on OpenShift, K3s"
static const char *failures_clause(const struct phrase *phrase, size_t shown)
{
    const struct digest_tally *tally = &phrase->tally;
    struct arena *arena = phrase->arena;
    const char *fresh = tally->fresh == 0 ? ""
                        : phrase->backup_work
                            ? digest_count(arena, tally->fresh, "backup failure", "backup failures")
                            : digest_count(arena, tally->fresh, "failure", "failures");
    const char *still =
        tally->still == 0 ? "" : arena_format(arena, "%zu still failing", tally->still);
    bool all_well = tally->fresh > 0 && tally->followed == tally->fresh && tally->still == 0;
    return arena_format(
        arena, "%s%s%s on %s%s", fresh, *fresh == '\0' || *still == '\0' ? "" : ", ", still,
        clusters(phrase, &phrase->failed, shown), all_well ? ", followed by good runs" : "");
}

// "cannot read RKE2, K3s"; without any name shown "cannot read 2 clusters".
static const char *unread_clause(const struct phrase *phrase, size_t shown)
{
    return arena_format(phrase->arena, "cannot read %s%s", phrase->unread_whole ? "" : "all of ",
                        clusters(phrase, &phrase->unread, shown));
}

static bool same_names(const struct phrase_names *a, const struct phrase_names *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        same = strcmp(a->names[i], b->names[i]) == 0;
    }
    return same;
}

// "1 invalid policy, 2 still invalid on K3s"; without any name shown "3 invalid on 2 clusters".
// Behind failures on the same clusters without them.
static const char *invalid_clause(const struct phrase *phrase, size_t shown)
{
    const struct digest_tally *tally = &phrase->tally;
    struct arena *arena = phrase->arena;
    const char *fresh = tally->invalid.count == 0 ? ""
                        : shown == 0 ? arena_format(arena, "%zu invalid", tally->invalid.count)
                                     : digest_invalid_count(arena, &tally->invalid);
    const char *still = tally->still_invalid == 0
                            ? ""
                            : arena_format(arena, "%zu still invalid", tally->still_invalid);
    bool named = !same_names(&phrase->failed, &phrase->invalid);
    return arena_format(arena, "%s%s%s%s%s", fresh, *fresh == '\0' || *still == '\0' ? "" : ", ",
                        still, named ? " on " : "",
                        named ? clusters(phrase, &phrase->invalid, shown) : "");
}

// "2 recovered, 1 ended without a good run on K3s"; behind other clauses without the clusters.
static const char *closings_clause(const struct phrase *phrase, bool named, size_t shown)
{
    const struct digest_tally *tally = &phrase->tally;
    struct arena *arena = phrase->arena;
    const char *parts[4];
    size_t count = 0;
    if (tally->recovered > 0) {
        parts[count++] = arena_format(arena, "%zu recovered", tally->recovered);
    }
    if (tally->ended > 0) {
        parts[count++] = arena_format(arena, "%zu ended without a good run", tally->ended);
    }
    if (tally->valid > 0) {
        parts[count++] = arena_format(arena, "%zu valid again", tally->valid);
    }
    if (tally->deleted > 0) {
        parts[count++] = arena_format(arena, "%zu deleted while invalid", tally->deleted);
    }
    return arena_format(arena, "%s%s%s", digest_list(arena, parts, count, count),
                        named ? " on " : "", named ? clusters(phrase, &phrase->closed, shown) : "");
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

static void add_good(const struct phrase *phrase, bool named, size_t first, size_t others,
                     struct clauses *clauses)
{
    if (phrase->closed.count > 0) {
        add_clause(clauses, closings_clause(phrase, named, first));
    }
    if (phrase->readable.count > 0) {
        add_clause(clauses, readable_clause(phrase, others));
    }
}

const char *phrase_all(const struct phrase *phrase, size_t first, size_t others, size_t room)
{
    struct clauses clauses;
    clauses_begin(&clauses, room);
    if (phrase->failed.count > 0) {
        add_clause(&clauses, failures_clause(phrase, first));
    }
    if (phrase->unread.count > 0) {
        add_clause(&clauses, unread_clause(phrase, others));
    }
    if (phrase->invalid.count > 0) {
        add_clause(&clauses, invalid_clause(phrase, first));
    }
    bool named =
        phrase->failed.count == 0 && phrase->unread.count == 0 && phrase->invalid.count == 0;
    add_good(phrase, named, first, others, &clauses);
    return clauses_end(&clauses, phrase->arena);
}

const char *phrase_rest(const struct phrase *phrase, size_t shown, size_t room)
{
    struct clauses clauses;
    clauses_begin(&clauses, room);
    if (phrase->unread.count > 0) {
        add_clause(&clauses, unread_clause(phrase, shown));
    }
    add_good(phrase, false, 0, shown, &clauses);
    return clauses_end(&clauses, phrase->arena);
}

const char *phrase_rest_but_unread(const struct phrase *phrase)
{
    struct clauses clauses;
    clauses_begin(&clauses, SIZE_MAX);
    add_good(phrase, true, ALL_NAMES, ALL_NAMES, &clauses);
    return clauses_end(&clauses, phrase->arena);
}
