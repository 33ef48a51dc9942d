// SPDX-License-Identifier: MIT
#include "base/parse.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

static const int64_t max_seconds = (int64_t)3660 * 86400;

bool parse_uint(const char *text, uint64_t max, uint64_t *ret)
{
    if (*text == '\0') {
        return false;
    }
    uint64_t value = 0;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(*text - '0');
        if (value > (max - digit) / 10 || digit > max) {
            return false;
        }
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

bool parse_bool(const char *text, bool *ret)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true}, {"false", false}, {"1", true},
                 {"0", false},   {"yes", true},    {"no", false}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(text, words[i].word) == 0) {
            *ret = words[i].value;
            return true;
        }
    }
    return false;
}

static int64_t unit_seconds_of(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    default:
        return 0;
    }
}

bool parse_duration(const char *text, int64_t *ret_seconds)
{
    char number[16];
    size_t len = strlen(text);
    int64_t unit = len > 0 ? unit_seconds_of(text[len - 1]) : 0;
    size_t digits = unit != 0 ? len - 1 : len;
    if (digits == 0 || digits >= sizeof number) {
        return false;
    }
    memcpy(number, text, digits);
    number[digits] = '\0';
    uint64_t value;
    int64_t scale = unit != 0 ? unit : 1;
    if (!parse_uint(number, (uint64_t)(max_seconds / scale), &value)) {
        return false;
    }
    *ret_seconds = (int64_t)value * scale;
    return true;
}

bool parse_decimal_seconds(const char *text, int64_t unit_seconds, int64_t *ret_seconds)
{
    char number[16];
    const char *dot = strchr(text, '.');
    size_t whole_len = dot != NULL ? (size_t)(dot - text) : strlen(text);
    if (whole_len == 0 || whole_len >= sizeof number) {
        return false;
    }
    memcpy(number, text, whole_len);
    number[whole_len] = '\0';
    uint64_t whole;
    if (!parse_uint(number, (uint64_t)(max_seconds / unit_seconds), &whole)) {
        return false;
    }
    uint64_t fraction = 0;
    uint64_t scale = 1;
    if (dot != NULL) {
        if (strlen(dot + 1) > 6 || !parse_uint(dot + 1, 999999, &fraction)) {
            return false;
        }
        for (size_t i = 0; i < strlen(dot + 1); i++) {
            scale *= 10;
        }
    }
    uint64_t part = (fraction * (uint64_t)unit_seconds + scale - 1) / scale;
    uint64_t seconds = whole * (uint64_t)unit_seconds + part;
    if (seconds > (uint64_t)max_seconds) {
        return false;
    }
    *ret_seconds = (int64_t)seconds;
    return true;
}
