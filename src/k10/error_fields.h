// SPDX-License-Identifier: MIT
// What the members and fields of K10's errors mean. Data only; docs/root-cause.md says how to add
// a row.
#pragma once

enum error_role {
    ERROR_ROLE_UNKNOWN,  // objects in it are looked through, texts are not statements
    ERROR_ROLE_MESSAGE,  // what the error says
    ERROR_ROLE_FALLBACK, // what it says when it has no message
    ERROR_ROLE_CAUSE,    // errors below: any text or object in it is a statement
    ERROR_ROLE_FIELDS,   // [{name, value}] or a map: its names are looked up here
    ERROR_ROLE_PLACE,    // where it happened
    ERROR_ROLE_NOISE,    // never looked at
};

struct error_field {
    const char *name; // any case
    enum error_role role;
    const char *kind; // of a place: "namespace"
    const char *seen; // the case that needed the row
};

// The row of a name, NULL for none.
const struct error_field *error_field_find(const char *name);
