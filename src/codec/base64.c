// SPDX-License-Identifier: MIT
#include "codec/base64.h"

#include <stdint.h>

#include "base/banned.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+') {
        return 62;
    }
    return c == '/' ? 63 : -1;
}

struct quad {
    uint32_t bits;
    unsigned digits;
    unsigned padding;
};

// One character into the group of four; false when it cannot stand there.
static bool quad_add(struct quad *quad, char c)
{
    int digit = digit_of(c);
    if (digit >= 0) {
        quad->bits = quad->bits << 6 | (uint32_t)digit;
        quad->digits++;
        return quad->padding == 0;
    }
    quad->padding++;
    return c == '=' && quad->digits >= 2;
}

// Writes a full group; false when the bits that padding leaves over are not zero.
static bool quad_flush(const struct quad *quad, struct buf *out)
{
    uint32_t bits = quad->bits << 6 * quad->padding;
    uint32_t left_over = bits & ((1U << 8 * quad->padding) - 1);
    const char bytes[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
    buf_add(out, bytes, 3 - quad->padding);
    return left_over == 0;
}

static bool decode(const char *text, size_t len, struct buf *out)
{
    struct quad quad = {0};
    bool ended = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '\n' || (c == '\r' && i + 1 < len && text[i + 1] == '\n')) {
            continue;
        }
        if (ended || !quad_add(&quad, c)) {
            return false;
        }
        if (quad.digits + quad.padding == 4) {
            ended = quad.padding > 0;
            if (!quad_flush(&quad, out)) {
                return false;
            }
            quad = (struct quad){0};
        }
    }
    return quad.digits + quad.padding == 0;
}

bool base64_decode(const char *text, size_t len, struct buf *out)
{
    size_t before = out->len;
    if (!decode(text, len, out) || out->overflow) {
        buf_truncate(out, before);
        return false;
    }
    return true;
}

static char standard_digit(char c)
{
    switch (c) {
    case '-':
        return '+';
    case '_':
        return '/';
    case '+':
    case '/':
    case '=':
        return '!'; // no digit of either alphabet
    default:
        return c;
    }
}

static bool decode_url(const char *text, size_t len, struct buf *out)
{
    struct quad quad = {0};
    for (size_t i = 0; i < len; i++) {
        if (!quad_add(&quad, standard_digit(text[i]))) {
            return false;
        }
        if (quad.digits == 4) {
            (void)quad_flush(&quad, out);
            quad = (struct quad){0};
        }
    }
    if (quad.digits == 0) {
        return true;
    }
    quad.padding = 4 - quad.digits;
    return quad.digits > 1 && quad_flush(&quad, out);
}

bool base64_decode_url(const char *text, size_t len, struct buf *out)
{
    size_t before = out->len;
    if (!decode_url(text, len, out) || out->overflow) {
        buf_truncate(out, before);
        return false;
    }
    return true;
}

void base64_encode(const char *bytes, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i += 3) {
        size_t count = len - i < 3 ? len - i : 3;
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++) {
            bits = bits << 8 | (k < count ? (unsigned char)bytes[i + k] : 0U);
        }
        char text[4];
        for (size_t k = 0; k < 4; k++) {
            text[k] = k <= count ? alphabet[bits >> (18 - 6 * k) & 63] : '=';
        }
        buf_add(out, text, sizeof text);
    }
}
