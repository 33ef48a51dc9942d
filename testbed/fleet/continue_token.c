// SPDX-License-Identifier: MIT
#include "fleet/continue_token.h"

#include <stdio.h>
#include <string.h>

#include "fleet/base64url.h"

#include "base/banned.h"

void continue_token_write(const struct continue_token *token, char ret[CONTINUE_TOKEN_BYTES])
{
    char json[96];
    int len = snprintf(json, sizeof json,
                       "{\"v\":\"meta.k8s.io/v1\",\"rv\":%ld,\"start\":\"%012zu\\u0000\"}",
                       token->revision, token->position);
    base64url_encode(json, (size_t)len, ret);
}

bool continue_token_read(const char *text, struct continue_token *ret)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char json[CONTINUE_TOKEN_BYTES];
    size_t out = 0;
    unsigned bits = 0;
    unsigned held = 0;
    for (; *text != '\0'; text++) {
        const char *letter = strchr(alphabet, *text);
        if (letter == NULL || out + 1 >= sizeof json) {
            return false;
        }
        bits = bits << 6 | (unsigned)(letter - alphabet);
        held += 6;
        if (held >= 8) {
            held -= 8;
            json[out++] = (char)(bits >> held & 255U);
        }
    }
    json[out] = '\0';
    return sscanf(json, "{\"v\":\"meta.k8s.io/v1\",\"rv\":%ld,\"start\":\"%zu", &ret->revision,
                  &ret->position) == 2;
}
