// SPDX-License-Identifier: MIT
#include "fleet/request_log.h"

#include <string.h>
#include <unistd.h>

#include "fleet/fleet_clock.h"

#include "base/banned.h"

static void set_text(json_t *entry, const char *key, const char *text)
{
    json_t *value = json_string(text);
    (void)json_object_set_new(entry, key, value == NULL ? json_string("(not UTF-8)") : value);
}

static json_t *describe(const struct request *request)
{
    char now[TIMESTAMP_TEXT_BYTES];
    json_t *entry = json_object();
    const char *query = strchr(request->uri, '?');
    size_t path_len = query == NULL ? strlen(request->uri) : (size_t)(query - request->uri);
    timestamp_format(fleet_clock_now(request->cluster->clock_offset), now);
    set_text(entry, "time", now);
    set_text(entry, "method", request->method);
    json_t *path = json_stringn(request->uri, path_len);
    (void)json_object_set_new(entry, "path", path == NULL ? json_string("(not UTF-8)") : path);
    set_text(entry, "query", query == NULL ? "" : query + 1);
    set_text(entry, "kind", request->route.plural);
    set_text(entry, "user_agent", request_header(request, "User-Agent"));
    set_text(entry, "accept", request_header(request, "Accept"));
    set_text(entry, "accept_encoding", request_header(request, "Accept-Encoding"));
    set_text(entry, "remote_user", request_header(request, "X-Remote-User"));
    bool authorization = request_header(request, "Authorization")[0] != '\0';
    (void)json_object_set_new(entry, "authorization", json_boolean(authorization));
    (void)json_object_set_new(entry, "body_bytes", json_integer((json_int_t)request->body.len));
    (void)json_object_set_new(entry, "status", json_integer((json_int_t)request->status));
    json_t *faults = json_array();
    for (size_t i = 0; i < request->faults.count; i++) {
        (void)json_array_append_new(faults, json_string(fault_name(request->faults.hits[i].id)));
    }
    (void)json_object_set_new(entry, "faults", faults);
    return entry;
}

static void write_line(int fd, const json_t *entry)
{
    struct buf line;
    buf_init(&line, 1 << 20);
    object_write(&line, entry, KEYS_TYPED);
    buf_add_char(&line, '\n');
    if (fd >= 0 && write(fd, line.data, line.len) < 0) {
        buf_reset(&line); // a full disk costs the log, not the fleet
    }
    buf_finish(&line);
}

void request_log_add(struct request *request)
{
    struct cluster *cluster = request->cluster;
    json_t *entry = describe(request);
    (void)pthread_mutex_lock(&cluster->lock);
    write_line(cluster->log_fd, entry);
    if (json_array_size(cluster->requests) >= REQUEST_LOG_MAX) {
        (void)json_array_remove(cluster->requests, 0);
    }
    (void)json_array_append_new(cluster->requests, entry);
    (void)pthread_mutex_unlock(&cluster->lock);
}
