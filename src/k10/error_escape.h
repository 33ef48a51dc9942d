// SPDX-License-Identifier: MIT
// JSON's escapes (RFC 8259, section 7) resolved as far as they make sense.
#pragma once

#include <stddef.h>

struct error_budget;

// Resolves one layer of escapes in bytes, which stand inside or outside quotes. *ret gets the text
// in the budget's arena, NUL-terminated, NULs in it replaced; its length is returned. Cut and
// unknown escapes are left out, lone surrogates become U+FFFD.
size_t error_escape_resolve(struct error_budget *budget, const char *bytes, size_t len,
                            const char **ret);
