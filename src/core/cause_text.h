// SPDX-License-Identifier: MIT
// A cause's sentence within its bound.
#pragma once

#include <stddef.h>

struct arena;

// Cuts the front of a text longer than max bytes and puts "..." there, never inside a character:
// what comes last in a Go chain is the cause.
const char *cause_text_keep_end(struct arena *arena, const char *text, size_t len, size_t max);

// "CONTEXT: TEXT" where it fits; of a context too long its first part, or nothing of it.
const char *cause_text_join(struct arena *arena, const char *context, const char *text, size_t max);

// Long runs of base64 or hexadecimal digits cut to their beginning and "...": they say nothing, and
// what is said before them would fall out of the bound.
const char *cause_text_cut_blobs(struct arena *arena, const char *text);
