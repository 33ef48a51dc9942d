// SPDX-License-Identifier: MIT
// The one table of settings. Reading, --help, docs/settings.md, unknown names and suggestions all
// come from it; a setting exists when it has a row here.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/settings.h"

enum settings_scope {
    SETTINGS_GLOBAL,
    SETTINGS_PER_CLUSTER, // CLUSTER_<N>_ before the name
};

// What kind of value a key takes: its grammar, and (settings_read.c) where it is put.
enum settings_type {
    SETTINGS_NAME,
    SETTINGS_TEXT,
    SETTINGS_USER,
    SETTINGS_HOST,
    SETTINGS_PORT,
    SETTINGS_CHOICE,    // one of the row's choices, as an int: its place
    SETTINGS_MECHANISM, // one of the row's choices, as text in upper case
    SETTINGS_BOOL,
    SETTINGS_COUNT,    // min to max
    SETTINGS_DURATION, // min to max seconds
    SETTINGS_HOURS,    // decimal, above 0
    SETTINGS_ADDRESS,
    SETTINGS_ADDRESS_LIST,
    SETTINGS_KINDS,   // a set of settings_kind_words
    SETTINGS_CLASSES, // a set of settings_class_words
    SETTINGS_ZONE,
    SETTINGS_STATE,
    SETTINGS_NAMESPACE,
    SETTINGS_API_URL,
    SETTINGS_WEB_URL,
    SETTINGS_PASSWORD,
    SETTINGS_TOKEN,
    SETTINGS_SECRET_FILE, // names the file that holds the row's `instead_of`
    SETTINGS_CA_DATA,
    SETTINGS_CA_FILE,
    SETTINGS_LATER, // a name of a later version: warned about, no effect
    SETTINGS_TYPE_COUNT,
};

struct settings_key {
    const char *name;
    const char *group;          // heading of the documents; rows of a group stand together
    const char *help;           // sentences
    const char *fallback;       // default, in the key's own grammar; NULL: none
    const char *fallback_note;  // the default in words, where it is not one value; NULL
    const char *instead_of;     // this key and that one exclude each other; NULL
    const char *const *choices; // NULL-terminated
    enum settings_scope scope;
    enum settings_type type;
    bool required;
    bool secret; // its value is in no message
    uint64_t min;
    uint64_t max;
    size_t offset; // of the value in struct settings_draft or struct cluster_settings
};

struct mail_address_list {
    struct mail_address *items;
    size_t count;
};

struct settings_words {
    const char **items;
    size_t count;
};

// Settings while they are read: what the rows fill, before the checks across keys.
struct settings_draft {
    struct settings settings;
    struct mail_address_list to;
    struct settings_words kinds;
    struct settings_words classes;
    bool smtp_allow_plaintext;
    int smtp_tls;
    int log_format;
};

enum { SETTINGS_KEY_COUNT = 39 };

extern const struct settings_key settings_table[SETTINGS_KEY_COUNT];

// The row of a name (per cluster: without CLUSTER_<N>_), or NULL.
const struct settings_key *settings_table_find(enum settings_scope scope, const char *name);

// The row's place, 0 to SETTINGS_KEY_COUNT - 1.
size_t settings_table_index(const struct settings_key *key);

// The kind of value as the documents call it: "host", "text or json".
void settings_table_add_type(struct buf *out, const struct settings_key *key);

// What a value must be, as the end of "expected ...".
void settings_table_add_expectation(struct buf *out, const struct settings_key *key);

// The words of ALERT_KINDS in their documented order, NULL-terminated.
extern const char *const settings_kind_words[];

// The words of ALERT_ON in their documented order, NULL-terminated.
extern const char *const settings_class_words[];
