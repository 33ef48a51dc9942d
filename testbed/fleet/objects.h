// SPDX-License-Identifier: MIT
// GET on one K10 object or its /details, and on the namespaces that objects live in.
#pragma once

#include "fleet/request.h"

void objects_reply(struct request *request);
void objects_reply_namespaces(struct request *request);
