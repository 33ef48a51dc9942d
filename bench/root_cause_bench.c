// SPDX-License-Identifier: MIT
// What it costs to name the cause of 10,000 failed actions with errors of 8 KB each: parsing the
// action, building the tree of statements, choosing. Prints CPU seconds and memory kept. Once with
// few escapes in the error's string and once with many.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/json.h"
#include "k10/action_decode.h"

enum { ACTIONS = 10000, ERROR_BYTES = 8192, VOLUMES = 4 };

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void add_volume(struct json *list, int number)
{
    static const char *const reasons[] = {
        "rpc error: code = ResourceExhausted desc = snapshot limit of the volume is reached",
        "dial tcp 10.4.7.12:51515: connect: connection refused",
    };
    struct json *leaf = json_new_object();
    struct json *wrapper = json_new_object();
    struct json *sub = json_new_object();
    AUTO_PTR(arena) arena = arena_create();
    json_set_text(leaf, "message", reasons[number % 2]);
    json_set_text(leaf, "function", "kasten.io/k10/kio/exec/phases/phase.snapshot");
    json_set(leaf, "linenumber", json_new_integer(200 + number));
    json_set_text(wrapper, "message",
                  arena_format(arena, "Failed to snapshot volume data-%d", number));
    json_set(wrapper, "cause", leaf);
    json_set(sub, "Err", wrapper);
    json_set_text(sub, "ID", "0a9e2f6c-5be4-4c1a-8f4a-5a5c1c2f7701");
    json_append(list, sub);
}

// A run's error with several volumes; the rest is an actionSet, which is noise.
static struct json *make_error(const char *noise)
{
    struct json *volumes = json_new_array();
    for (int i = 0; i < VOLUMES; i++) {
        add_volume(volumes, i);
    }
    struct json *phases = json_new_object();
    struct json *set = json_new_object();
    struct json *fields = json_new_array();
    AUTO_PTR(json) cause = json_new_object();
    json_set_text(phases, "name", "FailedSubPhases");
    json_set(phases, "value", volumes);
    json_set_text(set, "name", "actionSet");
    json_set_text(set, "value", noise);
    json_append(fields, phases);
    json_append(fields, set);
    json_set_text(cause, "message", "Failure in snapshotting workloads");
    json_set(cause, "fields", fields);
    AUTO(buf) text;
    buf_init(&text, (size_t)ERROR_BYTES * 4);
    json_write(cause, JSON_COMPACT, &text);
    struct json *error = json_new_object();
    json_set_text(error, "message", "Job failed to be executed");
    json_set_text(error, "cause", text.data);
    return error;
}

static size_t written_bytes(const struct json *value)
{
    AUTO(buf) text;
    buf_init(&text, (size_t)ERROR_BYTES * 4);
    json_write(value, JSON_COMPACT, &text);
    return text.len;
}

// An action whose status.error has ERROR_BYTES as JSON, or a few more.
static void write_action(const char *noise_piece, struct buf *out)
{
    AUTO(buf) noise;
    buf_init(&noise, ERROR_BYTES);
    struct json *error = make_error("");
    while (written_bytes(error) < ERROR_BYTES) {
        json_free(error);
        buf_add_text(&noise, noise_piece);
        error = make_error(noise.data);
    }
    AUTO_PTR(json) action = json_new_object();
    struct json *status = json_ensure_object(action, "status");
    json_set_text(json_ensure_object(action, "metadata"), "name", "scheduled-bench");
    json_set_text(status, "state", "Failed");
    json_set(status, "error", error);
    json_write(action, JSON_COMPACT, out);
}

static bool measure(const char *name, const char *noise_piece)
{
    AUTO(buf) text;
    AUTO_PTR(arena) arena = arena_create();
    struct evaluate_rules rules = {.window_start = 0};
    struct action_source source = {.kind = ACTION_BACKUP, .rules = &rules};
    struct action action = {0};
    buf_init(&text, (size_t)ERROR_BYTES * 8);
    write_action(noise_piece, &text);
    double begun = cpu_seconds();
    for (int i = 0; i < ACTIONS; i++) {
        enum evaluate_verdict verdict;
        struct error error;
        if (!action_decode(arena, &source, text.data, text.len, &action, &verdict, &error)) {
            (void)fprintf(stderr, "%s\n", error.text);
            return false;
        }
    }
    (void)printf("%d failed actions of %zu bytes (%s): %.2f s CPU, %.1f MiB kept, %zu causes "
                 "each, the first: %s\n",
                 ACTIONS, text.len, name, cpu_seconds() - begun,
                 (double)arena_used(arena) / 1048576, action.causes.count,
                 action.causes.items[0].text);
    return true;
}

int main(void)
{
    return measure("noise as text",
                   "apiVersion: cr.kanister.io/v1alpha1 kind: ActionSet status: pending ") &&
                   measure("noise as JSON", "{\"kind\":\"ActionSet\",\"status\":\"pending\"},")
               ? 0
               : 1;
}
