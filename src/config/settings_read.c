// SPDX-License-Identifier: MIT
#include "config/settings_read.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/parse.h"

#include "base/banned.h"

enum { EXPECTATION_BYTES = 512 };

// What of the value a message may show.
static const char *found(const struct settings_field *field)
{
    const struct settings_key *key = field->key;
    if (key->secret || key->type == SETTINGS_CA_DATA) {
        return settings_report_shape(field->report, field->value, field->len);
    }
    if (key->type == SETTINGS_HOST && strchr(field->value, '@') != NULL) {
        return "a value with an @";
    }
    bool is_url = key->type == SETTINGS_API_URL || key->type == SETTINGS_WEB_URL;
    if (is_url && strpbrk(field->value, "@?#") != NULL) {
        return "a URL";
    }
    return settings_report_quote(field->report, field->value, field->len);
}

bool settings_read_reject(const struct settings_field *field, const char *reason)
{
    AUTO(buf) expectation;
    buf_init(&expectation, EXPECTATION_BYTES);
    settings_table_add_expectation(&expectation, field->key);
    settings_report_problem(field->report, field->name, "expected %s, found %s%s%s",
                            expectation.data, found(field), reason != NULL ? ", which " : "",
                            reason != NULL ? reason : "");
    return false;
}

static bool read_port(const struct settings_field *field, void *target)
{
    uint64_t port;
    if (!parse_uint(field->value, UINT16_MAX, &port) || port == 0) {
        return settings_read_reject(field, NULL);
    }
    *(uint16_t *)target = (uint16_t)port;
    return true;
}

static bool read_count(const struct settings_field *field, void *target)
{
    uint64_t count;
    if (!parse_uint(field->value, field->key->max, &count) || count < field->key->min) {
        return settings_read_reject(field, NULL);
    }
    *(unsigned *)target = (unsigned)count;
    return true;
}

static bool read_bool(const struct settings_field *field, void *target)
{
    return parse_bool(field->value, target) || settings_read_reject(field, NULL);
}

static bool read_duration(const struct settings_field *field, void *target)
{
    int64_t seconds;
    if (!parse_duration(field->value, &seconds) || seconds < (int64_t)field->key->min ||
        seconds > (int64_t)field->key->max) {
        return settings_read_reject(field, NULL);
    }
    *(int64_t *)target = seconds;
    return true;
}

static bool read_hours(const struct settings_field *field, void *target)
{
    int64_t seconds;
    if (!parse_decimal_seconds(field->value, 3600, &seconds) || seconds <= 0) {
        return settings_read_reject(field, NULL);
    }
    *(int64_t *)target = seconds;
    return true;
}

static bool find_choice(const struct settings_field *field, size_t *ret)
{
    const char *const *choices = field->key->choices;
    for (size_t i = 0; choices[i] != NULL; i++) {
        if (strcasecmp(field->value, choices[i]) == 0) {
            *ret = i;
            return true;
        }
    }
    return settings_read_reject(field, NULL);
}

static bool read_choice(const struct settings_field *field, void *target)
{
    size_t choice = 0;
    if (!find_choice(field, &choice)) {
        return false;
    }
    *(int *)target = (int)choice;
    return true;
}

static bool read_mechanism(const struct settings_field *field, void *target)
{
    size_t choice = 0;
    if (!find_choice(field, &choice)) {
        return false;
    }
    char *upper = arena_strdup(field->arena, field->key->choices[choice]);
    for (char *c = upper; *c != '\0'; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    *(const char **)target = upper;
    return true;
}

enum { WORD_MAX = 16 };

// A set of words being read: a list that replaces the default, or edits it.
struct word_set {
    const char *const *words; // all there are, NULL-terminated
    bool wanted[WORD_MAX];
    bool named[WORD_MAX]; // by the value itself, not to leave it out
};

// One word into the set; NULL, or why not.
static const char *take_word(const struct settings_field *field, const char *word,
                             struct word_set *set)
{
    bool is_edit = *word == '+' || *word == '-';
    const char *bare = word + (is_edit ? 1 : 0);
    for (size_t i = 0; set->words[i] != NULL; i++) {
        if (strcmp(bare, set->words[i]) == 0) {
            set->wanted[i] = *word != '-';
            set->named[i] = *word != '-';
            return NULL;
        }
    }
    return arena_format(field->arena, "holds %s",
                        settings_report_quote(field->report, bare, strlen(bare)));
}

// Goes over the list; the first word decides whether the list replaces or edits the set.
static const char *take_words(const struct settings_field *field, struct word_set *set)
{
    static const char separators[] = ", \t\r\n";
    const char *at = field->value + strspn(field->value, separators);
    bool edits = *at == '+' || *at == '-';
    memset(set->named, 0, sizeof set->named);
    if (!edits) {
        memset(set->wanted, 0, sizeof set->wanted);
    }
    for (; *at != '\0'; at += strspn(at, separators)) {
        size_t len = strcspn(at, separators);
        char *word = arena_strndup(field->arena, at, len);
        if ((*word == '+' || *word == '-') != edits) {
            return "mixes words with and without + or -";
        }
        const char *reason = take_word(field, word, set);
        if (reason != NULL) {
            return reason;
        }
        at += len;
    }
    return NULL;
}

static bool read_word_set(const struct settings_field *field, struct word_set *set,
                          struct settings_words *ret)
{
    struct settings_field fallback = *field;
    fallback.value = field->key->fallback;
    const char *reason = take_words(&fallback, set);
    if (reason == NULL) {
        reason = take_words(field, set);
    }
    if (reason != NULL) {
        return settings_read_reject(field, reason);
    }
    *ret = (struct settings_words){
        .items = arena_alloc_array(field->arena, WORD_MAX, sizeof(const char *))};
    for (size_t i = 0; set->words[i] != NULL; i++) {
        if (set->wanted[i]) {
            ret->items[ret->count++] = set->words[i];
        }
    }
    return true;
}

static bool read_kinds(const struct settings_field *field, void *target)
{
    struct word_set set = {.words = settings_kind_words};
    struct settings_words words;
    if (!read_word_set(field, &set, &words)) {
        return false;
    }
    if (words.count == 0) {
        return settings_read_reject(field, "leaves no kind");
    }
    if (!set.wanted[0]) {
        settings_report_warning(
            field->report, field->name,
            "leaves out backup, the main kind: failed backups are not reported, policies "
            "that are overdue are not seen");
    }
    *(struct settings_words *)target = words;
    return true;
}

static bool read_classes(const struct settings_field *field, void *target)
{
    struct word_set set = {.words = settings_class_words};
    struct settings_words words;
    if (!read_word_set(field, &set, &words)) {
        return false;
    }
    if (words.count == 0) {
        return settings_read_reject(field, "leaves nothing to report");
    }
    if (!set.wanted[0]) {
        settings_report_warning(field->report, field->name,
                                "leaves out failed: failed actions are not reported");
    }
    *(struct settings_words *)target = words;
    return true;
}

static bool read_later(const struct settings_field *field, void *target)
{
    (void)target;
    settings_report_warning(field->report, field->name,
                            "is not supported by this version yet and has no effect");
    return true;
}

bool settings_read(const struct settings_field *field, void *base)
{
    static bool (*const readers[SETTINGS_TYPE_COUNT])(const struct settings_field *, void *) = {
        [SETTINGS_NAME] = settings_read_name,
        [SETTINGS_TEXT] = settings_read_text,
        [SETTINGS_USER] = settings_read_user,
        [SETTINGS_HOST] = settings_read_host,
        [SETTINGS_PORT] = read_port,
        [SETTINGS_CHOICE] = read_choice,
        [SETTINGS_MECHANISM] = read_mechanism,
        [SETTINGS_BOOL] = read_bool,
        [SETTINGS_COUNT] = read_count,
        [SETTINGS_DURATION] = read_duration,
        [SETTINGS_HOURS] = read_hours,
        [SETTINGS_ADDRESS] = settings_read_address,
        [SETTINGS_ADDRESS_LIST] = settings_read_address_list,
        [SETTINGS_KINDS] = read_kinds,
        [SETTINGS_CLASSES] = read_classes,
        [SETTINGS_ZONE] = settings_read_zone,
        [SETTINGS_STATE] = settings_read_state,
        [SETTINGS_NAMESPACE] = settings_read_namespace,
        [SETTINGS_API_URL] = settings_read_api_url,
        [SETTINGS_WEB_URL] = settings_read_web_url,
        [SETTINGS_PASSWORD] = settings_read_password,
        [SETTINGS_TOKEN] = settings_read_token,
        [SETTINGS_SECRET_FILE] = settings_read_secret_file,
        [SETTINGS_CA_DATA] = settings_read_ca_data,
        [SETTINGS_CA_FILE] = settings_read_ca_file,
        [SETTINGS_LATER] = read_later,
    };
    return readers[field->key->type](field, (char *)base + field->key->offset);
}
