// SPDX-License-Identifier: MIT
// Finds what a person would call the cause in a tree of statements (rules 2 to 9 of
// docs/root-cause.md): generic wrappers and mere effects are passed over for the deepest
// informative statement of each branch. Pure: k10/error_tree makes the tree from K10's JSON.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

// One thing K10 said. Children are what it named as causes, in their order.
struct statement {
    const char *message; // as stored, UTF-8; "" or NULL when only children speak
    const char *where;   // "namespace shop, volume data-0"; NULL when not said (root_cause_find)
    bool truncated;      // recovered from JSON that was cut: more may have been said below
    bool partial;        // the message itself ends where the source was cut
    struct statement *first_child;
    struct statement *next_sibling;
};

enum statement_class {
    STATEMENT_EMPTY,       // nothing said, or only punctuation
    STATEMENT_WRAPPER,     // true of every failure ("Job failed to be executed")
    STATEMENT_EFFECT,      // follows from the cause ("context canceled", "exit status 1")
    STATEMENT_INFORMATIVE, // names something
};

struct cause {
    const char *text;     // one clean line of at most ROOT_CAUSE_MAX_BYTES, secrets masked
    const char *where;    // all places, for people: "namespaces a, b"; "" when unknown
    bool truncated;       // the source was cut; text ends in "(truncated)"
    bool informative;     // false: only wrappers or effects were found
    uint64_t fingerprint; // of the normalised text: equal causes of different objects are equal
    const char *const *places; // where, one by one: "namespace a"; place_count of them
    size_t place_count;
};

struct cause_list {
    struct cause *items;
    size_t count;
    size_t omitted; // causes beyond ROOT_CAUSE_MAX_CAUSES; the last item then says how many
};

enum { ROOT_CAUSE_MAX_BYTES = 500, ROOT_CAUSE_MAX_CAUSES = 16, ROOT_CAUSE_MAX_DEPTH = 512 };

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
