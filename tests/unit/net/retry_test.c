// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/retry.h"

struct row {
    const char *name;
    struct retry_case in;
    bool again;
    int64_t least_ms;
    int64_t most_ms;
};

#define NONE RETRY_AFTER_NONE
#define FAILED(method, attempts, failure)               \
    {                                                   \
        method, attempts, failure, 0, NONE, 0, 30000, 0 \
    }
#define STATUS(method, status, after)                            \
    {                                                            \
        method, 1, HTTP_FAILURE_NONE, status, after, 0, 30000, 0 \
    }
#define NTH(attempts)                                                        \
    {                                                                        \
        "GET", attempts, HTTP_FAILURE_NONE, 503, NONE, 0, 600000, UINT32_MAX \
    }

static const struct row rows[] = {
    {"200 is final", STATUS("GET", 200, NONE), false, 0, 0},
    {"400 is final", STATUS("GET", 400, 1000), false, 0, 0},
    {"401 is final", STATUS("GET", 401, NONE), false, 0, 0},
    {"404 is final", STATUS("GET", 404, NONE), false, 0, 0},
    {"410 is final", STATUS("GET", 410, NONE), false, 0, 0},
    {"500 is final", STATUS("GET", 500, 1000), false, 0, 0},
    {"302 is final", STATUS("GET", 302, NONE), false, 0, 0},
    {"429 of a GET", STATUS("GET", 429, NONE), true, 0, 500},
    {"429 of a PUT", STATUS("PUT", 429, NONE), true, 0, 500},
    {"502 of a GET", STATUS("GET", 502, NONE), true, 0, 500},
    {"503 of a GET", STATUS("GET", 503, NONE), true, 0, 500},
    {"504 of a GET", STATUS("GET", 504, NONE), true, 0, 500},
    {"502 of a PUT may have acted", STATUS("PUT", 502, NONE), false, 0, 0},
    {"503 of a PUT may have acted", STATUS("PUT", 503, NONE), false, 0, 0},
    {"504 of a POST may have acted", STATUS("POST", 504, 1000), false, 0, 0},
    {"503 with Retry-After of a POST", STATUS("POST", 503, 1000), true, 1000, 1500},
    {"Retry-After is a least delay", STATUS("GET", 429, 2000), true, 2000, 2500},
    {"Retry-After: 0 backs off", STATUS("GET", 429, 0), true, 0, 500},
    {"Retry-After just inside", STATUS("GET", 429, 29999), true, 29999, 29999},
    {"Retry-After of the whole budget", STATUS("GET", 429, 30000), false, 0, 0},
    {"Retry-After beyond the budget", STATUS("GET", 429, 3600000), false, 0, 0},
    {"a GET not connected", FAILED("GET", 1, HTTP_FAILURE_CONNECT), true, 0, 500},
    {"a PUT not connected", FAILED("PUT", 1, HTTP_FAILURE_CONNECT), true, 0, 500},
    {"a PUT refused", FAILED("PUT", 1, HTTP_FAILURE_REFUSED), true, 0, 500},
    {"a PUT without an address in time", FAILED("PUT", 1, HTTP_FAILURE_LOOKUP), true, 0, 500},
    {"a PUT that met no TLS", FAILED("PUT", 1, HTTP_FAILURE_HANDSHAKE), true, 0, 500},
    {"an expired CA", FAILED("GET", 1, HTTP_FAILURE_CA_EXPIRED), false, 0, 0},
    {"a GET lost", FAILED("GET", 1, HTTP_FAILURE_LOST), true, 0, 500},
    {"a PUT lost may have acted", FAILED("PUT", 1, HTTP_FAILURE_LOST), false, 0, 0},
    {"a GET cut", FAILED("GET", 1, HTTP_FAILURE_CUT), true, 0, 500},
    {"a DELETE cut", FAILED("DELETE", 1, HTTP_FAILURE_CUT), false, 0, 0},
    {"a GET timed out with time left", FAILED("GET", 1, HTTP_FAILURE_TIMEOUT), true, 0, 500},
    {"a POST timed out", FAILED("POST", 1, HTTP_FAILURE_TIMEOUT), false, 0, 0},
    {"a name once", FAILED("GET", 1, HTTP_FAILURE_RESOLVE), true, 250, 500},
    {"a name twice", FAILED("GET", 2, HTTP_FAILURE_RESOLVE), true, 250, 500},
    {"a name three times", FAILED("GET", 3, HTTP_FAILURE_RESOLVE), false, 0, 0},
    {"an unknown CA", FAILED("GET", 1, HTTP_FAILURE_UNKNOWN_CA), false, 0, 0},
    {"an expired certificate", FAILED("GET", 1, HTTP_FAILURE_EXPIRED), false, 0, 0},
    {"a wrong name", FAILED("GET", 1, HTTP_FAILURE_WRONG_NAME), false, 0, 0},
    {"a failed handshake", FAILED("GET", 1, HTTP_FAILURE_TLS), false, 0, 0},
    {"the proxy's no", FAILED("GET", 1, HTTP_FAILURE_PROXY), false, 0, 0},
    {"garbage", FAILED("GET", 1, HTTP_FAILURE_GARBAGE), false, 0, 0},
    {"too large", FAILED("GET", 1, HTTP_FAILURE_LIMIT), false, 0, 0},
    {"ended by the handler", FAILED("GET", 1, HTTP_FAILURE_HANDLER), false, 0, 0},
    {"the fifth attempt", FAILED("GET", 5, HTTP_FAILURE_LOST), true, 0, 8000},
    {"the sixth attempt is the last", FAILED("GET", 6, HTTP_FAILURE_LOST), false, 0, 0},
    {"no time left", {"GET", 1, HTTP_FAILURE_LOST, 0, NONE, 30000, 30000, 0}, false, 0, 0},
    {"a delay beyond the end",
     {"GET", 1, HTTP_FAILURE_LOST, 0, NONE, 29900, 30000, 400},
     false,
     0,
     0},
    {"a delay before the end",
     {"GET", 1, HTTP_FAILURE_LOST, 0, NONE, 29900, 30000, 99},
     true,
     99,
     99},
    {"step 1", NTH(1), true, 0, 500},
    {"step 2", NTH(2), true, 0, 1000},
    {"step 3", NTH(3), true, 0, 2000},
    {"step 4", NTH(4), true, 0, 4000},
    {"step 5 is capped", NTH(5), true, 0, 8000},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t delay = -1;
        bool again = retry_decide(&rows[i].in, &delay);
        if (again != rows[i].again) {
            fail_msg("%s: got %s", rows[i].name, again ? "a retry" : "no retry");
        }
        if (again && (delay < rows[i].least_ms || delay > rows[i].most_ms)) {
            fail_msg("%s: delay %lld ms", rows[i].name, (long long)delay);
        }
        if (!again) {
            assert_int_equal(delay, -1);
        }
    }
}

// Whatever the random number, a delay stays inside its step and before the end of the budget.
static void test_bounds(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (unsigned i = 0; i < 20000; i++) {
        random = random * 1664525U + 1013904223U;
        struct retry_case c = {"GET",
                               1 + i % 6,
                               HTTP_FAILURE_NONE,
                               429,
                               i % 3 == 0 ? (int64_t)(i % 40) * 1000 : RETRY_AFTER_NONE,
                               (int64_t)(i % 31) * 1000,
                               30000,
                               random};
        int64_t delay;
        if (retry_decide(&c, &delay)) {
            assert_true(c.attempts < RETRY_MAX_ATTEMPTS);
            assert_true(delay >= 0 && c.elapsed_ms + delay < c.budget_ms);
            assert_true(c.retry_after_ms == RETRY_AFTER_NONE || delay >= c.retry_after_ms);
            assert_true(c.retry_after_ms != RETRY_AFTER_NONE || delay <= RETRY_CAP_MS);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
