// SPDX-License-Identifier: MIT
// ConfigMaps with the optimistic concurrency of the real API: resourceVersion, 409 AlreadyExists
// and Conflict, 422 for what is too long or badly named.
#pragma once

#include "fleet/request.h"

void configmap_reply(struct request *request);
