// SPDX-License-Identifier: MIT
#include "k10/action_glance.h"

#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "k10/action_names.h"
#include "k10/field.h"

#include "base/banned.h"

enum { SHORT_BYTES = 64 };

struct slice {
    const char *at; // NULL: not seen
    size_t len;
};

// Where the walk stands. Once odd it goes no further and nothing it found counts.
struct walk {
    const char *at;
    const char *end;
    bool fresh; // in an object before its first member
    bool odd;
};

// What was found, as bytes of the element.
struct found {
    struct slice state;
    struct slice started;
    struct slice ended;
    struct slice name;
    struct slice namespace_name;
    struct slice label_app;
    struct slice label_policy;
    struct slice label_policy_namespace;
    struct slice label_run;
    struct slice label_run_namespace;
    struct slice subject_name;
    struct slice subject_namespace;
    bool has_exceptions;
};

static bool give_up(struct walk *walk)
{
    walk->odd = true;
    walk->at = walk->end;
    return false;
}

// The next byte that is no blank; '\0' at the end.
static char peek(struct walk *walk)
{
    while (walk->at < walk->end &&
           (*walk->at == ' ' || *walk->at == '\n' || *walk->at == '\t' || *walk->at == '\r')) {
        walk->at++;
    }
    return walk->at < walk->end ? *walk->at : '\0';
}

static bool ends_in_escape(const char *begin, const char *quote)
{
    const char *at = quote;
    while (at > begin && at[-1] == '\\') {
        at--;
    }
    return (quote - at) % 2 != 0;
}

// From the opening quote to behind the closing one.
static bool take_string(struct walk *walk, struct slice *ret)
{
    const char *begin = ++walk->at;
    const char *quote = memchr(begin, '"', (size_t)(walk->end - begin));
    while (quote != NULL && ends_in_escape(begin, quote)) {
        quote = memchr(quote + 1, '"', (size_t)(walk->end - quote - 1));
    }
    if (quote == NULL) {
        return give_up(walk);
    }
    *ret = (struct slice){begin, (size_t)(quote - begin)};
    walk->at = quote + 1;
    return true;
}

static void skip_nested(struct walk *walk)
{
    size_t depth = 0;
    struct slice ignored;
    while (walk->at < walk->end) {
        char c = *walk->at;
        if (c == '"') {
            (void)take_string(walk, &ignored);
            continue;
        }
        walk->at++;
        if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return;
        }
    }
    (void)give_up(walk);
}

static void skip_value(struct walk *walk)
{
    struct slice ignored;
    char c = peek(walk);
    if (c == '"') {
        (void)take_string(walk, &ignored);
    } else if (c == '{' || c == '[') {
        skip_nested(walk);
    } else {
        while (walk->at < walk->end && strchr(",}] \n\t\r", *walk->at) == NULL) {
            walk->at++;
        }
    }
}

// Visible ASCII without escapes is what it is to every reader.
static bool is_plain(const struct slice *slice)
{
    for (size_t i = 0; i < slice->len; i++) {
        char c = slice->at[i];
        if (c <= ' ' || c > '~' || c == '\\') {
            return false;
        }
    }
    return true;
}

static bool enter_object(struct walk *walk)
{
    if (peek(walk) != '{') {
        return give_up(walk);
    }
    walk->at++;
    walk->fresh = true;
    return true;
}

// Goes to the value of the next member; false behind the object's end.
static bool next_member(struct walk *walk, struct slice *ret_key)
{
    char c = peek(walk);
    bool fresh = walk->fresh;
    walk->fresh = false;
    if (c == '}') {
        walk->at++;
        return false;
    }
    if (!fresh && c != ',') {
        return give_up(walk);
    }
    if (!fresh) {
        walk->at++;
        c = peek(walk);
    }
    if (c != '"' || !take_string(walk, ret_key) || !is_plain(ret_key) || peek(walk) != ':') {
        return give_up(walk);
    }
    walk->at++;
    return true;
}

static bool is_key(const struct slice *slice, const char *key)
{
    return slice->len == strlen(key) && memcmp(slice->at, key, slice->len) == 0;
}

static void take_text(struct walk *walk, struct slice *ret)
{
    struct slice text;
    if (ret->at != NULL || peek(walk) != '"' || !take_string(walk, &text) || !is_plain(&text) ||
        text.len > FIELD_BYTES) {
        (void)give_up(walk);
        return;
    }
    *ret = text;
}

// A member that is wanted as a text.
struct wanted {
    const char *key;
    struct slice *place;
};

static bool take_wanted(struct walk *walk, const struct slice *key, const struct wanted *wanted,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_key(key, wanted[i].key)) {
            take_text(walk, wanted[i].place);
            return true;
        }
    }
    return false;
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

// An object of which nothing but texts is wanted.
static void walk_texts(struct walk *walk, const struct wanted *wanted, size_t count)
{
    struct slice key;
    (void)enter_object(walk);
    while (next_member(walk, &key)) {
        if (!take_wanted(walk, &key, wanted, count)) {
            skip_value(walk);
        }
    }
}

static void walk_labels(struct walk *walk, struct found *found)
{
    const struct wanted wanted[] = {
        {ACTION_LABEL_APP, &found->label_app},
        {ACTION_LABEL_POLICY, &found->label_policy},
        {ACTION_LABEL_POLICY_NAMESPACE, &found->label_policy_namespace},
        {ACTION_LABEL_RUN, &found->label_run},
        {ACTION_LABEL_RUN_NAMESPACE, &found->label_run_namespace},
    };
    walk_texts(walk, wanted, COUNT(wanted));
}

// Members that are walked may come once: of two the last would count.
static bool is_first(struct walk *walk, bool *seen)
{
    if (*seen) {
        return give_up(walk);
    }
    *seen = true;
    return true;
}

static void walk_metadata(struct walk *walk, struct found *found)
{
    const struct wanted wanted[] = {{"name", &found->name}, {"namespace", &found->namespace_name}};
    bool labels = false;
    struct slice key;
    (void)enter_object(walk);
    while (next_member(walk, &key)) {
        if (is_key(&key, "labels") && is_first(walk, &labels)) {
            walk_labels(walk, found);
        } else if (!take_wanted(walk, &key, wanted, COUNT(wanted))) {
            skip_value(walk);
        }
    }
}

static void walk_subject(struct walk *walk, struct found *found)
{
    const struct wanted wanted[] = {{"name", &found->subject_name},
                                    {"namespace", &found->subject_namespace}};
    walk_texts(walk, wanted, COUNT(wanted));
}

static void walk_spec(struct walk *walk, struct found *found)
{
    bool subject = false;
    struct slice key;
    (void)enter_object(walk);
    while (next_member(walk, &key)) {
        if (is_key(&key, "subject") && is_first(walk, &subject)) {
            walk_subject(walk, found);
        } else {
            skip_value(walk);
        }
    }
}

// null, "", [] and {} are none.
static void walk_exceptions(struct walk *walk, struct found *found)
{
    char c = peek(walk);
    const char *begin = walk->at;
    if (c != 'n' && c != '"' && c != '[' && c != '{') {
        (void)give_up(walk);
        return;
    }
    if (c == '[' || c == '{') {
        struct walk inside = {.at = begin + 1, .end = walk->end};
        char next = peek(&inside);
        found->has_exceptions = next != ']' && next != '}';
    }
    skip_value(walk);
    if (c == '"') {
        found->has_exceptions = walk->at - begin > 2;
    }
}

static void walk_status(struct walk *walk, struct found *found)
{
    const struct wanted wanted[] = {
        {"state", &found->state}, {"startTime", &found->started}, {"endTime", &found->ended}};
    bool exceptions = false;
    struct slice key;
    (void)enter_object(walk);
    while (next_member(walk, &key)) {
        if (is_key(&key, "exceptions") && is_first(walk, &exceptions)) {
            walk_exceptions(walk, found);
        } else if (!take_wanted(walk, &key, wanted, COUNT(wanted))) {
            skip_value(walk);
        }
    }
}

static void walk_root(struct walk *walk, struct found *found)
{
    bool metadata = false;
    bool spec = false;
    bool status = false;
    struct slice key;
    (void)enter_object(walk);
    while (next_member(walk, &key)) {
        if (is_key(&key, "metadata") && is_first(walk, &metadata)) {
            walk_metadata(walk, found);
        } else if (is_key(&key, "spec") && is_first(walk, &spec)) {
            walk_spec(walk, found);
        } else if (is_key(&key, "status") && is_first(walk, &status)) {
            walk_status(walk, found);
        } else {
            skip_value(walk);
        }
    }
    if (walk->at != walk->end) {
        (void)give_up(walk);
    }
}

static bool copy_short(const struct slice *slice, char ret[SHORT_BYTES])
{
    if (slice->at == NULL || slice->len >= SHORT_BYTES) {
        return false;
    }
    memcpy(ret, slice->at, slice->len);
    ret[slice->len] = '\0';
    return true;
}

static bool read_time(const struct slice *slice, int64_t *ret)
{
    char text[SHORT_BYTES];
    return copy_short(slice, text) && field_parse_time(text, ret);
}

static const char *copy(struct arena *scratch, const struct slice *slice)
{
    return slice->len > 0 ? arena_strndup(scratch, slice->at, slice->len) : "";
}

static void name_action(struct arena *scratch, const struct found *found, struct action *action)
{
    struct action_names names = {
        .name = copy(scratch, &found->name),
        .namespace_name = copy(scratch, &found->namespace_name),
        .label_app = copy(scratch, &found->label_app),
        .label_policy = copy(scratch, &found->label_policy),
        .label_policy_namespace = copy(scratch, &found->label_policy_namespace),
        .label_run = copy(scratch, &found->label_run),
        .label_run_namespace = copy(scratch, &found->label_run_namespace),
        .subject_name = copy(scratch, &found->subject_name),
        .subject_namespace = copy(scratch, &found->subject_namespace),
    };
    action_names_apply(&names, action);
}

bool action_glance(struct arena *scratch, size_t cluster, enum action_kind kind, const char *bytes,
                   size_t len, struct action *ret)
{
    struct walk walk = {.at = bytes, .end = bytes + len};
    struct found found = {0};
    char state[SHORT_BYTES];
    int64_t started = TIMESTAMP_NONE;
    int64_t ended;
    walk_root(&walk, &found);
    if (walk.odd || !copy_short(&found.state, state) || !read_time(&found.ended, &ended)) {
        return false;
    }
    if (found.started.at != NULL && !read_time(&found.started, &started)) {
        return false;
    }
    if (ended < started) {
        return false;
    }
    struct action action = {
        .cluster = cluster,
        .kind = kind,
        .state = action_state_from_word(state),
        .uid = "",
        .profile = "",
        .skip_reason = "",
        .created = TIMESTAMP_NONE,
        .started = started,
        .ended = ended,
        .progress = -1,
    };
    action.clean = action.state == ACTION_COMPLETE && !found.has_exceptions;
    name_action(scratch, &found, &action);
    *ret = action;
    return true;
}
