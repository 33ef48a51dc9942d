// SPDX-License-Identifier: MIT
// Actions and objects for people: what they are called, what several of them are called together.
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

// How a kind is spoken of.
struct kind_words {
    const char *one;
    const char *many;
    const char *to_profile;  // before the name of its location profile
    const char *consequence; // what its failure leaves behind, "" when that is plain
};

static const struct kind_words *kind_words(enum action_kind kind)
{
    static const struct kind_words words[WATCHED_KIND_COUNT] = {
        [ACTION_BACKUP] = {"backup", "backups", " to profile ", ""},
        [ACTION_EXPORT] = {"export", "exports", " to profile ",
                           "; the exported copy is missing or incomplete"},
        [ACTION_RUN] = {"run", "runs", " to profile ", ""},
        [ACTION_BACKUP_CLUSTER] = {"backup of cluster-scoped resources",
                                   "backups of cluster-scoped resources", " to profile ", ""},
        [ACTION_IMPORT] = {"import", "imports", " from profile ", ""},
        [ACTION_VALIDATE] = {"validation", "validations", " in profile ",
                             "; do not rely on what it was to validate"},
        [ACTION_RESTORE] = {"restore", "restores", " from profile ", ""},
        [ACTION_RESTORE_CLUSTER] = {"restore of cluster-scoped resources",
                                    "restores of cluster-scoped resources", " from profile ", ""},
        [ACTION_REPORT] = {"K10 report", "K10 reports", " to profile ", ""},
        [ACTION_RETIRE] = {"removal of expired restore points",
                           "removals of expired restore points", " from profile ", ""},
        [ACTION_BATCH_RESTORE] = {"batch restore", "batch restores", " from profile ", ""},
        [ACTION_UPGRADE] = {"upgrade", "upgrades", " in profile ", ""},
        [ACTION_STAGE] = {"stage action", "stage actions", " in profile ", ""},
        [ACTION_MIGRATE_FCD] = {"FCD migration", "FCD migrations", " in profile ", ""},
        [OBJECT_POLICY] = {"policy", "policies", " to profile ", ""},
        [OBJECT_POLICY_PRESET] = {"policy preset", "policy presets", " to profile ", ""},
        [OBJECT_PROFILE] = {"profile", "profiles", " to profile ", ""},
    };
    return &words[kind < WATCHED_KIND_COUNT ? kind : ACTION_RUN];
}

const char *digest_kind_singular(enum action_kind kind)
{
    return kind_words(kind)->one;
}

const char *digest_kind_plural(enum action_kind kind)
{
    return kind_words(kind)->many;
}

// "export of shop to profile s3-prod", "3 exports to profile s3-prod": of one kind.
static const char *name_kind(struct arena *arena, const struct action *const *actions, size_t count,
                             enum action_kind kind)
{
    const struct kind_words *words = kind_words(kind);
    const char *app = actions[0]->app;
    const char *profile = actions[0]->profile;
    for (size_t i = 1; i < count; i++) {
        profile = profile != NULL && actions[i]->profile != NULL &&
                          strcmp(profile, actions[i]->profile) == 0
                      ? profile
                      : NULL;
    }
    app = count > 1 || !action_kind_is_namespaced(kind)
              ? ""
              : digest_clean(arena, app, DIGEST_NAME_BYTES);
    profile = digest_clean(arena, profile, DIGEST_NAME_BYTES);
    return arena_format(
        arena, "%s%s%s%s%s", count == 1 ? words->one : digest_count(arena, count, "", words->many),
        *app == '\0' ? "" : " of ", app, *profile == '\0' ? "" : words->to_profile, profile);
}

// "2 backups and 1 export"
static const char *name_mixed(struct arena *arena, const size_t counts[ACTION_KIND_COUNT],
                              size_t kinds)
{
    AUTO(buf) text;
    buf_init(&text, DIGEST_SENTENCE_BYTES);
    size_t done = 0;
    for (size_t kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        if (counts[kind] > 0) {
            const struct kind_words *words = kind_words((enum action_kind)kind);
            buf_add_text(&text, done == 0 ? "" : done + 1 == kinds ? " and " : ", ");
            buf_add_text(&text, digest_count(arena, counts[kind], words->one, words->many));
            done++;
        }
    }
    return arena_strdup(arena, text.data);
}

const char *digest_action_name(struct arena *arena, const struct action *action)
{
    return action->kind == ACTION_RUN ? "the run" : name_kind(arena, &action, 1, action->kind);
}

struct digest_actions digest_name_actions(struct arena *arena, const struct finding *finding)
{
    size_t counts[ACTION_KIND_COUNT] = {0};
    const struct action **children =
        arena_alloc_array(arena, finding->action_count, sizeof *children);
    struct digest_actions named = {.text = "", .consequence = ""};
    for (size_t i = 0; i < finding->action_count; i++) {
        const struct action *action = finding->actions[i];
        if (action->kind < ACTION_KIND_COUNT && action->kind != ACTION_RUN) {
            counts[action->kind]++;
            children[named.count++] = action;
        }
    }
    size_t kinds = 0;
    for (size_t kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        kinds += counts[kind] > 0 ? 1 : 0;
    }
    if (kinds == 1) {
        named.text = name_kind(arena, children, named.count, children[0]->kind);
        named.consequence = kind_words(children[0]->kind)->consequence;
    } else if (kinds > 1) {
        named.text = name_mixed(arena, counts, kinds);
    }
    return named;
}
