// SPDX-License-Identifier: MIT
// The faults that answer by themselves.
#pragma once

#include "fleet/request.h"

// True when a fault took the request: it was answered, or left without an answer
// (request->queued is false: close the connection).
bool fault_reply(struct request *request) MUST_USE;
