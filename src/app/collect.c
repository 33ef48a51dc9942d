// SPDX-License-Identifier: MIT
#include "app/collect.h"

#include <string.h>

#include "app/diagnosis.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/monotonic.h"
#include "base/timestamp.h"
#include "k10/action_decode.h"
#include "k10/kinds.h"
#include "kube/client.h"

#include "base/banned.h"

struct collecting {
    struct arena *arena;
    const struct collect_input *input;
    struct collection *result;
    size_t capacity;
};

// One list being read.
struct reading {
    struct collecting *collecting;
    const struct fleet_cluster *cluster;
    struct kube_cluster kube; // the cluster's, with the deadline of this pass
    struct sight *sight;
    size_t page_older; // older failures of the page being read: it may have to be read again
};

static void keep_action(struct collecting *collecting, const struct action *action)
{
    struct collection *result = collecting->result;
    result->actions = arena_grow(collecting->arena, result->actions, &collecting->capacity,
                                 result->action_count, sizeof *result->actions);
    struct action *kept = arena_alloc(collecting->arena, sizeof *kept);
    *kept = *action;
    result->actions[result->action_count++] = kept;
}

static bool on_item(void *context, const char *bytes, size_t len, struct error *error)
{
    struct reading *reading = context;
    struct collecting *collecting = reading->collecting;
    struct progress *progress = collecting->input->progress;
    if (progress != NULL && ++progress->items % 64 == 0) {
        progress_draw(progress);
    }
    if (!action_may_have_failed(bytes, len)) {
        return true;
    }
    struct action action;
    enum evaluate_verdict verdict;
    struct action_source source = {reading->sight->cluster, reading->sight->kind,
                                   collecting->input->window_start};
    if (!action_decode(collecting->arena, &source, bytes, len, &action, &verdict, error)) {
        return error_prefix(error, "element of the list");
    }
    if (verdict == EVALUATE_FAILURE) {
        keep_action(collecting, &action);
    } else if (verdict == EVALUATE_OLDER) {
        reading->page_older++;
    }
    return true;
}

static void on_page(void *context)
{
    struct reading *reading = context;
    reading->sight->older_failures += reading->page_older;
    reading->page_older = 0;
}

static void on_restart(void *context, enum kube_list_restart from)
{
    struct reading *reading = context;
    reading->page_older = 0;
    if (from == KUBE_LIST_FROM_BEGINNING) {
        reading->sight->older_failures = 0;
    }
}

static void set_failure(struct arena *arena, struct reading *reading, const struct error *error,
                        enum http_failure failure)
{
    struct sight *sight = reading->sight;
    sight->class = error->class;
    sight->reason = root_cause_mask(arena, error->text);
    sight->remedy = diagnosis_remedy(arena, reading->cluster, sight->kind, error->class, failure);
    sight->state = sight_judge(sight->kind, error->class);
}

static void on_done(void *context, const struct kube_list_result *result)
{
    struct reading *reading = context;
    struct collecting *collecting = reading->collecting;
    struct progress *progress = collecting->input->progress;
    reading->sight->items = result->items;
    collecting->result->items += result->items;
    if (result->error.class != ERROR_NONE) {
        set_failure(collecting->arena, reading, &result->error, result->failure);
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
    if (progress != NULL) {
        progress->lists_done++;
        progress_draw(progress);
    }
}

static void begin_list(struct collecting *collecting, struct reading *reading)
{
    struct kube_list_sink sink = {on_item, on_restart, on_page, on_done, reading};
    if (reading->cluster->error.class != ERROR_NONE) {
        set_failure(collecting->arena, reading, &reading->cluster->error, HTTP_FAILURE_NONE);
        return;
    }
    AUTO(buf) path;
    buf_init(&path, 256);
    kinds_add_list_path(&path, reading->sight->kind);
    kube_list(collecting->input->http, &reading->kube, path.data, &sink);
}

void collect(struct arena *arena, const struct collect_input *input, struct collection *ret)
{
    size_t count = input->fleet->count * input->kind_count;
    *ret = (struct collection){
        .sights = arena_alloc_array(arena, count, sizeof *ret->sights),
        .sight_count = count,
    };
    struct collecting collecting = {.arena = arena, .input = input, .result = ret};
    int64_t deadline = monotonic_ms() + (int64_t)COLLECT_SECONDS * 1000;
    struct reading *readings = arena_alloc_array(arena, count, sizeof *readings);
    if (input->progress != NULL) {
        input->progress->lists = count;
    }
    for (size_t i = 0; i < count; i++) {
        size_t cluster = i / input->kind_count;
        ret->sights[i] = (struct sight){.cluster = cluster,
                                        .kind = input->kinds[i % input->kind_count],
                                        .reason = "",
                                        .remedy = ""};
        readings[i] = (struct reading){&collecting, &input->fleet->clusters[cluster],
                                       input->fleet->clusters[cluster].kube, &ret->sights[i], 0};
        readings[i].kube.deadline_ms = deadline;
        begin_list(&collecting, &readings[i]);
    }
    input->http->run(input->http);
    if (input->progress != NULL) {
        progress_clear(input->progress);
    }
    ret->extent = sight_settle(ret->sights, ret->sight_count);
}
