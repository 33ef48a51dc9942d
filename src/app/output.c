// SPDX-License-Identifier: MIT
#include "app/output.h"

#include <stdio.h>

#include "base/buf.h"

#include "base/banned.h"

enum exit_status output_print(const struct buf *out)
{
    bool written = fwrite(out->data, 1, out->len, stdout) == out->len && fflush(stdout) == 0;
    return written && !out->overflow ? EXIT_STATUS_DONE : EXIT_STATUS_INTERNAL;
}
