// SPDX-License-Identifier: MIT
#include "app/exit_status.h"

#include <stddef.h>

#include "base/banned.h"

enum exit_status exit_status_worse(enum exit_status a, enum exit_status b)
{
    static const enum exit_status order[] = {
        EXIT_STATUS_SETTINGS, EXIT_STATUS_USAGE, EXIT_STATUS_INTERNAL, EXIT_STATUS_MAIL,
        EXIT_STATUS_STATE,    EXIT_STATUS_BLIND, EXIT_STATUS_PARTIAL,  EXIT_STATUS_ALERTS,
    };
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (a == order[i] || b == order[i]) {
            return order[i];
        }
    }
    return EXIT_STATUS_DONE;
}
