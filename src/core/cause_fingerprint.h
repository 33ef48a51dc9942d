// SPDX-License-Identifier: MIT
// Rule 9: what makes two causes the same. Identifiers, addresses, ports, numbers and times say
// which object it was, not what went wrong.
#pragma once

#include <stdint.h>

#include "base/buf.h"

// Appends the text in lower case with every identifier, number, address and time as '#'.
void cause_fingerprint_normalise(struct buf *out, const char *text);

// map_hash of the normalised text; the same in every process and release.
uint64_t cause_fingerprint(const char *text);
