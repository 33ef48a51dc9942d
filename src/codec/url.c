// SPDX-License-Identifier: MIT
#include "codec/url.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "base/parse.h"

#include "base/banned.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define HEX DIGITS "abcdefABCDEF"
#define UNRESERVED LOWER UPPER DIGITS "-._~"

enum { DNS_LABEL_MAX = 63, DNS_NAME_MAX = 253, PORT_DIGITS_MAX = 5 };

static bool is_in(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static void copy_lower(char *to, const char *from, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        to[i] = from[i] >= 'A' && from[i] <= 'Z' ? (char)(from[i] - 'A' + 'a') : from[i];
    }
    to[len] = '\0';
}

// What no part of a URL may hold; told first because a copied URL most often fails by it.
static const char *byte_problem(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == ' ') {
            return "holds a blank";
        }
        if (c < 0x20 || c == 0x7F) {
            return "holds a control character";
        }
        if (c >= 0x80) {
            return "holds a character that is not ASCII";
        }
    }
    if (strchr(text, '#') != NULL) {
        return "has a fragment (#)";
    }
    return strchr(text, '?') != NULL ? "has a query (?)" : NULL;
}

static const char *split_scheme(const char **text, struct url_parts *parts)
{
    size_t len = strspn(*text, LOWER UPPER DIGITS "+-.");
    if (len == 0 || is_in(**text, DIGITS "+-.") || strncmp(*text + len, "://", 3) != 0) {
        return "does not begin with a scheme such as https://";
    }
    if (len >= sizeof parts->scheme) {
        return "has an unknown scheme";
    }
    copy_lower(parts->scheme, *text, len);
    *text += len + 3;
    return NULL;
}

static bool is_dns_name(const char *name)
{
    size_t label = 0;
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '.') {
            if (label == 0 || p[-1] == '-') {
                return false;
            }
            label = 0;
        } else if (!is_in(*p, LOWER DIGITS "-_") || (*p == '-' && label == 0) ||
                   ++label > DNS_LABEL_MAX) {
            return false;
        }
    }
    size_t len = strlen(name);
    return len > 0 && len <= DNS_NAME_MAX && name[len - 1] != '-' && name[0] != '.';
}

// A last label that begins with a digit is meant as an address; libraries read the odd forms of
// those ("127.1", "0x7f.1", "017.0.0.1") each in its own way.
static bool is_numeric_name(const char *name)
{
    size_t len = strlen(name);
    size_t end = len > 0 && name[len - 1] == '.' ? len - 1 : len;
    size_t start = end;
    while (start > 0 && name[start - 1] != '.') {
        start--;
    }
    return start < end && is_in(name[start], DIGITS);
}

static const char *split_ipv6(const char **text, struct url_parts *parts)
{
    const char *close = strchr(*text, ']');
    size_t len = close != NULL ? (size_t)(close - *text - 1) : 0;
    if (len == 0 || len >= sizeof parts->host) {
        return "has a broken IPv6 address";
    }
    copy_lower(parts->host, *text + 1, len);
    struct in6_addr address;
    if (inet_pton(AF_INET6, parts->host, &address) != 1) {
        return "has a broken IPv6 address";
    }
    parts->host_is_ipv6 = true;
    *text = close + 1;
    return NULL;
}

static const char *split_host(const char **text, struct url_parts *parts)
{
    size_t authority = strcspn(*text, "/");
    if (memchr(*text, '@', authority) != NULL) {
        return "holds a user or password (@)";
    }
    if (**text == '[') {
        return split_ipv6(text, parts);
    }
    size_t len = strcspn(*text, ":/");
    if (len == 0) {
        return "has no host";
    }
    if (len >= sizeof parts->host) {
        return "has a host longer than a DNS name may be";
    }
    copy_lower(parts->host, *text, len);
    struct in_addr address;
    if (is_numeric_name(parts->host) ? inet_pton(AF_INET, parts->host, &address) != 1
                                     : !is_dns_name(parts->host)) {
        return "has a host that is neither a DNS name nor an IP address";
    }
    *text += len;
    return NULL;
}

static const char *split_port(const char **text, struct url_parts *parts)
{
    if (**text != ':') {
        parts->port = strcmp(parts->scheme, "https") == 0  ? 443
                      : strcmp(parts->scheme, "http") == 0 ? 80
                                                           : 0;
        return NULL;
    }
    (*text)++;
    char digits[PORT_DIGITS_MAX + 1] = "";
    size_t len = strcspn(*text, "/");
    if (len < sizeof digits) {
        memcpy(digits, *text, len);
    }
    uint64_t port;
    if (!parse_uint(digits, UINT16_MAX, &port) || port == 0) {
        return "has a port that is not a number from 1 to 65535";
    }
    parts->port = (uint16_t)port;
    parts->has_port = true;
    *text += len;
    return NULL;
}

// A segment of one or two dots, plain or as %2E: HTTP libraries fold it away with its neighbour.
static bool is_dot_segment(const char *segment, size_t len)
{
    size_t dots = 0;
    for (size_t i = 0; i < len; dots++) {
        if (segment[i] == '.') {
            i++;
        } else if (len - i >= 3 &&
                   (strncmp(segment + i, "%2e", 3) == 0 || strncmp(segment + i, "%2E", 3) == 0)) {
            i += 3;
        } else {
            return false;
        }
    }
    return dots == 1 || dots == 2;
}

static const char *path_problem(const char *path)
{
    if (*path != '\0' && *path != '/') {
        return "has something other than a port or a path after the host";
    }
    for (const char *p = path; *p != '\0'; p++) {
        size_t segment = strcspn(p + 1, "/");
        if (*p == '/' && is_dot_segment(p + 1, segment)) {
            return "has \".\" or \"..\" as a part of its path";
        }
        if (*p == '%' && (!is_in(p[1], HEX) || !is_in(p[2], HEX))) {
            return "has a broken percent escape";
        }
        if (!is_in(*p, UNRESERVED "!$&'()*+,;=:@/%")) {
            return "holds a character that has to be percent-encoded";
        }
    }
    return NULL;
}

static const char *parse(const char *text, struct url_parts *parts)
{
    const char *problem = byte_problem(text);
    if (problem == NULL) {
        problem = split_scheme(&text, parts);
    }
    if (problem == NULL) {
        problem = split_host(&text, parts);
    }
    if (problem == NULL && *text != '\0' && *text != ':' && *text != '/') {
        problem = "has something other than a port or a path after the host";
    }
    if (problem == NULL) {
        problem = split_port(&text, parts);
    }
    if (problem == NULL) {
        problem = path_problem(text);
    }
    parts->path = text;
    return problem;
}

bool url_parse(const char *text, struct url_parts *ret)
{
    struct url_parts parts = {.scheme = ""};
    if (parse(text, &parts) != NULL) {
        return false;
    }
    *ret = parts;
    return true;
}

const char *url_problem(const char *text)
{
    struct url_parts parts = {.scheme = ""};
    return parse(text, &parts);
}

void url_add_encoded(struct buf *out, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    bool is_dots = strcmp(text, ".") == 0 || strcmp(text, "..") == 0;
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (is_in(*p, UNRESERVED) && !is_dots) {
            buf_add_char(out, *p);
        } else {
            const char escape[3] = {'%', hex[c >> 4], hex[c & 15]};
            buf_add(out, escape, sizeof escape);
        }
    }
}
