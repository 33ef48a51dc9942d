// SPDX-License-Identifier: MIT
#include <string.h>

#include "app/collect_parts.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "codec/json.h"
#include "k10/kinds.h"

#include "base/banned.h"

enum { LIST_BYTES = 1024 * 1024, GROUPS = 2 }; // of actions, of the objects

enum verdict {
    GROUP_UNKNOWN, // its resource list could not be read
    GROUP_ABSENT,  // the server knows no such group
    GROUP_THERE,   // it has the kinds in `has`
};

struct collect_group {
    struct collect_question question;
    struct collecting *collecting;
    const struct fleet_cluster *cluster;
    enum verdict verdict;
    bool has[WATCHED_KIND_COUNT];
};

void collect_group_begin(struct collecting *collecting)
{
    collecting->groups = arena_alloc_array(
        collecting->arena, collecting->input->fleet->count * GROUPS, sizeof *collecting->groups);
}

static struct collect_group *group_of(const struct reading *reading)
{
    size_t place = reading->sight->kind < ACTION_KIND_COUNT ? 0 : 1;
    return &reading->collecting->groups[reading->sight->cluster * GROUPS + place];
}

static const char *group_path(struct arena *arena, enum action_kind kind)
{
    AUTO(buf) path;
    buf_init(&path, 256);
    kinds_add_group_path(&path, kind);
    return arena_strdup(arena, path.data);
}

static void say_absent(struct reading *reading)
{
    struct arena *arena = reading->collecting->arena;
    struct sight *sight = reading->sight;
    bool is_action = sight->kind < ACTION_KIND_COUNT;
    sight->reason =
        arena_format(arena,
                     "K10 is not installed here, or its API is not registered: 404 Not Found "
                     "for %s",
                     group_path(arena, sight->kind));
    sight->remedy =
        arena_format(arena, "look at the %s: %s; and does CLUSTER_%u_API_URL lead to this cluster?",
                     is_action ? "APIService" : "CustomResourceDefinitions",
                     is_action ? "kubectl get apiservice " K10_ACTIONS_VERSION "." K10_ACTIONS_GROUP
                               : "kubectl get crd | grep config.kio.kasten.io",
                     reading->cluster->settings->number);
}

static void say_lacking(struct reading *reading)
{
    struct arena *arena = reading->collecting->arena;
    struct sight *sight = reading->sight;
    const char *resource = action_kind_resource(sight->kind);
    if (sight->kind != ACTION_BACKUP) {
        sight->reason = arena_format(arena, "this K10 has no %s", resource);
        sight->remedy = "";
        return;
    }
    sight->reason = arena_format(
        arena, "the API group %s is there, but it has no %s: this K10 cannot be watched",
        kinds_group(sight->kind), resource);
    sight->remedy = arena_format(arena, "see which kinds it has: kubectl get --raw %s",
                                 group_path(arena, sight->kind));
}

static void say_contradiction(struct reading *reading)
{
    struct arena *arena = reading->collecting->arena;
    struct sight *sight = reading->sight;
    const char *path = group_path(arena, sight->kind);
    const char *resource = action_kind_resource(sight->kind);
    sight->reason = arena_format(
        arena, "the list answered 404 although the server's list of resources has %s", resource);
    sight->remedy = arena_format(arena, "compare: kubectl get --raw %s and kubectl get --raw %s/%s",
                                 path, path, resource);
}

static void conclude(struct reading *reading)
{
    const struct collect_group *group = group_of(reading);
    if (group->verdict == GROUP_ABSENT) {
        say_absent(reading);
    } else if (group->verdict == GROUP_THERE && group->has[reading->sight->kind]) {
        say_contradiction(reading);
    } else if (group->verdict == GROUP_THERE) {
        say_lacking(reading);
    }
    collect_end(reading);
}

// An APIResourceList (kubernetes.io, API concepts "API discovery"); anything else says nothing.
static void read_resources(struct collect_group *group, const struct json *list)
{
    const char *kind = json_text(json_get(list, "kind"));
    const struct json *resources = json_get(list, "resources");
    if (kind == NULL || strcmp(kind, "APIResourceList") != 0 || !json_is_array(resources)) {
        return;
    }
    group->verdict = GROUP_THERE;
    for (size_t i = 0; i < json_count(resources); i++) {
        const char *name = json_text(json_get(json_at(resources, i), "name"));
        for (int known = 0; name != NULL && known < WATCHED_KIND_COUNT; known++) {
            bool is_it = strcmp(action_kind_resource((enum action_kind)known), name) == 0;
            group->has[known] = group->has[known] || is_it;
        }
    }
}

static void on_done(void *context, const struct json *object, const struct error *error)
{
    struct collect_group *group = context;
    if (error == NULL) {
        read_resources(group, object);
    } else if (error->class == ERROR_NOT_FOUND) {
        group->verdict = GROUP_ABSENT;
    }
    log_line(group->collecting->input->log, LOG_DEBUG, "resource list asked for",
             {"cluster", group->cluster->settings->name},
             {"error", error != NULL ? error->text : NULL});
    collect_question_answer(&group->question, conclude);
}

void collect_group_ask(struct reading *reading)
{
    struct collect_group *group = group_of(reading);
    if (group->question.state == COLLECT_ANSWERED) {
        conclude(reading);
        return;
    }
    if (collect_question_wait(&group->question, reading)) {
        struct kube_fetch_sink sink = {on_done, group};
        group->collecting = reading->collecting;
        group->cluster = reading->cluster;
        kube_fetch(reading->collecting->input->http, &reading->kube,
                   group_path(reading->collecting->arena, reading->sight->kind), LIST_BYTES, &sink);
    }
}
