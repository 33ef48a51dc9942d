// SPDX-License-Identifier: MIT
// Label selectors of the equality kind: "key=value,key==value,key!=value,key,!key".
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum { SELECTOR_TERMS_MAX = 8, SELECTOR_TEXT_BYTES = 2048 };

#define SELECTOR_NO_VALUE SIZE_MAX

struct selector {
    char text[SELECTOR_TEXT_BYTES];
    struct {
        size_t key;   // offsets into text, so that a selector can be copied
        size_t value; // SELECTOR_NO_VALUE: presence alone counts
        bool negated;
    } terms[SELECTOR_TERMS_MAX];
    size_t count;
};

// False for a selector of another kind (sets) or with too many terms.
bool selector_read(const char *text, struct selector *ret) MUST_USE;

bool selector_matches(const struct selector *selector, const json_t *object);
