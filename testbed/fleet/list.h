// SPDX-License-Identifier: MIT
// GET on a collection of K10 objects: limit, continue, namespaces, label selectors, and the faults
// that change what stands in "items". The list is rendered while it is sent.
#pragma once

#include "fleet/request.h"

void list_reply(struct request *request);
