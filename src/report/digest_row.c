// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/html.h"
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

// "export of shop to profile s3-prod failed; ..." for the actions of one kind.
static const char *describe_kind(struct arena *arena, const struct action *const *actions,
                                 size_t count, enum action_kind kind)
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
    return arena_format(arena, "%s%s%s%s%s failed%s",
                        count == 1 ? words->one : digest_count(arena, count, "", words->many),
                        *app == '\0' ? "" : " of ", app, *profile == '\0' ? "" : words->to_profile,
                        profile, words->consequence);
}

// "2 backups and 1 export failed"
static const char *describe_mixed(struct arena *arena, const size_t counts[ACTION_KIND_COUNT],
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
    buf_add_text(&text, " failed");
    return arena_strdup(arena, text.data);
}

static const char *describe(struct arena *arena, const struct finding *finding)
{
    size_t counts[ACTION_KIND_COUNT] = {0};
    const struct action **children =
        arena_alloc_array(arena, finding->action_count, sizeof *children);
    size_t child_count = 0;
    for (size_t i = 0; i < finding->action_count; i++) {
        const struct action *action = finding->actions[i];
        if (action->kind < ACTION_KIND_COUNT && action->kind != ACTION_RUN) {
            counts[action->kind]++;
            children[child_count++] = action;
        }
    }
    if (child_count == 0) {
        return "the run failed; no failed action of it was found";
    }
    size_t kinds = 0;
    for (size_t kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        kinds += counts[kind] > 0 ? 1 : 0;
    }
    return kinds == 1 ? describe_kind(arena, children, child_count, children[0]->kind)
                      : describe_mixed(arena, counts, kinds);
}

bool digest_is_object_name(const char *name, size_t max)
{
    static const char alphanumeric[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    size_t len = name == NULL ? 0 : strlen(name);
    return len > 0 && len <= max && strspn(name, all) == len &&
           strchr(alphanumeric, name[0]) != NULL && strchr(alphanumeric, name[len - 1]) != NULL;
}

enum { NAME_MAX_BYTES = 253, NAMESPACE_MAX_BYTES = 63 };

// "kubectl -n NS get RESOURCE NAME -o yaml"; NULL when a part cannot be put into a command.
static const char *get_command(struct arena *arena, enum action_kind kind,
                               const char *namespace_name, const char *name)
{
    bool scoped =
        action_kind_is_namespaced(kind) && namespace_name != NULL && *namespace_name != '\0';
    if (!digest_is_object_name(name, NAME_MAX_BYTES) ||
        (scoped && !digest_is_object_name(namespace_name, NAMESPACE_MAX_BYTES))) {
        return NULL;
    }
    return arena_format(arena, "kubectl %s%s%sget %s.%s.kio.kasten.io %s -o yaml",
                        scoped ? "-n " : "", scoped ? namespace_name : "", scoped ? " " : "",
                        action_kind_resource(kind), kind < ACTION_KIND_COUNT ? "actions" : "config",
                        name);
}

static void add_object_command(struct arena *arena, const struct finding *finding,
                               struct digest_row *row)
{
    if (*finding->namespace_name != '\0') {
        row->command = get_command(arena, finding->kind, finding->namespace_name, finding->name);
        row->command_note = arena_format(arena, "on %s", row->cluster);
    }
}

// The command that shows the failed action itself: its error tree is the first thing to read.
static void add_action_command(struct arena *arena, const struct finding *finding,
                               struct digest_row *row)
{
    const struct action *action = finding->actions[0];
    for (size_t i = 1; i < finding->action_count && action->kind == ACTION_RUN; i++) {
        action = finding->actions[i];
    }
    row->command = get_command(arena, action->kind, action->namespace_name, action->name);
    row->command_note = finding->action_count == 1
                            ? arena_format(arena, "on %s", row->cluster)
                            : arena_format(arena, "on %s; first of %zu failed actions",
                                           row->cluster, finding->action_count);
}

// Of a row without readable actions the run is what can be looked at, if it still exists.
static void add_run_command(struct arena *arena, const struct finding *finding,
                            struct digest_row *row)
{
    bool placed = finding->namespace_name != NULL && *finding->namespace_name != '\0';
    if (finding->kind < ACTION_KIND_COUNT &&
        (placed || !action_kind_is_namespaced(finding->kind))) {
        row->command = get_command(arena, finding->kind, finding->namespace_name, finding->name);
        row->command_note = arena_format(arena, "on %s, if it still exists", row->cluster);
    }
}

static void add_namespaces(struct arena *arena, const struct finding *finding,
                           struct digest_row *row)
{
    const char **names = arena_alloc_array(arena, finding->namespace_count, sizeof *names);
    for (size_t i = 0; i < finding->namespace_count; i++) {
        names[i] = digest_clean(arena, finding->namespaces[i], DIGEST_NAMESPACE_BYTES);
    }
    row->namespaces = names;
    row->namespace_count = finding->namespace_count;
}

// Where the cause says it happened, unless the row's one namespace says just that.
static const char *cause_where(struct arena *arena, const struct cause *cause,
                               const struct digest_row *row)
{
    bool said = row->namespace_count == 1 && root_cause_is_only_in(cause, row->namespaces[0]);
    return said ? "" : digest_clean(arena, cause->where, DIGEST_NAME_BYTES);
}

static void add_causes(struct arena *arena, const struct plan_row *source, struct digest_row *row)
{
    const struct cause_list *causes = &source->finding->causes;
    const char *none = digest_no_cause(source);
    // With causes omitted the last item is a sentence that counts them.
    size_t known = causes->omitted > 0 && causes->count > 1 ? causes->count - 1 : causes->count;
    size_t count = known > 0 ? known : 1;
    row->causes_omitted = causes->omitted;
    row->causes = arena_alloc_array(arena, count, sizeof *row->causes);
    row->cause_count = count;
    row->causes[0] = (struct digest_cause){.text = none, .where = ""};
    for (size_t i = 0; i < known; i++) {
        const char *text = digest_clean(arena, causes->items[i].text, DIGEST_CAUSE_BYTES);
        row->causes[i] = (struct digest_cause){
            .text = *text == '\0' ? none : text,
            .where = cause_where(arena, &causes->items[i], row),
        };
    }
}

static const char *dashboard_url(const struct digest_input *input, size_t cluster)
{
    const char *url =
        cluster < input->cluster_count ? input->clusters[cluster].dashboard_url : NULL;
    return url != NULL && html_url_is_safe(url) ? url : NULL;
}

enum digest_state digest_row_state(const struct plan_row *source)
{
    bool open = source->reason != PLAN_FOLLOWED && source->reason != PLAN_ID_ONLY;
    return open ? DIGEST_FAILED : DIGEST_WARNING;
}

// What an invalid object has instead of a run.
static void make_invalid(struct arena *arena, const struct plan_row *source, struct digest_row *row)
{
    const struct finding *finding = source->finding;
    row->run_action = "-";
    row->what = digest_invalid_what(arena, source);
    row->ended = NULL;
    row->ended_at = TIMESTAMP_NONE;
    row->reason = digest_invalid_reason(source->reason);
    row->kind = action_kind_word(finding->kind);
    row->since = source->since;
    add_object_command(arena, finding, row);
}

void digest_make_row(struct arena *arena, const struct digest_input *input,
                     const struct plan_row *source, struct digest_row *ret)
{
    const struct finding *finding = source->finding;
    bool seen = finding->action_count > 0;
    *ret = (struct digest_row){
        .cluster = digest_label(arena, input, finding->cluster),
        .cluster_name = digest_name(arena, input, finding->cluster),
        .run_action = digest_object_name(arena, finding->name),
        .policy = digest_clean(arena, finding->policy, DIGEST_NAME_BYTES),
        .state = digest_row_state(source),
        .what = seen ? describe(arena, finding) : digest_row_without_actions(arena, source),
        .story = digest_row_story(arena, input, source),
        .ended = digest_time_and_age(arena, finding->last_ended, input->now, input->local_time),
        .ended_at = finding->last_ended,
        .reason = plan_reason_sentence(source->reason),
        .reason_word = plan_reason_word(source->reason),
        .dashboard_url = dashboard_url(input, finding->cluster),
        .kind = action_kind_word(finding->kind < ACTION_KIND_COUNT ? finding->kind : ACTION_RUN),
        .class_word = alert_class_word(finding->class),
        .id = digest_clean(arena, source->id, DIGEST_SENTENCE_BYTES),
        .since = source->runs > 0 ? source->since : TIMESTAMP_NONE,
        .runs = source->runs,
    };
    add_namespaces(arena, finding, ret);
    add_causes(arena, source, ret);
    if (digest_row_is_invalid(source)) {
        make_invalid(arena, source, ret);
    } else if (seen) {
        add_action_command(arena, finding, ret);
    } else {
        add_run_command(arena, finding, ret);
    }
}
