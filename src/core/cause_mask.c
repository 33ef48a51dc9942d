// SPDX-License-Identifier: MIT
#include "core/cause_mask.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "core/cause_secret.h"

#include "base/banned.h"

#define MASK "***"

// Bytes of base64, base64url and hex.
static bool is_token(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_' || c == '+' || c == '/' || c == '.' ||
           c == '~';
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
           !ascii_is_quote(scan->text[end])) {
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
        ascii_has_prefix(scan->text + start, end - start, "aws4-hmac")) {
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
// "password: cipher: message authentication failed" and "open /etc/password: permission denied".
static bool is_secret_in_prose(const struct scan *scan, const struct cause_secret_key *key,
                               bool is_path, size_t start, size_t end)
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
    bool is_strong = key->kind == KEY_STRONG || key->kind == KEY_SPOKEN;
    return is_strong && !is_word && !is_path;
}

// What a hidden character became in core/cause_clean counts as a blank.
static size_t skip_to_value(const struct scan *scan, size_t start)
{
    static const char hidden[] = UTF8_REPLACEMENT;
    while (start < scan->len) {
        if (ascii_has_prefix(scan->text + start, scan->len - start, hidden)) {
            start += sizeof hidden - 1;
        } else if (memchr(" \\=[:", scan->text[start], 5) != NULL) {
            start++;
        } else {
            break;
        }
    }
    return start;
}

static char open_quote(const struct scan *scan, size_t start)
{
    return start < scan->len && ascii_is_quote(scan->text[start]) ? scan->text[start] : '\0';
}

static bool ends_in_quote(const char *text, size_t end)
{
    while (end > 0 && text[end - 1] == ' ') {
        end--;
    }
    return end > 0 && ascii_is_quote(text[end - 1]);
}

// At '=' or ':' (or %3D): masks the value when the key before it is a secret one.
static void mask_value(struct scan *scan, size_t separator, size_t separator_len)
{
    const struct cause_secret_key *key = cause_secret_key_find(scan->text, separator);
    if (key == NULL) {
        return;
    }
    size_t start = separator + separator_len;
    bool has_blank = scan->text[separator] == ':' && start < scan->len && scan->text[start] == ' ';
    start = skip_to_value(scan, start);
    char quote = open_quote(scan, start);
    start += quote != '\0' ? 1 : 0;
    size_t end = value_end(scan, start, quote);
    // '"token": "x"' is JSON; '"/run/token": No such file' and "secret: not found" are sentences.
    bool is_prose = has_blank && (quote == '\0' || !ends_in_quote(scan->text, separator));
    bool is_path = is_prose && quote == '\0' && cause_secret_key_is_path(scan->text, separator);
    if (key->kind == KEY_HEADER) {
        mask_header(scan, start, end);
    } else if (!is_prose || is_secret_in_prose(scan, key, is_path, start, end)) {
        mask(scan, start, end);
    }
}

// At a blank: 'passphrase "hunter2"'.
static void mask_quoted(struct scan *scan, size_t start)
{
    const struct cause_secret_key *key = cause_secret_key_find(scan->text, scan->at);
    if (key != NULL && key->kind == KEY_SPOKEN) {
        mask(scan, start + 1, value_end(scan, start + 1, scan->text[start]));
    }
}

// At the blank before the verb of "password is hunter2".
static void mask_told(struct scan *scan, size_t verb_end, bool is_english)
{
    const struct cause_secret_key *key = cause_secret_key_find(scan->text, scan->at);
    if (key == NULL || key->kind == KEY_HEADER) {
        return;
    }
    size_t start = skip_to_value(scan, verb_end);
    char quote = open_quote(scan, start);
    start += quote != '\0' ? 1 : 0;
    size_t end = value_end(scan, start, quote);
    const char *word = scan->text + start;
    bool is_told = key->kind == KEY_SPOKEN &&
                   (quote != '\0' || (is_english && !cause_secret_is_said(word, end - start)));
    if (is_told || cause_secret_looks_random(word, end - start)) {
        mask(scan, start, end);
    }
}

// At a blank behind a word: a value may follow without a separator.
static void mask_said(struct scan *scan)
{
    size_t start = scan->at + 1;
    if (open_quote(scan, start) != '\0') {
        mask_quoted(scan, start);
        return;
    }
    bool is_english = false;
    size_t verb = cause_secret_verb(scan->text + start, scan->len - start, &is_english);
    if (verb > 0) {
        mask_told(scan, start + verb, is_english);
    }
}

// "--password hunter2": the next word.
static void mask_option(struct scan *scan)
{
    size_t end = scan->at;
    while (end < scan->len && (ascii_is_alnum(scan->text[end]) || scan->text[end] == '-' ||
                               (scan->text[end] & 0x80) != 0)) {
        end++;
    }
    if (end >= scan->len || scan->text[end] != ' ' ||
        cause_secret_key_find(scan->text, end) == NULL) {
        return;
    }
    size_t start = end + 1;
    char quote = open_quote(scan, start);
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
    while (end < scan->len && scan->text[end] != ' ' && !ascii_is_quote(scan->text[end]) &&
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
        while (digits < slash && ascii_is_digit(scan->text[digits])) {
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
    if (!ascii_has_prefix(scan->text + scan->at, scan->len - scan->at, "@tcp(") &&
        !ascii_has_prefix(scan->text + scan->at, scan->len - scan->at, "@unix(")) {
        return;
    }
    size_t start = scan->at;
    while (start > scan->shown && scan->text[start - 1] != ' ' &&
           !ascii_is_quote(scan->text[start - 1])) {
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
    size_t webhook = cause_secret_webhook(scan->text + start, end - start);
    if (webhook > 0) {
        mask(scan, start + webhook, bare_value_end(scan, start));
        return;
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
    while (end < scan->len && ascii_is_alnum(scan->text[end])) {
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
    if (at_start && ascii_is_alnum(*here)) {
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
    } else if ((*here == '%' && ascii_has_prefix(here, left, "%3d")) ||
               (*here == '\xEF' &&
                ascii_has_prefix(here, left, "\xEF\xBC\x9A"))) { // the wide colon
        mask_value(scan, scan->at, 3);
    } else if (*here == ' ' && scan->at > 0 && !ascii_is_quote(here[-1])) {
        mask_said(scan);
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
            while (scan.at < len && ascii_is_alnum(text[scan.at]) &&
                   ascii_is_alnum(text[scan.at - 1])) {
                scan.at++;
            }
        }
    }
    buf_add(out, text + scan.shown, len - scan.shown);
}
