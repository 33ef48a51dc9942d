// SPDX-License-Identifier: MIT
// The channel of --dry-run: shows the mail on a stream instead of sending it.
#pragma once

#include <stdio.h>

#include "notify/channel.h"
#include "notify/email.h"

struct arena;

// Lives in arena; options and stream are borrowed.
struct channel *dry_run_channel(struct arena *arena, const struct email_options *options,
                                FILE *stream);
