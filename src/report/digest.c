// SPDX-License-Identifier: MIT
#include "report/digest.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

static size_t count_applications(struct arena *arena, const struct digest *digest)
{
    struct map applications;
    map_init(&applications, arena);
    for (size_t i = 0; i < digest->group_count; i++) {
        for (size_t j = 0; j < digest->groups[i].row_count; j++) {
            const struct digest_row *row = &digest->groups[i].rows[j];
            for (size_t k = 0; k < row->namespace_count; k++) {
                map_set(&applications,
                        arena_format(arena, "%s %s", row->cluster_name, row->namespaces[k]), NULL);
            }
        }
    }
    return applications.count;
}

static const char *reasons(struct arena *arena, const struct plan *plan)
{
    bool fresh = false;
    bool more = false;
    for (size_t i = 0; i < plan->row_count; i++) {
        fresh = fresh || plan->rows[i].reason == PLAN_NEW;
        more = more || plan->rows[i].reason == PLAN_MORE_OF_RUN;
    }
    const char *words[3];
    size_t count = 0;
    if (fresh) {
        words[count++] = "new";
    }
    if (more) {
        words[count++] = "more-of-run";
    }
    if (plan->unread_count > 0) {
        words[count++] = "unread";
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
    const char **list = arena_alloc_array(arena, names.count, sizeof *list);
    for (size_t i = 0; i < names.count; i++) {
        list[i] = names.entries[i].key;
    }
    ret->cluster_names = list;
    ret->cluster_name_count = names.count;
}

void digest_build(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    struct digest digest = {
        .action_count = input->plan->failed_actions,
        .version = digest_clean(arena, input->version, DIGEST_NAME_BYTES),
        .reasons = reasons(arena, input->plan),
    };
    digest_make_groups(arena, input, &digest);
    digest.namespace_count = count_applications(arena, &digest);
    digest_make_unread(arena, input, &digest);
    digest_make_subject(arena, input, &digest);
    digest_make_notes(arena, input, &digest);
    add_cluster_names(arena, input, &digest);
    *ret = digest;
}
