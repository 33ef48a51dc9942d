// SPDX-License-Identifier: MIT
// Rule 7: secrets leave a text before anybody sees it. What is masked becomes "***"; a doubtful
// word is masked rather than shown.
#pragma once

#include <stddef.h>

#include "base/buf.h"

// Appends text with PEM blocks, which span lines, replaced; to be called before lines are split.
void cause_mask_blocks(struct buf *out, const char *text, size_t len);

// Appends one line with all other secrets masked: values of secret-looking keys, bearer and basic
// credentials, JWTs, AWS key ids, long random words, user information in URLs.
void cause_mask_line(struct buf *out, const char *text, size_t len);
