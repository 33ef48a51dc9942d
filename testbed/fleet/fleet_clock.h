// SPDX-License-Identifier: MIT
// The fleet's clock: the machine's, moved by the offset that the scenario's "now" or /testbed/clock
// gives.
#pragma once

#include <stdint.h>

#include "base/timestamp.h"

// Seconds since 1970 with the offset added.
int64_t fleet_clock_now(int64_t offset_seconds);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
void fleet_clock_http_date(int64_t instant, char ret[TIMESTAMP_TEXT_BYTES]);
