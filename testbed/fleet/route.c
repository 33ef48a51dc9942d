// SPDX-License-Identifier: MIT
#include "fleet/route.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { SEGMENTS_MAX = 9 };

struct segments {
    char text[2048];
    const char *at[SEGMENTS_MAX];
    size_t count;
};

static bool split(const char *path, struct segments *ret)
{
    ret->count = 0;
    if (path[0] != '/' || strlen(path) >= sizeof ret->text) {
        return false;
    }
    (void)snprintf(ret->text, sizeof ret->text, "%s", path + 1);
    char *rest = ret->text;
    while (rest != NULL && ret->count < SEGMENTS_MAX) {
        char *segment = strsep(&rest, "/");
        if (segment[0] == '\0' && rest == NULL) {
            break; // one slash at the end is no segment
        }
        ret->at[ret->count++] = segment;
    }
    return rest == NULL;
}

static bool is(const struct segments *segments, size_t index, const char *text)
{
    return index < segments->count && strcmp(segments->at[index], text) == 0;
}

static bool take(char ret[ROUTE_TEXT_BYTES], const char *text)
{
    return snprintf(ret, ROUTE_TEXT_BYTES, "%s", text) < ROUTE_TEXT_BYTES && text[0] != '\0';
}

static bool read_core(const struct segments *segments, struct route *route)
{
    size_t count = segments->count;
    route->plural = count > 4 || is(segments, 2, "configmaps") ? "configmaps" : "namespaces";
    if (count == 3 && is(segments, 2, "configmaps")) {
        route->type = ROUTE_CONFIGMAPS;
        return true;
    }
    if (!is(segments, 2, "namespaces")) {
        return false;
    }
    if (count == 3) {
        route->type = ROUTE_NAMESPACES;
        return true;
    }
    if (count == 4) {
        route->type = ROUTE_NAMESPACE;
        return take(route->name, segments->at[3]);
    }
    if (!is(segments, 4, "configmaps") || count > 6 || !take(route->namespace, segments->at[3])) {
        return false;
    }
    route->type = count == 6 ? ROUTE_CONFIGMAP : ROUTE_CONFIGMAPS;
    return count == 5 || take(route->name, segments->at[5]);
}

// /apis/GROUP/VERSION/[namespaces/NS/]PLURAL[/NAME[/details]]
static bool read_kasten(const struct segments *segments, struct route *route)
{
    bool in_namespace = is(segments, 3, "namespaces") && segments->count > 5;
    size_t at = in_namespace ? 5 : 3;
    const struct resource *resource = resource_by_path(segments->at[1], segments->at[at]);
    if (resource == NULL || (in_namespace && !resource->namespaced) ||
        (in_namespace && !take(route->namespace, segments->at[4]))) {
        return false;
    }
    route->resource = resource;
    route->group = resource->group;
    route->plural = resource->plural;
    size_t left = segments->count - at - 1;
    route->type = left == 0 ? ROUTE_LIST : left == 1 ? ROUTE_OBJECT : ROUTE_DETAILS;
    if (left >= 1 && !take(route->name, segments->at[at + 1])) {
        return false;
    }
    return left < 2 || (left == 2 && resource->details && is(segments, at + 2, "details"));
}

static bool read_apis(const struct segments *segments, struct route *route)
{
    size_t count = segments->count;
    route->plural = "discovery";
    route->type = ROUTE_DISCOVERY;
    if (count <= 3) {
        return true;
    }
    if (is(segments, 1, "authorization.k8s.io") && is(segments, 2, "v1") &&
        is(segments, 3, "selfsubjectaccessreviews") && count == 4) {
        route->type = ROUTE_ACCESS_REVIEW;
        route->group = "authorization.k8s.io";
        route->plural = "selfsubjectaccessreviews";
        return true;
    }
    if (is(segments, 1, PROJECT_GROUP) && is(segments, 2, "v1") && is(segments, 3, "projects") &&
        count == 4) {
        route->type = ROUTE_PROJECTS;
        route->group = PROJECT_GROUP;
        route->plural = "projects";
        return true;
    }
    return is(segments, 2, KASTEN_VERSION) && read_kasten(segments, route);
}

static bool read_segments(const struct segments *segments, const char *path, struct route *route)
{
    size_t count = segments->count;
    if (is(segments, 0, "testbed") && count == 2) {
        route->type = ROUTE_CONTROL;
        return take(route->name, segments->at[1]);
    }
    if (is(segments, 0, "apis")) {
        return read_apis(segments, route);
    }
    if (is(segments, 0, "api") && is(segments, 1, "v1") && count > 2) {
        return read_core(segments, route);
    }
    if (is(segments, 0, "api") && (count == 1 || (count == 2 && is(segments, 1, "v1")))) {
        route->plural = "discovery";
        route->type = ROUTE_DISCOVERY;
        return true;
    }
    if (strcmp(path, "/version") == 0) {
        route->plural = "version";
        route->type = ROUTE_VERSION;
        return true;
    }
    route->type = ROUTE_HEALTH;
    return count == 1 &&
           (is(segments, 0, "healthz") || is(segments, 0, "livez") || is(segments, 0, "readyz"));
}

struct route route_read(const char *path)
{
    struct route route = {.group = "", .plural = ""};
    struct segments segments;
    if (!split(path, &segments) || !read_segments(&segments, path, &route)) {
        return (struct route){.type = ROUTE_UNKNOWN, .group = "", .plural = route.plural};
    }
    return route;
}

const char *route_verb(const struct route *route, const char *method)
{
    static const char *const verbs[][2] = {
        {"POST", "create"}, {"PUT", "update"}, {"PATCH", "patch"}, {"DELETE", "delete"}};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i][0], method) == 0) {
            return verbs[i][1];
        }
    }
    return route->name[0] == '\0' ? "list" : "get";
}
