// SPDX-License-Identifier: MIT
// Host names and addresses as a setting may hold them: strict, so that what passes names the same
// machine to the resolver, to TLS and to SMTP.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// A DNS name of letters, digits and '-' (RFC 1123 section 2.1; a dot at the end is allowed) whose
// last label is not a number.
bool host_is_name(const char *text);

// An IPv4 address in four decimal numbers, or an IPv6 address without brackets and zone.
bool host_is_address(const char *text);

// localhost, 127.0.0.0/8 or ::1; brackets around an IPv6 address are allowed.
bool host_is_loopback(const char *host);
