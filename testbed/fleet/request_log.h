// SPDX-License-Identifier: MIT
// What was asked and answered, for tests (GET /testbed/requests) and people (the cluster's log
// file). Credentials never get here.
#pragma once

#include "fleet/request.h"

enum { REQUEST_LOG_MAX = 20000 };

// Notes a request whose answer is about to be sent, or that will have none (status 0).
void request_log_add(struct request *request);
