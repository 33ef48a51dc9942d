// SPDX-License-Identifier: MIT
#include "kube/state_token.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

static const char hex_digits[] = "0123456789abcdef";
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool state_token_pack(const char *token, char ret[STATE_TOKEN_PACKED_BYTES])
{
    uint64_t bits = 0;
    size_t len = strlen(token);
    if (len != LEDGER_TOKEN_BYTES - 1) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        const char *digit = strchr(hex_digits, token[i]);
        if (digit == NULL) {
            return false;
        }
        bits = bits << 4 | (uint64_t)(digit - hex_digits);
    }
    for (size_t i = STATE_TOKEN_CHARS; i-- > 0; bits >>= 6) {
        ret[i] = digits[bits & 63];
    }
    ret[STATE_TOKEN_CHARS] = '\0';
    return true;
}

bool state_token_unpack(const char *text, char ret[LEDGER_TOKEN_BYTES])
{
    uint64_t bits = 0;
    for (size_t i = 0; i < STATE_TOKEN_CHARS; i++) {
        const char *digit = text[i] != '\0' ? strchr(digits, text[i]) : NULL;
        if (digit == NULL || bits >> 58 != 0) {
            return false;
        }
        bits = bits << 6 | (uint64_t)(digit - digits);
    }
    for (size_t i = LEDGER_TOKEN_BYTES - 1; i-- > 0; bits >>= 4) {
        ret[i] = hex_digits[bits & 15];
    }
    ret[LEDGER_TOKEN_BYTES - 1] = '\0';
    return true;
}
