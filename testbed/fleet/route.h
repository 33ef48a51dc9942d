// SPDX-License-Identifier: MIT
// What a path of the Kubernetes API asks for.
#pragma once

#include "fleet/resource.h"

enum route_type {
    ROUTE_UNKNOWN,
    ROUTE_CONTROL,
    ROUTE_VERSION,
    ROUTE_HEALTH,
    ROUTE_DISCOVERY,
    ROUTE_LIST,
    ROUTE_OBJECT,
    ROUTE_DETAILS,
    ROUTE_CONFIGMAPS,
    ROUTE_CONFIGMAP,
    ROUTE_NAMESPACES,
    ROUTE_NAMESPACE,
    ROUTE_PROJECTS,
    ROUTE_ACCESS_REVIEW,
};

enum { ROUTE_TEXT_BYTES = 512 };

struct route {
    enum route_type type;
    const struct resource *resource;  // of ROUTE_LIST, ROUTE_OBJECT, ROUTE_DETAILS
    const char *group;                // "" for the core group
    const char *plural;               // "" where there is none
    char namespace[ROUTE_TEXT_BYTES]; // "" for cluster-wide
    char name[ROUTE_TEXT_BYTES];      // of the object, or what follows /testbed/
};

// Reads a decoded path without the cluster's prefix.
struct route route_read(const char *path);

// "get", "list", "create" ...: the RBAC verb of a method on a route.
const char *route_verb(const struct route *route, const char *method);
