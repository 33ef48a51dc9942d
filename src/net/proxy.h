// SPDX-License-Identifier: MIT
// Whether a request to an https URL takes a proxy. libcurl gets the answer, not the environment:
// its own NO_PROXY knows no "host:port" and would judge the TLS server name instead of the host.
#pragma once

#include <stdbool.h>

#include "base/buf.h"

struct target;

// The first non-empty one of https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, unless the host is
// loopback, a Service's name, or in no_proxy/NO_PROXY. NULL: connect directly.
const char *proxy_of(const struct target *target);

// NO_PROXY's grammar: entries separated by commas or blanks; "*"; a name, which stands for the
// names below it too; an address; a CIDR range; each with an optional ":port".
bool proxy_is_exempt(const char *no_proxy, const char *host, unsigned port);

// "host:port" of a proxy setting, without its scheme and password.
void proxy_add_endpoint(struct buf *out, const char *proxy);
