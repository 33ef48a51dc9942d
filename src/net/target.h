// SPDX-License-Identifier: MIT
// What this program needs to know of an absolute http(s) URL, cut by libcurl's own parser so that
// what is judged here is what is connected to.
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"

enum { TARGET_HOST_BYTES = 256, TARGET_ENDPOINT_BYTES = 320, TARGET_URL_BYTES = 1024 };

struct target {
    char host[TARGET_HOST_BYTES]; // lower case; IPv6 without brackets
    unsigned port;
    bool plain; // http, not https
};

// ERROR_SETTINGS for anything but http(s)://HOST[:PORT][/...], for user:password@ in it, and for
// plain http off loopback. The text never repeats the URL.
bool target_parse(const char *text, struct target *ret, struct error *error) MUST_USE;

// Appends the URL with another host, everything else unchanged.
bool target_replace_host(const char *text, const char *host, struct buf *out,
                         struct error *error) MUST_USE;

// localhost, 127.0.0.0/8, ::1.
bool target_host_is_loopback(const char *host);

// A Kubernetes Service's name: *.svc, *.svc.cluster.local.
bool target_host_is_service(const char *host);

// "host:port", "[2001:db8::1]:6443".
void target_add_endpoint(struct buf *out, const char *host, unsigned port);
