// SPDX-License-Identifier: MIT
// Rule 7 for any text of a cluster that is shown: blocks first, then lines.
#pragma once

struct arena;

// The text as one clean line of UTF-8 with its secrets masked.
const char *cause_mask_text(struct arena *arena, const char *text);
