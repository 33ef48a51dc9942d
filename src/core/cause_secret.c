// SPDX-License-Identifier: MIT
#include "core/cause_secret.h"

#include <string.h>

#include "base/banned.h"

#define KEY(name, kind, seen)                    \
    {                                            \
        (name), sizeof(name) - 1, (kind), (seen) \
    }

// A key is secret when its name ends in one of these.
static const struct cause_secret_key secret_keys[] = {
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

bool cause_secret_looks_random(const char *word, size_t len)
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

// Facts about a password ("using password: YES"), wherever they stand.
static const char *const facts[] = {"yes", "no", "true", "false", "none", "required", "empty"};

bool cause_secret_is_fact(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (strlen(facts[i]) == len && has_prefix(word, len, facts[i])) {
            return true;
        }
    }
    return false;
}

bool cause_secret_is_prose(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof prose / sizeof prose[0]; i++) {
        if (strlen(prose[i]) == len && has_prefix(word, len, prose[i])) {
            return true;
        }
    }
    return false;
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

static void read_key(const char *text, size_t end, struct key *ret)
{
    *ret = (struct key){.len = 0};
    size_t at = end;
    while (at > 0 && (is_quote(text[at - 1]) || text[at - 1] == '\\' || text[at - 1] == ' ' ||
                      text[at - 1] == ']')) {
        at--;
    }
    size_t steps = 0;
    while (at > 0 && ret->len < KEY_BYTES && steps++ < KEY_BYTES) {
        char c = text[at - 1];
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

const struct cause_secret_key *cause_secret_key_find(const char *text, size_t end)
{
    struct key key;
    read_key(text, end, &key);
    for (size_t i = 0; key.len >= 3 && i < sizeof secret_keys / sizeof secret_keys[0]; i++) {
        const struct cause_secret_key *row = &secret_keys[i];
        if (key_ends_in(&key, row->name, row->len, row->kind == KEY_WORD)) {
            return row;
        }
    }
    return NULL;
}

bool cause_secret_is_scheme(const char *word, size_t len)
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
bool cause_secret_is_word(const char *word, size_t len)
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
