// SPDX-License-Identifier: MIT
// The API server's part of the state: one ConfigMap with optimistic locking, other writers, and
// faults.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/json.h"
#include "world.h"

static bool is_in_force(const struct world *world, enum world_state_fault_kind kind)
{
    int64_t now = (world_now() - WORLD_NOON) / WORLD_MINUTE;
    for (size_t i = 0; i < world->state_fault_count; i++) {
        const struct world_state_fault *fault = &world->state_faults[i];
        if (fault->kind == kind && now >= fault->from && now < fault->until) {
            return true;
        }
    }
    return false;
}

static struct json *parse(const char *text, size_t len)
{
    struct json *parsed;
    struct error error;
    if (!json_parse(text, len, &parsed, &error)) {
        abort();
    }
    return parsed;
}

static void store(struct world *world, const struct json *document)
{
    AUTO(buf) text;
    buf_init(&text, sizeof world->outside->state - 1);
    json_write(document, JSON_COMPACT, &text);
    if (text.overflow) {
        abort();
    }
    memcpy(world->outside->state, text.data, text.len + 1);
    world->outside->version++;
}

static const char *with_version(struct world *world)
{
    AUTO_PTR(json) document = parse(world->outside->state, strlen(world->outside->state));
    json_set_text(json_ensure_object(document, "metadata"), "resourceVersion",
                  arena_format(world->arena, "%" PRIu64, world->outside->version));
    AUTO(buf) text;
    buf_init(&text, sizeof world->outside->state * 2);
    json_write(document, JSON_COMPACT, &text);
    return arena_strdup(world->arena, text.data);
}

// A GitOps tool, say: its keys must survive.
static void write_as_another(struct world *world)
{
    if (*world->outside->state == '\0') {
        return;
    }
    AUTO_PTR(json) document = parse(world->outside->state, strlen(world->outside->state));
    struct json *metadata = json_ensure_object(document, "metadata");
    json_set_text(json_ensure_object(metadata, "annotations"), "example.com/touched", "yes");
    json_set_text(json_ensure_object(document, "data"), "theirs", "kept");
    store(world, document);
    world->outside->foreign++;
}

static void interfere(struct world *world)
{
    if (is_in_force(world, STATE_CONFLICT)) {
        world->outside->met = !world->outside->met;
    }
    if (is_in_force(world, STATE_CROWDED) || world->outside->met) {
        write_as_another(world);
    }
    if (is_in_force(world, STATE_DELETED) && !world->outside->deleted) {
        world->outside->state[0] = '\0';
        world->outside->deleted = true;
    }
}

static int get(struct world *world)
{
    world_note(world, EVENT_LOAD);
    bool is_first = world->state_reads++ == 0;
    if (is_in_force(world, STATE_NO_READ) || (is_first && is_in_force(world, STATE_NO_LOAD))) {
        return 403;
    }
    return *world->outside->state == '\0' ? 404 : 200;
}

static int put(struct world *world, const struct http_request *request)
{
    interfere(world);
    if (is_in_force(world, STATE_NO_WRITE)) {
        return 403;
    }
    bool creates = strcmp(request->method, "POST") == 0;
    bool exists = *world->outside->state != '\0';
    if (creates == exists) {
        return creates ? 409 : 404;
    }
    AUTO_PTR(json) document = parse(request->body, request->body_len);
    const char *version = json_text(json_path(document, "metadata", "resourceVersion", NULL));
    if (exists && (version == NULL || strtoull(version, NULL, 10) != world->outside->version)) {
        return 409;
    }
    json_set_text(json_ensure_object(document, "metadata"), "resourceVersion", "");
    store(world, document);
    world->outside->writes++;
    return creates ? 201 : 200;
}

bool world_answer_state(struct world *world, const struct http_request *request, int *ret_status,
                        const char **ret_body)
{
    if (strstr(request->url, "/configmaps") == NULL) {
        return false;
    }
    bool reads = strcmp(request->method, "GET") == 0;
    world_point(world, reads ? "before the state is read" : "before the state is written");
    if (!reads) {
        world_note(world, EVENT_SAVE);
    }
    *ret_status = reads ? get(world) : put(world, request);
    *ret_body = *ret_status / 100 == 2 ? with_version(world) : "{}";
    world_point(world, reads ? "after the state was read" : "after the state was written");
    return true;
}

static const char *member(struct world *world, const char *key)
{
    if (*world->outside->state == '\0') {
        return "";
    }
    AUTO_PTR(json) document = parse(world->outside->state, strlen(world->outside->state));
    const char *text = json_text(json_path(document, "data", key, NULL));
    return text != NULL ? arena_strdup(world->arena, text) : "";
}

const char *world_sent(struct world *world)
{
    return member(world, "sent");
}

const char *world_state(struct world *world)
{
    return member(world, "state");
}

void world_put_state(struct world *world, const char *sent, const char *state)
{
    AUTO_PTR(json) document = state_format_new(STATE_CONFIGMAP_NAME);
    struct json *data = json_ensure_object(document, "data");
    json_set_text(data, "sent", sent);
    if (state != NULL) {
        json_set_text(data, "state", state);
    }
    store(world, document);
}
