// SPDX-License-Identifier: MIT
// One simulated cluster. What the scenario fixed is read by all threads; what changes while it
// runs (content, faults, ConfigMaps, token, request log) is touched under `lock` only.
#pragma once

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/error.h"
#include "fleet/content.h"
#include "fleet/fault.h"

enum cluster_auth {
    CLUSTER_AUTH_TOKEN,
    CLUSTER_AUTH_AGGREGATED, // behind a real kube-apiserver: X-Remote-User instead of the token
    CLUSTER_AUTH_NONE,
};

// Shared by every cluster of the process.
struct fleet_counters {
    atomic_bool stopping;
    atomic_long requests_open;
    atomic_long requests_peak;
    atomic_long connections_open;
    atomic_long connections_peak;
    atomic_long connections_total;
};

struct cluster {
    json_t *settings; // the scenario's object; the texts below point into it
    const char *name;
    const char *label;
    const char *user;
    const char *address;
    const char *path_prefix;
    const char *certificate;
    const char *tls_priorities;
    const char *kubernetes_version;
    char *control_token; // the token at start, for /testbed/
    enum cluster_auth auth;
    struct action_style style;
    bool served[RESOURCE_COUNT];
    bool gzip;
    bool pretty_agents;
    _Atomic int64_t clock_offset; // of its clock against the machine's
    int64_t date_skew;
    struct generator *generator;
    struct fleet_counters *counters;

    pthread_mutex_t lock;
    char *token;
    int64_t token_ends; // by its clock; INT64_MAX: never
    struct content *content;
    struct fault_list faults;
    json_t *configmaps; // "namespace/name" -> object
    unsigned long resource_version;
    json_t *requests;
    int log_fd;

    struct MHD_Daemon *daemon;
    int port; // wanted, then bound; 0: the kernel's choice
    char *certificate_pem;
    char *key_pem;
};

// Builds a cluster from its scenario object; ERROR_SETTINGS names what is wrong with it.
// generated_errors: see generator_create. Takes no ownership of settings.
bool cluster_create(const json_t *settings, int64_t clock_offset, const json_t *generated_errors,
                    struct fleet_counters *counters, struct cluster **ret,
                    struct error *error) MUST_USE;

// Takes NULL; the server must have been stopped.
void cluster_destroy(struct cluster *cluster);

// A reference to the content of this moment.
struct content *cluster_content(struct cluster *cluster);

// The style with now = this moment.
struct action_style cluster_style(const struct cluster *cluster);

// Moves its clock to that instant. What is there keeps its times.
void cluster_set_clock(struct cluster *cluster, int64_t now);

// The instant the cluster shows in its Date header.
int64_t cluster_date(const struct cluster *cluster);
