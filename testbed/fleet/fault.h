// SPDX-License-Identifier: MIT
// Faults by name: which requests they strike, how often, and their parameters. Counting happens
// when a request is matched; a request carries the set that struck it and looks parameters up
// there.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum fault_id {
    FAULT_401,
    FAULT_403,
    FAULT_404,
    FAULT_410,
    FAULT_410_BARE,
    FAULT_429,
    FAULT_500,
    FAULT_502,
    FAULT_503,
    FAULT_503_UNAVAILABLE,
    FAULT_503_RETRY_AFTER,
    FAULT_504,
    FAULT_STATUS,
    FAULT_HTML,
    FAULT_GARBAGE_JSON,
    FAULT_EMPTY,
    FAULT_GZIP_GARBAGE,
    FAULT_REDIRECT,
    FAULT_HANG,
    FAULT_CLOSE,
    FAULT_DELAY,
    FAULT_TRUNCATED,
    FAULT_TRUNCATED_CHUNKED,
    FAULT_TRUNCATED_JSON,
    FAULT_HANG_BODY,
    FAULT_SLOW,
    FAULT_BIG_BODY,
    FAULT_BIG_ITEM,
    FAULT_LIMIT_IGNORED,
    FAULT_PRETTY,
    FAULT_ITEMS_NULL,
    FAULT_ITEM_NOT_OBJECT,
    FAULT_DUPLICATE_ITEMS,
    FAULT_BAD_UTF8,
    FAULT_LONE_SURROGATE,
    FAULT_NUL_ESCAPE,
    FAULT_DEEP_ITEM,
    FAULT_CONFLICT,
    FAULT_COUNT,
};

// What a request is, as far as faults ask.
struct fault_target {
    const char *method;
    const char *uri;    // path and query as received
    const char *plural; // resource, "" for none
    bool list;
    bool continued;    // carries a consistent continue token
    bool inconsistent; // carries the token a 410 offered
};

struct fault_list {
    struct fault *faults;
    size_t count;
};

enum { FAULT_SET_MAX = 12 };

struct fault_set {
    struct {
        enum fault_id id;
        json_t *options; // owned
    } hits[FAULT_SET_MAX];
    size_t count;
};

// Reads a JSON array of faults. ERROR_SETTINGS names an unknown fault or key.
bool fault_list_read(const json_t *array, struct fault_list *ret, struct error *error) MUST_USE;
void fault_list_finish(struct fault_list *list);

// Counts the request at every fault that fits it and collects those that strike.
void fault_list_match(struct fault_list *list, const struct fault_target *target,
                      struct fault_set *ret);
void fault_set_finish(struct fault_set *set);

const char *fault_name(enum fault_id id);

// The options of a fault that struck; NULL when it did not.
const json_t *fault_set_get(const struct fault_set *set, enum fault_id id);

// The first fault of the set that answers by itself; FAULT_COUNT for none.
enum fault_id fault_set_answer(const struct fault_set *set);
