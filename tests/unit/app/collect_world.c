// SPDX-License-Identifier: MIT
#include "collect_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/timestamp.h"

static const enum action_kind kinds[] = {ACTION_BACKUP, ACTION_EXPORT, ACTION_RUN};

static int64_t fixed_clock(void)
{
    return NOW;
}

static void drop_line(struct log *log, enum log_level level, const char *message,
                      const struct log_field *fields)
{
    (void)log;
    (void)level;
    (void)message;
    (void)fields;
}

static bool fits(const struct answer *answer, const char *url, const char *path)
{
    bool is_whole = strncmp(answer->url, "/api", strlen("/api")) == 0;
    return is_whole ? strcmp(path, answer->url) == 0 : strstr(url, answer->url) != NULL;
}

static void submit(struct http *http, const struct http_request *request)
{
    struct fixture *fixture = (struct fixture *)(void *)http;
    const char *path = strchr(request->url + strlen("https://"), '/');
    path = arena_format(fixture->arena, "%.*s%s", (int)strcspn(path, "?"), path,
                        strstr(path, "continue=") != NULL ? "?continue" : "");
    fixture->asked = arena_format(fixture->arena, "%s%s ", fixture->asked, path);
    struct http_response response = {
        .status = 200, .content_type = "application/json", .body = "", .date = NOW, .attempts = 1};
    const char *body = "{\"kind\":\"AnyList\",\"items\":[]}";
    for (size_t i = 0; i < fixture->answer_count; i++) {
        if (fits(&fixture->answers[i], request->url, path)) {
            response.status = fixture->answers[i].status;
            body = fixture->answers[i].body;
        }
    }
    if (request->certificates != NULL) {
        *request->certificates = fixture->shown;
    }
    struct error error;
    if (response.status != 200 || request->handler->body == NULL) {
        response.body = body;
        response.body_len = strlen(body);
    } else if (!request->handler->body(request->context, body, strlen(body), &error)) {
        request->handler->done(request->context, &response, &error);
        return;
    }
    request->handler->done(request->context, &response, NULL);
}

static void run(struct http *http)
{
    (void)http;
}

void answer(struct fixture *fixture, const char *url, int status, const char *body)
{
    size_t kept = 0;
    for (size_t i = 0; i < fixture->answer_count; i++) {
        if (strcmp(fixture->answers[i].url, url) != 0) {
            fixture->answers[kept++] = fixture->answers[i];
        }
    }
    assert_true(kept < ANSWERS);
    fixture->answers[kept] = (struct answer){url, status, body};
    fixture->answer_count = kept + 1;
}

void answer_items(struct fixture *fixture, const char *url, const char *items)
{
    answer(fixture, url, 200,
           arena_format(fixture->arena, "{\"kind\":\"AnyList\",\"items\":[%s]}", items));
}

int fixture_set_up(void **state)
{
    static struct log silent = {drop_line, LOG_DEBUG};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    *fixture = (struct fixture){.http = {submit, run}, .arena = arena_create(), .asked = " "};
    static const char *const names[] = {"one", "two"};
    static const char *const urls[] = {"https://one.test", "https://two.test"};
    for (size_t i = 0; i < 2; i++) {
        fixture->settings[i] = (struct cluster_settings){.number = (unsigned)i + 1,
                                                         .name = names[i],
                                                         .label = names[i],
                                                         .token = "t",
                                                         .k10_namespace = "kasten-io"};
        fixture->clusters[i].settings = &fixture->settings[i];
        fixture->clusters[i].kube.base_url = urls[i];
        fixture->clusters[i].kube.timeout_ms = 1000;
    }
    for (size_t i = 0; i < 6; i++) {
        fixture->window_starts[i] = NOW - 2 * HOUR;
    }
    fixture->fleet = (struct fleet){.clusters = fixture->clusters, .count = 1};
    ledger_init(&fixture->ledger, fixture->arena);
    fixture->input = (struct collect_input){.http = &fixture->http,
                                            .fleet = &fixture->fleet,
                                            .kinds = kinds,
                                            .kind_count = 3,
                                            .window_starts = fixture->window_starts,
                                            .ledger = &fixture->ledger,
                                            .clock = fixed_clock,
                                            .log = &silent};
    *state = fixture;
    return 0;
}

int fixture_set_up_imports(void **state)
{
    static const enum action_kind imports[] = {ACTION_BACKUP, ACTION_BACKUP_CLUSTER, ACTION_IMPORT};
    (void)fixture_set_up(state);
    struct fixture *fixture = *state;
    fixture->input.kinds = imports;
    return 0;
}

int fixture_tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

const struct collection *look(struct fixture *fixture)
{
    fixture->asked = " ";
    collect(fixture->arena, &fixture->input, &fixture->result);
    return &fixture->result;
}

const struct sight *look_at(struct fixture *fixture, enum action_kind kind)
{
    const struct collection *result = look(fixture);
    for (size_t i = 0; i < result->sight_count; i++) {
        if (result->sights[i].kind == kind) {
            return &result->sights[i];
        }
    }
    fail_msg("the kind was not watched");
    return NULL;
}

size_t times_asked(const struct fixture *fixture, const char *path)
{
    const char *whole = arena_format(fixture->arena, " %s ", path);
    size_t times = 0;
    for (const char *at = strstr(fixture->asked, whole); at != NULL; at = strstr(at + 1, whole)) {
        times++;
    }
    return times;
}

const char *item(struct fixture *fixture, const struct sample *sample)
{
    char began[TIMESTAMP_TEXT_BYTES];
    char ended[TIMESTAMP_TEXT_BYTES];
    struct arena *arena = fixture->arena;
    timestamp_format(NOW - (int64_t)sample->began * 60, began);
    timestamp_format(NOW - (int64_t)sample->ended * 60, ended);
    const char *run = sample->run == NULL
                          ? ""
                          : arena_format(arena,
                                         ",\"k10.kasten.io/runActionName\":\"%s\","
                                         "\"k10.kasten.io/runActionNamespace\":\"kasten-io\"",
                                         sample->run);
    const char *end_time = sample->ended < 0 ? "null" : arena_format(arena, "\"%s\"", ended);
    return arena_format(
        arena,
        "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\",\"labels\":{"
        "\"k10.kasten.io/policyName\":\"%s\",\"k10.kasten.io/policyNamespace\":\"kasten-io\"%s}},"
        "\"status\":{\"state\":\"%s\",\"startTime\":\"%s\",\"endTime\":%s%s}}",
        sample->name, sample->app, sample->policy != NULL ? sample->policy : "daily", run,
        sample->state, began, end_time, sample->more != NULL ? sample->more : "");
}

const char *items(struct fixture *fixture, const struct sample *samples, size_t count)
{
    const char *all = "";
    for (size_t i = 0; i < count; i++) {
        all = arena_format(fixture->arena, "%s%s%s", all, i > 0 ? "," : "",
                           item(fixture, &samples[i]));
    }
    return all;
}
