// SPDX-License-Identifier: MIT
// What a Kubernetes API server means by an answer that is not 2xx: class and sentence. Bodies come
// as a Status object (kubernetes.io, API conventions "Response Status Kind"), as plain text from
// the aggregator, or as anything a proxy likes.
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "net/http.h"

// Sets error by status and body; the server's words are cleaned, cut and quoted.
void status_error(const struct http_response *response, struct error *error);

// The token in a 410's body with which the list can go on, "" when there is none
// (metadata.continue of the Status). Copied into ret, at most max bytes with the NUL.
void status_continue(const struct http_response *response, char *ret, size_t max);
