// SPDX-License-Identifier: MIT
// What a command prints.
#pragma once

#include "app/exit_status.h"

struct buf;

// Writes it to the standard output; EXIT_STATUS_INTERNAL when not all of it could be written, or
// did not fit into out.
enum exit_status output_print(const struct buf *out);
