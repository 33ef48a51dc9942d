// SPDX-License-Identifier: MIT
// A clock that only goes forward, for time limits. Its zero means nothing.
#pragma once

#include <stdint.h>

int64_t monotonic_ms(void);
