// SPDX-License-Identifier: MIT
#include "config/host.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

enum { NAME_BYTES = 253, LABEL_BYTES = 63 };

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_name_label(const char *label, size_t len)
{
    if (len == 0 || len > LABEL_BYTES || label[0] == '-' || label[len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_letter_or_digit(label[i]) && label[i] != '-') {
            return false;
        }
    }
    return true;
}

// Resolvers read "127.1" and "0x7f.1" as addresses: a last label that is a number in any of their
// notations makes no name.
static bool is_number(const char *label, size_t len)
{
    size_t start = len > 1 && label[0] == '0' && tolower((unsigned char)label[1]) == 'x' ? 2 : 0;
    for (size_t i = start; i < len; i++) {
        bool digit = start == 2 ? isxdigit((unsigned char)label[i]) != 0
                                : isdigit((unsigned char)label[i]) != 0;
        if (!digit) {
            return false;
        }
    }
    return true;
}

bool host_is_name(const char *text)
{
    size_t len = strlen(text);
    if (len > 1 && text[len - 1] == '.') {
        len--;
    }
    if (len == 0 || len > NAME_BYTES) {
        return false;
    }
    const char *end = text + len;
    for (const char *label = text;;) {
        const char *dot = memchr(label, '.', (size_t)(end - label));
        size_t label_len = (size_t)((dot != NULL ? dot : end) - label);
        if (!is_name_label(label, label_len)) {
            return false;
        }
        if (dot == NULL) {
            return !is_number(label, label_len);
        }
        label = dot + 1;
    }
}

bool host_is_address(const char *text)
{
    struct in6_addr address;
    return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_ipv6_loopback(const char *text)
{
    struct in6_addr address;
    return inet_pton(AF_INET6, text, &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
}

bool host_is_loopback(const char *host)
{
    char bare[64];
    size_t len = strlen(host);
    if (len > 2 && len < sizeof bare && host[0] == '[' && host[len - 1] == ']') {
        memcpy(bare, host + 1, len - 2);
        bare[len - 2] = '\0';
        return is_ipv6_loopback(bare);
    }
    struct in_addr v4;
    if (inet_pton(AF_INET, host, &v4) == 1) {
        return ntohl(v4.s_addr) >> 24 == 127;
    }
    return is_ipv6_loopback(host) || strcasecmp(host, "localhost") == 0 ||
           strcasecmp(host, "localhost.") == 0;
}
