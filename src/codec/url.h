// SPDX-License-Identifier: MIT
// URLs by RFC 3986: writing values into them and reading the absolute ones of the settings.
// Reading is narrower than the RFC on purpose: what passes here means the same to every HTTP
// library, holds no credential and nothing that could break out of a line or a request.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"

enum { URL_SCHEME_BYTES = 16, URL_HOST_BYTES = 256 };

struct url_parts {
    char scheme[URL_SCHEME_BYTES]; // lower case, without ':'
    char host[URL_HOST_BYTES];     // lower case; an IPv6 address without its brackets
    bool host_is_ipv6;
    bool has_port;    // a port was written
    uint16_t port;    // the one written, else 80 for http, 443 for https, 0 for other schemes
    const char *path; // in the text given: "" or from the first '/' to its end
};

// Splits SCHEME "://" HOST [":" PORT] [PATH] (RFC 3986 section 3). The host is a DNS name (also
// with '_'), an IPv4 address or an IPv6 address in brackets. False, ret untouched, for
// user info, a query, a fragment, an empty host or port, blanks, control characters, bytes
// above ASCII, a broken percent escape, "." or ".." as a path segment.
bool url_parse(const char *text, struct url_parts *ret) MUST_USE;

// Why url_parse refuses text, as the end of a sentence ("has a query (?)"); NULL when it does not.
// Never a copy of text, which may hold a password.
const char *url_problem(const char *text);

// Appends text percent-encoded (RFC 3986 section 2.1): all but letters, digits and "-._~". Fit
// for one path segment and for a query's key or value. A segment that is "." or ".." as a whole
// becomes "%2E" or "%2E%2E"; the caller refuses such names, because URL libraries fold them.
void url_add_encoded(struct buf *out, const char *text);
