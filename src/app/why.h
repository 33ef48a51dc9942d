// SPDX-License-Identifier: MIT
// Why a run was, was not or will be mailed: what a pass of this moment, on this one cluster, would
// decide with the state as it is. Sends and writes nothing.
#pragma once

#include <stddef.h>

#include "report/explanation.h"

struct session;

// ret's texts live in the session's arena. What cannot be known (the state cannot be read) is said.
void why_find(struct session *session, size_t cluster, const char *run,
              struct explanation_mail *ret);
