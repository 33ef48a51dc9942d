// SPDX-License-Identifier: MIT
// Who may do what: the token, the scenario's "deny" rules (which real requests and
// SelfSubjectAccessReview answer alike), and the wording of 401 and 403.
#pragma once

#include "fleet/request.h"

// True when the request carries what the cluster's "auth" asks for; else it was answered with 401.
bool access_authenticate(struct request *request) MUST_USE;

// True when no rule denies the request; else it was answered with 403.
bool access_authorize(struct request *request) MUST_USE;

// True for the token the cluster started with: it opens /testbed/.
bool access_is_control(const struct request *request);

void access_reply_unauthorized(struct request *request);
void access_reply_forbidden(struct request *request);

// POST selfsubjectaccessreviews.
void access_reply_review(struct request *request);
