// SPDX-License-Identifier: MIT
#include "base/dns.h"

#include "base/ascii.h"

#include "base/banned.h"

bool dns_is_label(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool is_inner = i > 0 && i + 1 < len;
        bool is_plain = ascii_is_digit(text[i]) || (text[i] >= 'a' && text[i] <= 'z');
        if (!is_plain && !(is_inner && text[i] == '-')) {
            return false;
        }
    }
    return len > 0 && len <= DNS_LABEL_BYTES;
}
