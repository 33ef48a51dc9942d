// SPDX-License-Identifier: MIT
// /testbed/...: how a test changes a running cluster and reads what was asked of it.
#pragma once

#include "fleet/request.h"

// Answers, with 401 unless the request carries the token the cluster started with.
void control_reply(struct request *request);
