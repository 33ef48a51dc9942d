// SPDX-License-Identifier: MIT
// The clusters of a pass, ready to be asked: settings and, in a Pod, the service account mount
// become base URLs and credentials. A cluster that cannot be set up keeps its error and is told as
// unread; it never stops the others.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "config/settings.h"
#include "kube/cluster.h"

struct arena;

// What the Pod or process gives beside the settings.
struct fleet_environment {
    const char *service_account_dir;
    const char *service_host; // $KUBERNETES_SERVICE_HOST, NULL
    const char *service_port;
    const char *state_home; // $XDG_STATE_HOME, NULL
    const char *home;       // $HOME, NULL
};

struct fleet_cluster {
    const struct cluster_settings *settings;
    struct kube_cluster kube;
    struct error error; // class ERROR_NONE when kube can be used
};

struct fleet {
    struct fleet_cluster *clusters; // in the settings' order
    size_t count;
    bool in_pod;                         // the mount's token and namespace can be read
    struct kube_service_account account; // when in_pod
    struct kube_cluster pod;             // the cluster the pod runs in, when in_pod
};

void fleet_init(struct arena *arena, const struct settings *settings,
                const struct fleet_environment *environment, struct fleet *ret);

// The cluster whose NAME the len bytes are; NULL for none.
const struct fleet_cluster *fleet_find(const struct fleet *fleet, const char *name, size_t len);

// True when the token in use is the service account mount's, not one of the settings.
bool fleet_token_is_mounted(const struct fleet_cluster *cluster);

// Where the state lives by STATE and its defaults (BEHAVIOUR section 6).
struct state_place {
    const struct kube_cluster *cluster; // NULL: a file
    const char *namespace_name;
    const char *path;
    const char *description; // for people
};

// ERROR_SETTINGS when STATE names a cluster that is not configured, a ConfigMap outside a pod, or
// no folder is known for a file.
bool fleet_state_place(struct arena *arena, const struct fleet *fleet, const char *state,
                       const struct fleet_environment *environment, struct state_place *ret,
                       struct error *error) MUST_USE;
