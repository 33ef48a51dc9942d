// SPDX-License-Identifier: MIT
// An API server with one ConfigMap in memory, as a struct http, for tests of its store: it checks
// versions and uids as the real one does and fails on demand.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "kube/cluster.h"
#include "net/http.h"

struct arena;
struct json;

enum { API_EVENTS_MAX = 64 };

// What happens at the n-th write, apart from what the object's version says.
enum api_event {
    API_NONE,
    API_OTHER_WRITES,   // somebody else is faster: 409
    API_DELETED,        // somebody deleted it before
    API_RECREATED,      // and made another one of that name
    API_SERVER_ERROR,   // 500, nothing was done
    API_LOST_REQUEST,   // no answer, nothing was done
    API_LOST_ANSWER,    // no answer, it was done
    API_ERROR_BUT_DONE, // 504, it was done
    API_FORBIDDEN,
    API_MUTE, // done, the answer is no object
};

struct api {
    struct http http;
    struct kube_cluster cluster;
    struct arena *arena;
    struct json *object; // NULL: there is none
    int version;
    int uid;
    enum api_event events[API_EVENTS_MAX];
    size_t writes;
    size_t reads;
    int read_status; // of every read, when not 0
    bool no_namespace;
    char last_put[128]; // version and uid of the last PUT
    int others;         // writes by others so far
};

// An empty server; api->arena is made.
void api_init(struct api *api);
void api_finish(struct api *api);

// Replaces the object, which is taken, and gives it a new version.
void api_put(struct api *api, struct json *object);

// Another pass: an id of its own ("other:run-N:2026-11-22"), and a note of somebody who has nothing
// to do with it.
void api_write_as_other(struct api *api);

// True when the object's data.sent has the id.
bool api_has_id(const struct api *api, const char *id);
