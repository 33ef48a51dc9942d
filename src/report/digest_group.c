// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "core/incident.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

// The rows of one group while they are collected, as indexes into the plan's rows.
struct gathering {
    size_t *rows;
    size_t count;
    size_t capacity;
    size_t order;            // of first appearance
    enum digest_state state; // the worst of its rows
};

static void gathering_add(struct arena *arena, struct gathering *gathering, size_t row)
{
    gathering->rows = arena_grow(arena, gathering->rows, &gathering->capacity, gathering->count,
                                 sizeof *gathering->rows);
    gathering->rows[gathering->count++] = row;
}

// Equal for equal sets of causes of one class, whatever their order; without any, for equal words
// in their place.
static const char *cause_key(struct arena *arena, const struct plan_row *row)
{
    const struct cause_list *causes = &row->finding->causes;
    const char *class = digest_row_is_invalid(row) ? "invalid " : "";
    const char *words =
        causes->count > 0 ? incident_cause_token(arena, causes) : digest_no_cause(row);
    return arena_format(arena, "%s%s", class, words);
}

static int by_weight(const void *left, const void *right)
{
    const struct gathering *a = *(struct gathering *const *)left;
    const struct gathering *b = *(struct gathering *const *)right;
    if (a->state != b->state) {
        return a->state > b->state ? -1 : 1;
    }
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

static const char *heading(struct arena *arena, const struct digest_group *group,
                           const struct digest_invalid *invalid)
{
    struct map clusters;
    struct map applications;
    map_init(&clusters, arena);
    map_init(&applications, arena);
    for (size_t i = 0; i < group->row_count; i++) {
        const struct digest_row *row = &group->rows[i];
        map_set(&clusters, row->cluster, NULL);
        for (size_t j = 0; j < row->namespace_count; j++) {
            map_set(&applications,
                    arena_format(arena, "%s %s", row->cluster_name, row->namespaces[j]), NULL);
        }
    }
    const char *runs = invalid->count > 0 ? digest_invalid_count(arena, invalid)
                                          : digest_count(arena, group->row_count, "run", "runs");
    const char *on = digest_list(arena, map_keys(&clusters), clusters.count, 5);
    if (applications.count == 0) {
        return arena_format(arena, "%s on %s", runs, on);
    }
    return arena_format(arena, "%s in %s on %s",
                        digest_count(arena, applications.count, "application", "applications"),
                        runs, on);
}

static void mark_shared_causes(struct digest_group *group)
{
    for (size_t i = 0; i < group->row_count; i++) {
        struct digest_row *row = &group->rows[i];
        for (size_t j = 0; j < row->cause_count; j++) {
            for (size_t k = 0; k < group->cause_count && !row->causes[j].same_as_group; k++) {
                row->causes[j].same_as_group =
                    strcmp(row->causes[j].text, group->causes[k].text) == 0;
            }
        }
    }
}

static void finish_group(struct arena *arena, const struct digest_input *input,
                         const struct digest_remedy *remedy, const struct digest_invalid *invalid,
                         struct digest_group *group)
{
    group->story = "";
    if (group->row_count == 1) {
        group->rows[0].remedy = remedy;
        return;
    }
    group->remedy = remedy;
    group->heading = heading(arena, group, invalid);
    group->story = digest_group_story(arena, input, group);
    group->cause_count = group->rows[0].cause_count;
    group->causes_omitted = group->rows[0].causes_omitted;
    struct digest_cause *causes = arena_alloc_array(arena, group->cause_count, sizeof *causes);
    for (size_t i = 0; i < group->cause_count; i++) {
        causes[i] = (struct digest_cause){.text = group->rows[0].causes[i].text, .where = ""};
    }
    group->causes = causes;
    mark_shared_causes(group);
}

static void make_group(struct arena *arena, const struct digest_input *input,
                       const struct gathering *gathering, struct digest_group *group)
{
    const struct plan_row *sources = input->plan->rows;
    const struct finding **findings = arena_alloc_array(arena, gathering->count, sizeof *findings);
    group->row_count = gathering->count;
    group->state = gathering->state;
    group->rows = arena_alloc_array(arena, group->row_count, sizeof *group->rows);
    struct digest_invalid invalid = {0};
    for (size_t i = 0; i < gathering->count; i++) {
        const struct plan_row *source = &sources[gathering->rows[i]];
        findings[i] = source->finding;
        if (digest_row_is_invalid(source)) {
            digest_invalid_add(&invalid, source->finding->kind);
        }
        digest_make_row(arena, input, source, &group->rows[i]);
    }
    finish_group(arena, input, digest_find_remedy(arena, input, findings, gathering->count),
                 &invalid, group);
}

void digest_make_groups(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    const struct plan *plan = input->plan;
    struct map map;
    map_init(&map, arena);
    for (size_t i = 0; i < plan->row_count; i++) {
        struct map_entry *entry = map_entry(&map, cause_key(arena, &plan->rows[i]));
        if (entry->value == NULL) {
            struct gathering *gathering = arena_alloc(arena, sizeof *gathering);
            gathering->order = i;
            entry->value = gathering;
        }
        gathering_add(arena, entry->value, i);
        struct gathering *gathering = entry->value;
        enum digest_state state = digest_row_state(&plan->rows[i]);
        gathering->state = state > gathering->state ? state : gathering->state;
    }
    struct gathering **sorted = arena_alloc_array(arena, map.count, sizeof *sorted);
    for (size_t i = 0; i < map.count; i++) {
        sorted[i] = map.entries[i].value;
    }
    if (map.count > 1) {
        qsort(sorted, map.count, sizeof *sorted, by_weight);
    }
    ret->groups = arena_alloc_array(arena, map.count, sizeof *ret->groups);
    ret->group_count = map.count;
    ret->row_count = plan->row_count;
    for (size_t i = 0; i < map.count; i++) {
        make_group(arena, input, sorted[i], &ret->groups[i]);
    }
}
