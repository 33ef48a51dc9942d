// SPDX-License-Identifier: MIT
#include "core/evaluate.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/timestamp.h"

#include "base/banned.h"

static bool is_wanted(const struct evaluate_rules *rules, enum alert_class class)
{
    return class == ALERT_FAILED || (rules->wanted != NULL && rules->wanted[class]);
}

// As long as it is stuck it counts, unless it was long before anybody looked.
static enum evaluate_verdict judge_under_way(const struct evaluate_rules *rules,
                                             struct action *action)
{
    int64_t began = action_began_at(action);
    if (!is_wanted(rules, ALERT_STUCK) || began == TIMESTAMP_NONE ||
        rules->now - began < rules->stuck_after_s) {
        return EVALUATE_NOTHING;
    }
    action->class = ALERT_STUCK;
    action->stuck_at = began + rules->stuck_after_s;
    bool is_old = action->stuck_at < rules->window_start &&
                  began + EVALUATE_OLD_SECONDS < rules->window_start;
    return is_old ? EVALUATE_OLDER : EVALUATE_FOUND;
}

static bool class_of_end(const struct action *action, enum alert_class *ret)
{
    switch (action->state) {
    case ACTION_FAILED:
        *ret = ALERT_FAILED;
        return true;
    case ACTION_COMPLETE:
        *ret = ALERT_EXCEPTIONS;
        return !action->clean;
    case ACTION_CANCELLED:
        *ret = ALERT_CANCELLED;
        return true;
    case ACTION_SKIPPED:
        *ret = ALERT_SKIPPED;
        return true;
    default:
        return false;
    }
}

enum evaluate_verdict evaluate_action(const struct evaluate_rules *rules, struct action *action)
{
    enum alert_class class;
    if (action_is_under_way(action)) {
        return judge_under_way(rules, action);
    }
    if (!class_of_end(action, &class) || !is_wanted(rules, class)) {
        return EVALUATE_NOTHING;
    }
    action->class = class;
    int64_t at = action_judged_at(action);
    bool is_older = at != TIMESTAMP_NONE && at < rules->window_start;
    return is_older ? EVALUATE_OLDER : EVALUATE_FOUND;
}

// The members of a finding while it is being collected.
struct group {
    struct group *next_of_name; // other groups under the same name and cluster
    const char *run_namespace;  // "" until a member names it
    const struct action **members;
    size_t count;
    size_t capacity;
};

struct grouping {
    struct arena *arena;
    struct map by_name; // "cluster index/class/run" -> first struct group *
    struct map seen;    // "cluster index/kind/uid" of actions already taken
    struct group **groups;
    size_t count;
    size_t capacity;
};

static struct group *add_group(struct grouping *grouping)
{
    grouping->groups = arena_grow(grouping->arena, grouping->groups, &grouping->capacity,
                                  grouping->count, sizeof *grouping->groups);
    struct group *group = arena_alloc(grouping->arena, sizeof *group);
    group->run_namespace = "";
    grouping->groups[grouping->count++] = group;
    return group;
}

static void add_member(struct arena *arena, struct group *group, const struct action *action)
{
    group->members =
        arena_grow(arena, group->members, &group->capacity, group->count, sizeof *group->members);
    group->members[group->count++] = action;
}

static bool joins(const struct group *group, const struct action *action)
{
    return *group->run_namespace == '\0' || *action->run_namespace == '\0' ||
           strcmp(group->run_namespace, action->run_namespace) == 0;
}

static struct group *group_of(struct grouping *grouping, const struct action *action)
{
    if (*action->run == '\0') {
        return add_group(grouping);
    }
    char *name = arena_format(grouping->arena, "%zu/%d/%s", action->cluster, (int)action->class,
                              action->run);
    struct map_entry *entry = map_entry(&grouping->by_name, name);
    struct group *first = entry->value;
    for (struct group *group = first; group != NULL; group = group->next_of_name) {
        if (joins(group, action)) {
            return group;
        }
    }
    struct group *group = add_group(grouping);
    group->next_of_name = first;
    entry->value = group;
    return group;
}

static bool taken_before(struct grouping *grouping, const struct action *action)
{
    char *key = arena_format(grouping->arena, "%zu/%s/%s", action->cluster,
                             action_kind_word(action->kind), action->uid);
    struct map_entry *entry = map_entry(&grouping->seen, key);
    bool taken = entry->value != NULL;
    entry->value = grouping;
    return taken;
}

// When it counted: at its end, or when it became stuck.
static int64_t counted_at(const struct action *action)
{
    return action->class == ALERT_STUCK ? action->stuck_at : action_judged_at(action);
}

// Names decide between equal instants so that the same input always gives the same mail.
static int by_end(const void *left, const void *right)
{
    const struct action *a = *(const struct action *const *)left;
    const struct action *b = *(const struct action *const *)right;
    int64_t a_at = counted_at(a);
    int64_t b_at = counted_at(b);
    if (a_at != b_at) {
        return a_at < b_at ? -1 : 1;
    }
    int names = strcmp(a->name, b->name);
    return names != 0 ? names : strcmp(a->uid, b->uid);
}

static int by_cluster_then_latest(const void *left, const void *right)
{
    const struct finding *a = left;
    const struct finding *b = right;
    if (a->cluster != b->cluster) {
        return a->cluster < b->cluster ? -1 : 1;
    }
    if (a->last_ended != b->last_ended) {
        return a->last_ended > b->last_ended ? -1 : 1;
    }
    int names = strcmp(a->name, b->name);
    return names != 0 ? names : strcmp(a->namespace_name, b->namespace_name);
}

static void add_namespace(const char **namespaces, size_t *count, const char *name)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(namespaces[i], name) == 0) {
            return;
        }
    }
    if (*name != '\0') {
        namespaces[(*count)++] = name;
    }
}

// The children know their application and cause; a RunAction only wraps them.
static void merge_members(struct arena *arena, const struct group *group, struct finding *finding)
{
    const char **namespaces = arena_alloc_array(arena, group->count, sizeof *namespaces);
    bool has_children = false;
    for (size_t i = 0; i < group->count; i++) {
        has_children = has_children || group->members[i]->kind != ACTION_RUN;
    }
    for (size_t i = 0; i < group->count; i++) {
        const struct action *member = group->members[i];
        if (*finding->policy == '\0') {
            finding->policy = member->policy;
            finding->policy_namespace = member->policy_namespace;
        }
        if (member->kind == ACTION_RUN && has_children) {
            continue;
        }
        add_namespace(namespaces, &finding->namespace_count, member->app);
        root_cause_merge(arena, &finding->causes, &member->causes);
    }
    finding->namespaces = namespaces;
}

static void finding_from_group(struct arena *arena, const struct group *group,
                               struct finding *finding)
{
    qsort(group->members, group->count, sizeof *group->members, by_end);
    const struct action *first = group->members[0];
    bool is_run = *first->run != '\0';
    *finding = (struct finding){
        .class = first->class,
        .cluster = first->cluster,
        .kind = is_run ? ACTION_RUN : first->kind,
        .name = is_run ? first->run : first->name,
        .namespace_name = is_run ? group->run_namespace : first->namespace_name,
        .policy = "",
        .policy_namespace = "",
        .actions = group->members,
        .action_count = group->count,
        .first_ended = counted_at(first),
        .last_ended = counted_at(group->members[group->count - 1]),
    };
    merge_members(arena, group, finding);
}

void evaluate_group(struct arena *arena, const struct action *const *actions, size_t count,
                    struct finding **ret_findings, size_t *ret_count)
{
    struct grouping grouping = {.arena = arena};
    map_init(&grouping.by_name, arena);
    map_init(&grouping.seen, arena);
    for (size_t i = 0; i < count; i++) {
        if (taken_before(&grouping, actions[i])) {
            continue;
        }
        struct group *group = group_of(&grouping, actions[i]);
        if (*group->run_namespace == '\0') {
            group->run_namespace = actions[i]->run_namespace;
        }
        add_member(arena, group, actions[i]);
    }
    struct finding *findings = arena_alloc_array(arena, grouping.count, sizeof *findings);
    for (size_t i = 0; i < grouping.count; i++) {
        finding_from_group(arena, grouping.groups[i], &findings[i]);
    }
    qsort(findings, grouping.count, sizeof *findings, by_cluster_then_latest);
    *ret_findings = findings;
    *ret_count = grouping.count;
}
