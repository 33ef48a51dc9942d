// SPDX-License-Identifier: MIT
#include "kube/status.h"

#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "codec/json.h"

#include "base/banned.h"

enum { WORDS_BYTES = 300 };

static enum error_class class_of(int status)
{
    switch (status) {
    case 401:
        return ERROR_AUTH;
    case 403:
        return ERROR_FORBIDDEN;
    case 404:
        return ERROR_NOT_FOUND;
    case 409:
        return ERROR_CONFLICT;
    case 410:
        return ERROR_EXPIRED;
    case 413:
    case 422:
        return ERROR_REFUSED;
    case 429:
        return ERROR_UNAVAILABLE;
    default:
        break;
    }
    if (status >= 500) {
        return ERROR_UNAVAILABLE;
    }
    return status >= 400 ? ERROR_REFUSED : ERROR_PROTOCOL;
}

static const char *name_of(int status)
{
    static const struct {
        int status;
        const char *name;
    } names[] = {
        {301, "Moved Permanently"},  {302, "Found"},
        {303, "See Other"},          {307, "Temporary Redirect"},
        {308, "Permanent Redirect"}, {400, "Bad Request"},
        {401, "Unauthorized"},       {403, "Forbidden"},
        {404, "Not Found"},          {405, "Method Not Allowed"},
        {409, "Conflict"},           {410, "Gone"},
        {413, "Content Too Large"},  {422, "Unprocessable Content"},
        {429, "Too Many Requests"},  {500, "Internal Server Error"},
        {502, "Bad Gateway"},        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].status == status) {
            return names[i].name;
        }
    }
    return "unexpected status";
}

// The message of a Status object, or a short text body; HTML says nothing.
static void add_words(const struct http_response *response, struct buf *out)
{
    struct json *parsed;
    struct error ignored;
    const char *text = response->body;
    size_t len = response->body_len;
    AUTO_PTR(json) object = NULL;
    if (json_parse(text, len, &parsed, &ignored)) {
        object = parsed;
        text = json_text(json_get(object, "message"));
        len = text != NULL ? strlen(text) : 0;
    } else if (strstr(response->content_type, "html") != NULL || memchr(text, '<', len) != NULL) {
        len = 0;
    }
    if (len > 0) {
        utf8_clean(out, text, utf8_cut(text, len, WORDS_BYTES));
    }
}

void status_error(const struct http_response *response, struct error *error)
{
    AUTO(buf) words;
    buf_init(&words, (size_t)WORDS_BYTES * 4);
    add_words(response, &words);
    const char *redirect = response->status >= 300 && response->status < 400
                               ? " (redirects are not followed: the URL leads to something else)"
                               : "";
    (void)error_set(error, class_of(response->status), "%d %s%s%s%s%s", response->status,
                    name_of(response->status), redirect, words.len > 0 ? ": \"" : "", words.data,
                    words.len > 0 ? "\"" : "");
}

void status_continue(const struct http_response *response, char *ret, size_t max)
{
    struct json *parsed;
    struct error ignored;
    ret[0] = '\0';
    if (!json_parse(response->body, response->body_len, &parsed, &ignored)) {
        return;
    }
    AUTO_PTR(json) object = parsed;
    const char *token = json_text(json_path(object, "metadata", "continue", NULL));
    if (token != NULL && strlen(token) < max) {
        memcpy(ret, token, strlen(token) + 1);
    }
}
