// SPDX-License-Identifier: MIT
// The end of an SMTP session that did not succeed, in words for a person, with the remedy.
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"

struct smtp_session;

// Sets error to "HOST:PORT: what happened: remedy". Always returns false.
bool smtp_error_explain(const struct smtp_session *session, struct error *error);
