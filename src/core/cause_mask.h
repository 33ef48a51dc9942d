// SPDX-License-Identifier: MIT
// Rule 7: secrets leave a text before anybody sees it. What is masked becomes "***"; a doubtful
// word is masked rather than shown.
#pragma once

#include <stddef.h>

#include "base/buf.h"

// Appends one line, as utf8_clean left it, with its secrets masked: values of secret-looking keys,
// bearer and basic credentials, JWTs, AWS key ids, long random words, user information in URLs,
// webhooks. What spans lines is core/cause_mask_blocks'.
void cause_mask_line(struct buf *out, const char *text, size_t len);
