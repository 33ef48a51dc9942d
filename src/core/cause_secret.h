// SPDX-License-Identifier: MIT
// What gives a secret away: the name of its key, the scheme before it, or its own look. Data and
// judgements; core/cause_mask does the replacing.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum cause_key_kind {
    KEY_SPOKEN, // like KEY_STRONG, and in a sentence without a separator ('password is X')
    KEY_STRONG, // its value is a secret whatever the separator
    KEY_WEAK,   // also a word of prose ("secret: not found"): after ": " the value must look random
    KEY_WORD,   // like KEY_STRONG, but only as a whole word (sig=, pwd=)
    KEY_HEADER, // the value may be a scheme and its credential
};

struct cause_secret_key {
    const char *name; // ASCII in lower case, without '_', '-', '.', blanks, hidden characters
    size_t len;
    enum cause_key_kind kind;
    const char *seen;
};

// The row of the key that ends before text[end], quotes and blanks between skipped; NULL for none.
// Hidden characters within the key, or U+FFFD in their place, do not count.
const struct cause_secret_key *cause_secret_key_find(const char *text, size_t end);

// True when what ends before text[end] is a path ("/run/secrets/token", also in quotes): a colon
// behind it is the sentence's.
bool cause_secret_key_is_path(const char *text, size_t end);

// "Bearer", "Basic": the next word is a credential.
bool cause_secret_is_scheme(const char *word, size_t len);

// A secret by its look: JWTs, AWS key ids, long words of digits and both cases.
bool cause_secret_is_word(const char *word, size_t len);

// A word nobody would write in a sentence: with a digit, or capitals inside, or very long.
bool cause_secret_looks_random(const char *word, size_t len);

// After "password: ": a word of prose, when more words follow.
bool cause_secret_is_prose(const char *word, size_t len);

// The length of the verb, "is" in some language, that text begins with when more follows; else 0.
// The words cause_secret_is_said knows are English.
size_t cause_secret_verb(const char *text, size_t len, bool *ret_english);

// After "password is ": what is said of a password ("wrong", "rejected").
bool cause_secret_is_said(const char *word, size_t len);

// Where the secret of a webhook's address begins in word ("hooks.slack.com/services/"); 0 for none.
size_t cause_secret_webhook(const char *word, size_t len);

// After "password: ": a fact about it ("YES"), wherever it stands.
bool cause_secret_is_fact(const char *word, size_t len);
