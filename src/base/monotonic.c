// SPDX-License-Identifier: MIT
#include "base/monotonic.h"

#include <time.h>

#include "base/banned.h"

int64_t monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
