// SPDX-License-Identifier: MIT
// The command line: one table of commands, help with examples, a near command for a typo.
#pragma once

#include "app/exit_status.h"

enum exit_status cli_main(int argc, char *const *argv, char *const *environment);
