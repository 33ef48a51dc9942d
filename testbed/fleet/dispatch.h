// SPDX-License-Identifier: MIT
// The order of things for one request: control, token, faults, rights, then the resource.
#pragma once

#include "fleet/request.h"

// Answers the request and notes it in the log. request->queued is false when the connection is to
// be closed without an answer.
void dispatch_request(struct request *request);
