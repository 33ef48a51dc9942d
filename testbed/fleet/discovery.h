// SPDX-License-Identifier: MIT
// Discovery documents: /api, /api/v1, /apis, a group, a group's version; and /version.
#pragma once

#include "fleet/request.h"

void discovery_reply(struct request *request);
void discovery_reply_version(struct request *request);
