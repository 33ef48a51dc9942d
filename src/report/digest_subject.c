// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum {
    LABEL_CHARACTERS = 40,        // of one cluster in a subject
    SUBJECT_NAME_CHARACTERS = 50, // of a policy or run
    HEADLINE_CHARACTERS = 300,
    CAUSE_TAIL_CHARACTERS = 16, // a shorter end of a chain says too little
    CAUSE_CHARACTERS = 20,      // less room than this: no cause in the subject
};

// What a subject or headline is made of, within room characters.
struct phrase {
    struct arena *arena;
    const struct digest_input *input;
    const char *const *failed; // labels of clusters with rows, distinct
    size_t failed_count;
    const char *const *unread; // labels of clusters with unread lines, distinct
    size_t unread_count;
    bool unread_whole; // none of them could be read in part
    size_t room;
};

static const char *const *map_keys(struct arena *arena, const struct map *map)
{
    const char **keys = arena_alloc_array(arena, map->count, sizeof *keys);
    for (size_t i = 0; i < map->count; i++) {
        keys[i] = digest_shorten(arena, map->entries[i].key, LABEL_CHARACTERS);
    }
    return keys;
}

static struct phrase phrase_begin(struct arena *arena, const struct digest_input *input)
{
    const struct plan *plan = input->plan;
    struct phrase phrase = {.arena = arena, .input = input, .unread_whole = true};
    struct map failed;
    struct map unread;
    map_init(&failed, arena);
    map_init(&unread, arena);
    for (size_t i = 0; i < plan->row_count; i++) {
        map_set(&failed, digest_label(arena, input, plan->rows[i].finding->cluster), NULL);
    }
    for (size_t i = 0; i < plan->unread_count; i++) {
        map_set(&unread, digest_label(arena, input, plan->unread[i].cluster), NULL);
        phrase.unread_whole = phrase.unread_whole && plan->unread[i].whole_cluster;
    }
    phrase.failed = map_keys(arena, &failed);
    phrase.failed_count = failed.count;
    phrase.unread = map_keys(arena, &unread);
    phrase.unread_count = unread.count;
    return phrase;
}

// "cannot read RKE2, K3s", with shown of the names; without any: "cannot read 2 clusters".
static const char *unread_clause(const struct phrase *phrase, size_t shown)
{
    const char *all = phrase->unread_whole ? "" : "all of ";
    if (shown == 0) {
        return arena_format(
            phrase->arena, "cannot read %s%s", all,
            digest_count(phrase->arena, phrase->unread_count, "cluster", "clusters"));
    }
    return arena_format(phrase->arena, "cannot read %s%s", all,
                        digest_list(phrase->arena, phrase->unread, phrase->unread_count, shown));
}

static bool is_backup_work(enum action_kind kind)
{
    return kind == ACTION_BACKUP || kind == ACTION_EXPORT || kind == ACTION_RUN ||
           kind == ACTION_BACKUP_CLUSTER;
}

// "3 backup failures on OpenShift, K3s", with shown of the clusters named.
static const char *failures_clause(const struct phrase *phrase, size_t shown)
{
    const struct plan *plan = phrase->input->plan;
    bool backup = true;
    for (size_t i = 0; i < plan->row_count; i++) {
        const struct finding *finding = plan->rows[i].finding;
        for (size_t j = 0; j < finding->action_count; j++) {
            backup = backup && is_backup_work(finding->actions[j]->kind);
        }
    }
    const char *count =
        backup ? digest_count(phrase->arena, plan->row_count, "backup failure", "backup failures")
               : digest_count(phrase->arena, plan->row_count, "failure", "failures");
    const char *on = shown == 0
                         ? digest_count(phrase->arena, phrase->failed_count, "cluster", "clusters")
                         : digest_list(phrase->arena, phrase->failed, phrase->failed_count, shown);
    return arena_format(phrase->arena, "%s on %s", count, on);
}

static bool fits(const struct phrase *phrase, const char *text)
{
    return digest_characters(text) <= phrase->room;
}

// Names as many clusters as fit; those that fail give way before those that cannot be read.
static const char *several(const struct phrase *phrase)
{
    enum { NAMED_AT_MOST = 8 };
    const char *text = "";
    size_t unread = phrase->unread_count < NAMED_AT_MOST ? phrase->unread_count : NAMED_AT_MOST;
    do {
        const char *clause = phrase->unread_count == 0 ? "" : unread_clause(phrase, unread);
        if (phrase->failed_count == 0) {
            text = clause;
            if (fits(phrase, text)) {
                return text;
            }
            continue;
        }
        size_t failed = phrase->failed_count < NAMED_AT_MOST ? phrase->failed_count : NAMED_AT_MOST;
        for (size_t shown = failed + 1; shown-- > 0;) {
            text = arena_format(phrase->arena, "%s%s%s", failures_clause(phrase, shown),
                                *clause == '\0' ? "" : "; ", clause);
            if (fits(phrase, text)) {
                return text;
            }
        }
    } while (unread-- > 0);
    return digest_shorten(phrase->arena, text, phrase->room);
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

// What failed, by its policy where it has one.
static const char *failed_thing(const struct phrase *phrase)
{
    const struct finding *finding = phrase->input->plan->rows[0].finding;
    if (finding->policy != NULL && *finding->policy != '\0') {
        return digest_shorten(phrase->arena,
                              digest_clean(phrase->arena, finding->policy, DIGEST_NAME_BYTES),
                              SUBJECT_NAME_CHARACTERS);
    }
    const char *kind =
        action_kind_word(finding->kind < ACTION_KIND_COUNT ? finding->kind : ACTION_RUN);
    bool named = finding->namespace_count > 0;
    const char *name = named ? finding->namespaces[0] : finding->name;
    return arena_format(phrase->arena, "%s %s%s", kind, named ? "of " : "",
                        digest_shorten(phrase->arena, digest_object_name(phrase->arena, name),
                                       SUBJECT_NAME_CHARACTERS));
}

// "K3s: daily-postgres failed - AccessDenied on profile s3-prod; cannot read RKE2"
static const char *single(const struct phrase *phrase, const struct digest *digest)
{
    const char *text =
        arena_format(phrase->arena, "%s: %s failed", phrase->failed[0], failed_thing(phrase));
    const char *clause = "";
    if (phrase->unread_count > 0) {
        size_t shown = phrase->unread_count <= 2 ? phrase->unread_count : 0;
        clause = arena_format(phrase->arena, "; %s", unread_clause(phrase, shown));
    }
    size_t used = digest_characters(text) + digest_characters(clause);
    if (used + 3 + CAUSE_CHARACTERS > phrase->room) {
        return digest_shorten(phrase->arena, arena_format(phrase->arena, "%s%s", text, clause),
                              phrase->room);
    }
    const char *cause = digest->groups[0].rows[0].causes[0].text;
    return arena_format(phrase->arena, "%s - %s%s", text,
                        shorten_cause(phrase, cause, phrase->room - used - 3), clause);
}

static const char *headline(const struct phrase *phrase)
{
    const struct plan *plan = phrase->input->plan;
    if (plan->row_count == 0 && phrase->unread_count == 0) {
        return "No new failures";
    }
    if (plan->row_count == 1) {
        const char *clause = "";
        if (phrase->unread_count > 0) {
            clause = arena_format(phrase->arena, "; %s", unread_clause(phrase, 6));
        }
        return arena_format(phrase->arena, "%s failed on %s%s", failed_thing(phrase),
                            phrase->failed[0], clause);
    }
    const char *text = several(phrase);
    return strncmp(text, "cannot", 6) == 0 ? arena_format(phrase->arena, "C%s", text + 1) : text;
}

static const char *clusters_read(struct arena *arena, const struct plan *plan)
{
    return arena_format(arena, "%zu of %zu", plan->clusters_read, plan->cluster_count);
}

static void add_figures(struct arena *arena, const struct plan *plan, struct digest *ret)
{
    enum digest_state failed = ret->row_count > 0 ? DIGEST_FAILED : DIGEST_OK;
    struct digest_figure *figures = ret->figures;
    figures[0] = (struct digest_figure){arena_format(arena, "%zu", ret->row_count),
                                        ret->row_count == 1 ? "failed run" : "failed runs", failed};
    figures[1] = (struct digest_figure){
        arena_format(arena, "%zu", ret->namespace_count),
        ret->namespace_count == 1 ? "application affected" : "applications affected", failed};
    figures[2] =
        (struct digest_figure){arena_format(arena, "%zu", ret->action_count),
                               ret->action_count == 1 ? "failed action" : "failed actions", failed};
    figures[3] = (struct digest_figure){clusters_read(arena, plan), "clusters read",
                                        plan->unread_count == 0 ? DIGEST_OK : DIGEST_WARNING};
    for (size_t i = 0; i < plan->unread_count; i++) {
        if (!plan->unread[i].whole_cluster) {
            figures[3].label = "clusters read, not all kinds";
        }
    }
    ret->figure_count = 4;
}

void digest_make_subject(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    const struct plan *plan = input->plan;
    struct phrase phrase = phrase_begin(arena, input);
    ret->state = plan->row_count > 0      ? DIGEST_FAILED
                 : plan->unread_count > 0 ? DIGEST_WARNING
                                          : DIGEST_OK;
    ret->word = ret->state == DIGEST_FAILED ? "Failed"
                : ret->state == DIGEST_OK   ? "OK"
                                            : "Not all read";
    if (ret->state == DIGEST_WARNING && plan->clusters_read == 0) {
        ret->word = "Nothing read";
    }
    const char *prefix =
        digest_shorten(arena, digest_clean(arena, input->subject_prefix, DIGEST_NAME_BYTES), 40);
    const char *blank = *prefix == '\0' ? "" : " ";
    phrase.room = DIGEST_SUBJECT_CHARACTERS - 1 - digest_characters(prefix) - strlen(blank);
    const char *text = plan->row_count == 1      ? single(&phrase, ret)
                       : ret->state == DIGEST_OK ? "no new failures"
                                                 : several(&phrase);
    ret->prefix = prefix;
    ret->subject = arena_format(arena, "%s%s%s", prefix, blank, text);
    phrase.room = HEADLINE_CHARACTERS;
    ret->headline = headline(&phrase);
    add_figures(arena, plan, ret);
    ret->preheader =
        arena_format(arena, "%s, %s affected. %s %s read.",
                     digest_count(arena, ret->row_count, "failed run", "failed runs"),
                     digest_count(arena, ret->namespace_count, "application", "applications"),
                     clusters_read(arena, plan), plan->cluster_count == 1 ? "cluster" : "clusters");
}
