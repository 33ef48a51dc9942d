// SPDX-License-Identifier: MIT
// One HTTPS server per cluster: libmicrohttpd with a thread per connection, so that a request that
// hangs, trickles or streams a long list holds up no other.
#pragma once

#include "fleet/cluster.h"

// Listens on the cluster's address (port 0: the kernel's choice, then stored in cluster->port) with
// CERTS/<certificate>.pem and .key. ERROR_SETTINGS or ERROR_NETWORK.
bool server_start(struct cluster *cluster, const char *certs, struct error *error) MUST_USE;

// Waits for the running requests; set counters->stopping first so that they end.
void server_stop(struct cluster *cluster);
