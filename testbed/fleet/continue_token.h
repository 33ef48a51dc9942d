// SPDX-License-Identifier: MIT
// The opaque "continue" of a list, shaped like kube-apiserver's: base64url of a small JSON object.
// A revision of -1 marks the "inconsistent" token that a 410 answer offers.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

enum { CONTINUE_TOKEN_BYTES = 160 };

struct continue_token {
    long revision;
    size_t position;
};

void continue_token_write(const struct continue_token *token, char ret[CONTINUE_TOKEN_BYTES]);

// False for what was not written by continue_token_write.
bool continue_token_read(const char *text, struct continue_token *ret) MUST_USE;
