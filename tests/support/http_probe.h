// SPDX-License-Identifier: MIT
// A request whose whole outcome is kept, for tests of an http.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "net/http.h"

struct http_probe {
    struct buf body; // through the body callback
    unsigned restarts;
    unsigned done_count;
    bool failed;
    struct error error;
    int status;
    char text[256]; // of the response's own body, cut
    size_t body_len;
    char content_type[64];
    int64_t date;
    unsigned attempts;
    uint64_t received_bytes;
    enum http_failure failure;
    size_t refuse_after; // the body callback fails once it has seen more; 0: never
};

extern const struct http_handler http_probe_streaming;  // with a body callback
extern const struct http_handler http_probe_collecting; // without

void http_probe_init(struct http_probe *probe);

static inline void http_probe_cleanup(struct http_probe *probe)
{
    buf_finish(&probe->body);
}
