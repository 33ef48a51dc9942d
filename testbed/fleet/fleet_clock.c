// SPDX-License-Identifier: MIT
#include "fleet/fleet_clock.h"

#include <stdio.h>
#include <time.h>

#include "base/banned.h"

int64_t fleet_clock_now(int64_t offset_seconds)
{
    return (int64_t)time(NULL) + offset_seconds;
}

void fleet_clock_http_date(int64_t instant, char ret[TIMESTAMP_TEXT_BYTES])
{
    time_t seconds = (time_t)instant;
    struct tm parts;
    if (gmtime_r(&seconds, &parts) == NULL ||
        strftime(ret, TIMESTAMP_TEXT_BYTES, "%a, %d %b %Y %H:%M:%S GMT", &parts) == 0) {
        (void)snprintf(ret, TIMESTAMP_TEXT_BYTES, "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
