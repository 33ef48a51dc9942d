// SPDX-License-Identifier: MIT
// What a bearer token says of itself. Nothing is verified, only the API server can: nothing but a
// hint for people may hang on it.
#pragma once

#include <stdint.h>

// When the token ends: the claim "exp" of a JSON Web Token (RFC 7519 section 4.1.4), as
// ServiceAccounts have them. TIMESTAMP_NONE when it says nothing of an end: an opaque token, one
// without the claim or with one that is no instant from 1970 to 9999.
int64_t kube_token_expiry(const char *token);

// How long it was made for, in seconds: from the claim "iat" to "exp". 0 when one of them is not
// known or the first is not earlier.
int64_t kube_token_lifetime(const char *token);
