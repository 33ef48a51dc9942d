// SPDX-License-Identifier: MIT
// What gives a secret away: the name of its key, the scheme before it, or its own look. Data and
// judgements; core/cause_mask does the replacing.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum cause_key_kind {
    KEY_STRONG, // its value is a secret whatever the separator
    KEY_WEAK,   // also a word of prose ("secret: not found"): after ": " the value must look random
    KEY_WORD,   // like KEY_STRONG, but only as a whole word (sig=, pwd=)
    KEY_HEADER, // the value may be a scheme and its credential
};

struct cause_secret_key {
    const char *name; // lower case, without '_', '-', '.' and blanks
    size_t len;
    enum cause_key_kind kind;
    const char *seen;
};

// The row of the key that ends before text[end], quotes and blanks between skipped; NULL for none.
const struct cause_secret_key *cause_secret_key_find(const char *text, size_t end);

// "Bearer", "Basic": the next word is a credential.
bool cause_secret_is_scheme(const char *word, size_t len);

// A secret by its look: JWTs, AWS key ids, long words of digits and both cases.
bool cause_secret_is_word(const char *word, size_t len);

// A word nobody would write in a sentence: with a digit, or capitals inside, or very long.
bool cause_secret_looks_random(const char *word, size_t len);

// After "password: ": a word of prose, when more words follow.
bool cause_secret_is_prose(const char *word, size_t len);

// After "password: ": a fact about it ("YES"), wherever it stands.
bool cause_secret_is_fact(const char *word, size_t len);
