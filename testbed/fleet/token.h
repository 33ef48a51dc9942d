// SPDX-License-Identifier: MIT
// Bearer tokens that end, as those of ServiceAccounts do: a JSON web token (RFC 7519) whose "exp" a
// client can read. The signature is made up.
#pragma once

#include <stdint.h>

// A token of a year for the user that ends then (seconds since 1970). The caller frees it.
char *token_make(const char *user, int64_t ends);
