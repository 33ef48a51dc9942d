// SPDX-License-Identifier: MIT
#include "report/digest.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

size_t digest_applications(struct arena *arena, const struct digest *digest, enum alert_class class)
{
    struct map applications;
    map_init(&applications, arena);
    for (size_t i = 0; i < digest->group_count; i++) {
        for (size_t j = 0; j < digest->groups[i].row_count; j++) {
            const struct digest_row *row = &digest->groups[i].rows[j];
            bool counts = class == ALERT_CLASS_COUNT || row->class == class;
            for (size_t k = 0; counts && k < row->namespace_count; k++) {
                map_set(&applications,
                        arena_format(arena, "%s %s", row->cluster_name, row->namespaces[k]), NULL);
            }
        }
    }
    return applications.count;
}

static size_t failed_actions(const struct plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->row_count; i++) {
        const struct finding *finding = plan->rows[i].finding;
        count += finding->class == ALERT_FAILED ? finding->action_count : 0;
    }
    return count;
}

static void add_headers(struct arena *arena, const struct plan *plan, struct digest *ret)
{
    struct digest_tally tally = digest_count_plan(plan);
    ret->headers = arena_alloc_array(arena, DIGEST_ROW_CLASSES, sizeof *ret->headers);
    ret->header_count = DIGEST_ROW_CLASSES;
    for (size_t i = 0; i < DIGEST_ROW_CLASSES; i++) {
        const struct digest_counts *counts = &tally.of[digest_class_order[i]];
        ret->headers[i] = (struct digest_header){
            .name = digest_class_of(digest_class_order[i])->header,
            .count = counts->fresh + counts->still,
        };
    }
}

// The words of all reasons present, in the order of plan.h.
static const char *reasons(struct arena *arena, const struct plan *plan)
{
    bool present[PLAN_REASON_COUNT] = {false};
    for (size_t i = 0; i < plan->row_count; i++) {
        present[plan->rows[i].reason] = true;
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        present[plan->closings[i].reason] = true;
    }
    for (size_t i = 0; i < plan->unread_count; i++) {
        bool still = plan->unread[i].why == PLAN_STILL_UNREAD;
        present[still ? PLAN_STILL_UNREAD : PLAN_UNREAD] = true;
    }
    present[PLAN_READABLE] = plan->readable_count > 0;
    const char *words[PLAN_REASON_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < PLAN_REASON_COUNT; i++) {
        if (present[i]) {
            words[count++] = plan_reason_word((enum plan_reason)i);
        }
    }
    return count == 0 ? "none" : digest_list(arena, words, count, count);
}

static void add_cluster_names(struct arena *arena, const struct digest_input *input,
                              struct digest *ret)
{
    const struct plan *plan = input->plan;
    struct map names;
    map_init(&names, arena);
    for (size_t i = 0; i < plan->row_count; i++) {
        map_set(&names, digest_name(arena, input, plan->rows[i].finding->cluster), NULL);
    }
    for (size_t i = 0; i < plan->unread_count; i++) {
        map_set(&names, digest_name(arena, input, plan->unread[i].cluster), NULL);
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        map_set(&names, digest_name(arena, input, plan->closings[i].cluster), NULL);
    }
    for (size_t i = 0; i < plan->readable_count; i++) {
        map_set(&names, digest_name(arena, input, plan->readable[i].cluster), NULL);
    }
    ret->cluster_names = map_keys(&names);
    ret->cluster_name_count = names.count;
}

void digest_build(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    struct digest digest = {
        .action_count = failed_actions(input->plan),
        .version = digest_clean(arena, input->version, DIGEST_NAME_BYTES),
        .reasons = reasons(arena, input->plan),
        .thread = input->plan->thread == NULL ? "" : input->plan->thread,
    };
    digest_make_groups(arena, input, &digest);
    digest.namespace_count = digest_applications(arena, &digest, ALERT_CLASS_COUNT);
    digest_make_unread(arena, input, &digest);
    digest_make_endings(arena, input, &digest);
    digest_make_state(arena, input, &digest);
    digest_make_figures(arena, input, &digest);
    digest_make_subject(arena, input, &digest);
    digest_make_notes(arena, input, &digest);
    add_cluster_names(arena, input, &digest);
    add_headers(arena, input->plan, &digest);
    *ret = digest;
}
