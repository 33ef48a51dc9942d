// SPDX-License-Identifier: MIT
#include "app/collect_parts.h"
#include "base/arena.h"
#include "core/ledger.h"
#include "core/overdue_cluster.h"

#include "base/banned.h"

static bool is_wanted(const struct collect_input *input)
{
    return input->objects && input->alert_on != NULL && input->alert_on[ALERT_OVERDUE];
}

void collect_overdue_begin(struct collecting *collecting)
{
    size_t clusters = collecting->input->fleet->count;
    if (!is_wanted(collecting->input)) {
        return;
    }
    collecting->policy_runs =
        arena_alloc_array(collecting->arena, clusters, sizeof *collecting->policy_runs);
    for (size_t i = 0; i < clusters; i++) {
        policy_runs_init(&collecting->policy_runs[i], collecting->arena);
    }
}

void collect_overdue_note(struct collecting *collecting, const struct action *action)
{
    if (collecting->policy_runs == NULL) {
        return;
    }
    if (!collecting_has_room(collecting)) {
        collecting->runs_overflowed = true;
        return;
    }
    policy_runs_note(&collecting->policy_runs[action->cluster], collecting->scratch, action,
                     collecting->began);
}

static const struct policy **list_policies(const struct collecting *collecting, size_t cluster,
                                           size_t *ret_count)
{
    const struct map *objects = collect_objects_of(collecting, cluster, OBJECT_POLICY);
    const struct policy **policies =
        arena_alloc_array(collecting->arena, objects->count, sizeof *policies);
    for (size_t i = 0; i < objects->count; i++) {
        const struct noted_object *noted = objects->entries[i].value;
        policies[i] = &noted->policy;
    }
    *ret_count = objects->count;
    return policies;
}

static const struct policy_preset *list_presets(const struct collecting *collecting, size_t cluster,
                                                size_t *ret_count)
{
    const struct map *objects = collect_objects_of(collecting, cluster, OBJECT_POLICY_PRESET);
    struct policy_preset *presets =
        arena_alloc_array(collecting->arena, objects->count, sizeof *presets);
    for (size_t i = 0; i < objects->count; i++) {
        const struct noted_object *noted = objects->entries[i].value;
        presets[i] = (struct policy_preset){
            .object = noted->policy.object,
            .schedule = noted->policy.schedule,
            .export_to = noted->policy.export_to,
            .profiles = noted->policy.profiles,
        };
    }
    *ret_count = objects->count;
    return presets;
}

static bool exports_are_whole(const struct collection *result, size_t cluster)
{
    for (size_t i = 0; i < result->sight_count; i++) {
        if (result->sights[i].cluster == cluster && result->sights[i].kind == ACTION_EXPORT) {
            return sight_is_whole(&result->sights[i]);
        }
    }
    return false;
}

static void judge_cluster(struct collecting *collecting, size_t cluster)
{
    const struct collect_input *input = collecting->input;
    struct collection *result = collecting->result;
    struct overdue_cluster_input question = {
        .cluster = cluster,
        .cluster_name = input->fleet->clusters[cluster].settings->name,
        .runs = &collecting->policy_runs[cluster],
        .runs_known = !collecting->runs_overflowed &&
                      sight_knows_runs(result->sights, result->sight_count, cluster),
        .exports_known = exports_are_whole(result, cluster),
        .ledger = input->ledger,
        .patience_s = input->stuck_after_s,
        .now = collecting->began,
    };
    struct overdue_cluster_result found;
    question.policies = list_policies(collecting, cluster, &question.policy_count);
    question.presets = list_presets(collecting, cluster, &question.preset_count);
    overdue_cluster_judge(collecting->arena, &question, &found);
    for (size_t i = 0; i < found.condition_count; i++) {
        collecting_add_condition(collecting, &found.conditions[i]);
    }
    result->policies[cluster].memories = found.memories;
    result->policies[cluster].memory_count = found.memory_count;
}

void collect_overdue_finish(struct collecting *collecting)
{
    bool is_asked = collecting->policy_runs != NULL && collecting->input->ledger != NULL;
    for (size_t i = 0; i < collecting->input->fleet->count && is_asked; i++) {
        if (collecting->result->policies[i].read) {
            judge_cluster(collecting, i);
        }
    }
}
