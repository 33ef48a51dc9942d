// SPDX-License-Identifier: MIT
// How the bytes of a source reach the client: whole, at a given rate, cut, or with an end that
// never comes.
#pragma once

#include <microhttpd.h>
#include <stddef.h>

#include "fleet/request.h"
#include "fleet/source.h"

enum body_end { BODY_END, BODY_END_BROKEN, BODY_END_HANGS };

struct body_plan {
    size_t cut;      // bytes sent at most; SIZE_MAX: all
    uint64_t length; // declared; MHD_SIZE_UNKNOWN: chunked
    enum body_end end;
    long rate; // bytes per second, 0: no limit
};

// A response that owns the source.
struct MHD_Response *body_response(const struct request *request, struct source *source,
                                   const struct body_plan *plan);
