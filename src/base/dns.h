// SPDX-License-Identifier: MIT
// Names as DNS and Kubernetes have them (RFC 1123, in lower case).
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { DNS_LABEL_BYTES = 63 };

// Lower case letters, digits, '-' inside; at most DNS_LABEL_BYTES: the grammar of a Kubernetes
// namespace.
bool dns_is_label(const char *text, size_t len);
