// SPDX-License-Identifier: MIT
#include "kube/token.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/timestamp.h"
#include "codec/base64.h"
#include "codec/json.h"

#include "base/banned.h"

enum { PAYLOAD_BYTES = 64 * 1024 }; // an API server takes no headers of that size

static const int64_t last_instant = 253402300799; // 9999-12-31T23:59:59Z

// The len bytes before the next dot, or before the end.
static const char *next_part(const char **text, size_t *ret_len)
{
    const char *part = *text;
    *ret_len = strcspn(part, ".");
    *text = part + *ret_len + (part[*ret_len] == '.' ? 1 : 0);
    return part;
}

static bool is_digits(const char *text, size_t len)
{
    AUTO(buf) ignored;
    buf_init(&ignored, PAYLOAD_BYTES);
    return len > 0 && base64_decode_url(text, len, &ignored);
}

// The claims of a token in the compact form HEADER.PAYLOAD.SIGNATURE (RFC 7515 section 3.1).
static bool read_payload(const char *token, struct buf *out)
{
    size_t header_len;
    size_t payload_len;
    size_t signature_len;
    const char *rest = token;
    const char *header = next_part(&rest, &header_len);
    const char *payload = next_part(&rest, &payload_len);
    const char *signature = next_part(&rest, &signature_len);
    return *rest == '\0' && is_digits(header, header_len) && is_digits(signature, signature_len) &&
           payload_len > 0 && base64_decode_url(payload, payload_len, out);
}

// The caller's to free; NULL for what is no such token.
static struct json *read_claims(const char *token)
{
    AUTO(buf) payload;
    buf_init(&payload, PAYLOAD_BYTES);
    struct json *claims;
    struct error ignored;
    if (!read_payload(token, &payload) ||
        !json_parse(payload.data, payload.len, &claims, &ignored)) {
        return NULL;
    }
    return claims;
}

static int64_t instant_of(const struct json *claims, const char *claim)
{
    int64_t instant;
    bool is_instant =
        json_integer(json_get(claims, claim), &instant) && instant > 0 && instant <= last_instant;
    return is_instant ? instant : TIMESTAMP_NONE;
}

int64_t kube_token_expiry(const char *token)
{
    AUTO_PTR(json) claims = read_claims(token);
    return instant_of(claims, "exp");
}

int64_t kube_token_lifetime(const char *token)
{
    AUTO_PTR(json) claims = read_claims(token);
    int64_t issued = instant_of(claims, "iat");
    int64_t expiry = instant_of(claims, "exp");
    return issued != TIMESTAMP_NONE && expiry > issued ? expiry - issued : 0;
}
