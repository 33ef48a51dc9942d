// SPDX-License-Identifier: MIT
// Whom a 403 of the Kubernetes API names (kubernetes.io, "Using RBAC Authorization"): the text is
// the server's, so that only names that are valid ones come out.
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

// Names of ServiceAccounts may be longer; such a one is not read.
enum { KUBE_LABEL_BYTES = 64 };

struct kube_account {
    char namespace_name[KUBE_LABEL_BYTES];
    char name[KUBE_LABEL_BYTES];
};

// Reads `User "system:serviceaccount:NAMESPACE:NAME"` out of a 403's message. False when the user
// is no ServiceAccount, or one of them no DNS label or subdomain (RFC 1123).
bool kube_forbidden_account(const char *message, struct kube_account *ret) MUST_USE;

// True when the message names a user at all, as RBAC's does: not one of a proxy on the way.
bool kube_forbidden_by_rights(const char *message) MUST_USE;

// True when that user is nobody: no credentials came with the request.
bool kube_forbidden_anonymous(const char *message) MUST_USE;
