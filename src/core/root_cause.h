// SPDX-License-Identifier: MIT
// Finds what a person would call the cause in a tree of statements (rules 2 to 9 of
// docs/root-cause.md): generic wrappers and mere effects are passed over for the deepest
// informative statement of each branch. Pure: k10/error_tree makes the tree from K10's JSON.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/cause.h"

struct arena;

// Below this depth of statements the deepest one reached counts.
enum { ROOT_CAUSE_MAX_DEPTH = 512 };

// One thing K10 said. Children are what it named as causes, in their order.
struct statement {
    const char *message; // as stored, UTF-8; "" or NULL when only children speak
    const char *where;   // "namespace shop, volume data-0"; NULL when not said (root_cause_find)
    bool truncated;      // recovered from JSON that was cut: more may have been said below
    bool partial;        // the message itself ends where the source was cut
    struct statement *first_child;
    struct statement *next_sibling;
};

// The class of one message, by the table in cause_table.c. message is best cleaned before
// (root_cause_clean); NULL is empty.
enum statement_class root_cause_classify(const char *message);

// "empty", "wrapper", "effect", "informative".
const char *root_cause_class_name(enum statement_class class);

// The causes of a tree, distinct by fingerprint, in order of appearance, at least one and at most
// ROOT_CAUSE_MAX_CAUSES (a last one then counts the rest). root may be NULL. All text is copied
// into arena. A statement's where is read as parts "KIND NAME" joined by ", "; parts of ancestors
// are kept, the deeper one of a kind wins.
void root_cause_find(struct arena *arena, const struct statement *root, struct cause_list *ret);

// Appends to list those of more that it lacks; a cause that both have keeps its text and collects
// the places of both. "Job failed to be executed" and the like give way to informative causes.
void root_cause_merge(struct arena *arena, struct cause_list *list, const struct cause_list *more);

// True when the cause happened in one place and that is the namespace name and no more precise:
// a row about that namespace need not repeat it.
bool root_cause_is_only_in(const struct cause *cause, const char *namespace_name);

// A message as one clean, masked line without ANSI colours, Go dumps, JSON or noise lines; of any
// length. What `explain` shows for a statement.
const char *root_cause_clean(struct arena *arena, const char *message);

// The text with secrets masked (bearer tokens, JWTs, password=, AccountKey=, signatures and
// credentials in URLs, PEM blocks); clean one-line UTF-8. For any text of a cluster that is shown.
const char *root_cause_mask(struct arena *arena, const char *text);
