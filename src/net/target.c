// SPDX-License-Identifier: MIT
#include "net/target.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "net/http.h"

#include "base/banned.h"

struct curl_url_handle {
    CURLU *handle;
};

static void curl_url_handle_cleanup(struct curl_url_handle *url)
{
    curl_url_cleanup(url->handle);
}

struct curl_text {
    char *text;
};

static void curl_text_cleanup(struct curl_text *part)
{
    curl_free(part->text);
}

static bool open_url(const char *text, struct curl_url_handle *url, struct error *error)
{
    url->handle = curl_url();
    if (url->handle == NULL) {
        return error_set(error, ERROR_INTERNAL, "no memory for a URL");
    }
    CURLUcode code = curl_url_set(url->handle, CURLUPART_URL, text, CURLU_PATH_AS_IS);
    if (code != CURLUE_OK) {
        return error_set(error, ERROR_SETTINGS, "the URL cannot be read: %s",
                         curl_url_strerror(code));
    }
    return true;
}

static bool has_part(const struct curl_url_handle *url, CURLUPart which)
{
    AUTO(curl_text) part = {NULL};
    return curl_url_get(url->handle, which, &part.text, 0) == CURLUE_OK;
}

static bool read_host(const struct curl_url_handle *url, struct target *out, struct error *error)
{
    AUTO(curl_text) part = {NULL};
    if (curl_url_get(url->handle, CURLUPART_HOST, &part.text, 0) != CURLUE_OK) {
        return error_set(error, ERROR_SETTINGS, "the URL has no host");
    }
    const char *host = part.text;
    size_t len = strlen(host);
    if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof out->host) {
        return error_set(error, ERROR_SETTINGS, "the URL's host is empty or too long");
    }
    for (size_t i = 0; i < len; i++) {
        out->host[i] = (char)tolower((unsigned char)host[i]);
    }
    out->host[len] = '\0';
    return true;
}

static bool read_port(const struct curl_url_handle *url, struct target *out, struct error *error)
{
    AUTO(curl_text) part = {NULL};
    uint64_t port;
    if (curl_url_get(url->handle, CURLUPART_PORT, &part.text, CURLU_DEFAULT_PORT) != CURLUE_OK ||
        !parse_uint(part.text, UINT16_MAX, &port) || port == 0) {
        return error_set(error, ERROR_SETTINGS, "the URL's port is none of 1 to 65535");
    }
    out->port = (unsigned)port;
    return true;
}

static bool read_scheme(const struct curl_url_handle *url, struct target *out, struct error *error)
{
    AUTO(curl_text) part = {NULL};
    if (curl_url_get(url->handle, CURLUPART_SCHEME, &part.text, 0) != CURLUE_OK) {
        return error_set(error, ERROR_SETTINGS, "the URL has no scheme, expected https://");
    }
    out->plain = strcasecmp(part.text, "http") == 0;
    if (!out->plain && strcasecmp(part.text, "https") != 0) {
        return error_set(error, ERROR_SETTINGS, "the URL's scheme is not https");
    }
    return true;
}

bool target_parse(const char *text, struct target *ret, struct error *error)
{
    AUTO(curl_url_handle) url = {NULL};
    struct target out = {.port = 0};
    if (!open_url(text, &url, error) || !read_scheme(&url, &out, error) ||
        !read_host(&url, &out, error) || !read_port(&url, &out, error)) {
        return false;
    }
    if (has_part(&url, CURLUPART_USER) || has_part(&url, CURLUPART_PASSWORD)) {
        return error_set(error, ERROR_SETTINGS, "the URL of %s holds a user or password", out.host);
    }
    if (out.plain && !target_host_is_loopback(out.host)) {
        return error_set(error, ERROR_SETTINGS,
                         "plain http to %s, accepted for loopback only: use https", out.host);
    }
    *ret = out;
    return true;
}

bool target_replace_host(const char *text, const char *host, struct buf *out, struct error *error)
{
    AUTO(curl_url_handle) url = {NULL};
    AUTO(curl_text) whole = {NULL};
    AUTO(buf) literal;
    buf_init(&literal, TARGET_HOST_BYTES);
    buf_add_format(&literal, strchr(host, ':') != NULL ? "[%s]" : "%s", host);
    if (!open_url(text, &url, error)) {
        return false;
    }
    if (literal.overflow ||
        curl_url_set(url.handle, CURLUPART_HOST, literal.data, 0) != CURLUE_OK ||
        curl_url_get(url.handle, CURLUPART_URL, &whole.text, 0) != CURLUE_OK) {
        return error_set(error, ERROR_SETTINGS, "the TLS server name is no host name");
    }
    buf_add_text(out, whole.text);
    return true;
}

bool target_host_is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1) {
        return ntohl(four.s_addr) >> 24 == 127;
    }
    if (inet_pton(AF_INET6, host, &six) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&six);
    }
    return strcasecmp(host, "localhost") == 0;
}

static bool ends_in(const char *text, const char *end)
{
    size_t text_len = strlen(text);
    size_t end_len = strlen(end);
    return text_len > end_len && strcasecmp(text + text_len - end_len, end) == 0;
}

bool target_host_is_service(const char *host)
{
    return ends_in(host, ".svc") || ends_in(host, ".svc.cluster.local");
}

void target_add_endpoint(struct buf *out, const char *host, unsigned port)
{
    buf_add_format(out, strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, port);
}

bool http_url_is_loopback(const char *text)
{
    AUTO(curl_url_handle) url = {NULL};
    struct target out = {.port = 0};
    struct error ignored;
    return open_url(text, &url, &ignored) && read_scheme(&url, &out, &ignored) &&
           read_host(&url, &out, &ignored) && target_host_is_loopback(out.host);
}
