// SPDX-License-Identifier: MIT
// Letters and digits of ASCII, whatever the locale; inline, for loops over every byte.
#pragma once

#include <stdbool.h>
#include <stddef.h>

static inline char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_alnum(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || ascii_is_digit(c);
}

static inline bool ascii_is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

// True when text begins with prefix, its letters in either case. prefix is in lower case.
static inline bool ascii_has_prefix(const char *text, size_t len, const char *prefix)
{
    for (size_t i = 0; prefix[i] != '\0'; i++) {
        if (i >= len || ascii_lower(text[i]) != prefix[i]) {
            return false;
        }
    }
    return true;
}
