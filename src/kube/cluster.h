// SPDX-License-Identifier: MIT
// One Kubernetes API server and how to be let in: base URL, bearer token, trusted CA.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/http.h"

struct arena;

// Where the kubelet mounts a Pod's credentials.
#define KUBE_SERVICE_ACCOUNT_DIR "/var/run/secrets/kubernetes.io/serviceaccount"

struct kube_cluster {
    const char *base_url; // "https://host:port[/prefix]", no trailing slash
    const char *bearer;   // secret; NULL: anonymous (kubectl proxy)
    struct http_tls tls;
    bool direct;                            // never through a proxy
    struct http_certificates *certificates; // filled by the first connection; NULL: nobody asks
    int64_t timeout_ms;                     // of one request
    int64_t deadline_ms; // of all on this cluster, on monotonic_ms()'s clock; 0: none
};

// The credentials of a Pod. Strings in the arena given.
struct kube_service_account {
    const char *token;  // secret
    const char *ca_pem; // NULL when the mount has none
    const char *namespace_name;
};

// Reads a service account mount. ERROR_NOT_FOUND outside a Pod.
bool kube_service_account_read(struct arena *arena, const char *dir,
                               struct kube_service_account *ret, struct error *error) MUST_USE;

// The API server as a Pod finds it: $KUBERNETES_SERVICE_HOST and _PORT (an IPv6 address gets its
// brackets), else https://kubernetes.default.svc. host and port may be NULL.
const char *kube_in_cluster_url(struct arena *arena, const char *host, const char *port);

// True for URLs that are never reached through a proxy: loopback, *.svc, *.svc.cluster.local and
// the in-cluster host (may be NULL).
bool kube_url_is_direct(const char *url, const char *in_cluster_host);
