// SPDX-License-Identifier: MIT
// Writes HTML: markup comes from literals only, every value goes through the encoder of its place.
// Values may be any bytes; what leaves is valid UTF-8 without control characters.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

// Appends markup. Only a string literal compiles.
#define html_raw(out, literal) buf_add((out), "" literal, sizeof("" literal) - 1)

// Appends a value as text or inside double quotes: & < > " ' ` become references, white space of
// any kind a blank.
void html_text(struct buf *out, const char *value);

// As html_text, with <wbr> in words longer than run characters: after separators, and after run
// characters without one.
void html_text_breakable(struct buf *out, const char *value, size_t run);

// Appends a number.
void html_number(struct buf *out, size_t value);

// True for an absolute https URL of URL characters with a host and no credentials: fit for href.
bool html_url_is_safe(const char *url);

// Appends url for a place inside double quotes; "#" when it is not html_url_is_safe.
void html_url(struct buf *out, const char *url);
