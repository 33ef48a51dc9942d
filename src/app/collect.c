// SPDX-License-Identifier: MIT
#include "app/collect.h"

#include "app/collect_parts.h"
#include "app/diagnosis.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/monotonic.h"
#include "base/timestamp.h"
#include "core/cause_list.h"
#include "k10/kinds.h"
#include "kube/client.h"

#include "base/banned.h"

static bool on_item(void *context, const char *bytes, size_t len, struct error *error)
{
    struct reading *reading = context;
    struct progress *progress = reading->collecting->input->progress;
    if (reading->sight->kind >= ACTION_KIND_COUNT) {
        return collect_object(reading, bytes, len, error);
    }
    if (progress != NULL && ++progress->items % 64 == 0) {
        progress_draw(progress);
    }
    return collect_item(reading, bytes, len, error);
}

static void on_page(void *context)
{
    struct reading *reading = context;
    reading->sight->older_failures += reading->page_older_failures;
    reading->sight->older_stuck += reading->page_older_stuck;
    reading->page_older_failures = 0;
    reading->page_older_stuck = 0;
}

static void on_restart(void *context, enum kube_list_restart from)
{
    struct reading *reading = context;
    reading->page_older_failures = 0;
    reading->page_older_stuck = 0;
    if (from == KUBE_LIST_FROM_BEGINNING) {
        reading->sight->older_failures = reading->list_older_failures;
        reading->sight->older_stuck = reading->list_older_stuck;
    }
}

// began, not now: what the kinds of a cluster met alike must read alike.
static void set_failure(struct reading *reading, const struct error *error,
                        enum http_failure failure)
{
    const struct collecting *collecting = reading->collecting;
    struct sight *sight = reading->sight;
    struct diagnosis_case found = {reading->cluster, sight->kind, error, failure,
                                   collecting->began};
    sight->class = error->class;
    sight->reason = diagnosis_reason(collecting->arena, &found);
    sight->remedy = diagnosis_remedy(collecting->arena, &found);
    sight->state = sight_judge(sight->kind, error->class);
}

void collect_end(struct reading *reading)
{
    struct progress *progress = reading->collecting->input->progress;
    if (progress != NULL) {
        progress->lists_done++;
        progress_draw(progress);
    }
}

void collect_fail(struct reading *reading, const struct error *error, enum http_failure failure)
{
    set_failure(reading, error, failure);
    bool is_of_cluster = reading->narrowed == NULL;
    if (error->class == ERROR_FORBIDDEN && is_of_cluster &&
        action_kind_is_namespaced(reading->sight->kind)) {
        collect_scope_enter(reading);
    } else if (error->class == ERROR_NOT_FOUND) {
        collect_group_ask(reading);
    } else {
        collect_end(reading);
    }
}

bool collect_question_wait(struct collect_question *question, struct reading *reading)
{
    bool is_first = question->state == COLLECT_NOT_ASKED;
    reading->next_waiting = question->waiting;
    question->waiting = reading;
    question->state = COLLECT_ASKED;
    return is_first;
}

void collect_question_answer(struct collect_question *question,
                             void (*go_on)(struct reading *reading))
{
    struct reading *next = question->waiting;
    question->waiting = NULL;
    question->state = COLLECT_ANSWERED;
    while (next != NULL) {
        struct reading *reading = next;
        next = reading->next_waiting; // it may wait for something else then
        go_on(reading);
    }
}

const char *collect_names(struct arena *arena, const char *const *names, size_t count)
{
    size_t shown = count < COLLECT_NAMES_SHOWN ? count : COLLECT_NAMES_SHOWN;
    const char *text = "";
    for (size_t i = 0; i < shown; i++) {
        const char *before = i == 0 ? "" : i + 1 == count ? " and " : ", ";
        text = arena_format(arena, "%s%s%s", text, before, names[i]);
    }
    return count > shown ? arena_format(arena, "%s and %zu more", text, count - shown) : text;
}

static void note_answer(struct reading *reading, const struct kube_list_result *result)
{
    struct collecting *collecting = reading->collecting;
    reading->sight->items += result->items;
    if (reading->sight->kind < ACTION_KIND_COUNT) {
        collecting->result->items += result->items;
    }
    if (result->date != TIMESTAMP_NONE) {
        reading->sight->clock_skew =
            result->date - (collecting->input->clock() - result->date_age_s);
    }
    log_line(collecting->input->log, LOG_DEBUG, "list ended",
             {"cluster", reading->cluster->settings->name},
             {"kind", action_kind_word(reading->sight->kind)},
             {"items", arena_format(collecting->arena, "%zu", result->items)},
             {"pages", arena_format(collecting->arena, "%zu", result->pages)},
             {"error", result->error.class != ERROR_NONE ? result->error.text : NULL});
}

static void on_done(void *context, const struct kube_list_result *result)
{
    struct reading *reading = context;
    note_answer(reading, result);
    if (reading->narrowed != NULL) {
        collect_scope_answer(reading, result);
    } else if (result->error.class != ERROR_NONE) {
        collect_fail(reading, &result->error, result->failure);
    } else {
        collect_end(reading);
    }
}

void collecting_add_condition(struct collecting *collecting, const struct plan_condition *condition)
{
    struct collection *result = collecting->result;
    result->conditions =
        arena_grow(collecting->arena, result->conditions, &collecting->condition_capacity,
                   result->condition_count, sizeof *result->conditions);
    result->conditions[result->condition_count++] = *condition;
}

void collect_list(struct reading *reading, const char *path)
{
    struct kube_list_sink sink = {on_item, on_restart, on_page, on_done, reading};
    reading->page_older_failures = 0;
    reading->page_older_stuck = 0;
    reading->list_older_failures = reading->sight->older_failures;
    reading->list_older_stuck = reading->sight->older_stuck;
    kube_list(reading->collecting->input->http, &reading->kube, path, &sink);
}

static void begin_list(struct reading *reading)
{
    if (reading->cluster->error.class != ERROR_NONE) {
        set_failure(reading, &reading->cluster->error, HTTP_FAILURE_NONE);
        return;
    }
    AUTO(buf) path;
    buf_init(&path, 256);
    kinds_add_list_path(&path, reading->sight->kind);
    collect_list(reading, path.data);
}

// The place-th list of a cluster: the kinds of actions, then its objects.
static void begin_reading(struct collecting *collecting, size_t cluster, size_t place,
                          struct sight *sight, struct reading *reading)
{
    const struct collect_input *input = collecting->input;
    bool is_action = place < input->kind_count;
    enum action_kind object = (enum action_kind)(OBJECT_POLICY + place - input->kind_count);
    *sight = (struct sight){
        .cluster = cluster,
        .kind = is_action ? input->kinds[place] : object,
        .reason = "",
        .remedy = "",
        .window_start =
            is_action ? input->window_starts[cluster * input->kind_count + place] : TIMESTAMP_NONE,
    };
    reading->collecting = collecting;
    reading->cluster = &input->fleet->clusters[cluster];
    reading->sight = sight;
    begin_list(reading);
}

static void begin_lists(struct collecting *collecting)
{
    const struct collect_input *input = collecting->input;
    struct collection *result = collecting->result;
    size_t lists = input->kind_count + (input->objects ? COLLECT_OBJECT_KINDS : 0);
    int64_t deadline = monotonic_ms() + (int64_t)COLLECT_SECONDS * 1000;
    result->sight_count = input->fleet->count * lists;
    result->sights =
        arena_alloc_array(collecting->arena, result->sight_count, sizeof *result->sights);
    struct reading *readings =
        arena_alloc_array(collecting->arena, result->sight_count, sizeof *readings);
    if (input->progress != NULL) {
        input->progress->lists = result->sight_count;
    }
    for (size_t i = 0; i < result->sight_count; i++) {
        readings[i].kube = input->fleet->clusters[i / lists].kube;
        readings[i].kube.deadline_ms = deadline;
        begin_reading(collecting, i / lists, i % lists, &result->sights[i], &readings[i]);
    }
}

void collect(struct arena *arena, const struct collect_input *input, struct collection *ret)
{
    *ret = (struct collection){0};
    history_init(&ret->history, arena);
    struct collecting collecting = {
        .arena = arena,
        .scratch = arena_create(),
        .input = input,
        .result = ret,
        .used_before = arena_used(arena),
        .detail_bytes = input->detail_bytes != 0 ? input->detail_bytes : COLLECT_DETAIL_BYTES,
        .most_bytes = input->most_bytes != 0 ? input->most_bytes : COLLECT_MOST_BYTES,
        .no_detail = cause_list_of(arena, "details left out: too many failures in one pass"),
        .began = input->clock(),
    };
    collecting.rules = (struct evaluate_rules){
        .wanted = input->alert_on, .stuck_after_s = input->stuck_after_s, .now = collecting.began};
    collect_runs_begin(&collecting);
    collect_stuck_begin(&collecting);
    collect_overdue_begin(&collecting);
    collect_objects_begin(&collecting);
    collect_group_begin(&collecting);
    collect_scope_begin(&collecting);
    begin_lists(&collecting);
    input->http->run(input->http);
    arena_destroy(collecting.scratch);
    if (input->progress != NULL) {
        progress_clear(input->progress);
    }
    collect_runs_finish(&collecting);
    collect_objects_finish(&collecting);
    collect_stuck_finish(&collecting);
    collect_overdue_finish(&collecting);
    ret->extent = sight_settle(ret->sights, ret->sight_count);
    collect_expiry(&collecting);
}
