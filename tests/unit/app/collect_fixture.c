// SPDX-License-Identifier: MIT
#include "collect_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/timestamp.h"

static const enum action_kind kinds[] = {ACTION_BACKUP, ACTION_BACKUP_CLUSTER, ACTION_IMPORT};

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

static const struct answer *find_answer(const struct fixture *fixture, const char *path)
{
    static const struct answer empty_list = {"", 200, "{\"kind\":\"AnyList\",\"items\":[]}"};
    const struct answer *found = &empty_list;
    for (size_t i = 0; i < fixture->answer_count; i++) {
        if (strcmp(path, fixture->answers[i].path) == 0) {
            found = &fixture->answers[i]; // the latest counts
        }
    }
    return found;
}

static void submit(struct http *http, const struct http_request *request)
{
    struct fixture *fixture = (struct fixture *)(void *)http;
    const char *path = request->url + strlen("https://one.test");
    path = arena_format(fixture->arena, "%.*s%s", (int)strcspn(path, "?"), path,
                        strstr(path, "continue=") != NULL ? "?continue" : "");
    fixture->asked = arena_format(fixture->arena, "%s%s ", fixture->asked, path);
    const struct answer *answer = find_answer(fixture, path);
    struct http_response response = {
        .status = answer->status, .content_type = "", .body = "", .date = NOW, .attempts = 1};
    struct error error;
    if (answer->status != 200 || request->handler->body == NULL) {
        response.body = answer->body;
        response.body_len = strlen(answer->body);
    } else if (!request->handler->body(request->context, answer->body, strlen(answer->body),
                                       &error)) {
        request->handler->done(request->context, &response, &error);
        return;
    }
    request->handler->done(request->context, &response, NULL);
}

static void run(struct http *http)
{
    (void)http;
}

void answer(struct fixture *fixture, const char *path, int status, const char *body)
{
    assert_true(fixture->answer_count < ANSWERS);
    fixture->answers[fixture->answer_count++] = (struct answer){path, status, body};
}

void answer_items(struct fixture *fixture, const char *path, const char *items)
{
    answer(fixture, path, 200,
           arena_format(fixture->arena, "{\"kind\":\"AnyList\",\"items\":[%s]}", items));
}

int fixture_set_up(void **state)
{
    static struct log silent = {drop_line, LOG_DEBUG};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    *fixture = (struct fixture){.http = {submit, run}, .arena = arena_create(), .asked = " "};
    fixture->settings = (struct cluster_settings){
        .number = 1, .name = "one", .label = "One", .token = "t", .k10_namespace = "kasten-io"};
    fixture->cluster.settings = &fixture->settings;
    fixture->cluster.kube.base_url = "https://one.test";
    fixture->cluster.kube.timeout_ms = 1000;
    fixture->fleet = (struct fleet){.clusters = &fixture->cluster, .count = 1};
    for (size_t i = 0; i < 3; i++) {
        fixture->window_starts[i] = NOW - 7200;
    }
    fixture->input = (struct collect_input){.http = &fixture->http,
                                            .fleet = &fixture->fleet,
                                            .kinds = kinds,
                                            .kind_count = 3,
                                            .window_starts = fixture->window_starts,
                                            .clock = fixed_clock,
                                            .log = &silent};
    *state = fixture;
    return 0;
}

int fixture_tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

const struct sight *look(struct fixture *fixture, enum action_kind kind)
{
    fixture->asked = " ";
    collect(fixture->arena, &fixture->input, &fixture->result);
    for (size_t i = 0; i < fixture->result.sight_count; i++) {
        if (fixture->result.sights[i].kind == kind) {
            return &fixture->result.sights[i];
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
