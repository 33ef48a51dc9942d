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
    size_t rank;             // of the worst class among them
};

static size_t rank_of(enum alert_class class)
{
    size_t rank = 0;
    while (rank + 1 < DIGEST_ROW_CLASSES && digest_class_order[rank] != class) {
        rank++;
    }
    return rank;
}

static void gathering_add(struct arena *arena, struct gathering *gathering, size_t row)
{
    gathering->rows = arena_grow(arena, gathering->rows, &gathering->capacity, gathering->count,
                                 sizeof *gathering->rows);
    gathering->rows[gathering->count++] = row;
}

// Equal for rows of one group: those that one thing explains; of one class those of equal causes,
// whatever their order, or without any.
static const char *group_key(struct arena *arena, const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    const struct cause_list *causes = &finding->causes;
    if (row->group != NULL) {
        return arena_format(arena, "explained %s", row->group);
    }
    const char *words = causes->count > 0 ? incident_cause_token(arena, causes)
                        : digest_class_of(finding->class)->has_cause ? digest_no_cause(row)
                                                                     : "no cause";
    return arena_format(arena, "%s %zu %s", alert_class_word(finding->class),
                        causes->count > 0 ? 0 : digest_noun_of(finding), words);
}

static int by_weight(const void *left, const void *right)
{
    const struct gathering *a = *(struct gathering *const *)left;
    const struct gathering *b = *(struct gathering *const *)right;
    if (a->state != b->state) {
        return a->state > b->state ? -1 : 1;
    }
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

// "2 failed runs, 1 invalid profile": all of them.
static const char *count_all(struct arena *arena, const struct digest_tally *tally)
{
    const char *parts[DIGEST_ROW_CLASSES];
    size_t count = 0;
    for (size_t i = 0; i < DIGEST_ROW_CLASSES; i++) {
        enum alert_class class = digest_class_order[i];
        const char *part = digest_nouns(arena, class, tally->of[class].all_of);
        if (*part != '\0') {
            parts[count++] = part;
        }
    }
    return digest_list(arena, parts, count, count);
}

// "14 applications in 3 failed runs on OpenShift, K3s"
static const char *heading(struct arena *arena, const struct digest_group *group,
                           const struct digest_tally *tally)
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
    const char *rows = count_all(arena, tally);
    const char *on = digest_list(arena, map_keys(&clusters), clusters.count, 5);
    if (applications.count == 0) {
        return arena_format(arena, "%s on %s", rows, on);
    }
    return arena_format(arena, "%s in %s on %s",
                        digest_count(arena, applications.count, "application", "applications"),
                        rows, on);
}

// "profile s3-prod is invalid; 3 failed runs use it": of one object and what it explains. NULL for
// any other group.
static const char *explained_heading(struct arena *arena, const struct digest_input *input,
                                     const struct plan_row *const *sources, size_t count)
{
    if (sources[0]->group == NULL || digest_class_of(sources[0]->finding->class)->is_run) {
        return NULL;
    }
    struct digest_tally tally = {0};
    for (size_t i = 1; i < count; i++) {
        if (!digest_class_of(sources[i]->finding->class)->is_run) {
            return NULL;
        }
        digest_tally_row(&tally, sources[i]);
    }
    const struct digest_class *class = digest_class_of(sources[0]->finding->class);
    return arena_format(arena, "%s; %s %s it", class->name(arena, input, sources[0]).text,
                        count_all(arena, &tally), count == 2 ? "uses" : "use");
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

static void share_causes(struct arena *arena, struct digest_group *group)
{
    group->cause_count = group->rows[0].cause_count;
    group->causes_omitted = group->rows[0].causes_omitted;
    struct digest_cause *causes = arena_alloc_array(arena, group->cause_count, sizeof *causes);
    for (size_t i = 0; i < group->cause_count; i++) {
        causes[i] = group->rows[0].causes[i];
        causes[i].where = "";
    }
    group->causes = causes;
    mark_shared_causes(group);
}

static void finish_group(struct arena *arena, const struct digest_input *input,
                         const struct plan_row *const *sources, struct digest_group *group)
{
    size_t count = group->row_count;
    struct digest_tally tally = {0};
    const struct finding **findings = arena_alloc_array(arena, count, sizeof *findings);
    for (size_t i = 0; i < count; i++) {
        findings[i] = sources[i]->finding;
        digest_tally_row(&tally, sources[i]);
    }
    const struct digest_remedy *remedy = digest_find_remedy(arena, input, findings, count);
    group->story = "";
    if (count == 1) {
        group->rows[0].remedy = remedy == NULL ? group->rows[0].remedy : remedy;
        return;
    }
    const char *explained = explained_heading(arena, input, sources, count);
    group->remedy = remedy;
    group->heading = explained != NULL ? explained : heading(arena, group, &tally);
    group->story = digest_group_story(arena, input, group);
    share_causes(arena, group);
}

// What explains the other rows comes first.
static const struct plan_row **in_order(struct arena *arena, const struct plan_row *rows,
                                        const struct gathering *gathering)
{
    const struct plan_row **sources = arena_alloc_array(arena, gathering->count, sizeof *sources);
    size_t done = 0;
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < gathering->count; i++) {
            const struct plan_row *row = &rows[gathering->rows[i]];
            if (digest_class_of(row->finding->class)->is_run == (pass == 1)) {
                sources[done++] = row;
            }
        }
    }
    return sources;
}

static void make_group(struct arena *arena, const struct digest_input *input,
                       const struct gathering *gathering, struct digest_group *group)
{
    const struct plan_row **sources = in_order(arena, input->plan->rows, gathering);
    group->row_count = gathering->count;
    group->state = gathering->state;
    group->rows = arena_alloc_array(arena, group->row_count, sizeof *group->rows);
    for (size_t i = 0; i < gathering->count; i++) {
        digest_make_row(arena, input, sources[i], &group->rows[i]);
    }
    finish_group(arena, input, sources, group);
}

// In a mail of several classes a row of its own must not seem to belong to the group before it.
static void head_single_rows(struct arena *arena, const struct plan *plan, struct digest *ret)
{
    if (digest_count_plan(plan).classes < 2) {
        return;
    }
    for (size_t i = 0; i < ret->group_count; i++) {
        struct digest_group *group = &ret->groups[i];
        const struct digest_group *before = i == 0 ? NULL : group - 1;
        bool begins = before == NULL || before->row_count > 1 ||
                      before->rows[0].class != group->rows[0].class;
        if (group->heading == NULL && begins) {
            group->heading = digest_capital(arena, digest_class_of(group->rows[0].class)->title);
        }
    }
}

void digest_make_groups(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    const struct plan *plan = input->plan;
    struct map map;
    map_init(&map, arena);
    for (size_t i = 0; i < plan->row_count; i++) {
        struct map_entry *entry = map_entry(&map, group_key(arena, &plan->rows[i]));
        if (entry->value == NULL) {
            struct gathering *gathering = arena_alloc(arena, sizeof *gathering);
            gathering->order = i;
            gathering->rank = DIGEST_ROW_CLASSES;
            entry->value = gathering;
        }
        gathering_add(arena, entry->value, i);
        struct gathering *gathering = entry->value;
        enum digest_state state = digest_row_state(&plan->rows[i], input->now);
        size_t rank = rank_of(plan->rows[i].finding->class);
        gathering->state = state > gathering->state ? state : gathering->state;
        gathering->rank = rank < gathering->rank ? rank : gathering->rank;
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
    head_single_rows(arena, plan, ret);
}
