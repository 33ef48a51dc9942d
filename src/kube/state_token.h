// SPDX-License-Identifier: MIT
// The tokens of core/ledger.h and core/incident.h (64 bits as 16 hexadecimal digits) in 11
// characters, for the state object: digits of base 64, the most significant first, with the
// alphabet of RFC 4648 section 5. Only what another token packs to can be unpacked.
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "core/ledger.h"

enum { STATE_TOKEN_CHARS = 11, STATE_TOKEN_PACKED_BYTES = STATE_TOKEN_CHARS + 1 };

// False, ret untouched, when token is not 16 lower-case hexadecimal digits.
bool state_token_pack(const char *token, char ret[STATE_TOKEN_PACKED_BYTES]) MUST_USE;

// Reads the first 11 characters of text; what follows is not looked at.
bool state_token_unpack(const char *text, char ret[LEDGER_TOKEN_BYTES]) MUST_USE;
