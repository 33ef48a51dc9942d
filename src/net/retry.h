// SPDX-License-Identifier: MIT
// When a request is tried again, as data: what happened and how much time is left go in, a delay
// comes out. Pure. A write is repeated only when the server surely did not act on it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "net/http.h"

enum { RETRY_MAX_ATTEMPTS = 6, RETRY_BASE_MS = 500, RETRY_CAP_MS = 8000 };

#define RETRY_AFTER_NONE INT64_MIN

struct retry_case {
    const char *method;
    unsigned attempts;         // made so far, >= 1
    enum http_failure failure; // of the last one
    int status;                // of the last one when failure is HTTP_FAILURE_NONE
    int64_t retry_after_ms;    // what the server asked for, RETRY_AFTER_NONE when it did not
    int64_t elapsed_ms;        // since the first attempt began
    int64_t budget_ms;         // for all attempts together
    uint32_t random;
};

// True: try again after *ret_delay_ms, which ends before the budget does. False: what came is the
// final word. Retry-After (RFC 9110 10.2.3) is a least delay, and one beyond the budget ends it at
// once; otherwise the delay is random between 0 and base * 2^(attempts - 1), at most the cap.
bool retry_decide(const struct retry_case *the_case, int64_t *ret_delay_ms) MUST_USE;
