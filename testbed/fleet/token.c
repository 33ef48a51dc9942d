// SPDX-License-Identifier: MIT
#include "fleet/token.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "fleet/base64url.h"

#include "base/banned.h"

enum { TOKEN_MAX_BYTES = 4096 };

static void add_part(struct buf *out, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    if (text == NULL) {
        abort();
    }
    char *encoded = memory_alloc(BASE64URL_BYTES(strlen(text)));
    base64url_encode(text, strlen(text), encoded);
    buf_add_format(out, "%s.", encoded);
    free(encoded);
    free(text);
    json_decref(object);
}

char *token_make(const char *user, int64_t ends)
{
    enum { YEAR_SECONDS = 365 * 86400 };
    struct buf out;
    buf_init(&out, TOKEN_MAX_BYTES);
    add_part(&out, json_pack("{s:s,s:s}", "alg", "RS256", "kid", "fleet"));
    add_part(&out, json_pack("{s:[s],s:I,s:I,s:s,s:s}", "aud", "https://kubernetes.default.svc",
                             "exp", (json_int_t)ends, "iat", (json_int_t)(ends - YEAR_SECONDS),
                             "iss", "https://kubernetes.default.svc.cluster.local", "sub", user));
    buf_add_text(&out, "bm90LWEtc2lnbmF0dXJl");
    char *token = strdup(out.data);
    buf_finish(&out);
    if (token == NULL) {
        abort();
    }
    return token;
}
