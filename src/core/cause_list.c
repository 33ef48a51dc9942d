// SPDX-License-Identifier: MIT
#include "core/cause_list.h"

#include <string.h>

#include "base/arena.h"
#include "core/cause_fingerprint.h"
#include "core/cause_place.h"
#include "core/cause_table.h"

#include "base/banned.h"

static bool is_noise_text(const char *text)
{
    return cause_table_class(text, strlen(text), false) <= STATEMENT_WRAPPER;
}

static struct cause *find_cause(const struct cause_list *list, uint64_t fingerprint)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].fingerprint == fingerprint) {
            return &list->items[i];
        }
    }
    return NULL;
}

struct cause_list cause_list_of(struct arena *arena, const char *text)
{
    struct cause *cause = arena_alloc(arena, sizeof *cause);
    *cause = (struct cause){.text = text, .where = "", .fingerprint = cause_fingerprint(text)};
    return (struct cause_list){.items = cause, .count = 1};
}

bool cause_list_has(const struct cause_list *list, uint64_t fingerprint)
{
    return find_cause(list, fingerprint) != NULL;
}

void cause_list_add(struct arena *arena, struct cause_list *list, const struct cause *cause)
{
    const char *const *places = cause->place_count > 0 ? cause->places : &cause->where;
    size_t place_count = cause->place_count > 0 ? cause->place_count : *cause->where != '\0';
    struct cause *known = find_cause(list, cause->fingerprint);
    if (known == NULL) {
        if (list->count == ROOT_CAUSE_MAX_CAUSES) {
            list->omitted++;
            return;
        }
        known = &list->items[list->count++];
        *known = *cause;
        known->text = arena_strdup(arena, cause->text);
        known->where = "";
        known->place_count = 0;
    }
    cause_place_merge(arena, known, places, place_count);
}

// With causes left out, the last item says how many.
static void count_omitted(struct arena *arena, struct cause_list *list)
{
    if (list->omitted == 0) {
        return;
    }
    if (list->count == ROOT_CAUSE_MAX_CAUSES) {
        list->count--;
        list->omitted++;
    }
    list->items[list->count++] = (struct cause){
        .text = arena_format(arena, "and %zu more causes", list->omitted),
        .where = "",
        .fingerprint = cause_fingerprint("and more causes"),
    };
}

void cause_list_open(struct cause_list *list, struct cause *items)
{
    if (list->omitted > 0 && list->count > 0) {
        list->count--;
    }
    if (list->count > 0) {
        memcpy(items, list->items, list->count * sizeof *items);
    }
    list->items = items;
}

void cause_list_close(struct arena *arena, struct cause_list *list)
{
    count_omitted(arena, list);
    struct cause *items = arena_alloc_array(arena, list->count, sizeof *items);
    if (list->count > 0) {
        memcpy(items, list->items, list->count * sizeof *items);
    }
    list->items = items;
}

void cause_list_drop_noise(struct cause_list *list)
{
    bool any = false;
    for (size_t i = 0; i < list->count; i++) {
        any |= list->items[i].informative;
    }
    size_t kept = 0;
    for (size_t i = 0; i < list->count && any; i++) {
        const struct cause *cause = &list->items[i];
        if (cause->informative || cause->place_count > 0 || !is_noise_text(cause->text)) {
            list->items[kept++] = *cause;
        }
    }
    list->count = any ? kept : list->count;
}
