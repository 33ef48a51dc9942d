// SPDX-License-Identifier: MIT
// What kube-apiserver checks of a ConfigMap before it stores it.
#pragma once

#include "fleet/request.h"

// The object in the request's body, owned by the caller; NULL when it was refused and answered
// (400, 413 or 422).
json_t *configmap_check(struct request *request);
