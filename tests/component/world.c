// SPDX-License-Identifier: MIT
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "report/text.h"

static int64_t now_of_test;

static int64_t fake_clock(void)
{
    return now_of_test;
}

static struct world *world_of_http(struct http *http)
{
    return (struct world *)(void *)((char *)http - offsetof(struct world, http));
}

static void note(struct world *world, enum world_event event)
{
    if (world->event_count < sizeof world->events / sizeof world->events[0]) {
        world->events[world->event_count++] = event;
    }
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

static void answer_request(struct world *world, const struct http_request *request)
{
    struct http_response response = {
        .content_type = "application/json", .body = "", .date = now_of_test, .attempts = 1};
    struct error error = {ERROR_NETWORK, "127.0.0.1:1: no answer was scripted"};
    struct scripted_answer *answer = find_answer(world, request->url);
    if (answer == NULL || answer->status == 0) {
        if (answer != NULL) {
            error.class = answer->class;
        }
        request->handler->done(request->context, &response, &error);
        return;
    }
    if (answer->times > 0 && --answer->times == 0) {
        answer->times = SIZE_MAX; // used up
    }
    response.status = answer->status;
    size_t len = strlen(answer->body);
    if (answer->status != 200) {
        response.body = answer->body;
        response.body_len = len;
        request->handler->done(request->context, &response, NULL);
        return;
    }
    for (size_t i = 0; i < len; i += world->chunk_bytes) {
        size_t size = len - i < world->chunk_bytes ? len - i : world->chunk_bytes;
        if (!request->handler->body(request->context, answer->body + i, size, &error)) {
            request->handler->done(request->context, &response, &error);
            return;
        }
    }
    request->handler->done(request->context, &response, NULL);
}

// Answers at once: a pass submits from callbacks too, and must not mind.
static void fake_submit(struct http *http, const struct http_request *request)
{
    struct world *world = world_of_http(http);
    world->requests++;
    note(world, EVENT_LIST);
    answer_request(world, request);
}

static void fake_run(struct http *http)
{
    (void)http;
}

static struct world *world_of_store(struct state_store *store)
{
    return (struct world *)(void *)((char *)store - offsetof(struct world, store));
}

static bool fake_load(struct state_store *store, struct ledger *ledger,
                      struct state_health *ret_health, struct error *error)
{
    struct world *world = world_of_store(store);
    note(world, EVENT_LOAD);
    *ret_health = (struct state_health){false, false, ""};
    if (world->load_fails) {
        return error_set(error, ERROR_FORBIDDEN, "403 Forbidden");
    }
    if (world->document != NULL) {
        state_format_decode(world->document, ledger, ret_health);
    }
    return true;
}

static bool fake_save(struct state_store *store, struct ledger *ledger, bool *ret_crowded,
                      struct error *error)
{
    struct world *world = world_of_store(store);
    note(world, EVENT_SAVE);
    if (world->save_fails) {
        return error_set(error, ERROR_UNAVAILABLE, "503 Service Unavailable");
    }
    if (world->document == NULL) {
        world->document = state_format_new(STATE_CONFIGMAP_NAME);
    }
    state_format_update(world->document, ledger, ret_crowded);
    world->saves++;
    return true;
}

static bool fake_deliver(struct channel *channel, struct arena *arena, const struct digest *digest,
                         const struct channel_envelope *envelope, struct delivery *ret,
                         struct error *error)
{
    struct world *world =
        (struct world *)(void *)((char *)channel - offsetof(struct world, channel));
    (void)arena;
    note(world, EVENT_DELIVER);
    AUTO(buf) text;
    buf_init(&text, sizeof world->text - 1);
    (void)text_render(&text, digest, sizeof world->text - 1);
    memcpy(world->text, text.data, text.len + 1);
    (void)snprintf(world->subject, sizeof world->subject, "%s", digest->subject);
    (void)snprintf(world->message_ids[world->deliveries % 8], sizeof world->message_ids[0], "%s",
                   envelope->message_id);
    world->deliveries++;
    *ret = (struct delivery){.outcome = world->outcome};
    if (world->outcome == DELIVERY_ACCEPTED) {
        return true;
    }
    return error_set(error, ERROR_UNAVAILABLE, "451 try again later");
}

static void drop_line(struct log *log, enum log_level level, const char *message,
                      const struct log_field *fields)
{
    (void)log;
    (void)level;
    (void)message;
    (void)fields;
}

void world_init(struct world *world)
{
    static struct log silent = {drop_line, LOG_DEBUG};
    static const char *const kinds[] = {"backup", "run"};
    static struct mail_address to = {"", "ops@kasten.test"};
    *world = (struct world){.arena = arena_create(), .chunk_bytes = 7, .log = &silent};
    struct cluster_settings *cluster = arena_alloc(world->arena, sizeof *cluster);
    *cluster = (struct cluster_settings){.number = 1,
                                         .name = "k3s",
                                         .label = "K3s",
                                         .api_url = "https://127.0.0.1:1",
                                         .token = "token",
                                         .k10_namespace = "kasten-io"};
    world->settings = (struct settings){
        .clusters = cluster,
        .cluster_count = 1,
        .from = {"", "alerts@kasten.test"},
        .to = &to,
        .to_count = 1,
        .subject_prefix = "[Kasten Backup]",
        .lookback_s = 7200,
        .alert_kinds = kinds,
        .alert_kind_count = 2,
        .request_timeout_s = 30,
    };
    struct fleet_environment environment = {.service_account_dir = "/no/such/mount"};
    fleet_init(world->arena, &world->settings, &environment, &world->fleet);
    world->http = (struct http){fake_submit, fake_run};
    world->store = (struct state_store){fake_load, fake_save, NULL, "memory"};
    world->channel = (struct channel){fake_deliver, "memory"};
    world->outcome = DELIVERY_ACCEPTED;
}

void world_finish(struct world *world)
{
    json_free(world->document);
    arena_destroy(world->arena);
}

void world_answer(struct world *world, struct scripted_answer answer)
{
    if (world->answer_count == sizeof world->answers / sizeof world->answers[0]) {
        abort();
    }
    world->answers[world->answer_count++] = answer;
}

void world_pass(struct world *world, const char *now, enum pass_mode mode)
{
    if (!timestamp_parse(now, &now_of_test)) {
        abort();
    }
    world->event_count = 0;
    struct pass_input input = {
        .mode = mode,
        .settings = &world->settings,
        .fleet = &world->fleet,
        .http = &world->http,
        .store = &world->store,
        .channel = &world->channel,
        .log = world->log,
        .clock = fake_clock,
        .version = "test",
    };
    pass_run(&input, &world->result);
}

const char *world_sent(const struct world *world)
{
    const char *sent = json_text(json_path(world->document, "data", "sent", NULL));
    return sent != NULL ? sent : "";
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
