// SPDX-License-Identifier: MIT
// The certificates behind a TLS connection, and those given to trust. The one place that asks
// OpenSSL itself: libcurl tells what the server sent, not which root was trusted.
#pragma once

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/http.h"

// Notes the verified chain of the connection that easy works on; called from one of its callbacks.
// Leaves *certificates alone where there is none (see http_request.certificates).
void certificate_note(CURL *easy, struct http_certificates *certificates);

// When the last of these PEM certificates expires; TIMESTAMP_NONE without a readable one.
int64_t certificate_last_expiry(const char *pem, size_t len);
