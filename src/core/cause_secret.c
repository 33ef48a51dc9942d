// SPDX-License-Identifier: MIT
#include "core/cause_secret.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

#include "base/banned.h"

#define KEY(name, kind, seen)                    \
    {                                            \
        (name), sizeof(name) - 1, (kind), (seen) \
    }

// A key is secret when its name ends in one of these.
static const struct cause_secret_key secret_keys[] = {
    KEY("password", KEY_SPOKEN, "kopia --password=, RESTIC_PASSWORD"),
    KEY("passwd", KEY_SPOKEN, "MySQL's --passwd"),
    KEY("passphrase", KEY_SPOKEN, "K10's passkey, ssh"),
    KEY("passwort", KEY_SPOKEN, "German"),
    KEY("kennwort", KEY_SPOKEN, "German Windows hosts"),
    KEY("motdepasse", KEY_SPOKEN, "French"),
    KEY("contrase\xC3\xB1"
        "a",
        KEY_SPOKEN, "Spanish"),
    KEY("contrase\xC3\x91"
        "a",
        KEY_SPOKEN, "Spanish, capitals"),
    KEY("contrasena", KEY_SPOKEN, "Spanish, ASCII"),
    KEY("senha", KEY_SPOKEN, "Portuguese"),
    KEY("wachtwoord", KEY_SPOKEN, "Dutch"),
    KEY("has\xC5\x82o", KEY_SPOKEN, "Polish"),
    KEY("heslo", KEY_SPOKEN, "Czech"),
    KEY("l\xC3\xB6senord", KEY_SPOKEN, "Swedish"),
    KEY("passord", KEY_SPOKEN, "Norwegian"),
    KEY("adgangskode", KEY_SPOKEN, "Danish"),
    KEY("parola", KEY_SPOKEN, "Turkish, Romanian"),
    KEY("\xD0\xBF\xD0\xB0\xD1\x80\xD0\xBE\xD0\xBB\xD1\x8C", KEY_SPOKEN, "Russian"),
    KEY("\xD0\x9F\xD0\xB0\xD1\x80\xD0\xBE\xD0\xBB\xD1\x8C", KEY_SPOKEN, "Russian, capital"),
    KEY("\xE5\xAF\x86\xE7\xA0\x81", KEY_SPOKEN, "Chinese"),
    KEY("\xE3\x83\x91\xE3\x82\xB9\xE3\x83\xAF\xE3\x83\xBC\xE3\x83\x89", KEY_SPOKEN, "Japanese"),
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

// After "password is " these are no password either.
static const char *const said[] = {
    "about",     "absent",    "already",      "also",    "available", "bad",        "being",
    "blank",     "by",        "case",         "correct", "corrupt",   "default",    "different",
    "identical", "in",        "insufficient", "known",   "likely",    "lost",       "malformed",
    "mandatory", "necessary", "now",          "null",    "of",        "on",         "only",
    "out",       "present",   "probably",     "sent",    "set",       "shorter",    "still",
    "stale",     "that",      "too",          "unknown", "unset",     "valid",      "weak",
    "what",      "with",      "without",      "wrong",   "longer",    "unavailable"};

// What follows in such an address is all that is needed to post there.
static const char *const webhooks[] = {"hooks.slack.com/services/",    "hooks.slack.com/workflows/",
                                       "hooks.slack.com/triggers/",    "discord.com/api/webhooks/",
                                       "discordapp.com/api/webhooks/", "api.telegram.org/bot",
                                       "outlook.office.com/webhook/"};

bool cause_secret_looks_random(const char *word, size_t len)
{
    if (len < 6) {
        return false;
    }
    bool has_digit = false;
    bool has_inner_capital = false;
    for (size_t i = 0; i < len; i++) {
        has_digit |= ascii_is_digit(word[i]);
        has_inner_capital |= i > 0 && word[i] >= 'A' && word[i] <= 'Z';
    }
    return has_digit || has_inner_capital || len >= 24;
}

// Facts about a password ("using password: YES"), wherever they stand.
static const char *const facts[] = {"yes", "no", "true", "false", "none", "required", "empty"};

#define IS_ONE_OF(words, word, len) is_one_of(words, sizeof(words) / sizeof(words)[0], word, len)

static bool is_one_of(const char *const *words, size_t count, const char *word, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(words[i]) == len && ascii_has_prefix(word, len, words[i])) {
            return true;
        }
    }
    return false;
}

bool cause_secret_is_fact(const char *word, size_t len)
{
    return IS_ONE_OF(facts, word, len);
}

bool cause_secret_is_prose(const char *word, size_t len)
{
    return IS_ONE_OF(prose, word, len);
}

bool cause_secret_is_said(const char *word, size_t len)
{
    bool is_participle = (len > 4 && ascii_has_prefix(word + len - 2, 2, "ed")) ||
                         (len > 5 && ascii_has_prefix(word + len - 3, 3, "ing"));
    return is_participle || IS_ONE_OF(said, word, len) || IS_ONE_OF(prose, word, len) ||
           IS_ONE_OF(facts, word, len);
}

size_t cause_secret_verb(const char *text, size_t len, bool *ret_english)
{
    static const struct {
        const char *text;
        bool is_english;
    } verbs[] = {{"is", true},   {"was", true}, {"ist", false},     {"lautet", false},
                 {"est", false}, {"es", false}, {"\xC3\xA9", false}};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        size_t end = strlen(verbs[i].text);
        if (end + 1 < len && (text[end] == ' ' || text[end] == ':') &&
            ascii_has_prefix(text, len, verbs[i].text)) {
            *ret_english = verbs[i].is_english;
            return end;
        }
    }
    return 0;
}

size_t cause_secret_webhook(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof webhooks / sizeof webhooks[0]; i++) {
        size_t address = strlen(webhooks[i]);
        if (len > address && ascii_has_prefix(word, len, webhooks[i])) {
            return address;
        }
    }
    return 0;
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

// The length of the hidden character, or U+FFFD in its place, that ends before text[end]; else 0.
static size_t hidden_length(const char *text, size_t end)
{
    size_t start = end;
    while (start > 0 && end - start < 4 && (text[start - 1] & 0xC0) == 0x80) {
        start--;
    }
    uint32_t point = 0;
    if (start == end || start == 0 ||
        utf8_decode(text + start - 1, end - start + 1, &point) != end - start + 1) {
        return 0;
    }
    return point == 0xFFFD || utf8_is_unprintable(point) ? end - start + 1 : 0;
}

// What may stand between a key and its separator.
static size_t skip_to_key(const char *text, size_t end)
{
    while (end > 0) {
        char c = text[end - 1];
        size_t hidden = hidden_length(text, end);
        if (hidden == 0 && !ascii_is_quote(c) && c != '\\' && c != ' ' && c != ']') {
            break;
        }
        end -= hidden > 0 ? hidden : 1;
    }
    return end;
}

static void read_key(const char *text, size_t end, struct key *ret)
{
    *ret = (struct key){.len = 0};
    size_t at = skip_to_key(text, end);
    size_t steps = 0;
    while (at > 0 && ret->len < KEY_BYTES && steps++ < KEY_BYTES) {
        char c = text[at - 1];
        size_t hidden = hidden_length(text, at);
        if (hidden > 0) {
            at -= hidden;
            continue;
        }
        if (ascii_is_alnum(c) || (c & 0x80) != 0) {
            ret->reversed[ret->len++] = ascii_lower(c);
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

bool cause_secret_key_is_path(const char *text, size_t end)
{
    size_t stop = skip_to_key(text, end);
    size_t start = stop;
    while (start > 0 && text[start - 1] != ' ' && !ascii_is_quote(text[start - 1])) {
        start--;
    }
    return start < stop && strchr("/.~", text[start]) != NULL &&
           memchr(text + start, '/', stop - start) != NULL;
}

bool cause_secret_is_scheme(const char *word, size_t len)
{
    if (len < 5 || len > 9) {
        return false;
    }
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strlen(schemes[i]) == len && ascii_has_prefix(word, len, schemes[i])) {
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
        shape.digits += ascii_is_digit(word[i]);
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
        if (shape.digits + shape.capitals == len && ascii_has_prefix(word, len, prefixes[i])) {
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
