// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "world.h"

enum { ACTION_MINUTES = 2, STUCK_MINUTES = 25 * 60, LIST_BYTES = 256 * 1024 };

static bool names(const char *url, const char *cluster, const char *resource)
{
    char part[64];
    (void)snprintf(part, sizeof part, "/%s/", cluster);
    if (strstr(url, part) == NULL) {
        return false;
    }
    (void)snprintf(part, sizeof part, "/%s", resource);
    return strstr(url, part) != NULL;
}

static bool is_out(const struct world *world, const char *url, int *ret_status)
{
    int64_t now = (world_now() - WORLD_NOON) / WORLD_MINUTE;
    for (size_t i = 0; i < world->outage_count; i++) {
        const struct world_outage *outage = &world->outages[i];
        char part[64] = "";
        if (outage->cluster != NULL) {
            (void)snprintf(part, sizeof part, "/%s/", outage->cluster);
        }
        bool strikes = strstr(url, part) != NULL &&
                       (outage->resource == NULL || strstr(url, outage->resource) != NULL);
        if (strikes && now >= outage->from && now < outage->until) {
            *ret_status = outage->status;
            return true;
        }
    }
    return false;
}

static void add_action(struct buf *out, const struct world_object *object)
{
    char began[TIMESTAMP_TEXT_BYTES];
    char ended[TIMESTAMP_TEXT_BYTES];
    bool is_run = strcmp(object->resource, "runactions") == 0;
    bool is_running = strcmp(object->state, "Running") == 0;
    bool lacks = strcmp(object->state, "Exceptions") == 0;
    int64_t minutes = is_running ? STUCK_MINUTES : ACTION_MINUTES;
    timestamp_format(WORLD_NOON + (object->ended - minutes) * WORLD_MINUTE, began);
    timestamp_format(WORLD_NOON + object->ended * WORLD_MINUTE, ended);
    buf_add_format(out,
                   "{\"metadata\":{\"name\":\"%s%s\",\"namespace\":\"%s\",\"uid\":\"%s\","
                   "\"creationTimestamp\":\"%s\",\"labels\":{\"k10.kasten.io/policyName\":\"%s\","
                   "\"k10.kasten.io/policyNamespace\":\"kasten-io\"",
                   is_run ? "" : "b-", is_run ? object->run : object->uid,
                   is_run ? "kasten-io" : object->app, object->uid, began, object->policy);
    if (!is_run) {
        buf_add_format(out,
                       ",\"k10.kasten.io/appName\":\"%s\",\"k10.kasten.io/runActionName\":\"%s\","
                       "\"k10.kasten.io/runActionNamespace\":\"kasten-io\"",
                       object->app, object->run);
    }
    buf_add_format(out, "}},\"status\":{\"state\":\"%s\",\"startTime\":\"%s\",\"endTime\":%s%s%s%s",
                   lacks ? "Complete" : object->state, began, is_running ? "" : "\"",
                   is_running ? "null" : ended, is_running ? "" : "\"",
                   lacks ? ",\"exceptions\":[{\"message\":\"volume data-0 was left out\"}]" : "");
    if (strcmp(object->state, "Failed") == 0) {
        const char *cause = object->cause != NULL ? object->cause : "no space left on device";
        buf_add_format(
            out, ",\"error\":{\"message\":\"Job failed to be executed\",\"cause\":\"%s\"}", cause);
    }
    buf_add_text(out, "}}");
}

static void add_object(struct buf *out, const struct world_object *object)
{
    if (strcmp(object->resource, "policies") != 0) {
        add_action(out, object);
        return;
    }
    buf_add_format(out,
                   "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"kasten-io\"},\"spec\":{"
                   "\"frequency\":\"@hourly\",\"actions\":[{\"action\":\"backup\"}]},\"status\":{"
                   "\"validation\":\"Success\"}}",
                   object->policy);
}

const char *world_list(struct world *world, const char *url, int *ret_status)
{
    if (is_out(world, url, ret_status)) {
        return "{}";
    }
    AUTO(buf) elements;
    buf_init(&elements, LIST_BYTES);
    for (size_t i = 0; i < world->object_count; i++) {
        const struct world_object *object = &world->objects[i];
        int64_t now = (world_now() - WORLD_NOON) / WORLD_MINUTE;
        bool is_there = object->ended <= now && (object->gone == 0 || object->gone > now);
        if (is_there && names(url, object->cluster, object->resource)) {
            buf_add_text(&elements, elements.len > 0 ? "," : "");
            add_object(&elements, object);
        }
    }
    *ret_status = 200;
    return list_of(world, elements.data);
}
