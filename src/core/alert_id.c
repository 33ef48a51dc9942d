// SPDX-License-Identifier: MIT
#include "core/alert_id.h"

#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"

#include "base/banned.h"

enum { DAY_CHARACTERS = 10 }; // "2026-04-02"

static const char *lone_subject(struct arena *arena, enum action_kind kind,
                                const char *namespace_name, const char *name)
{
    return arena_format(arena, "%s/%s/%s", action_kind_word(kind), namespace_name, name);
}

const char *alert_id_subject(struct arena *arena, const struct finding *finding)
{
    return finding->kind == ACTION_RUN
               ? finding->name
               : lone_subject(arena, finding->kind, finding->namespace_name, finding->name);
}

const char *alert_id_subject_of_action(struct arena *arena, const struct action *action)
{
    return *action->run != '\0'
               ? action->run
               : lone_subject(arena, action->kind, action->namespace_name, action->name);
}

void alert_id_read_subject(struct arena *arena, const char *subject, struct finding *ret)
{
    const char *first = strchr(subject, '/');
    const char *last = strrchr(subject, '/');
    ret->kind = ACTION_RUN;
    ret->name = last != NULL ? last + 1 : subject;
    ret->namespace_name = "";
    if (first == NULL || first == last) {
        return;
    }
    if (!action_kind_from_word(arena_strndup(arena, subject, (size_t)(first - subject)),
                               &ret->kind)) {
        ret->kind = ACTION_BACKUP;
    }
    ret->namespace_name = arena_strndup(arena, first + 1, (size_t)(last - first) - 1);
}

const char *alert_id_make(struct arena *arena, const char *cluster, const char *subject,
                          int64_t instant, enum alert_class class)
{
    char day[TIMESTAMP_TEXT_BYTES];
    bool plain = class == ALERT_FAILED;
    timestamp_format_day(instant, day);
    return arena_format(arena, "%s:%s:%s%s%s", cluster, subject, day, plain ? "" : ":",
                        plain ? "" : alert_class_word(class));
}

static bool is_day(const char *text, size_t len)
{
    return (len == DAY_CHARACTERS && strspn(text, "0123456789-") >= len) ||
           (len == strlen("unknown") && strncmp(text, "unknown", len) == 0);
}

// Where the day begins and how long it is; NULL when there is none. *ret_class is the text behind
// it,
// "" for none.
static const char *find_day(const char *id, size_t *ret_len, const char **ret_class)
{
    const char *last = strrchr(id, ':');
    if (last == NULL || last == id) {
        return NULL;
    }
    if (is_day(last + 1, strlen(last + 1))) {
        *ret_len = strlen(last + 1);
        *ret_class = "";
        return last + 1;
    }
    const char *before = last - 1;
    while (before > id && *before != ':') {
        before--;
    }
    *ret_len = (size_t)(last - before) - 1;
    *ret_class = last + 1;
    return *before == ':' && is_day(before + 1, *ret_len) ? before + 1 : NULL;
}

bool alert_id_parse(struct arena *arena, const char *id, struct alert_id *ret)
{
    size_t len;
    const char *class;
    const char *day = find_day(id, &len, &class);
    const char *colon = strchr(id, ':');
    struct alert_id parsed = {.class = ALERT_FAILED};
    if (!alert_id_is(id) || day == NULL || colon == id || colon + 1 >= day) {
        return false;
    }
    if (*class != '\0' && !alert_class_from_word(class, &parsed.class)) {
        return false;
    }
    parsed.cluster = arena_strndup(arena, id, (size_t)(colon - id));
    parsed.subject = arena_strndup(arena, colon + 1, (size_t)(day - colon) - 2);
    parsed.day = arena_strndup(arena, day, len);
    *ret = parsed;
    return true;
}

bool alert_id_same_subject(const char *a, const char *b)
{
    size_t a_len;
    size_t b_len;
    const char *a_class;
    const char *b_class;
    const char *a_day = find_day(a, &a_len, &a_class);
    const char *b_day = find_day(b, &b_len, &b_class);
    return a_day != NULL && b_day != NULL && a_day - a == b_day - b &&
           strncmp(a, b, (size_t)(a_day - a)) == 0 && strcmp(a_class, b_class) == 0;
}

bool alert_id_is(const char *text)
{
    return *text != '!';
}
