// SPDX-License-Identifier: MIT
// base64url without padding (RFC 4648 section 5): continue tokens and JSON web tokens.
#pragma once

#include <stddef.h>

// Room for the text of so many bytes, with its NUL.
#define BASE64URL_BYTES(len) (((len)*4 + 2) / 3 + 1)

void base64url_encode(const char *bytes, size_t len, char *ret);
