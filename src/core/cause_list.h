// SPDX-License-Identifier: MIT
// A list of causes while it grows: in an array of its caller with room for
// ROOT_CAUSE_MAX_CAUSES, distinct by fingerprint, the rest counted.
#pragma once

#include "core/cause.h"

struct arena;

// Moves the list, without its counting item, to items.
void cause_list_open(struct cause_list *list, struct cause *items);

// A list of one cause that the alerter itself gives. The text is not copied.
struct cause_list cause_list_of(struct arena *arena, const char *text);

// True when a cause of that fingerprint is in the list.
bool cause_list_has(const struct cause_list *list, uint64_t fingerprint);

// Adds a cause, or its places to the one of equal fingerprint. Texts are copied.
void cause_list_add(struct arena *arena, struct cause_list *list, const struct cause *cause);

// Drops wrappers without a place when there are informative causes.
void cause_list_drop_noise(struct cause_list *list);

// Ends with an item that counts what was left out, and moves the list to an array of its size.
void cause_list_close(struct arena *arena, struct cause_list *list);
