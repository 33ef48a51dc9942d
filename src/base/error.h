// SPDX-License-Identifier: MIT
// An error is a value: a class that says what the caller can do about it, and a text for a person.
// Texts are lower case, name the object, what was expected and what was found, and hold no secret.
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

enum error_class {
    ERROR_NONE,
    ERROR_USAGE,       // the command line
    ERROR_SETTINGS,    // a setting is missing or wrong: only its owner can mend it
    ERROR_AUTH,        // the credential was not accepted (401, 535)
    ERROR_FORBIDDEN,   // the credential lacks a right (403)
    ERROR_NOT_FOUND,   // the object or its API is not there (404)
    ERROR_CONFLICT,    // somebody else wrote first (409): read again
    ERROR_EXPIRED,     // the list's continue token is too old (410)
    ERROR_LIMIT,       // a bound of ours was passed
    ERROR_PROTOCOL,    // the other side broke its protocol
    ERROR_UNAVAILABLE, // the other side says it cannot now (429, 5xx, 4yz)
    ERROR_REFUSED,     // the other side says never (5yz of SMTP, 4xx of HTTP)
    ERROR_NETWORK,     // no connection, no name, no answer
    ERROR_TLS,         // the peer's certificate or handshake
    ERROR_INTERNAL,    // ours
};

enum { ERROR_TEXT_BYTES = 1024 };

struct error {
    enum error_class class;
    char text[ERROR_TEXT_BYTES];
};

// Sets class and text; a text too long is cut and ends in "...". Always returns false.
bool error_set(struct error *error, enum error_class class, const char *format, ...)
    PRINTF_LIKE(3, 4);

// Puts "PREFIX: " before the text and keeps the class. Always returns false.
bool error_prefix(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);

// The class in one or two words ("forbidden", "not found"), for logs and machine fields.
const char *error_class_name(enum error_class class);
