// SPDX-License-Identifier: MIT
#include "core/cause_mask.h"

#include <stdbool.h>
#include <string.h>

#include "core/cause_secret.h"

#include "base/banned.h"

#define MASK "***"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool is_alnum(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || is_digit(c);
}

// Bytes of base64, base64url and hex.
static bool is_token(char c)
{
    return is_alnum(c) || c == '-' || c == '_' || c == '+' || c == '/' || c == '.' || c == '~';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

static bool has_prefix(const char *text, size_t len, const char *prefix)
{
    size_t prefix_len = strlen(prefix);
    if (len < prefix_len) {
        return false;
    }
    for (size_t i = 0; i < prefix_len; i++) {
        if (lower(text[i]) != prefix[i]) {
            return false;
        }
    }
    return true;
}

struct scan {
    const char *text;
    size_t len;
    size_t at;    // next byte to judge
    size_t shown; // bytes already appended (or masked)
    struct buf *out;
};

// Masks [start, end): all before it is shown, reading goes on behind it.
static void mask(struct scan *scan, size_t start, size_t end)
{
    if (start < scan->shown) {
        start = scan->shown;
    }
    if (end <= start) {
        return;
    }
    buf_add(scan->out, scan->text + scan->shown, start - scan->shown);
    buf_add_text(scan->out, MASK);
    scan->shown = end;
    if (scan->at < end) {
        scan->at = end;
    }
}

// The end of an unquoted value: closing punctuation belongs to the sentence.
static size_t bare_value_end(const struct scan *scan, size_t start)
{
    size_t end = start;
    while (end < scan->len && scan->text[end] != ' ' && scan->text[end] != '&' &&
           !is_quote(scan->text[end])) {
        end++;
    }
    while (end > start && strchr(",;.)]}:>", scan->text[end - 1]) != NULL) {
        end--;
    }
    return end;
}

static size_t value_end(const struct scan *scan, size_t start, char quote)
{
    if (quote == '\0') {
        return bare_value_end(scan, start);
    }
    size_t end = start;
    while (end < scan->len && scan->text[end] != quote) {
        end += scan->text[end] == '\\' && end + 1 < scan->len ? 2 : 1;
    }
    return end;
}

// "Authorization: Basic dXNlcg==": the scheme stays, what follows it goes.
static void mask_header(struct scan *scan, size_t start, size_t end)
{
    if (cause_secret_is_scheme(scan->text + start, end - start) ||
        has_prefix(scan->text + start, end - start, "aws4-hmac")) {
        start = end;
        while (start < scan->len && scan->text[start] == ' ') {
            start++;
        }
        end = bare_value_end(scan, start);
        mask(scan, start, end);
    } else if (cause_secret_looks_random(scan->text + start, end - start)) {
        mask(scan, start, end);
    }
}

// After "KEY: " in a sentence: whether the words are a secret all the same. A Go chain goes on in
// "password: cipher: message authentication failed".
static bool is_secret_in_prose(const struct scan *scan, const struct cause_secret_key *key,
                               size_t start, size_t end)
{
    const char *value = scan->text + start;
    if (cause_secret_is_fact(value, end - start)) {
        return false;
    }
    if (cause_secret_looks_random(value, end - start)) {
        return true;
    }
    bool goes_on = end < scan->len && (scan->text[end] == ':' || scan->text[end] == ' ');
    bool is_word = goes_on && (scan->text[end] == ':' || cause_secret_is_prose(value, end - start));
    return key->kind == KEY_STRONG && !is_word;
}

// At '=' or ':' (or %3D): masks the value when the key before it is a secret one.
static void mask_value(struct scan *scan, size_t separator, size_t separator_len)
{
    const struct cause_secret_key *key = cause_secret_key_find(scan->text, separator);
    if (key == NULL) {
        return;
    }
    size_t start = separator + separator_len;
    bool is_prose = scan->text[separator] == ':' && start < scan->len && scan->text[start] == ' ' &&
                    !(separator > 0 && is_quote(scan->text[separator - 1]));
    while (start < scan->len && (scan->text[start] == ' ' || scan->text[start] == '\\' ||
                                 scan->text[start] == '=' || scan->text[start] == '[')) {
        start++;
    }
    char quote = start < scan->len && is_quote(scan->text[start]) ? scan->text[start] : '\0';
    start += quote != '\0' ? 1 : 0;
    size_t end = value_end(scan, start, quote);
    if (key->kind == KEY_HEADER) {
        mask_header(scan, start, end);
    } else if (!is_prose || is_secret_in_prose(scan, key, start, end)) {
        mask(scan, start, end);
    }
}

// "--password hunter2": the next word.
static void mask_option(struct scan *scan)
{
    size_t end = scan->at;
    while (end < scan->len && (is_alnum(scan->text[end]) || scan->text[end] == '-')) {
        end++;
    }
    if (end >= scan->len || scan->text[end] != ' ' ||
        cause_secret_key_find(scan->text, end) == NULL) {
        return;
    }
    size_t start = end + 1;
    char quote = start < scan->len && is_quote(scan->text[start]) ? scan->text[start] : '\0';
    start += quote != '\0' ? 1 : 0;
    if (start < scan->len && scan->text[start] != '-') {
        mask(scan, start, value_end(scan, start, quote));
    }
}

// At "://": "user:password@" goes. A password may hold an unescaped '/'.
static void mask_userinfo(struct scan *scan)
{
    enum { USERINFO_BYTES = 1024 };
    size_t start = scan->at + 3;
    size_t end = start;
    size_t at_sign = 0;
    size_t slash = 0;
    while (end < scan->len && scan->text[end] != ' ' && !is_quote(scan->text[end]) &&
           scan->text[end] != '<' && scan->text[end] != '>' && end - start < USERINFO_BYTES) {
        if (scan->text[end] == '@' && (slash == 0 || at_sign == 0)) {
            at_sign = end;
        }
        if (scan->text[end] == '/' && slash == 0) {
            slash = end;
        }
        end++;
    }
    if (at_sign == 0) {
        return;
    }
    if (slash != 0 && slash < at_sign) {
        // "https://host/path@tag" has a host before the slash; "https://u:pa/ss@host" has not.
        const char *colon = memchr(scan->text + start, ':', slash - start);
        size_t digits = colon != NULL ? (size_t)(colon - scan->text) + 1 : slash;
        while (digits < slash && is_digit(scan->text[digits])) {
            digits++;
        }
        if (digits == slash) {
            return;
        }
    }
    mask(scan, start, at_sign);
}

// "user:password@tcp(host:3306)/db" of Go's MySQL driver.
static void mask_dsn(struct scan *scan)
{
    if (!has_prefix(scan->text + scan->at, scan->len - scan->at, "@tcp(") &&
        !has_prefix(scan->text + scan->at, scan->len - scan->at, "@unix(")) {
        return;
    }
    size_t start = scan->at;
    while (start > scan->shown && scan->text[start - 1] != ' ' &&
           !is_quote(scan->text[start - 1])) {
        start--;
    }
    mask(scan, start, scan->at);
}

// A word at scan->at that begins there: judged as a whole, and as a scheme for the next one.
static void mask_word(struct scan *scan)
{
    enum { JUDGED_BYTES = 256 }; // of a longer word the beginning tells
    size_t start = scan->at;
    size_t end = start;
    while (end < scan->len && is_token(scan->text[end]) && end - start < JUDGED_BYTES) {
        end++;
    }
    size_t word_end = end;
    while (word_end > start && strchr("./-", scan->text[word_end - 1]) != NULL) {
        word_end--;
    }
    if (cause_secret_is_word(scan->text + start, word_end - start)) {
        while (end < scan->len && (is_token(scan->text[end]) || scan->text[end] == '=')) {
            end++;
        }
        mask(scan, start, end);
        return;
    }
    if (end + 1 < scan->len && scan->text[end] == ' ' &&
        cause_secret_is_scheme(scan->text + start, end - start)) {
        size_t value = end + 1;
        size_t stop = bare_value_end(scan, value);
        if (stop - value >= 8 && cause_secret_looks_random(scan->text + value, stop - value)) {
            mask(scan, value, stop);
        }
    }
}

// A short word of letters and digits, no scheme: nothing to mask. Its length, else 0.
static size_t harmless_word(const struct scan *scan)
{
    enum { HARMLESS_BYTES = 15 };
    size_t end = scan->at;
    while (end < scan->len && is_alnum(scan->text[end])) {
        end++;
    }
    size_t len = end - scan->at;
    bool goes_on = end < scan->len && is_token(scan->text[end]);
    return len <= HARMLESS_BYTES && !goes_on && !cause_secret_is_scheme(scan->text + scan->at, len)
               ? len
               : 0;
}

static void judge(struct scan *scan)
{
    const char *here = scan->text + scan->at;
    size_t left = scan->len - scan->at;
    bool at_start = scan->at == 0 || !is_token(here[-1]) || here[-1] == '/';
    if (at_start && is_alnum(*here)) {
        size_t harmless = harmless_word(scan);
        scan->at += harmless;
        if (harmless == 0) {
            mask_word(scan);
        }
    } else if (*here == '@') {
        mask_dsn(scan);
    } else if (*here == '-' && left > 2 && here[1] == '-' && at_start) {
        mask_option(scan);
    } else if (*here == '=') {
        mask_value(scan, scan->at, 1);
    } else if (*here == ':') {
        if (left > 3 && here[1] == '/' && here[2] == '/') {
            mask_userinfo(scan);
        } else {
            mask_value(scan, scan->at, 1);
        }
    } else if (*here == '%' && has_prefix(here, left, "%3d")) {
        mask_value(scan, scan->at, 3);
    }
}

void cause_mask_line(struct buf *out, const char *text, size_t len)
{
    struct scan scan = {.text = text, .len = len, .out = out};
    while (scan.at < len) {
        size_t before = scan.at;
        judge(&scan);
        if (scan.at == before) {
            scan.at++;
            // Inside a word nothing begins.
            while (scan.at < len && is_alnum(text[scan.at]) && is_alnum(text[scan.at - 1])) {
                scan.at++;
            }
        }
    }
    buf_add(out, text + scan.shown, len - scan.shown);
}

void cause_mask_blocks(struct buf *out, const char *text, size_t len)
{
    static const char begin[] = "-----BEGIN ";
    static const char end[] = "-----END ";
    size_t at = 0;
    while (at < len) {
        const char *found = memmem(text + at, len - at, begin, sizeof begin - 1);
        if (found == NULL) {
            break;
        }
        size_t start = (size_t)(found - text);
        buf_add(out, text + at, start - at);
        buf_add_text(out, MASK);
        const char *stop = memmem(found, len - start, end, sizeof end - 1);
        if (stop == NULL) {
            return;
        }
        // The closing line goes to its own dashes.
        size_t behind = (size_t)(stop - text) + sizeof end - 1;
        const char *dashes = memmem(text + behind, len - behind, "-----", 5);
        at = dashes != NULL ? (size_t)(dashes - text) + 5 : len;
    }
    buf_add(out, text + at, len - at);
}
