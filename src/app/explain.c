// SPDX-License-Identifier: MIT
#include "app/explain.h"

#include <stdio.h>
#include <string.h>

#include "app/details.h"
#include "app/output.h"
#include "app/session.h"
#include "app/why.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "k10/action_decode.h"
#include "k10/action_names.h"
#include "k10/error_tree.h"
#include "k10/kinds.h"
#include "kube/client.h"
#include "net/http.h"
#include "report/explanation.h"

#include "base/banned.h"

enum { FILE_BYTES = 16 * 1024 * 1024, OUTPUT_BYTES = 64 * 1024 * 1024, MAX_EXPLAINED = 256 };

// The actions of one run, as they are found.
struct search {
    struct arena *arena;
    const struct fleet_cluster *cluster;
    size_t cluster_index;
    const char *run;
    struct evaluate_rules rules; // any class, at any time
    struct log *log;
    struct explanation found[MAX_EXPLAINED];
    struct action actions[MAX_EXPLAINED];
    size_t count;
    bool unread; // a kind could not be read whole
    size_t read; // kinds that were
};

struct listing {
    struct search *search;
    enum action_kind kind;
};

// No match leaves remedy.id NULL, which explanation.h reads as "no remedy".
static void find_remedy(struct arena *arena, const struct remedy_context *context,
                        struct explanation *explanation)
{
    struct remedy found;
    if (remedy_find_first(arena, &explanation->causes, context, &found)) {
        explanation->remedy = found;
    }
}

static bool belongs_to_run(const struct json *object, const char *run)
{
    const char *name = json_text(json_path(object, "metadata", "name", NULL));
    const char *label = json_text(json_path(object, "metadata", "labels", ACTION_LABEL_RUN, NULL));
    return (name != NULL && strcmp(name, run) == 0) || (label != NULL && strcmp(label, run) == 0);
}

static void describe(struct search *search, const struct json *object, struct action *action,
                     struct explanation *explanation)
{
    char ended[TIMESTAMP_TEXT_BYTES];
    const char *state = json_text(json_path(object, "status", "state", NULL));
    const char *name = json_text(json_path(object, "metadata", "name", NULL));
    const char *space = json_text(json_path(object, "metadata", "namespace", NULL));
    timestamp_format(action_judged_at(action), ended);
    const char *title =
        arena_format(search->arena, "%s %s%s%s on %s", action_kind_word(action->kind),
                     space != NULL ? space : "", space != NULL ? "/" : "",
                     name != NULL ? name : "(unnamed)", search->cluster->settings->name);
    explanation->title = root_cause_mask(search->arena, title);
    const char *how = !action_is_under_way(action)   ? "ended"
                      : action->class == ALERT_STUCK ? "stuck, since"
                                                     : "since";
    explanation->state = arena_format(
        search->arena, "%s, %s %s",
        state != NULL ? root_cause_mask(search->arena, state) : "no state", how, ended);
}

// What of the object says why it is told.
static const struct statement *tree_of(struct arena *arena, const struct json *object,
                                       const struct action *action)
{
    const struct json *error = json_path(object, "status", "error", NULL);
    const struct json *exceptions = json_path(object, "status", "exceptions", NULL);
    return action->class == ALERT_EXCEPTIONS ? error_tree_build_exceptions(arena, exceptions)
           : action->causes.count > 0 && action->class != ALERT_SKIPPED
               ? error_tree_build(arena, error)
               : NULL;
}

static bool explain_item(struct listing *listing, const char *bytes, size_t len,
                         struct error *error)
{
    struct search *search = listing->search;
    struct json *parsed;
    if (!json_parse(bytes, len, &parsed, error)) {
        return false;
    }
    AUTO_PTR(json) object = parsed;
    if (!belongs_to_run(object, search->run) || search->count == MAX_EXPLAINED) {
        return true;
    }
    struct explanation *explanation = &search->found[search->count];
    struct action *action = &search->actions[search->count];
    struct action_source source = {
        .cluster = search->cluster_index, .kind = listing->kind, .rules = &search->rules};
    enum evaluate_verdict verdict;
    if (!action_decode(search->arena, &source, bytes, len, action, &verdict, error)) {
        return false;
    }
    *explanation = (struct explanation){0};
    describe(search, object, action, explanation);
    if (verdict == EVALUATE_FOUND) {
        explanation->tree = tree_of(search->arena, object, action);
        explanation->causes = action->causes;
    }
    search->count++;
    return true;
}

static bool on_item(void *context, const char *bytes, size_t len, struct error *error)
{
    struct listing *listing = context;
    const char *run = listing->search->run;
    if (memmem(bytes, len, run, strlen(run)) == NULL) {
        return true;
    }
    return explain_item(listing, bytes, len, error);
}

// What was found stays: an action found twice is explained twice, which misleads nobody.
static void on_restart(void *context, enum kube_list_restart from)
{
    (void)context;
    (void)from;
}

static void on_page(void *context)
{
    (void)context;
}

static void on_done(void *context, const struct kube_list_result *result)
{
    const struct listing *listing = context;
    enum error_class class = result->error.class;
    if (class == ERROR_NONE) {
        listing->search->read++;
        return;
    }
    // Kinds that this K10 lacks or the token may not read are none of the run's, most likely.
    bool limited = class == ERROR_NOT_FOUND || class == ERROR_FORBIDDEN;
    listing->search->unread = listing->search->unread || !limited;
    log_line(listing->search->log, limited ? LOG_WARN : LOG_ERROR, "cannot be read",
             {"cluster", listing->search->cluster->settings->name},
             {"kind", action_kind_resource(listing->kind)}, {"reason", result->error.text});
}

static void search_run(struct session *session, struct search *search)
{
    struct listing listings[ACTION_KIND_COUNT];
    for (int i = 0; i < ACTION_KIND_COUNT; i++) {
        AUTO(buf) path;
        buf_init(&path, 256);
        listings[i] = (struct listing){search, (enum action_kind)i};
        struct kube_list_sink sink = {on_item, on_restart, on_page, on_done, &listings[i]};
        kinds_add_list_path(&path, listings[i].kind);
        kube_list(session->http, &search->cluster->kube, path.data, &sink);
    }
    session->http->run(session->http);
}

static void add_details(struct session *session, struct search *search)
{
    const struct action *wanted[DETAILS_PER_PASS];
    struct explanation *explanations[DETAILS_PER_PASS];
    struct details found[DETAILS_PER_PASS];
    struct details_input input = {session->http, &session->fleet, search->log, search->arena};
    size_t count = 0;
    for (size_t i = 0; i < search->count && count < DETAILS_PER_PASS; i++) {
        if (search->actions[i].state == ACTION_FAILED && details_are_wanted(&search->actions[i])) {
            wanted[count] = &search->actions[i];
            explanations[count++] = &search->found[i];
        }
    }
    details_fetch(search->arena, &input, wanted, count, found);
    for (size_t i = 0; i < count; i++) {
        explanations[i]->details = found[i].tree;
        if (found[i].causes.count > 0) {
            explanations[i]->causes = found[i].causes;
        }
    }
}

static void add_remedies(struct search *search)
{
    for (size_t i = 0; i < search->count; i++) {
        const struct action *action = &search->actions[i];
        struct remedy_context context = {
            .k10_namespace = search->cluster->settings->k10_namespace,
            .namespace_name = action->app,
            .policy = action->policy,
            .profile = action->profile,
        };
        find_remedy(search->arena, &context, &search->found[i]);
    }
}

static enum exit_status print(struct arena *arena, const struct explain_options *options,
                              const struct explanation *explanations, size_t count,
                              const struct explanation_mail *mail)
{
    AUTO(buf) out;
    buf_init(&out, OUTPUT_BYTES);
    if (options->as_json) {
        explanation_write_json(arena, explanations, count, mail, &out);
    }
    for (size_t i = 0; i < count && !options->as_json; i++) {
        buf_add_text(&out, i > 0 ? "\n" : "");
        explanation_write_text(arena, &explanations[i], &out);
    }
    if (mail != NULL && !options->as_json) {
        buf_add_char(&out, '\n');
        explanation_write_mail(mail, &out);
    }
    return output_print(&out);
}

// Splits "CLUSTER/RUN" and finds the cluster.
static bool find_cluster(const struct session *session, const char *spec, struct search *search)
{
    size_t len = strcspn(spec, "/");
    search->cluster = fleet_find(&session->fleet, spec, len);
    if (search->cluster == NULL || spec[len] == '\0') {
        return false;
    }
    search->cluster_index = (size_t)(search->cluster - session->fleet.clusters);
    search->run = spec + len + 1;
    return *search->run != '\0';
}

static enum exit_status explain_run(const struct explain_options *options, char *const *environment)
{
    AUTO(session) session;
    enum exit_status status = session_open(&session, environment);
    if (status != EXIT_STATUS_DONE) {
        return status;
    }
    struct log *log = &session.sink.log;
    struct search *search = arena_alloc(session.arena, sizeof *search);
    static const bool any_class[ALERT_CLASS_COUNT] = {[ALERT_EXCEPTIONS] = true,
                                                      [ALERT_STUCK] = true,
                                                      [ALERT_CANCELLED] = true,
                                                      [ALERT_SKIPPED] = true};
    *search = (struct search){.arena = session.arena,
                              .rules = {.window_start = INT64_MIN,
                                        .wanted = any_class,
                                        .stuck_after_s = session.settings.stuck_after_s,
                                        .now = session_clock()},
                              .log = log};
    if (!find_cluster(&session, options->run, search)) {
        log_line(log, LOG_ERROR, "expected CLUSTER/RUN with the NAME of a configured cluster",
                 {"found", options->run});
        return EXIT_STATUS_USAGE;
    }
    if (search->cluster->error.class != ERROR_NONE) {
        log_text(log, LOG_ERROR, search->cluster->error.text);
        return EXIT_STATUS_BLIND;
    }
    search_run(&session, search);
    add_details(&session, search);
    add_remedies(search);
    if (search->read == 0) {
        return EXIT_STATUS_BLIND;
    }
    if (search->count == 0 && !search->unread) {
        log_line(log, LOG_ERROR, "no action belongs to this run; K10 may have removed it",
                 {"cluster", search->cluster->settings->name}, {"run_action", search->run});
        return EXIT_STATUS_INTERNAL;
    }
    struct explanation_mail mail;
    why_find(&session, search->cluster_index, search->run, &mail);
    status = print(session.arena, options, search->found, search->count, &mail);
    return exit_status_worse(status, search->unread ? EXIT_STATUS_PARTIAL : EXIT_STATUS_DONE);
}

// An action, a status or an error as JSON; anything else as text.
static const struct statement *read_tree(struct arena *arena, const struct buf *content)
{
    struct json *parsed;
    struct error error;
    if (!json_parse(content->data, content->len, &parsed, &error)) {
        return error_tree_build_text(arena, content->data, content->len);
    }
    AUTO_PTR(json) value = parsed;
    const struct json *stored = json_path(value, "status", "error", NULL);
    const struct json *exceptions = json_path(value, "status", "exceptions", NULL);
    if (!json_is_object(stored) && json_text(stored) == NULL && json_count(exceptions) > 0) {
        return error_tree_build_exceptions(arena, exceptions);
    }
    return error_tree_build(arena, stored != NULL ? stored : value);
}

static enum exit_status explain_file(const struct explain_options *options)
{
    AUTO_PTR(arena) arena = arena_create();
    AUTO(buf) content;
    struct error error;
    bool is_stdin = strcmp(options->file, "-") == 0;
    buf_init(&content, FILE_BYTES);
    if (!file_read_stream(options->file, FILE_BYTES, &content, &error)) {
        (void)fprintf(stderr, "kasten-alerter: %s\n", error.text);
        return EXIT_STATUS_USAGE;
    }
    struct explanation explanation = {
        .title = is_stdin ? "the standard input" : root_cause_mask(arena, options->file),
        .state = "",
        .tree = read_tree(arena, &content),
    };
    root_cause_find(arena, explanation.tree, &explanation.causes);
    find_remedy(arena, &(struct remedy_context){0}, &explanation);
    return print(arena, options, &explanation, 1, NULL);
}

enum exit_status explain_command(const struct explain_options *options, char *const *environment)
{
    return options->run != NULL ? explain_run(options, environment) : explain_file(options);
}
