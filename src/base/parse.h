// SPDX-License-Identifier: MIT
// Strict readers of small values: the whole text must fit the grammar, nothing is skipped or
// guessed. All return false for anything else and leave *ret untouched.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

// Decimal digits only, no sign, 0 to max.
bool parse_uint(const char *text, uint64_t max, uint64_t *ret) MUST_USE;

// true/false/1/0/yes/no, any case.
bool parse_bool(const char *text, bool *ret) MUST_USE;

// A length of time in whole seconds: a bare number is seconds, else one number with one of the
// units s, m, h, d ("90s", "5m", "24h", "7d"). At most ten years.
bool parse_duration(const char *text, int64_t *ret_seconds) MUST_USE;

// A decimal number ("2", "0.5", "1.75") times unit, as whole seconds, rounded up; at most ten
// years. For settings that count hours and allow fractions.
bool parse_decimal_seconds(const char *text, int64_t unit_seconds, int64_t *ret_seconds) MUST_USE;
