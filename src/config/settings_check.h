// SPDX-License-Identifier: MIT
// What must hold across keys, after each was read: TLS and credentials of the mail server, what a
// cluster needs, unique names, the cluster that STATE names. Fills in the defaults that depend on
// other keys.
#pragma once

#include "config/environment.h"
#include "config/settings_report.h"
#include "config/settings_table.h"

void settings_check(struct settings_draft *draft, const struct environment *environment,
                    struct settings_report *report);
