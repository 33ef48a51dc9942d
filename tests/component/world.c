// SPDX-License-Identifier: MIT
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/timestamp.h"

static int64_t now_of_test;

static int64_t fake_clock(void)
{
    return now_of_test;
}

int64_t world_now(void)
{
    return now_of_test;
}

void world_note(struct world *world, enum world_event event)
{
    if (world->event_count < sizeof world->events / sizeof world->events[0]) {
        world->events[world->event_count++] = event;
    }
}

void world_point(struct world *world, const char *where)
{
    world->points++;
    if (world->at_point != NULL) {
        world->at_point(world, world->points, where);
    }
}

static struct world *world_of_http(struct http *http)
{
    return (struct world *)(void *)((char *)http - offsetof(struct world, http));
}

static struct scripted_answer *find_answer(struct world *world, const char *url)
{
    for (size_t i = 0; i < world->answer_count; i++) {
        struct scripted_answer *answer = &world->answers[i];
        if (strstr(url, answer->url) != NULL && answer->times != SIZE_MAX) {
            return answer;
        }
    }
    return NULL;
}

static void respond(struct world *world, const struct http_request *request, int status,
                    const char *body)
{
    struct http_response response = {.content_type = "application/json",
                                     .body = body,
                                     .body_len = strlen(body),
                                     .date = now_of_test,
                                     .attempts = 1,
                                     .status = status};
    struct error error;
    if (status / 100 != 2 || request->handler->body == NULL) {
        request->handler->done(request->context, &response, NULL);
        return;
    }
    size_t len = response.body_len;
    response.body = "";
    response.body_len = 0;
    for (size_t i = 0; i < len; i += world->chunk_bytes) {
        size_t size = len - i < world->chunk_bytes ? len - i : world->chunk_bytes;
        if (!request->handler->body(request->context, body + i, size, &error)) {
            request->handler->done(request->context, &response, &error);
            return;
        }
    }
    request->handler->done(request->context, &response, NULL);
}

static void fail(const struct http_request *request, enum error_class class)
{
    struct http_response response = {
        .content_type = "", .body = "", .date = TIMESTAMP_NONE, .attempts = 1};
    struct error error = {class, "127.0.0.1:1: no answer"};
    request->handler->done(request->context, &response, &error);
}

static void answer_list(struct world *world, const struct http_request *request)
{
    struct scripted_answer *answer = find_answer(world, request->url);
    int status = 0;
    world->requests += strstr(request->url, "actions") != NULL ? 1 : 0;
    world_note(world, EVENT_LIST);
    if (answer == NULL) {
        const char *body = world_list(world, request->url, &status);
        if (status == 0) {
            fail(request, ERROR_NETWORK);
        } else {
            respond(world, request, status, body);
        }
        return;
    }
    if (answer->status == 0) {
        fail(request, answer->class);
        return;
    }
    if (answer->times > 0 && --answer->times == 0) {
        answer->times = SIZE_MAX; // used up
    }
    respond(world, request, answer->status, answer->body);
}

// Answers at once: a pass submits from callbacks too, and must not mind.
static void fake_submit(struct http *http, const struct http_request *request)
{
    struct world *world = world_of_http(http);
    int status;
    const char *body;
    if (world_answer_state(world, request, &status, &body)) {
        respond(world, request, status, body);
        return;
    }
    world_point(world, "before a list");
    answer_list(world, request);
    world_point(world, "after a list");
}

static void fake_run(struct http *http)
{
    (void)http;
}

static void drop_line(struct log *log, enum log_level level, const char *message,
                      const struct log_field *fields)
{
    (void)log;
    (void)level;
    (void)message;
    (void)fields;
}

static struct settings default_settings(struct arena *arena)
{
    static const char *const kinds[] = {"backup", "run"};
    static const char *const classes[] = {"failed", "exceptions", "stuck", "unreachable",
                                          "recovered"};
    static struct mail_address to[] = {{"", "ops@kasten.test"}, {"", "boss@kasten.test"}};
    struct cluster_settings *clusters = arena_alloc_array(arena, 2, sizeof *clusters);
    clusters[0] = (struct cluster_settings){.number = 1,
                                            .name = "k3s",
                                            .label = "K3s",
                                            .api_url = "https://127.0.0.1:1/k3s",
                                            .token = "token",
                                            .k10_namespace = "kasten-io"};
    clusters[1] = clusters[0];
    clusters[1].number = 2;
    clusters[1].name = "rke2";
    clusters[1].label = "RKE2";
    clusters[1].api_url = "https://127.0.0.1:1/rke2";
    return (struct settings){
        .clusters = clusters,
        .cluster_count = 1,
        .from = {"", "alerts@kasten.test"},
        .to = to,
        .to_count = 1,
        .subject_prefix = "[Kasten Backup]",
        .lookback_s = 7200,
        .alert_kinds = kinds,
        .alert_kind_count = 2,
        .alert_on = classes,
        .alert_on_count = 5,
        .stuck_after_s = 86400,
        .every_run = true,
        .remind_every_s = 86400,
        .request_timeout_s = 30,
    };
}

void world_init(struct world *world, struct outside *outside)
{
    static struct log silent = {drop_line, LOG_DEBUG};
    *world = (struct world){
        .arena = arena_create(), .outside = outside, .chunk_bytes = 7, .log = &silent};
    world->settings = default_settings(world->arena);
    world->http = (struct http){fake_submit, fake_run};
    world->channel = (struct channel){world_deliver, "memory"};
    world->outcome = DELIVERY_ACCEPTED;
}

void world_finish(struct world *world)
{
    arena_destroy(world->arena);
}

int world_set_up(void **state)
{
    struct world *world = memory_alloc(sizeof *world);
    world_init(world, memory_alloc(sizeof *world->outside));
    *state = world;
    return 0;
}

int world_tear_down(void **state)
{
    struct world *world = *state;
    world_finish(world);
    free(world->outside);
    free(world);
    return 0;
}

void world_answer(struct world *world, struct scripted_answer answer)
{
    if (world->answer_count == sizeof world->answers / sizeof world->answers[0]) {
        abort();
    }
    world->answers[world->answer_count++] = answer;
}

// As a process does it: the fleet and the store are made anew for each pass.
static void run_pass(struct world *world, enum pass_mode mode)
{
    struct fleet_environment environment = {.service_account_dir = "/no/such/mount"};
    fleet_init(world->arena, &world->settings, &environment, &world->fleet);
    struct state_store *store = state_configmap_create(&world->http, &world->fleet.clusters[0].kube,
                                                       "kasten-io", "ConfigMap in memory");
    struct pass_input input = {
        .mode = mode,
        .settings = &world->settings,
        .fleet = &world->fleet,
        .http = &world->http,
        .store = store,
        .channel = &world->channel,
        .log = world->log,
        .clock = fake_clock,
        .version = "test",
    };
    world->event_count = 0;
    world->state_reads = 0;
    pass_run(&input, &world->result);
    state_store_destroy(store);
}

void world_pass(struct world *world, const char *now, enum pass_mode mode)
{
    if (!timestamp_parse(now, &now_of_test)) {
        abort();
    }
    run_pass(world, mode);
}

void world_pass_at(struct world *world, int64_t minutes)
{
    now_of_test = WORLD_NOON + minutes * WORLD_MINUTE;
    run_pass(world, PASS_SEND);
}

const char *list_of(struct world *world, const char *elements)
{
    return arena_format(world->arena,
                        "{\"apiVersion\":\"actions.kio.kasten.io/v1alpha1\",\"items\":[%s],"
                        "\"kind\":\"BackupActionList\",\"metadata\":{}}\n",
                        elements);
}

const char *failed_item(struct world *world, const char *uid, const char *run, const char *app,
                        const char *ended)
{
    return arena_format(
        world->arena,
        "{\"metadata\":{\"name\":\"b-%s\",\"namespace\":\"%s\",\"uid\":\"%s\",\"labels\":{"
        "\"k10.kasten.io/policyName\":\"daily\",\"k10.kasten.io/appName\":\"%s\","
        "\"k10.kasten.io/runActionName\":\"%s\",\"k10.kasten.io/runActionNamespace\":\"kasten-io\""
        "}},\"status\":{\"state\":\"Failed\",\"endTime\":\"%s\",\"error\":{\"message\":"
        "\"Job failed to be executed\",\"cause\":\"no space left on device\"}}}",
        uid, app, uid, app, run, ended);
}
