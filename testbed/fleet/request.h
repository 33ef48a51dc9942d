// SPDX-License-Identifier: MIT
// One HTTP request and how it was answered.
#pragma once

#include <microhttpd.h>

#include "base/buf.h"
#include "fleet/cluster.h"
#include "fleet/route.h"

enum { REQUEST_BODY_MAX = 3 << 20 }; // what kube-apiserver accepts

struct request {
    struct cluster *cluster;
    struct MHD_Connection *connection;
    char *uri; // path and query as received
    const char *method;
    const char *path; // decoded, without the cluster's prefix
    struct route route;
    struct buf body;
    bool started;
    struct fault_set faults;

    const char *header_name; // one header more for the answer, or NULL
    char header_value[512];

    bool queued; // false: the connection is to be closed without an answer
    unsigned status;
};

// A query parameter, decoded; NULL when absent.
const char *request_parameter(const struct request *request, const char *name);

// A header, "" when absent.
const char *request_header(const struct request *request, const char *name);

// Answers. Each ends the request; bodies pass the faults that cut, slow or swell them.
void request_reply_text(struct request *request, unsigned status, const char *type,
                        const char *text);
void request_reply_json(struct request *request, unsigned status, const json_t *value);

struct source;
void request_reply_source(struct request *request, unsigned status, const char *type,
                          struct source *source);

// A Kubernetes Status of a failure. details is consumed and may be NULL.
void request_reply_failure(struct request *request, unsigned status, const char *reason,
                           json_t *details, const char *format, ...) PRINTF_LIKE(5, 6);

// "404 page not found", as for a group, version or resource that is not there.
void request_reply_no_page(struct request *request);
void request_reply_bad_method(struct request *request);

// Waits until the client has closed its side or the fleet stops.
void request_wait_gone(const struct request *request);

// Sleeps; true when the fleet is to stop.
bool request_sleep(const struct request *request, long ms);
