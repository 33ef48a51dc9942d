// SPDX-License-Identifier: MIT
// The next step for a known cause: what it means and what to check, from a table that grew out of
// K10's documentation and public threads (docs/root-cause.md). A check, never a promise; no clear
// match, no remedy. Values from a cluster enter a command only when Kubernetes would accept them
// as a name, so that nobody copies a hostile one into a shell.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct arena;
struct cause_list;

// What is known of the failed action; NULL or "" where unknown: its placeholder then stays for the
// reader ("<profile>").
struct remedy_context {
    const char *k10_namespace;
    const char *namespace_name; // of the application
    const char *policy;
    const char *profile;
    const char *pod;
};

struct remedy {
    const char *id;        // "vsc-missing": stable, for machines
    const char *means;     // one sentence
    const char *next_step; // one or two short sentences, placeholders filled
    const char *link;      // a page that was read; NULL for none
};

// The remedy of a clean cause (struct cause.text, so context included). False, with *ret untouched,
// when no row matches. Strings live in arena or for ever.
bool remedy_find(struct arena *arena, const char *cause_text, const struct remedy_context *context,
                 struct remedy *ret) MUST_USE;

// The remedy of the first of several causes that has one.
bool remedy_find_first(struct arena *arena, const struct cause_list *causes,
                       const struct remedy_context *context, struct remedy *ret) MUST_USE;
