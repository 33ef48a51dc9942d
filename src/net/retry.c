// SPDX-License-Identifier: MIT
#include "net/retry.h"

#include <string.h>

#include "base/banned.h"

enum { RESOLVE_ATTEMPTS = 3, RESOLVE_BASE_MS = 250 };

static bool only_reads(const char *method)
{
    return strcmp(method, "GET") == 0;
}

// The gateway statuses say nothing about whether the server behind acted: a write is repeated only
// where the server shed it (429, or 503 with a time to come back).
static bool status_allows(const struct retry_case *c)
{
    switch (c->status) {
    case 429:
        return true;
    case 503:
        return only_reads(c->method) || c->retry_after_ms != RETRY_AFTER_NONE;
    case 502:
    case 504:
        return only_reads(c->method);
    default:
        return false;
    }
}

static bool failure_allows(const struct retry_case *c)
{
    switch (c->failure) {
    case HTTP_FAILURE_NONE:
        return status_allows(c);
    case HTTP_FAILURE_LOOKUP:
    case HTTP_FAILURE_REFUSED:
    case HTTP_FAILURE_CONNECT:
    case HTTP_FAILURE_HANDSHAKE:
        return true;
    case HTTP_FAILURE_RESOLVE:
        return c->attempts < RESOLVE_ATTEMPTS;
    case HTTP_FAILURE_LOST:
    case HTTP_FAILURE_CUT:
    case HTTP_FAILURE_TIMEOUT:
        return only_reads(c->method);
    default:
        return false;
    }
}

static int64_t backoff_limit_ms(const struct retry_case *c)
{
    int64_t limit = RETRY_BASE_MS;
    for (unsigned i = 1; i < c->attempts && limit < RETRY_CAP_MS; i++) {
        limit *= 2;
    }
    return limit < RETRY_CAP_MS ? limit : RETRY_CAP_MS;
}

static int64_t random_up_to(const struct retry_case *c, int64_t limit)
{
    return (int64_t)(c->random % (uint64_t)(limit + 1));
}

static int64_t delay_ms(const struct retry_case *c)
{
    if (c->failure == HTTP_FAILURE_RESOLVE) {
        return RESOLVE_BASE_MS + random_up_to(c, RESOLVE_BASE_MS);
    }
    if (c->failure != HTTP_FAILURE_NONE || c->retry_after_ms <= 0) {
        return random_up_to(c, backoff_limit_ms(c));
    }
    // Many lists are shed at the same moment with the same number: spread their return, but never
    // past the end of the budget.
    int64_t left = c->budget_ms - c->elapsed_ms - c->retry_after_ms;
    int64_t spread = left > RETRY_BASE_MS ? RETRY_BASE_MS : left / 2;
    return c->retry_after_ms + (spread > 0 ? random_up_to(c, spread) : 0);
}

bool retry_decide(const struct retry_case *the_case, int64_t *ret_delay_ms)
{
    int64_t left = the_case->budget_ms - the_case->elapsed_ms;
    if (the_case->attempts >= RETRY_MAX_ATTEMPTS || left <= 0 || !failure_allows(the_case) ||
        (the_case->failure == HTTP_FAILURE_NONE && the_case->retry_after_ms >= left)) {
        return false;
    }
    int64_t delay = delay_ms(the_case);
    if (delay >= left) {
        return false;
    }
    *ret_delay_ms = delay;
    return true;
}
