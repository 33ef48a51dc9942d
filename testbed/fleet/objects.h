// SPDX-License-Identifier: MIT
// GET on one K10 object or its /details, on the namespaces that objects live in, on projects.
#pragma once

#include "fleet/request.h"

void objects_reply(struct request *request);
void objects_reply_namespaces(struct request *request);

// OpenShift's projects, as the scenario lists them: what the server shows this user.
void objects_reply_projects(struct request *request);
