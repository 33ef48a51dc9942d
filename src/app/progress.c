// SPDX-License-Identifier: MIT
#include "app/progress.h"

#include <stdio.h>

#include "base/monotonic.h"

#include "base/banned.h"

enum { FIRST_AFTER_MS = 1000, EVERY_MS = 200 };

void progress_draw(struct progress *progress)
{
    int64_t now = monotonic_ms();
    if (progress->drawn_at_ms == 0) {
        progress->drawn_at_ms = now + FIRST_AFTER_MS - EVERY_MS;
    }
    if (now - progress->drawn_at_ms < EVERY_MS) {
        return;
    }
    progress->drawn_at_ms = now;
    progress->drawn = 1;
    (void)fprintf(stderr, "\r\033[Kreading: %zu of %zu lists, %zu actions", progress->lists_done,
                  progress->lists, progress->items);
    (void)fflush(stderr);
}

void progress_clear(struct progress *progress)
{
    if (progress->drawn != 0) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        progress->drawn = 0;
    }
}
