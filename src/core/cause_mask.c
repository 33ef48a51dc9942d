// SPDX-License-Identifier: MIT
#include "core/cause_mask.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

#define MASK "***"

enum key_kind {
    KEY_STRONG, // its value is a secret whatever the separator
    KEY_WEAK,   // also a word of prose ("secret: not found"): after ": " the value must look random
    KEY_WORD,   // like KEY_STRONG, but only as a whole word (sig=, pwd=)
    KEY_HEADER, // the value may be a scheme and its credential
};

#define KEY(name, kind, seen)                    \
    {                                            \
        (name), sizeof(name) - 1, (kind), (seen) \
    }

struct secret_key {
    const char *name; // lower case, without '_', '-', '.' and blanks
    size_t len;
    enum key_kind kind;
    const char *seen;
};

// A key is secret when its name ends in one of these.
static const struct secret_key secret_keys[] = {
    KEY("password", KEY_STRONG, "kopia --password=, RESTIC_PASSWORD"),
    KEY("passwd", KEY_STRONG, "MySQL's --passwd"),
    KEY("passphrase", KEY_STRONG, "K10's passkey, ssh"),
    KEY("passkey", KEY_WEAK, "K10's passkey"),
    KEY("userpass", KEY_STRONG, "command lines"),
    KEY("accesskey", KEY_STRONG, "kopia --access-key, --secret-access-key"),
    KEY("accesskeyid", KEY_STRONG, "AWS_ACCESS_KEY_ID"),
    KEY("secretkey", KEY_STRONG, "MINIO_SECRET_KEY"),
    KEY("secretid", KEY_STRONG, "AppRole"),
    KEY("accountkey", KEY_STRONG, "Azure connection strings"),
    KEY("storagekey", KEY_STRONG, "kopia --storage-key"),
    KEY("privatekey", KEY_STRONG, "GCP service accounts"),
    KEY("apikey", KEY_STRONG, "x-api-key headers"),
    KEY("encryptionkey", KEY_STRONG, "repositories"),
    KEY("sharedaccesssignature", KEY_STRONG, "Azure connection strings"),
    KEY("clientsecret", KEY_STRONG, "Azure, OIDC"),
    KEY("secret", KEY_WEAK, "AWS_SECRET, client secrets"),
    KEY("token", KEY_WEAK, "session-token, sas-token, X-Amz-Security-Token"),
    KEY("signature", KEY_WEAK, "X-Amz-Signature, Signature of S3 version 2"),
    KEY("credential", KEY_WEAK, "X-Amz-Credential"),
    KEY("credentials", KEY_WEAK, "profiles"),
    KEY("cookie", KEY_WEAK, "Set-Cookie"),
    KEY("sessionid", KEY_WEAK, "dashboards"),
    KEY("authorization", KEY_HEADER, "headers in a traced request"),
    KEY("xauthtoken", KEY_STRONG, "Swift"),
    KEY("sig", KEY_WORD, "Azure SAS URLs"),
    KEY("pwd", KEY_WORD, "connection strings"),
    KEY("pass", KEY_WORD, "connection strings"),
    KEY("sas", KEY_WORD, "Azure"),
};

// Credentials named by their scheme.
static const char *const schemes[] = {"bearer", "basic", "negotiate", "token"};

// After "password: " in a sentence these are no password.
static const char *const prose[] = {"a",    "an",        "and",     "cannot",   "context", "could",
                                    "did",  "does",      "error",   "expected", "failed",  "for",
                                    "from", "incorrect", "invalid", "is",       "missing", "must",
                                    "no",   "not",       "rpc",     "the",      "unable",  "was"};

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

// A word nobody would write in a sentence: with a digit, or capitals inside, or very long.
static bool looks_random(const char *word, size_t len)
{
    if (len < 6) {
        return false;
    }
    bool has_digit = false;
    bool has_inner_capital = false;
    for (size_t i = 0; i < len; i++) {
        has_digit |= is_digit(word[i]);
        has_inner_capital |= i > 0 && word[i] >= 'A' && word[i] <= 'Z';
    }
    return has_digit || has_inner_capital || len >= 24;
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

// Facts about a password ("using password: YES"), wherever they stand.
static const char *const facts[] = {"yes", "no", "true", "false", "none", "required", "empty"};

static bool is_fact(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (strlen(facts[i]) == len && has_prefix(word, len, facts[i])) {
            return true;
        }
    }
    return false;
}

static bool is_prose_word(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof prose / sizeof prose[0]; i++) {
        if (strlen(prose[i]) == len && has_prefix(word, len, prose[i])) {
            return true;
        }
    }
    return false;
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

// The key before a separator, normalised, read backwards over quotes, '_', '-', '.', blanks.
// *ret_whole tells whether the last word_len characters are a word of their own.
enum { KEY_BYTES = 40 };

struct key {
    char reversed[KEY_BYTES];
    size_t word_ends[4]; // lengths after which a separator stood
    size_t word_count;
    size_t len;
};

static void read_key(const struct scan *scan, size_t separator, struct key *ret)
{
    *ret = (struct key){.len = 0};
    size_t at = separator;
    while (at > 0 && (is_quote(scan->text[at - 1]) || scan->text[at - 1] == '\\' ||
                      scan->text[at - 1] == ' ' || scan->text[at - 1] == ']')) {
        at--;
    }
    size_t steps = 0;
    while (at > 0 && ret->len < KEY_BYTES && steps++ < KEY_BYTES) {
        char c = scan->text[at - 1];
        if (is_alnum(c)) {
            ret->reversed[ret->len++] = lower(c);
        } else if (c == '_' || c == '-' || c == '.' || c == ' ') {
            if (ret->word_count < 4) {
                ret->word_ends[ret->word_count++] = ret->len;
            }
        } else {
            break;
        }
        at--;
    }
    if (ret->word_count < 4) {
        ret->word_ends[ret->word_count++] = ret->len;
    }
}

static bool key_ends_in(const struct key *key, const char *name, size_t len, bool whole_word)
{
    if (key->len < len || key->reversed[0] != name[len - 1]) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (key->reversed[i] != name[len - 1 - i]) {
            return false;
        }
    }
    if (!whole_word) {
        return true;
    }
    for (size_t i = 0; i < key->word_count; i++) {
        if (key->word_ends[i] == len) {
            return true;
        }
    }
    return false;
}

static const struct secret_key *find_key(const struct scan *scan, size_t separator)
{
    struct key key;
    read_key(scan, separator, &key);
    for (size_t i = 0; key.len >= 3 && i < sizeof secret_keys / sizeof secret_keys[0]; i++) {
        const struct secret_key *row = &secret_keys[i];
        if (key_ends_in(&key, row->name, row->len, row->kind == KEY_WORD)) {
            return row;
        }
    }
    return NULL;
}

static bool is_scheme(const char *word, size_t len)
{
    if (len < 5 || len > 9) {
        return false;
    }
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strlen(schemes[i]) == len && has_prefix(word, len, schemes[i])) {
            return true;
        }
    }
    return false;
}

// "Authorization: Basic dXNlcg==": the scheme stays, what follows it goes.
static void mask_header(struct scan *scan, size_t start, size_t end)
{
    if (is_scheme(scan->text + start, end - start) ||
        has_prefix(scan->text + start, end - start, "aws4-hmac")) {
        start = end;
        while (start < scan->len && scan->text[start] == ' ') {
            start++;
        }
        end = bare_value_end(scan, start);
        mask(scan, start, end);
    } else if (looks_random(scan->text + start, end - start)) {
        mask(scan, start, end);
    }
}

// After "KEY: " in a sentence: whether the words are a secret all the same. A Go chain goes on in
// "password: cipher: message authentication failed".
static bool is_secret_in_prose(const struct scan *scan, const struct secret_key *key, size_t start,
                               size_t end)
{
    const char *value = scan->text + start;
    if (is_fact(value, end - start)) {
        return false;
    }
    if (looks_random(value, end - start)) {
        return true;
    }
    bool goes_on = end < scan->len && (scan->text[end] == ':' || scan->text[end] == ' ');
    bool is_word = goes_on && (scan->text[end] == ':' || is_prose_word(value, end - start));
    return key->kind == KEY_STRONG && !is_word;
}

// At '=' or ':' (or %3D): masks the value when the key before it is a secret one.
static void mask_value(struct scan *scan, size_t separator, size_t separator_len)
{
    const struct secret_key *key = find_key(scan, separator);
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
    if (end >= scan->len || scan->text[end] != ' ' || find_key(scan, end) == NULL) {
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

struct word_shape {
    size_t digits;
    size_t capitals;
    size_t smalls;
    size_t dots;
    size_t slashes;
};

static struct word_shape measure(const char *word, size_t len)
{
    struct word_shape shape = {0};
    for (size_t i = 0; i < len; i++) {
        shape.digits += is_digit(word[i]);
        shape.capitals += word[i] >= 'A' && word[i] <= 'Z';
        shape.smalls += word[i] >= 'a' && word[i] <= 'z';
        shape.dots += word[i] == '.';
        shape.slashes += word[i] == '/';
    }
    return shape;
}

// AKIA... and ASIA...: key ids of AWS, 20 capitals and digits.
static bool is_aws_key_id(const char *word, size_t len)
{
    static const char *const prefixes[] = {"akia", "asia", "aroa", "aida"};
    struct word_shape shape = measure(word, len);
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (shape.digits + shape.capitals == len && has_prefix(word, len, prefixes[i])) {
            return true;
        }
    }
    return false;
}

// A JWT (its header begins with '{"' in base64, so "eyJ"), or a key: long, with digits and both
// cases and no path or host in it.
static bool is_secret_word(const char *word, size_t len)
{
    enum { SHORTEST_SECRET = 16 };
    if (len < SHORTEST_SECRET) {
        return false;
    }
    if (memcmp(word, "eyJ", 3) == 0 || is_aws_key_id(word, len)) {
        return true;
    }
    struct word_shape shape = measure(word, len);
    return len >= 32 && shape.digits >= 4 && shape.capitals >= 4 && shape.smalls >= 4 &&
           shape.dots == 0 && shape.slashes <= 3;
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
    if (is_secret_word(scan->text + start, word_end - start)) {
        while (end < scan->len && (is_token(scan->text[end]) || scan->text[end] == '=')) {
            end++;
        }
        mask(scan, start, end);
        return;
    }
    if (end + 1 < scan->len && scan->text[end] == ' ' &&
        is_scheme(scan->text + start, end - start)) {
        size_t value = end + 1;
        size_t stop = bare_value_end(scan, value);
        if (stop - value >= 8 && looks_random(scan->text + value, stop - value)) {
            mask(scan, value, stop);
        }
    }
}

static void judge(struct scan *scan)
{
    const char *here = scan->text + scan->at;
    size_t left = scan->len - scan->at;
    bool at_start = scan->at == 0 || !is_token(here[-1]) || here[-1] == '/';
    if (at_start && is_alnum(*here)) {
        mask_word(scan);
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
