// SPDX-License-Identifier: MIT
#include "fleet/base64url.h"

#include "base/banned.h"

void base64url_encode(const char *bytes, size_t len, char *ret)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t out = 0;
    unsigned bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | (unsigned char)bytes[i];
        for (held += 8; held >= 6; held -= 6) {
            ret[out++] = alphabet[bits >> (held - 6) & 63U];
        }
    }
    if (held > 0) {
        ret[out++] = alphabet[bits << (6 - held) & 63U];
    }
    ret[out] = '\0';
}
